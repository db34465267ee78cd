import { isDeepStrictEqual } from 'node:util';

import { routes } from '../../lambdas/routes';
import { segmentFromBytes } from '../../lambdas/adapters/s3/segment-codec';
import type { AuditRecord } from '../../lambdas/domain/audit/ports';
import type { Actor, Owner, RequestOrigin } from '../../lambdas/kernel/journal';
import type { ApiAnswer, ApiClient, Session, TestCloud } from './local-cloud';
import type { Operator } from './operator';
import { wormBucket } from './operator';
import { newKey, type SignedIn } from './people';

/** Whoever asks: a person in one of their sessions, or a key, which has none. */
export interface Asker {
  readonly api: ApiClient;
  readonly user: string;
  readonly session: string | undefined;
}

/** What a request must have left in the log. */
export interface Expected {
  /** Whose log; undefined: of the tenant that the request has made. */
  readonly owner: Owner | undefined;
  /** Of an event in a commit, or of an observation. */
  readonly type: string;
  readonly outcome: 'changed' | 'succeeded' | 'refused';
  readonly reason?: string;
}

/** A request that was sent, with what was sent along and what it must have left. */
export interface Asked {
  readonly route: string;
  readonly who: Asker;
  readonly answer: ApiAnswer;
  readonly requestId: string;
  readonly userAgent: string;
  readonly expected: Expected;
}

export function askerOf(cloud: TestCloud, person: SignedIn, session: Session = person.session): Asker {
  return { api: cloud.api(session), user: person.userId, session: sessionIdOf(session) };
}

export function sessionIdOf({ idToken }: Session): string {
  const [, payload = ''] = idToken.split('.');
  const { origin_jti: id } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { origin_jti: string };
  return id;
}

/** Sends requests by route id, each with a user agent of its own, and remembers them. */
export function newAuditedClient() {
  const asked: Asked[] = [];
  const ask = async (
    who: Asker,
    routeId: string,
    params: Readonly<Record<string, string>>,
    body: object | undefined,
    expected: Expected,
    status: number,
    more: Readonly<Record<string, string>> = {},
  ): Promise<ApiAnswer> => {
    const route = routes.find(({ id }) => id === routeId);
    if (route === undefined) throw new Error(`no route ${routeId}`);
    const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? `no-${name}`);
    const userAgent = `audit-trail/${String(asked.length)}`;
    const headers = { 'user-agent': userAgent, ...(route.idempotency === 'required' ? newKey() : {}), ...more };
    const sent = body ?? (route.method === 'POST' && route.body !== null ? {} : undefined);
    const answer = await who.api.request(route.method, path, sent, headers);
    if (answer.status !== status) {
      throw new Error(`${routeId}: expected ${String(status)}, got ${String(answer.status)}: ${answer.text}`);
    }
    const requestId = answer.headers.get('x-request-id') ?? '';
    asked.push({ route: routeId, who, answer, requestId, userAgent, expected });
    return answer;
  };
  return { asked, ask };
}

interface Recorded {
  readonly owner: Owner;
  readonly actor: Actor;
  readonly request: RequestOrigin;
  readonly at: string;
  /** Types of the events of a commit, or of the observation. */
  readonly types: readonly string[];
  readonly outcome: Expected['outcome'] | 'failed';
  readonly reason: string | undefined;
}

/** All that the WORM bucket holds, by the request that caused it. */
export async function auditLog(operator: Operator): Promise<ReadonlyMap<string, readonly Recorded[]>> {
  const objects = await operator.objects(await wormBucket(operator));
  const byRequest = new Map<string, Recorded[]>();
  for (const record of objects.flatMap(({ bytes }) => segmentFromBytes(bytes).records)) {
    const read = recordedOf(record);
    byRequest.set(read.request.id, [...(byRequest.get(read.request.id) ?? []), read]);
  }
  return byRequest;
}

function recordedOf(record: AuditRecord): Recorded {
  if (record.type === 'commit') {
    const { stream, actor, request, at, events } = record.commit;
    const types = events.map(({ type }) => type);
    return { owner: stream.owner, actor, request, at, types, outcome: 'changed', reason: undefined };
  }
  const { owner, actor, request, at, type, outcome, data } = record.observation;
  const { reason } = (data ?? {}) as { reason?: string };
  return { owner, actor, request, at, types: [type], outcome, reason };
}

/** What is wrong with the records of a request; none when exactly one says what it must, and all say who, whence and by what. */
export function faultsOf(asked: Asked, records: readonly Recorded[] = []): readonly string[] {
  const { route, who, requestId, userAgent, expected } = asked;
  const faults: string[] = [];
  const expect = (holds: boolean, otherwise: string): void => {
    if (!holds) faults.push(`${route} ${requestId}: ${otherwise}`);
  };
  const isExpected = (record: Recorded): boolean =>
    (expected.owner === undefined || isDeepStrictEqual(record.owner, expected.owner)) &&
    record.outcome === expected.outcome &&
    record.types.includes(expected.type) &&
    (expected.reason === undefined || record.reason === expected.reason);
  const seen = records.map(({ types, outcome, reason }) => `${types.join('+')} ${outcome} ${reason ?? ''}`).join(', ');
  expect(records.filter(isExpected).length === 1, `not one ${expected.type} ${expected.outcome}, but: ${seen}`);
  if (expected.outcome === 'refused') expect(records.length === 1, `a refusal left more than one record: ${seen}`);
  for (const { actor, request, at } of records) {
    expect(actor.user === who.user, `the actor is ${actor.user}`);
    expect(actor.session === who.session, `the session is ${String(actor.session)}`);
    expect(request.route === route, `the route is ${request.route}`);
    expect(/^[\d.]+$|:/.test(request.ip ?? ''), `the address is ${String(request.ip)}`);
    expect(request.userAgent === userAgent, `the user agent is ${String(request.userAgent)}`);
    expect(Math.abs(Date.now() - Date.parse(at)) < 3_600_000, `the time is ${at}`);
  }
  return faults;
}
