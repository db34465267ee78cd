import type { RouteTable } from '../routes/route';
import { serverEntrance } from '../routes/route';
import { before } from './exchange';
import type { Link } from './exchange';
import { refuse } from './problem';

/**
 * Finds the route by resource and method. API Gateway sends no others, so a miss is a 404 like any unknown path. The entrance for
 * servers leads to the routes that API keys may call, and to no other.
 */
export function dispatch(table: RouteTable): Link {
  const byKey = new Map(Object.values(table).map((route) => [`${route.method} ${route.path}`, route]));
  return before((exchange) => {
    const { method, resource } = exchange.http;
    const isServer = resource.startsWith(`${serverEntrance}/`);
    const route = byKey.get(`${method} ${isServer ? resource.slice(serverEntrance.length) : resource}`);
    if (route === undefined || (isServer && !route.apiKeys))
      return refuse({ slug: 'not-found', detail: 'There is nothing under this path and method.' });
    exchange.route = route;
    exchange.entrance = isServer ? 'server' : 'console';
  });
}
