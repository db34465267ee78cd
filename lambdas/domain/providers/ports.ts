import type { Provider, ProviderName, WebhookReader } from './provider';

/** What a connection's secret holds. It never leaves the adapters: not in answers, logs, events or audit records. */
export interface ConnectionSecret {
  readonly apiKey: string;
  /** `whsec_` and base64 of at least 24 bytes. Both are valid while a rotation overlaps. */
  readonly webhookSecret: string;
  readonly previousWebhookSecret?: string;
}

export interface ConnectionSecrets {
  /** Stores the secret of a new connection. Storing it again under the same connection replaces it (a repeated create). */
  create(tenant: string, connectionId: string, secret: ConnectionSecret): Promise<void>;
  /** Cached for a few minutes in a warm function. Undefined when there is none. */
  read(tenant: string, connectionId: string): Promise<ConnectionSecret | undefined>;
}

/** Makes the client of a connection's provider. */
export interface ProviderClients {
  of(provider: ProviderName, secret: ConnectionSecret): Provider;
}

export type WebhookReaders = Readonly<Record<ProviderName, WebhookReader>>;
