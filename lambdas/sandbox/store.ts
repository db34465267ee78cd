import type { BalanceEntry, OperationRecord, PaymentRecord, PayoutRecord, ScheduledEvent } from './books';

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
   * Writes an operation, its payment and what becomes due by it together, the first two only if the version before them stands.
   * False when either has moved on: nothing was written, and the caller looks again. This is what makes one effect of any number
   * of retries.
   */
  record(
    account: string,
    operation: OperationRecord,
    payment: PaymentRecord,
    entries: readonly BalanceEntry[],
  ): Promise<boolean>;
  /** What is due in a currency by `now` and not paid out, oldest first, at most `limit`. */
  due(account: string, currency: string, now: Date, limit: number): Promise<readonly BalanceEntry[]>;
  payout(account: string, id: string): Promise<PayoutRecord | undefined>;
  /** Writes a payout and takes its lines from what is due. False when it exists or a line is gone: nothing was written. */
  payOut(account: string, payout: PayoutRecord): Promise<boolean>;
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
