import type { RouteTable } from '../routes/route';
import { before } from './exchange';
import type { Link } from './exchange';
import { refuse } from './problem';

/** Finds the route by resource and method. API Gateway sends no others, so a miss is a 404 like any unknown path. */
export function dispatch(table: RouteTable): Link {
  const byKey = new Map(Object.values(table).map((route) => [`${route.method} ${route.path}`, route]));
  return before((exchange) => {
    const route = byKey.get(`${exchange.http.method} ${exchange.http.resource}`);
    if (route === undefined)
      return refuse({ slug: 'not-found', detail: 'There is nothing under this path and method.' });
    exchange.route = route;
  });
}
