import type { Provider, ProviderName, WebhookReader } from './provider';

/** What a connection's secret holds. It never leaves the adapters: not in answers, logs, events or audit records. */
export interface ConnectionSecret {
  /** By the provider's own names (`credentials.ts`). */
  readonly credentials: Readonly<Record<string, string>>;
  /**
   * What deliveries are checked against: a signing secret, or for PayPal the id of the webhook. Absent until the provider has told it,
   * and where what was known may be of another account.
   */
  readonly webhookSecret?: string;
  /** The provider's id of the endpoint that it last had on record for our address, which `webhookSecret` is of. */
  readonly endpoint?: string;
  /** What was checked against before, and is still believed. */
  readonly previous?: readonly PreviousSecret[];
  /** The command key of the latest rotation: one that is taken up again goes on with what it has drawn. */
  readonly rotation?: string;
  /**
   * ISO 8601: when credentials were last put in place of others though nobody could tell whether both open one account. What this
   * account does not have, of before then, may be in the other one.
   */
  readonly accountDoubtedAt?: string;
}

export interface PreviousSecret {
  readonly secret: string;
  readonly endpoint?: string;
  /** ISO 8601: from then on it is refused. Absent while a rotation is under way, in which the provider may sign with either. */
  readonly until?: string;
}

export interface ConnectionSecrets {
  /** Stores the secret of a connection, in place of what was there. */
  put(tenant: string, connectionId: string, secret: ConnectionSecret): Promise<void>;
  /** Cached for a few minutes in a warm function. Undefined when there is none. */
  read(tenant: string, connectionId: string): Promise<ConnectionSecret | undefined>;
  /** As `read`, from the store itself: for whoever is about to change it. */
  readFresh(tenant: string, connectionId: string): Promise<ConnectionSecret | undefined>;
  /**
   * As `read`, but not from what was read more than a second ago: for a delivery that fits none of the secrets that are
   * remembered, since they may have been rotated meanwhile. Forged ones cannot make it ask the store each time.
   */
  readNewer(tenant: string, connectionId: string): Promise<ConnectionSecret | undefined>;
}

/** Makes the client of a connection's provider. */
export interface ProviderClients {
  of(provider: ProviderName, secret: ConnectionSecret): Provider;
}

export type WebhookReaders = Readonly<Record<ProviderName, WebhookReader>>;

/** The secrets that a delivery may be signed with at this moment. */
export function webhookSecretsOf(secret: ConnectionSecret, nowMs: number): readonly string[] {
  const { webhookSecret, previous = [] } = secret;
  return [
    ...(webhookSecret === undefined ? [] : [webhookSecret]),
    ...previous.filter((each) => overlapsAt(each, nowMs)).map((each) => each.secret),
  ];
}

export function overlapsAt({ until }: PreviousSecret, nowMs: number): boolean {
  return until === undefined || nowMs < Date.parse(until);
}
