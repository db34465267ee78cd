import type { WebhookState } from './connection';
import type { ConnectionSecret } from './ports';
import type { Provider } from './provider';

export interface RegisteredWebhook extends Pick<WebhookState, 'registration' | 'signing'> {
  readonly secret: ConnectionSecret;
  /** Whether the provider said what counts. Otherwise the secret holds what was known before. */
  readonly told: boolean;
}

/**
 * Registers our address where the provider has an API for it, and adds to the secret what the provider draws. A provider that turns
 * it away, for a key without that right say, does not keep the connection from being made: the steps by hand are shown instead.
 * `ours` is what is offered to a provider that takes a secret of ours.
 */
export async function registerWebhook(
  provider: Provider,
  secret: ConnectionSecret,
  { url, ours }: { readonly url: string; readonly ours: string },
): Promise<RegisteredWebhook> {
  const known = secret.webhookSecret;
  const registered = await provider.registerWebhook?.({ url, secret: known ?? ours });
  const registration = registered?.ok === true ? 'registered' : 'manual';
  const told = registered?.ok === true ? registered.value.secret : undefined;
  const webhookSecret = told ?? known;
  return {
    registration,
    told: told !== undefined,
    signing: webhookSecret === undefined ? 'missing' : 'ready',
    secret: webhookSecret === undefined || webhookSecret === known ? secret : { ...secret, webhookSecret },
  };
}
