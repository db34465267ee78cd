import type { ProviderClients, WebhookReaders } from '../../domain/providers/ports';
import { newSandboxProvider } from './sandbox-provider';
import { sandboxWebhookReader } from './sandbox-webhook-reader';

/** How long a provider is waited for. Well below the functions' own limit, so that its outcome can still be journaled. */
const timeoutMs = 5_000;

/** `sandboxUrl` is absent in stages without the sandbox: no connection to it can exist there. */
export function newProviderClients(options: {
  readonly sandboxUrl: string | undefined;
  readonly fetch?: typeof fetch;
}): ProviderClients {
  return {
    of: (_provider, { apiKey }) => {
      if (options.sandboxUrl === undefined) throw new Error('this stage has no sandbox');
      return newSandboxProvider({ baseUrl: options.sandboxUrl, apiKey, fetch: options.fetch ?? fetch, timeoutMs });
    },
  };
}

export const webhookReaders: WebhookReaders = { sandbox: sandboxWebhookReader };
