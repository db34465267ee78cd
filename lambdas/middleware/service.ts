import type { Context } from 'aws-lambda';
import middy from '@middy/core';

import type { Route, RouteTable } from '../routes/route';
import { admission, tenantLimit } from './admission';
import { bodyLimits } from './body-limits';
import { caller } from './caller';
import { dispatch } from './dispatch';
import { endpointOf } from './endpoint';
import type { Exchange, HttpAnswer } from './exchange';
import { expensive } from './expensive';
import { readProxyEvent } from './http-request';
import { demandIdempotencyKey, readIdempotencyKey, refuseReusedKey } from './idempotency';
import { input } from './input';
import { keyUse } from './key-use';
import { newLimits } from './limits';
import { membership, permission } from './membership';
import { newRefusalObserver } from './observations';
import { pathParameters } from './path-parameters';
import type { ServiceDeps } from './ports';
import { problemAnswers } from './problem-answers';
import { rateLimitHeaders } from './rate-limit';
import type { Endpoint, Endpoints } from './request';
import { responseHeaders } from './response-headers';
import { signIn } from './sign-in';
import { stepUp } from './step-up';
import { telemetry } from './telemetry';

/** What Lambda calls. */
export type Service = (event: unknown, context: Context) => Promise<HttpAnswer>;

/**
 * A service function: a route table, an endpoint for each of its routes, and the standard chain in front of them. Middy runs the
 * `before` halves in this order and the `after` and `onError` halves in the reverse one.
 *
 *     telemetry · headers · rate-limit headers · problem+json      (they speak when the answer is made, also of an error)
 *     route · size and type · caller · path · idempotency key      (cheap; nothing is read yet)
 *     admission: rate limit ‖ access                               (the one round)
 *     membership · key use noted · permission · sign-in · input · key demanded · reuse · step-up
 *     tenant's limit · place of an expensive one               (what is left would be served)
 *     endpoint
 */
export function newService<const T extends RouteTable>(table: T, endpoints: Endpoints<T>, deps: ServiceDeps): Service;
export function newService(
  table: RouteTable,
  endpoints: Readonly<Record<string, Endpoint>>,
  deps: ServiceDeps,
): Service {
  const observer = newRefusalObserver(deps);
  const limits = newLimits(deps, observer);
  const chain = middy<Exchange, HttpAnswer>({ timeoutEarlyInMillis: 0 })
    .use(telemetry(deps))
    .use(responseHeaders(deps))
    .use(rateLimitHeaders())
    .use(problemAnswers(deps))
    .use(dispatch(table))
    .use(bodyLimits())
    .use(caller())
    .use(pathParameters())
    .use(readIdempotencyKey())
    .use(admission(deps, limits))
    .use(membership(deps, observer))
    .use(keyUse(deps))
    .use(permission(observer, deps.metrics))
    .use(signIn(deps, observer))
    .use(input())
    .use(demandIdempotencyKey())
    .use(refuseReusedKey(deps.metrics))
    .use(stepUp(deps, observer))
    .use(tenantLimit(limits))
    .use(expensive(deps, observer))
    .handler(endpointOf(endpoints, observer));

  return (event, context) => {
    const { requestId, http } = readProxyEvent(event);
    return chain({ requestId, http, startedAtMs: deps.clock.now().getTime() }, context);
  };
}

export type { Endpoint, Endpoints, Reply, TypedRequest } from './request';
export type { PlanePorts, ServiceDeps } from './ports';
export type { Route };
