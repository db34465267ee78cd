import type { OperationRecord, PaymentRecord, ScheduledEvent } from './books';

/** Where a merchant wants its webhooks, and the secret that signs them. */
export interface Endpoint {
  readonly id: string;
  readonly url: string;
  readonly secret: string;
}

export interface SandboxStore {
  operation(account: string, operationId: string): Promise<OperationRecord | undefined>;
  payment(account: string, paymentId: string): Promise<PaymentRecord | undefined>;
  /**
   * Writes an operation and its payment together, each only if the version before it stands. False when either has moved on:
   * nothing was written, and the caller looks again. This is what makes one effect of any number of retries.
   */
  record(account: string, operation: OperationRecord, payment: PaymentRecord): Promise<boolean>;
  endpoints(account: string): Promise<readonly Endpoint[]>;
  /** Registering the same URL again replaces its secret. */
  register(account: string, endpoint: Endpoint): Promise<void>;
}

/** One webhook on its way to one endpoint. The secret stays in the books. */
export interface WebhookOnItsWay {
  readonly account: string;
  readonly endpointId: string;
  readonly event: ScheduledEvent['event'];
  /** Id of the request that caused it. */
  readonly requestId: string;
}

export interface SandboxQueue {
  send(webhooks: readonly (WebhookOnItsWay & { readonly delaySeconds: number })[]): Promise<void>;
}
