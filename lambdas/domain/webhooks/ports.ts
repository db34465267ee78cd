import type { NormalisedEvent, ProviderName } from '../providers/provider';

/** One webhook event in the queue. The message group is the tenant (fair queue). */
export interface WebhookMessage {
  readonly tenant: string;
  readonly connectionId: string;
  readonly provider: ProviderName;
  readonly event: NormalisedEvent;
  /** ISO 8601, when the delivery reached us. */
  readonly receivedAt: string;
  /** Request id of the delivery: the thread through logs, queue and commit. */
  readonly requestId: string;
  /** Present when an operator put it back: the redrive's command key. */
  readonly redrive?: string;
}

export interface WebhookQueue {
  /** Durable when it returns. At most 10 messages go in one call; more are sent in several, and all must succeed. */
  enqueue(messages: readonly WebhookMessage[]): Promise<void>;
}
