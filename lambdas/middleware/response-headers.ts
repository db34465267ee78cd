import { exposedHeaders, securityHeaders } from '../routes/response-headers';
import { clientRequestIdOf } from './client-request-id';
import { headerOf } from './http-request';
import type { Exchange, HttpAnswer, Link } from './exchange';
import type { ServiceDeps } from './ports';

const exposed = exposedHeaders.join(',');

/**
 * Request id, security headers and CORS on every answer, errors included. Preflights are answered by API Gateway, for every origin of
 * the stage; the answer itself may be read only by origins that the policy allows as well.
 */
export function responseHeaders({ allowedOrigins, policies }: Pick<ServiceDeps, 'allowedOrigins' | 'policies'>): Link {
  const decorate = (exchange: Exchange, answer: HttpAnswer | null): void => {
    if (answer === null) return;
    const clientId = clientRequestIdOf(exchange.http);
    const origin = headerOf(exchange.http, 'origin');
    const policy = exchange.tenant?.policy ?? exchange.platformPolicy ?? policies.lastKnown();
    const isAllowed = (each: string): boolean =>
      allowedOrigins.includes(each) && (policy.allowedOrigins === null || policy.allowedOrigins.includes(each));
    const cors =
      typeof origin === 'string' && isAllowed(origin)
        ? { 'access-control-allow-origin': origin, 'access-control-expose-headers': exposed }
        : {};
    answer.headers = {
      ...securityHeaders,
      ...cors,
      vary: 'Origin',
      'x-request-id': exchange.requestId,
      ...(clientId === undefined ? {} : { 'x-client-request-id': clientId }),
      ...answer.headers,
    };
  };
  return {
    after: ({ event, response }) => decorate(event, response),
    onError: ({ event, response }) => decorate(event, response),
  };
}
