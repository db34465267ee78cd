import type { ConnectionSecret, ProviderClients, WebhookReaders } from '../../domain/providers/ports';
import type { Provider, ProviderName } from '../../domain/providers/provider';
import { newAdyenProvider } from './adyen/adyen-provider';
import type { AdyenProviderOptions } from './adyen/adyen-provider';
import { adyenWebhookReader } from './adyen/adyen-webhook-reader';
import { newPaypalTokens } from './paypal/paypal-api';
import type { PaypalTokens } from './paypal/paypal-api';
import { newPaypalProvider } from './paypal/paypal-provider';
import { newPaypalWebhookReader } from './paypal/paypal-webhook-reader';
import { newSandboxProvider } from './sandbox/sandbox-provider';
import { sandboxWebhookReader } from './sandbox/sandbox-webhook-reader';
import { newStripeProvider } from './stripe/stripe-provider';
import { stripeWebhookReader } from './stripe/stripe-webhook-reader';

/** How long a provider is waited for. Well below the functions' own limit, so that its outcome can still be journaled. */
const timeoutMs = 5_000;

/** Base URLs in place of the providers' own hosts, for development; of the sandbox, which has no host of its own, the only one. */
export type ProviderEndpoints = Partial<Readonly<Record<ProviderName, string>>>;

export interface ProviderClientOptions {
  readonly endpoints: ProviderEndpoints;
  readonly fetch?: typeof fetch;
  /** Called when a provider answers that it does not know the credentials: of a connection in use somebody must hear of it. */
  readonly onCredentialsRefused?: (provider: ProviderName) => void;
}

/** The clients of all providers. Where the stage has no sandbox, no connection to it can exist. */
export function newProviderClients(options: ProviderClientOptions): ProviderClients {
  const paypalTokens = newPaypalTokens();
  return { of: (provider, secret) => clientOf(provider, secret, { ...options, paypalTokens }) };
}

function clientOf(
  provider: ProviderName,
  { credentials }: ConnectionSecret,
  options: ProviderClientOptions & { readonly paypalTokens: PaypalTokens },
): Provider {
  const fetch = noticing(provider, options);
  const baseUrl = options.endpoints[provider];
  switch (provider) {
    case 'sandbox':
      if (baseUrl === undefined) throw new Error('this stage has no sandbox');
      return newSandboxProvider({ baseUrl, apiKey: credentialOf(credentials, 'apiKey'), fetch, timeoutMs });
    case 'stripe': {
      const apiKey = credentialOf(credentials, 'apiKey');
      return newStripeProvider({ apiKey, fetch, timeoutMs, ...(baseUrl === undefined ? {} : { baseUrl }) });
    }
    case 'adyen':
      return newAdyenProvider({
        ...adyenAccountOf(credentials),
        fetch,
        timeoutMs,
        ...(baseUrl === undefined ? {} : { baseUrl }),
      });
    case 'paypal': {
      const host =
        credentialOf(credentials, 'environment') === 'live' ? 'api-m.paypal.com' : 'api-m.sandbox.paypal.com';
      return newPaypalProvider({
        baseUrl: baseUrl ?? `https://${host}`,
        clientId: credentialOf(credentials, 'clientId'),
        clientSecret: credentialOf(credentials, 'clientSecret'),
        fetch,
        timeoutMs,
        now: () => new Date(),
        tokens: options.paypalTokens,
      });
    }
  }
}

/** A `fetch` that notices refused credentials. PayPal refuses them where tokens are given out; elsewhere a token has just ended. */
function noticing(provider: ProviderName, options: ProviderClientOptions): typeof fetch {
  const { onCredentialsRefused, fetch: send = globalThis.fetch } = options;
  if (onCredentialsRefused === undefined) return send;
  return async (input, init) => {
    const answer = await send(input, init);
    const path = new URL(input instanceof Request ? input.url : input).pathname;
    const isToken = provider === 'paypal' && path !== '/v1/oauth2/token';
    if (answer.status === 401 && !isToken) onCredentialsRefused(provider);
    return answer;
  };
}

function adyenAccountOf(
  credentials: ConnectionSecret['credentials'],
): Pick<AdyenProviderOptions, 'apiKey' | 'merchantAccount' | 'environment' | 'liveUrlPrefix' | 'reportUser'> {
  const { liveUrlPrefix, reportUser: name, reportPassword: password } = credentials;
  return {
    apiKey: credentialOf(credentials, 'apiKey'),
    merchantAccount: credentialOf(credentials, 'merchantAccount'),
    environment: credentialOf(credentials, 'environment') === 'live' ? 'live' : 'test',
    ...(liveUrlPrefix === undefined ? {} : { liveUrlPrefix }),
    ...(name === undefined || password === undefined ? {} : { reportUser: { name, password } }),
  };
}

/** A connection is never stored without the credentials of its provider. */
function credentialOf(credentials: ConnectionSecret['credentials'], name: string): string {
  const value = credentials[name];
  if (value === undefined) throw new Error(`the secret of a connection holds no ${name}`);
  return value;
}

export interface WebhookReaderOptions extends Pick<ProviderClientOptions, 'endpoints' | 'fetch'> {
  /** See `PaypalWebhookReaderOptions`. */
  readonly paypalRoots?: readonly string[];
}

export function newWebhookReaders({ endpoints, fetch, paypalRoots }: WebhookReaderOptions): WebhookReaders {
  return {
    sandbox: sandboxWebhookReader,
    stripe: stripeWebhookReader,
    adyen: adyenWebhookReader,
    paypal: newPaypalWebhookReader({
      ...(fetch === undefined ? {} : { fetch }),
      ...(endpoints.paypal === undefined ? {} : { baseUrl: endpoints.paypal }),
      ...(paypalRoots === undefined ? {} : { roots: paypalRoots }),
    }),
  };
}
