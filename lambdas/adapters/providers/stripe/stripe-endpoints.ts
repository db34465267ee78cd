import type { ConnectRefusal, WebhookRegistration } from '../../../domain/providers/provider';
import { err, ok } from '../../../kernel/result';
import type { Result } from '../../../kernel/result';
import { MalformedData, textOf } from '../../reading';
import type { Fields } from '../../reading';
import { stripeApiVersion } from './stripe-client';
import type { StripeClient } from './stripe-client';
import { subscribedEvents } from './stripe-events';
import { readId } from './stripe-objects';
import { isList, readAll, refusalOf } from './stripe-questions';

/** An account has 16 endpoints at most; some hold more by arrangement. */
const maxPages = 3;

/** As `register`, where what Stripe says can be read. */
export async function registerEndpoint(...given: Parameters<typeof register>): ReturnType<typeof register> {
  try {
    return await register(...given);
  } catch (error) {
    if (error instanceof MalformedData) return err('provider-unreachable');
    throw error;
  }
}

/**
 * Registers our endpoint, or brings it up to date. Stripe draws the signing secret and tells it only when the endpoint is created, and
 * never changes the version of the API that an endpoint speaks: one for our URL that speaks another version is replaced by a new one.
 */
async function register(
  client: StripeClient,
  url: string,
): Promise<Result<{ readonly secret: string | undefined; readonly endpoint: string }, ConnectRefusal>> {
  const endpoints = await endpointsOf(client, url);
  if (!endpoints.ok) return endpoints;
  const [current] = endpoints.value.filter((endpoint) => endpoint.api_version === stripeApiVersion);
  if (current !== undefined) {
    const id = readId(current, 'id');
    const updated = await client.ask((stripe) =>
      stripe.webhookEndpoints.update(id, { enabled_events: [...subscribedEvents], disabled: false }),
    );
    return updated.result === 'answered' ? ok({ secret: undefined, endpoint: id }) : err(refusalOf(updated));
  }

  const created = await client.ask((stripe) =>
    stripe.webhookEndpoints.create({
      url,
      enabled_events: [...subscribedEvents],
      api_version: stripeApiVersion,
      description: 'Countinghouse',
    }),
  );
  if (created.result !== 'answered') return err(refusalOf(created));
  // A crash before this leaves two endpoints: what the old one sends is refused, since its secret is not the one we keep.
  for (const old of endpoints.value) {
    const id = readId(old, 'id');
    await client.ask((stripe) => stripe.webhookEndpoints.update(id, { disabled: true }));
  }
  return ok({ secret: textOf(created.object, 'secret'), endpoint: readId(created.object, 'id') });
}

export async function inspectEndpoint(
  client: StripeClient,
  url: string,
): Promise<Result<WebhookRegistration, ConnectRefusal>> {
  const endpoints = await endpointsOf(client, url);
  if (!endpoints.ok) return endpoints;
  const current = endpoints.value.find((endpoint) => endpoint.status === 'enabled') ?? endpoints.value.at(0);
  if (current === undefined) return ok({ registered: false, enabled: false, missingEvents: subscribedEvents });
  const enabled = Array.isArray(current.enabled_events) ? current.enabled_events.map(String) : [];
  return ok({
    registered: true,
    enabled: current.status === 'enabled',
    missingEvents: enabled.includes('*') ? [] : subscribedEvents.filter((event) => !enabled.includes(event)),
  });
}

/** The endpoints for our URL, newest first. */
async function endpointsOf(client: StripeClient, url: string): Promise<Result<readonly Fields[], ConnectRefusal>> {
  const all = await readAll(
    (after) =>
      client.ask((stripe) =>
        stripe.webhookEndpoints.list({ limit: 100, ...(after === undefined ? {} : { starting_after: after }) }),
      ),
    maxPages,
  );
  return isList(all) ? ok(all.filter((endpoint) => endpoint.url === url)) : err(refusalOf(all));
}
