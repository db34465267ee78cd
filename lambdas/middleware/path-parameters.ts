import { before, known } from './exchange';
import type { Link } from './exchange';
import { refuse } from './problem';
import { notFound } from './refusals';

/** Path parameters by the route's schema. A malformed id can name nothing, so it is answered like an absent one. */
export function pathParameters(): Link {
  return before((exchange) => {
    const read = known(exchange, 'route').params.safeParse(exchange.http.pathParameters);
    if (!read.success) return refuse(notFound);
    exchange.params = read.data;
  });
}
