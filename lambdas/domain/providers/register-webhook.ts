import type { WebhookState } from './connection';
import type { ConnectionSecret } from './ports';
import type { Provider } from './provider';

export interface RegisteredWebhook extends Pick<WebhookState, 'registration'> {
  /** What the provider said that counts; undefined where it said nothing of it. */
  readonly told: string | undefined;
  /** The provider's id of the endpoint that it has on record for our address. */
  readonly endpoint: string | undefined;
}

/**
 * Registers our address where the provider has an API for it. A provider that turns it away, for a key without that right say, does
 * not keep the connection from being made: the steps by hand are shown instead. `ours` is what is offered to a provider that takes a
 * secret of ours, where none is known yet.
 */
export async function registerWebhook(
  provider: Provider,
  { webhookSecret }: Pick<ConnectionSecret, 'webhookSecret'>,
  { url, ours }: { readonly url: string; readonly ours: string },
): Promise<RegisteredWebhook> {
  const registered = await provider.registerWebhook?.({ url, secret: webhookSecret ?? ours });
  if (registered?.ok !== true) return { registration: 'manual', told: undefined, endpoint: undefined };
  const { secret: told, endpoint } = registered.value;
  return { registration: 'registered', told, endpoint };
}

/** Whether there is something to check deliveries against, beyond what ends. */
export function signingOf({ webhookSecret }: ConnectionSecret): WebhookState['signing'] {
  return webhookSecret === undefined ? 'missing' : 'ready';
}
