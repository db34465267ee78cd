import '../../support/function-env';

import { newPostAuthentication } from '../../../lambdas/handlers/post-authentication/handler';
import type { Observation } from '../../../lambdas/kernel/journal';
import { newCommitIds, systemRandomness } from '../../../lambdas/kernel/ids';
import { aClock } from '../../support/a-commit';
import { newMemoryTelemetry } from '../../support/memory-telemetry';

const aSignIn = {
  version: '1',
  triggerSource: 'PostAuthentication_Authentication',
  region: 'eu-central-1',
  userPoolId: 'eu-central-1_pool',
  userName: 'ada-sub',
  callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: 'console-client' },
  request: {
    userAttributes: { sub: 'ada-sub', email: 'ada@example.com', 'cognito:user_status': 'CONFIRMED' },
    newDeviceUsed: false,
  },
  response: {},
};

const never = () => new Promise<never>(() => undefined);

function aTrigger(given: { observe?: () => Promise<void>; sleep?: () => Promise<void> } = {}) {
  const telemetry = newMemoryTelemetry();
  const seen: Observation[] = [];
  const clock = aClock();
  const observe = async (observation: Observation) => {
    await given.observe?.();
    seen.push(observation);
  };
  const trigger = newPostAuthentication({
    journal: { observe },
    commitIds: newCommitIds(clock, systemRandomness),
    clock,
    sleep: given.sleep ?? never,
    ...telemetry,
  });
  const signIn = (event: unknown = aSignIn) => trigger(event, { awsRequestId: 'invocation-1' });
  return { signIn, seen, telemetry };
}

describe("Cognito's post-authentication trigger", () => {
  test("remembers who has signed in, in the platform's log, and returns the event as it came", async () => {
    const { signIn, seen, telemetry } = aTrigger();
    expect(await signIn()).toEqual(aSignIn);
    expect(seen).toEqual([
      {
        owner: 'platform',
        commitId: expect.any(String),
        at: expect.any(String),
        type: 'SignedIn',
        outcome: 'succeeded',
        actor: { user: 'ada-sub', level: 'user' },
        request: { id: 'invocation-1', route: 'sign-in' },
        entity: { kind: 'user', id: 'ada-sub' },
        data: { client: 'console-client' },
      },
    ]);
    expect(JSON.stringify([seen, telemetry.lines])).not.toContain('ada@example.com');
  });

  test.each([
    ['the journal fails', { observe: () => Promise.reject(new Error('ThrottlingException')) }],
    ['the journal does not answer in time', { observe: never, sleep: async () => undefined }],
  ])('lets people in when %s, and counts it', async (_, given) => {
    const { signIn, telemetry } = aTrigger(given);
    expect(await signIn()).toEqual(aSignIn);
    expect(telemetry.counted).toEqual(['ObservationFailed']);
    expect(telemetry.lines).toMatchObject([{ level: 'error', fields: { userId: 'ada-sub', reason: 'SignedIn' } }]);
  });

  test('lets people in when the event has another form, and counts it', async () => {
    const { signIn, seen, telemetry } = aTrigger();
    expect(await signIn({ request: {} })).toEqual({ request: {} });
    expect(seen).toEqual([]);
    expect(telemetry.counted).toEqual(['ObservationFailed']);
  });
});
