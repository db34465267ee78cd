/** What the sandbox keeps of its merchants' payments: its own words, since it plays a foreign company. */

export type OperationKind = 'authorization' | 'capture' | 'cancellation' | 'refund';

export type DeclineReason =
  'declined' | 'insufficient_funds' | 'expired_card' | 'authentication_failed' | 'invalid_token' | 'not_allowed';

/** Minor units. */
export interface Amount {
  readonly amount: number;
  readonly currency: string;
}

/** What an operation came to, as the merchant is told, the same however often the merchant asks. */
export type Answer =
  | ({ readonly status: 'succeeded'; readonly reference: string } & Amount)
  | { readonly status: 'declined'; readonly reason: DeclineReason; readonly reference: string }
  | { readonly status: 'requires_action'; readonly reference: string; readonly redirectUrl: string };

/** One operation, under the merchant's idempotency key: whatever is retried, it is decided once. */
export interface OperationRecord {
  readonly operationId: string;
  readonly paymentId: string;
  readonly kind: OperationKind;
  readonly asked: Amount;
  readonly answer: Answer;
  readonly version: number;
}

/** Something that moved or held money. Tests count them: one operation, one effect. */
export interface Effect {
  readonly operationId: string;
  readonly kind: OperationKind;
  readonly amount: number;
  readonly at: string;
}

export interface PaymentRecord {
  readonly paymentId: string;
  readonly token: string;
  readonly currency: string;
  readonly capture: 'automatic' | 'manual';
  readonly reference: string;
  /** The operation that asks for the customer, if one does. */
  readonly authorizationId: string;
  readonly authorized: number;
  readonly captured: number;
  readonly canceled: number;
  readonly refunded: number;
  readonly effects: readonly Effect[];
  readonly version: number;
}

/** What the merchant is told by webhook. */
export interface SandboxEvent {
  readonly id: string;
  readonly type: string;
  readonly occurredAt: string;
  readonly payment: string;
  readonly operation?: { readonly id: string; readonly kind: OperationKind; readonly answer: Answer };
  readonly dispute?: { readonly id: string; readonly status: 'opened' | 'won' | 'lost' } & Amount;
  readonly settlement?: { readonly id: string } & Amount;
}

export interface ScheduledEvent {
  readonly event: SandboxEvent;
  readonly delaySeconds: number;
}

/** A decision of the sandbox: what to write down, whom to tell, and how to answer. */
export interface Decided {
  readonly operation: OperationRecord;
  readonly payment: PaymentRecord;
  readonly events: readonly ScheduledEvent[];
  readonly holdsAnswer: boolean;
}
