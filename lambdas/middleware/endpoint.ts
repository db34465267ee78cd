import { InvariantViolation } from '../kernel/invariant';
import { platform } from '../kernel/journal';
import { known } from './exchange';
import type { Exchange, HttpAnswer } from './exchange';
import { actorOf, originOf } from './observations';
import type { RefusalObserver } from './observations';
import { problemAnswer, retryAfter } from './problem-answers';
import { etagOf } from './refusals';
import type { Endpoint, Reply, TypedRequest } from './request';

/** Calls the endpoint of the route and turns its reply into an answer. */
export function endpointOf(
  endpoints: Readonly<Record<string, Endpoint>>,
  observer: RefusalObserver,
): (exchange: Exchange) => Promise<HttpAnswer> {
  return async (exchange) => {
    const { id } = known(exchange, 'route');
    const endpoint = endpoints[id];
    if (endpoint === undefined) throw new InvariantViolation(`${id} has no endpoint`);
    const reply = await endpoint(requestOf(exchange));
    if ('problem' in reply && reply.problem.refusedAccess !== undefined) {
      const owner = exchange.tenant === undefined ? platform : { tenant: exchange.tenant.id };
      await observer.observe(exchange, { type: 'AccessRefused', reason: reply.problem.refusedAccess }, owner);
    }
    return answerOf(exchange, reply);
  };
}

function requestOf(exchange: Exchange): TypedRequest {
  const route = known(exchange, 'route');
  return {
    route,
    requestId: exchange.requestId,
    params: exchange.params,
    query: exchange.query,
    body: exchange.body,
    caller: exchange.caller,
    tenant: exchange.tenant,
    context: {
      actor: actorOf(exchange),
      request: originOf(exchange),
      command: {
        name: route.id,
        ...(exchange.commandKey === undefined ? {} : { key: exchange.commandKey }),
        ...(exchange.fingerprint === undefined ? {} : { fingerprint: exchange.fingerprint }),
      },
    },
    ifMatch: exchange.ifMatch,
    createdId: exchange.createdId,
    firstCommit: exchange.firstCommit,
  };
}

/** The body passes the response schema: what is not named there does not leave, and what is missing is a bug of ours. */
function answerOf(exchange: Exchange, reply: Reply): HttpAnswer {
  if ('problem' in reply) return problemAnswer(exchange, reply.problem);
  const { responses, id } = known(exchange, 'route');
  const schema = responses[reply.status];
  if (schema === undefined) throw new InvariantViolation(`${id} does not answer ${String(reply.status)}`);
  const body = schema === null ? '' : JSON.stringify(schema.parse(reply.body));
  return {
    statusCode: reply.status,
    headers: {
      ...(schema === null ? {} : { 'content-type': 'application/json' }),
      ...(reply.version === undefined ? {} : { etag: etagOf(reply.version) }),
      ...(reply.replayed === true ? { 'idempotent-replayed': 'true' } : {}),
      ...(reply.retryAfterSeconds === undefined ? {} : { 'retry-after': retryAfter(reply.retryAfterSeconds) }),
      ...reply.headers,
    },
    body,
  };
}
