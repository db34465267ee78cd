import type { Books, Endpoint } from './books';
import { presentEndpoint } from './present';
import { groupParam, invalidRequest, missing, textParam, textsOf } from './wire';
import type { Params } from './wire';

/** [Stripe: webhook endpoints, limit] */
const maxEndpoints = 16;

/** `POST /v1/webhook_endpoints`: the only answer that tells the secret. */
export function createEndpoint(books: Books, params: Params, secretOf: (count: number) => string): object {
  const url = textParam(params, 'url');
  const events = Object.values(textsOf(groupParam(params, 'enabled_events')));
  if (url === undefined || events.length === 0) throw invalidRequest('Missing required param: url or enabled_events.');
  if (books.endpoints.length >= maxEndpoints) {
    throw invalidRequest('You have reached the maximum of 16 test webhook endpoints.');
  }
  const secret = secretOf(books.endpoints.length);
  const endpoint: Endpoint = {
    id: books.nextId('we'),
    created: books.seconds(),
    url,
    secret,
    apiVersion: textParam(params, 'api_version') ?? null,
    events,
    disabled: false,
  };
  books.endpoints.push(endpoint);
  return presentEndpoint(endpoint, secret);
}

/** `POST /v1/webhook_endpoints/:id` */
export function updateEndpoint(books: Books, id: string, params: Params): object {
  const endpoint = books.endpoints.find((each) => each.id === id);
  if (endpoint === undefined) throw missing('webhook_endpoint', id);
  const events = Object.values(textsOf(groupParam(params, 'enabled_events')));
  if (events.length > 0) endpoint.events = events;
  const disabled = textParam(params, 'disabled');
  if (disabled !== undefined) endpoint.disabled = disabled === 'true';
  return presentEndpoint(endpoint);
}
