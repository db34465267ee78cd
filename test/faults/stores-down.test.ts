import type { FaultRule } from '../../local/front-door/contract';
import { sharedCloud, type ApiAnswer, type Parsed } from '../support/local-cloud';
import { newOperator } from '../support/operator';
import {
  aConnectedTenant,
  aPayment,
  aPerson,
  aSuperAdmin,
  enrol,
  invitationToken,
  must,
  newKey,
  nextCode,
  paymentBody,
  type ConnectedTenant,
  type SignedIn,
} from '../support/people';
import { plant } from '../support/planted';
import { effectsOf } from '../support/sandbox';
import { SoftAuthenticator } from '../support/soft-authenticator';

const cloud = sharedCloud();
const operator = newOperator(cloud);

/** How a table can fail a caller. The connection is cut, not left hanging, so that a test does not wait for every attempt. */
const kinds = ['throttle', 'error', 'timeout-before'] as const satisfies readonly FaultRule['kind'][];

const tables = { coordination: 'countinghouse-dev-coordination', journal: 'countinghouse-dev-journal' };

/** A table that fails every call of a function, or every call of one kind. */
async function fail(rule: Pick<FaultRule, 'kind' | 'functionName' | 'action' | 'bodyIncludes'>): Promise<void> {
  const name = Object.values(rule).join(' ');
  await cloud.addFault({ id: name, service: 'dynamodb', probability: 1, ...rule });
}

/** A 5xx says nothing but its id. */
function expectUnavailable(answer: ApiAnswer): void {
  expect({ status: answer.status, body: answer.body }).toEqual({
    status: 503,
    body: {
      type: 'https://countinghouse.example/problems/unavailable',
      title: 'Unavailable',
      status: 503,
      requestId: answer.headers.get('x-request-id'),
    },
  });
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect(answer.headers.get('cache-control')).toBe('no-store');
}

const alarmNow = async (name: string): Promise<string | undefined> =>
  (await cloud.evaluateAlarms())[`countinghouse-dev-${name}`];

/** Lines in embedded metric format that count a metric. */
const countsOf = async (metric: string) =>
  (await cloud.logs({ contains: `"${metric}"` })).filter(({ line }) => line.includes('CloudWatchMetrics'));

