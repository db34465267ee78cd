/** What the sandbox keeps of its merchants' payments: its own words, since it plays a foreign company. */

export type OperationKind = 'authorization' | 'capture' | 'cancellation' | 'refund';

export type FollowUpKind = Exclude<OperationKind, 'authorization'>;

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
  | { readonly status: 'requires_action'; readonly reference: string; readonly redirectUrl: string }
  /** Accepted; what came of it is told later. */
  | { readonly status: 'pending'; readonly reference: string }
  /** It had succeeded, and was undone. */
  | { readonly status: 'reversed'; readonly reason: DeclineReason; readonly reference: string };

/** One operation, under the merchant's idempotency key: whatever is retried, it is decided once. */
export interface OperationRecord {
  readonly operationId: string;
  readonly paymentId: string;
  readonly kind: OperationKind;
  readonly asked: Amount;
  readonly answer: Answer;
  /** What it comes to by itself from that moment on, ISO 8601. */
  readonly later?: { readonly at: string; readonly answer: Answer };
  readonly version: number;
}

/** What an operation has come to by now. */
export function answerAt({ answer, later }: Pick<OperationRecord, 'answer' | 'later'>, now: Date): Answer {
  return later !== undefined && Date.parse(later.at) <= now.getTime() ? later.answer : answer;
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
  /** Refunds that the bank sends back, from that moment on. */
  readonly returned: readonly { readonly at: string; readonly amount: number }[];
  readonly effects: readonly Effect[];
  readonly version: number;
}

export type DisputeStatus = 'inquiry' | 'opened' | 'won' | 'lost';

/** What the merchant is told by webhook. */
export interface SandboxEvent {
  readonly id: string;
  readonly type: string;
  readonly occurredAt: string;
  /** Absent from what is about the account. */
  readonly payment?: string;
  readonly operation?: { readonly id: string; readonly kind: OperationKind; readonly answer: Answer };
  /** Made in the dashboard: the merchant's program has no id for it. */
  readonly external?: { readonly kind: FollowUpKind; readonly reference: string } & Amount;
  /** `stage` rises when a decided dispute is opened again. */
  readonly dispute?: { readonly id: string; readonly status: DisputeStatus; readonly stage?: number } & Amount;
  readonly settlement?: { readonly id: string } & Amount;
  /** `arrivesOn` is a day, `yyyy-mm-dd`. */
  readonly payout?: { readonly id: string; readonly arrivesOn: string } & Amount;
}

export interface ScheduledEvent {
  readonly event: SandboxEvent;
  readonly delaySeconds: number;
}

/**
 * A sum that a payout will hold, in minor units of its currency: `gross` is never negative, `net` = what the merchant gets of it,
 * negative where something is taken back, `fee` = what the sandbox keeps, negative where a fee is returned.
 */
export interface BalanceEntry {
  readonly id: string;
  readonly kind: 'capture' | 'refund' | 'dispute' | 'dispute_reversal' | 'adjustment';
  readonly payment: string;
  readonly currency: string;
  readonly gross: number;
  readonly fee: number;
  readonly net: number;
  /** From then on it can be paid out. */
  readonly at: string;
}

/** A transfer to the merchant's bank: the sum of its lines. */
export interface PayoutRecord {
  readonly id: string;
  readonly currency: string;
  readonly amount: number;
  readonly arrivesOn: string;
  readonly lines: readonly BalanceEntry[];
}

/** A decision of the sandbox: what to write down, whom to tell, and how to answer. */
export interface Decided {
  readonly operation: OperationRecord;
  readonly payment: PaymentRecord;
  readonly entries: readonly BalanceEntry[];
  readonly events: readonly ScheduledEvent[];
  readonly holdsAnswer: boolean;
}
