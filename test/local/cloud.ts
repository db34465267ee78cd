import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFrontDoor, type FrontDoor, type FrontDoorOptions } from '../../local/front-door/front-door';
import type { LocalCredentials } from '../../local/front-door/principals';

export const region = 'eu-central-1';
export const accountId = '000000000000';

export interface TestRole {
  readonly policy?: object;
  readonly trust?: object;
}

export interface TestCloud {
  readonly door: FrontDoor;
  readonly stateDir: string;
  /** Ends the cloud and starts it again on the same state. */
  restart(): Promise<void>;
  /** Client configuration of an SDK client that signs as the operator, or with these credentials. */
  client(credentials?: LocalCredentials): {
    endpoint: string;
    region: string;
    credentials: LocalCredentials;
    maxAttempts: number;
  };
  /** Client configuration of one worker of a function under a role of the test. */
  worker(functionName: string, roleName: string): ReturnType<TestCloud['client']>;
  /** Policies by role name and resource policies by ARN; changing them takes effect at once. */
  readonly roles: Map<string, TestRole>;
  readonly resourcePolicies: Map<string, object>;
  close(): Promise<void>;
}

export function roleArn(name: string): string {
  return `arn:aws:iam::${accountId}:role/${name}`;
}

/** `{ Effect: Allow }` with the given members. */
export function allow(
  action: string | readonly string[],
  resource: string | readonly string[],
  condition?: object,
): object {
  return {
    Effect: 'Allow',
    Action: action,
    Resource: resource,
    ...(condition === undefined ? {} : { Condition: condition }),
  };
}

export function policy(...statements: readonly object[]): object {
  return { Version: '2012-10-17', Statement: statements };
}

/** What lets a user pool call its trigger: the function's resource policy, as CDK writes it. */
export function triggerPolicy(functionArn: string, poolArn: string): object {
  return policy({
    Effect: 'Allow',
    Principal: { Service: 'cognito-idp.amazonaws.com' },
    Action: 'lambda:InvokeFunction',
    Resource: functionArn,
    Condition: { ArnLike: { 'AWS:SourceArn': poolArn } },
  });
}

/** A local AWS with its own state directory and no policies but those the test gives. */
export async function startTestCloud(options: Partial<FrontDoorOptions> = {}): Promise<TestCloud> {
  const stateDir = mkdtempSync(join(tmpdir(), 'countinghouse-cloud-'));
  const roles = new Map<string, TestRole>();
  const resourcePolicies = new Map<string, object>();
  const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);
  const start = (): Promise<FrontDoor> =>
    startFrontDoor({
      port: 0,
      region,
      accountId,
      stateDir,
      policies: {
        identityPolicies(arn) {
          const document = roles.get(nameOf(arn))?.policy;
          return document === undefined ? [] : [{ name: 'inline', document }];
        },
        trustPolicy: (arn) => roles.get(nameOf(arn))?.trust,
        resourcePolicy: (arn) => resourcePolicies.get(arn),
      },
      invoke: () => Promise.resolve({ statusCode: 200, payload: 'null' }),
      onWorkerKill: () => undefined,
      ...options,
    });
  let door = await start();
  const cloud: TestCloud = {
    get door() {
      return door;
    },
    stateDir,
    roles,
    resourcePolicies,
    async restart() {
      await door.close();
      door = await start();
    },
    client: (credentials = door.adminCredentials) => ({ endpoint: door.url, region, credentials, maxAttempts: 1 }),
    worker: (functionName, roleName) => cloud.client(door.registerFunction(functionName, roleArn(roleName))),
    async close() {
      await door.close();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
  return cloud;
}
