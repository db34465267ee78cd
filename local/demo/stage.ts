import { randomBytes } from 'node:crypto';

import { asList, asObject, asString, type JsonObject } from '../assembly/json';
import type { LocalCloud } from '../local-cloud';
import type { Answer, ProductClient, Session } from '../product-client';
import { newAwsClient, type AwsClient } from '../runtime/aws-client';
import { mustShow, type Telling } from './telling';

/** What the steps of the demo share. */
export interface Stage extends Telling {
  readonly cloud: LocalCloud;
  readonly client: ProductClient;
  /** AWS as the account's administrator, whom no policy of the product holds. */
  readonly admin: AwsClient;
}

export function newStage(cloud: LocalCloud, client: ProductClient, telling: Telling): Stage {
  const admin = newAwsClient(cloud.awsEndpoint, cloud.assembly.place.region, cloud.adminCredentials);
  return { ...telling, cloud, client, admin };
}

/** The Owner of the demo's tenant. */
export interface Owner {
  readonly email: string;
  readonly password: string;
  readonly totpSecret: string;
  readonly tenantId: string;
  /** `/v1/tenants/<id>` */
  readonly path: string;
  /** Has verified the second factor. */
  readonly session: Session;
}

/** Calls the API and demands a status. */
export async function call(
  stage: Stage,
  session: Session | undefined,
  request: { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: object; readonly key?: string },
  status: number,
): Promise<Answer> {
  const { method, path, body, key } = request;
  const answer = await stage.client.call(session, method, path, {
    ...(body === undefined ? {} : { body }),
    ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
  });
  const found = { status: answer.status, ...answer.body };
  mustShow(answer.status === status, `${method} ${path} to answer ${status}`, found);
  return answer;
}

export function newKey(): string {
  return randomBytes(9).toString('base64url');
}

export function idOf(answer: Answer): string {
  return asString(answer.body['id'], 'id');
}

/** `USD 25.00`, from minor units. */
export function money(value: JsonObject[string]): string {
  const { amount, currency } = asObject(value, 'money');
  return `${asString(currency, 'currency')} ${(Number(amount) / 100).toFixed(2)}`;
}

export function listed(answer: Answer): readonly JsonObject[] {
  return asList(answer.body['data'], 'data').map((entry) => asObject(entry, 'entry'));
}

/** Waits until nothing is left to do that is due. */
export async function settle({ cloud }: Stage): Promise<void> {
  const { idle, waitingFor } = await cloud.idle(30_000);
  mustShow(idle, 'every queue and stream to come to rest', waitingFor);
}

/** Lets queues believe that time has passed, and waits until what became due is done. */
export async function letPass(stage: Stage, ms: number): Promise<void> {
  stage.cloud.frontDoor.clock.advance(ms);
  await settle(stage);
}

/** Deployed name: `countinghouse-dev-<name>`. */
export function deployed(name: string): string {
  return `countinghouse-dev-${name}`;
}
