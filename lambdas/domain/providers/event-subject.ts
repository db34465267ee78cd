import type { Money } from '../../kernel/money';
import type { OperationOutcome } from './operation-outcome';

/** What an event of a provider is about. Nothing here may rest on what the provider's scheme does not sign. */
export type EventSubject =
  /** An operation's outcome. Our ids travel in the provider's metadata. */
  | {
      readonly type: 'operation';
      readonly paymentId: string;
      readonly operationId: string;
      readonly kind: 'authorize' | 'capture' | 'cancel' | 'refund';
      readonly outcome: OperationOutcome;
    }
  | ({ readonly paymentId: string } & ExternalOperation)
  | ({ readonly paymentId: string } & Dispute)
  /**
   * About a payment that the event names by the provider's own reference alone: what is signed holds no id of ours. Which payment it
   * is, the provider is asked for (`Provider.paymentOf`).
   */
  | {
      readonly type: 'referred';
      readonly paymentReference: string;
      readonly about: ExternalOperation | Dispute | ({ readonly type: 'settlement' } & SettlementLine);
    }
  /** The provider paid out (part of) a payment, or took something back with a payout. */
  | ({ readonly type: 'settlement'; readonly paymentId: string } & SettlementLine)
  /** A transfer of the provider to the tenant's bank. What it consists of is asked for. */
  | {
      readonly type: 'payout';
      readonly payoutId: string;
      readonly status: PayoutStatus;
      readonly amount: Money;
      /** The day on which it should arrive, `yyyy-mm-dd`. */
      readonly arrivesOn?: string;
    }
  /** A settlement report is ready to be fetched. */
  | { readonly type: 'report'; readonly reportId: string }
  /** The customer has approved, and the provider waits for us to complete the operation: it is looked up at once. */
  | {
      readonly type: 'approval';
      readonly paymentId: string;
      readonly operationId: string;
      readonly providerReference: string;
    }
  /** What was authorized and not captured can no longer be. */
  | { readonly type: 'expiry'; readonly paymentId: string }
  /** The answer to a test of the connection. */
  | { readonly type: 'test'; readonly testId: string }
  /** Genuine, of a kind that we act on, and not to be understood: a person must look. */
  | { readonly type: 'unreadable'; readonly detail: string }
  /** Genuine, but nothing that we act on. */
  | { readonly type: 'other' };

/** Somebody acted on a payment of ours without us, in the provider's dashboard say. */
export interface ExternalOperation {
  readonly type: 'external-operation';
  readonly kind: 'capture' | 'cancel' | 'refund';
  readonly providerReference: string;
  readonly amount: Money;
  readonly status: 'pending' | 'succeeded' | 'failed' | 'reversed';
  /** The capture that a refund came out of, where the provider tells it. */
  readonly captureReference?: string;
}

export interface Dispute {
  readonly type: 'dispute';
  readonly disputeId: string;
  readonly status: DisputeStatus;
  /**
   * How far the dispute has come, as the provider's own order of events has it: a report of a later stage outweighs one of an
   * earlier stage, whichever arrives first. Without it the time of the event decides.
   */
  readonly stage?: number;
  readonly amount: Money;
  /** The last moment for evidence, ISO 8601. */
  readonly respondBy?: string;
  /** The provider's reference of the capture that is disputed, where it tells it. */
  readonly captureReference?: string;
}

/**
 * `inquiry`: the bank asks, no money has moved. `opened`: the money is withdrawn until it is decided. `under_review`: evidence was
 * sent. `won` and `lost` are decided, though a later stage may open it again.
 */
export const disputeStatuses = ['inquiry', 'opened', 'under_review', 'won', 'lost'] as const;

export type DisputeStatus = (typeof disputeStatuses)[number];

export const payoutStatuses = ['pending', 'paid', 'failed'] as const;

export type PayoutStatus = (typeof payoutStatuses)[number];

/** What a line of a payout is about. `adjustment`: anything else that the provider books on a payment. */
export const settlementKinds = ['capture', 'refund', 'dispute', 'dispute_reversal', 'adjustment'] as const;

export type SettlementKind = (typeof settlementKinds)[number];

/** What a payout holds of one payment. */
export interface SettlementLine {
  /** The provider's id of the line, unique within the connection. */
  readonly settlementId: string;
  readonly kind: SettlementKind;
  /** Gross, in the payment's currency: what was captured, refunded or disputed. Not negative, but for an adjustment. */
  readonly amount: Money;
  /**
   * What reached the bank through this line, and the fee that was kept, in the payout's currency: `net` is negative for what was
   * taken back, `fee` for a fee that was returned. Absent where the provider tells neither; then net = gross in its sign, fee = 0.
   */
  readonly paidOut?: { readonly net: number; readonly fee: number; readonly currency: string };
  /** The provider's id of the payout that the line belongs to. */
  readonly payoutId?: string;
}

/** The gross amount as it enters a payout: refunds and disputes take away, an adjustment has its own sign. */
export function grossInPayout(kind: SettlementKind, amount: number): number {
  return kind === 'refund' || kind === 'dispute' ? 0 - amount : amount;
}

/** What a line brought to the bank: as the provider told it, or else its gross amount, without a fee. */
export function paidOutOf(line: {
  readonly kind: SettlementKind;
  readonly amount: number;
  readonly currency: string;
  readonly paidOut?: SettlementLine['paidOut'];
}): NonNullable<SettlementLine['paidOut']> {
  const { kind, amount, currency, paidOut } = line;
  return paidOut ?? { net: grossInPayout(kind, amount), fee: 0, currency };
}

/** The payment that a subject names, of our own form or not. */
export function paymentIdOf(subject: EventSubject): string | undefined {
  return 'paymentId' in subject ? subject.paymentId : undefined;
}
