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
  /** Where the delivery came from. Absent from a redrive, and from messages of older releases. */
  readonly sourceIp?: string;
  /** Present when an operator put it back: the redrive's command key. */
  readonly redrive?: string;
}

export interface WebhookQueue {
  /** Durable when it returns. At most 10 messages go in one call; more are sent in several, and all must succeed. */
  enqueue(messages: readonly WebhookMessage[]): Promise<void>;
}

/** The queue of redrives of many: what is started is worked on until it is done. */
export interface RedriveQueue {
  /** Durable when it returns. Starting what is started is harmless. `delaySeconds`: 0 to 900. */
  start(job: RedriveJob, delaySeconds?: number): Promise<void>;
}

export interface RedriveJob {
  readonly tenant: string;
  readonly redriveId: string;
}