describe('when a store is down', () => {
  let tenant: ConnectedTenant;
  let payment: Parsed;
  let person: SignedIn;
  let invited: SignedIn;
  let token: string;
  let superAdmin: SignedIn;

  const pay = (headers = newKey()) => tenant.owner.api.post(`${tenant.path}/payments`, paymentBody(), headers);
  const refund = () =>
    tenant.owner.api.post(
      `${tenant.path}/payments/${String(payment.id)}/refunds`,
      { amount: { amount: 1, currency: 'USD' } },
      newKey(),
    );
  /** Whatever code it is: no store, no look at it. */
  const verify = (code = plant('TOTP code', '000222')) => person.api.post('/v1/me/mfa/verify', { code });
  /** The rest of what must not go on uncounted, whatever is asked. */
  const closing = (): readonly (() => Promise<ApiAnswer>)[] => {
    const ofPayment = `${tenant.path}/payments/${String(payment.id)}`;
    const evidence = { evidence: 'Called back on the number on file' };
    const credential = new SoftAuthenticator().assert({ challenge: 'AAAA' });
    return [
      () => tenant.owner.api.post(`${ofPayment}/capture`, {}, newKey()),
      () => tenant.owner.api.post(`${ofPayment}/cancel`, {}, newKey()),
      () => person.api.post('/v1/me/mfa/verify', { recoveryCode: 'aaaaa-aaaaa-aaaaa-aaaaa' }),
      () => person.api.post('/v1/me/mfa/passkeys/verify', { credential }),
      () => tenant.owner.api.post(`${tenant.path}/members/${invited.userId}/mfa-reset`, evidence),
      () => superAdmin.api.post(`/v1/platform/users/${person.userId}/mfa-reset`, evidence),
    ];
  };
  const signInByInvitation = () => invited.api.post('/v1/invitations/accept', { token });

  const reads = (): Readonly<Record<string, () => Promise<ApiAnswer>>> => ({
    payments: () => tenant.owner.api.get(`${tenant.path}/payments`),
    payment: () => tenant.owner.api.get(`${tenant.path}/payments/${String(payment.id)}`),
    members: () => tenant.owner.api.get(`${tenant.path}/members`),
    'webhook events': () => tenant.owner.api.get(`${tenant.path}/webhook-events`),
  });

  beforeAll(async () => {
    tenant = await aConnectedTenant(cloud, 'Unlucky Shop');
    payment = await aPayment(tenant);
    superAdmin = await aSuperAdmin(cloud);
    person = await aPerson(cloud, 'unlucky');
    await enrol(person);
    invited = await aPerson(cloud, 'invited');
    must(
      await tenant.owner.api.post(`${tenant.path}/members`, { email: invited.email, role: 'auditor' }, newKey()),
      201,
    );
    token = await invitationToken(cloud, invited.email);
    await cloud.idle();
  });

  afterEach(() => cloud.clearFaults());

  describe.each(kinds)('the rate limiter’s, by %s', (kind) => {
    const down = () => fail({ kind, action: 'UpdateItem', bodyIncludes: 'P#limit#' });

    it('money, second factors and sign-ins are refused, and nothing happens', async () => {
      const before = (await effectsOf(cloud, tenant, payment.id)).length;
      await down();
      for (const ask of [pay, refund, verify, signInByInvitation]) expectUnavailable(await ask());
      for (const ask of kind === 'error' ? closing() : []) expectUnavailable(await ask());
      await cloud.clearFaults();
      expect(await effectsOf(cloud, tenant, payment.id)).toHaveLength(before);
    });

    it('members’ reads are served', async () => {
      await down();
      for (const read of Object.values(reads())) must(await read(), 200);
      must(await tenant.owner.api.get('/v1/me'), 200);
    });
  });

  describe.each(kinds)('the journal, by %s', (kind) => {
    it('a payment that cannot be journaled is answered 503, and no provider is asked', async () => {
      const headers = newKey();
      await fail({ kind, functionName: 'countinghouse-dev-payments', action: 'PutItem', bodyIncludes: tables.journal });
      expectUnavailable(await pay(headers));
      await cloud.clearFaults();
      const made = must(await pay(headers), 201);
      expect((await effectsOf(cloud, tenant, made.id)).map(({ kind: effect }) => effect)).toEqual(['authorization']);
    });

    it('a second factor cannot be verified', async () => {
      await fail({ kind, functionName: 'countinghouse-dev-me', action: 'Query' });
      expectUnavailable(await verify());
    });

    it('an invitation cannot be accepted, and can be afterwards', async () => {
      await fail({ kind, functionName: 'countinghouse-dev-members', action: 'Query' });
      expectUnavailable(await signInByInvitation());
    });
  });

  describe.each(kinds)('the views, by %s', (kind) => {
    it('nobody can be admitted: every route of a tenant is answered 503', async () => {
      await fail({ kind, action: 'BatchGetItem' });
      expectUnavailable(await pay());
      for (const read of Object.values(reads())) expectUnavailable(await read());
    });
  });

  it('a second factor that cannot be counted is not looked at', async () => {
    await fail({ kind: 'throttle', functionName: 'countinghouse-dev-me', bodyIncludes: 'P#mfa-counter#' });
    expectUnavailable(await verify());
    await cloud.clearFaults();
    must(await verify(await nextCode(person)), 200);
  });

  it('a step-up that cannot be read counts for nothing', async () => {
    await fail({ kind: 'throttle', bodyIncludes: 'P#step-up#' });
    expectUnavailable(await refund());
    await cloud.clearFaults();
    must(await refund(), 201);
  });

  it('people sign in though the journal cannot be written, which pages', async () => {
    const { email, password, userId } = person;
    await fail({ kind: 'error', functionName: 'countinghouse-dev-post-authentication', action: 'PutItem' });
    const session = await cloud.signIn({ email, password });
    expect(session.idToken).not.toBe('');
    await cloud.clearFaults();
    const lines = await cloud.logs({ function: 'post-authentication', contains: userId });
    expect(lines.some(({ line }) => line.includes('observation failed'))).toBe(true);
    expect(await alarmNow('observation-failed')).toBe('ALARM');
  });

  it.each([
    ['RateLimitStoreFailed', 'rate-limit-store-failed', { action: 'UpdateItem', bodyIncludes: 'P#limit#' }],
    ['StoreUnavailable', 'stores-unavailable', { action: 'BatchGetItem' }],
    [
      'PolicyStoreFailed',
      'policy-store-failed',
      { action: 'GetItem', bodyIncludes: 'P#security-policy#platform', functionName: 'countinghouse-dev-payments' },
    ],
  ])('each failure is counted as %s, and two minutes of them page', async (metric, alarm, rule) => {
    const counted = (await countsOf(metric)).length;
    await fail({ kind: 'error', ...rule });
    // A warm function would go by the policy that it remembers.
    await cloud.kill('countinghouse-dev-payments');
    for (let minute = 0; minute < 2; minute += 1) {
      for (let count = 0; count < 3; count += 1) expectUnavailable(await pay());
      if (minute === 0) await cloud.advanceClock(60_000);
    }
    expect((await countsOf(metric)).length).toBeGreaterThanOrEqual(counted + 6);
    expect(await alarmNow(alarm)).toBe('ALARM');
    const pages = (await cloud.notifications()).filter(
      ({ subject }) => subject === `ALARM: "countinghouse-dev-${alarm}"`,
    );
    expect(pages.at(-1)?.topicArn).toMatch(/critical/);
    expect(pages.at(-1)?.message).toMatch(/runbook/i);
  });

  it('nothing of it was journaled twice, and the invitation is still good', async () => {
    must(await signInByInvitation(), 200);
    const joined = (await operator.journal()).filter(
      (record) => record.type === 'commit' && record.commit.stream.id === invited.userId,
    );
    expect(joined).toHaveLength(1);
  });
});
