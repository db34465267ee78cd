import { attentionOf } from './attention';
import { isUndecided, isWithdrawn } from './disputes';
import {
  abandonmentOf,
  authorizationOf,
  countedOperations,
  isOpen,
  isSucceeded,
  openOperationsOf,
  sumOf,
} from './operations';
import { statusOf } from './outcome';
import type { Payment } from './payment';
import { reportedOf } from './reported';

/** The public status of a payment, derived. */
export type PaymentStatus =
  | 'processing'
  | 'requires_action'
  | 'authorized'
  | 'partially_captured'
  | 'captured'
  | 'partially_refunded'
  | 'refunded'
  | 'canceled'
  | 'failed'
  | 'expired'
  | 'disputed';

/** Amounts of a payment in minor units, recomputed from all of its events. */
export interface Totals {
  readonly authorized: number;
  readonly captured: number;
  readonly refunded: number;
  /** Open and lost disputes: money that is, or may be, charged back. */
  readonly disputed: number;
  readonly settled: number;
  /** What a new capture may take: nothing while a cancellation may have succeeded. */
  readonly capturable: number;
  /** What a new refund may give back: captured, less what may already have gone back; nothing while a dispute is undecided. */
  readonly refundable: number;
  /** The provider contradicts what was asked of it, or itself, or never told: a person must look (`attention.ts`). */
  readonly needsAttention: boolean;
}

/**
 * captured ≤ authorized, refunds ≤ captured and nothing negative hold whatever a provider reports: commands never ask for
 * more, and a provider that reports more (say, success of a capture that it had refused, after another had been made) is
 * counted up to the limit and marked with `needsAttention`.
 */
export function totalsOf(payment: Payment): Totals {
  const reported = reportedOf(payment);
  const { authorized } = reported;
  const captured = Math.min(reported.captured, authorized);
  const refunded = Math.min(reported.refunded, captured);
  const disputed = Math.min(reported.disputed, captured);
  const closed =
    payment.expired || countedOperations(payment).some((it) => it.kind === 'cancel' && (isOpen(it) || isSucceeded(it)));
  // What is charged back in another currency cannot be counted against what was captured: until a person has looked, nothing is refunded.
  const forbidden = payment.disputes.some(
    (dispute) => isUndecided(dispute) || (isWithdrawn(dispute) && dispute.currency !== payment.currency),
  );
  return {
    authorized,
    captured,
    refunded,
    disputed,
    settled: Math.min(reported.settled, captured),
    capturable: closed ? 0 : Math.max(0, authorized - captured - sumOf(payment, 'capture', isOpen)),
    refundable: forbidden ? 0 : Math.max(0, captured - disputed - refunded - sumOf(payment, 'refund', isOpen)),
    needsAttention: attentionOf(payment).length > 0,
  };
}

export function statusOfPayment(payment: Payment): PaymentStatus {
  const abandonment = abandonmentOf(payment);
  if (abandonment !== undefined) return abandonment;
  switch (statusOf(authorizationOf(payment).evidence)) {
    case 'pending':
    case 'unknown':
      return 'processing';
    case 'requires_action':
      return 'requires_action';
    case 'failed':
      return 'failed';
    case 'succeeded':
      return statusAfterAuthorization(payment);
  }
}

function statusAfterAuthorization(payment: Payment): PaymentStatus {
  const { authorized, captured, refunded, disputed } = totalsOf(payment);
  if (disputed > 0) return 'disputed';
  if (openOperationsOf(payment).length > 0) return 'processing';
  if (captured > 0) {
    if (refunded === captured) return 'refunded';
    if (refunded > 0) return 'partially_refunded';
    return captured < authorized ? 'partially_captured' : 'captured';
  }
  if (countedOperations(payment).some((it) => it.kind === 'cancel' && isSucceeded(it))) return 'canceled';
  return payment.expired ? 'expired' : 'authorized';
}
