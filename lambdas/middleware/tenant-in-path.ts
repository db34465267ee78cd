import type { Exchange } from './exchange';

/** The tenant that the path claims. It has passed the route's schema, and nothing more: see the membership link. */
export function tenantInPath(exchange: Exchange): string | undefined {
  return exchange.params === undefined ? undefined : exchange.http.pathParameters.tenantId;
}
