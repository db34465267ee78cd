import { headerOf } from './http-request';
import type { Exchange, HttpAnswer, Link } from './exchange';

/** Headers that a script of the console may read. */
const exposed = [
  'ETag',
  'Idempotent-Replayed',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'WWW-Authenticate',
  // What API Gateway makes of it.
  'X-Amzn-Remapped-WWW-Authenticate',
  'X-Request-Id',
].join(',');

/** [OWASP REST Security Cheat Sheet] An API's answers are data: never sniffed, framed, cached or executed. */
const always: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** Request id, security headers and CORS on every answer, errors included. Preflights are answered by API Gateway. */
export function responseHeaders(allowedOrigins: readonly string[]): Link {
  const decorate = (exchange: Exchange, answer: HttpAnswer | null): void => {
    if (answer === null) return;
    const origin = headerOf(exchange.http, 'origin');
    const cors =
      typeof origin === 'string' && allowedOrigins.includes(origin)
        ? { 'access-control-allow-origin': origin, 'access-control-expose-headers': exposed }
        : {};
    answer.headers = {
      ...always,
      ...cors,
      vary: 'Origin',
      'x-request-id': exchange.requestId,
      ...answer.headers,
    };
  };
  return {
    after: ({ event, response }) => decorate(event, response),
    onError: ({ event, response }) => decorate(event, response),
  };
}
