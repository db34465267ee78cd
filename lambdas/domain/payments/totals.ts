import { isUndecided, isWithdrawn } from './disputes';
import { hasRunOut } from './lookups';
import { isContradictory, statusOf } from './outcome';
import type { OperationKind } from './payment-events';
import type { Operation, Payment } from './payment';

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
  /** The provider contradicts what was asked of it, or itself: a person must look. */
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
  const settled = Math.min(reported.settled, captured);
  const closed = payment.expired || payment.operations.some((it) => it.kind === 'cancel' && mayCount(it));
  const openCaptures = sumOf(payment, 'capture', isOpen);
  const openRefunds = sumOf(payment, 'refund', isOpen);
  return {
    authorized,
    captured,
    refunded,
    disputed,
    settled,
    capturable: closed ? 0 : Math.max(0, authorized - captured - openCaptures),
    refundable: payment.disputes.some(isUndecided) ? 0 : Math.max(0, captured - disputed - refunded - openRefunds),
    needsAttention:
      payment.operations.some(({ evidence }) => isContradictory(evidence)) ||
      payment.operations.some((operation) => isOpen(operation) && hasRunOut(operation)) ||
      payment.settlementsContradict ||
      reported.captured > authorized ||
      reported.refunded + openRefunds + reported.disputed > captured ||
      reported.settled > captured ||
      [...payment.disputes, ...payment.settlements].some(({ currency }) => currency !== payment.currency),
  };
}

/**
 * What the provider reports of a payment, in its currency and without the limits of `totalsOf`: what lies beyond them is money that
 * the ledger must not lose sight of.
 */
export function reportedOf(
  payment: Payment,
): Pick<Totals, 'authorized' | 'captured' | 'refunded' | 'disputed' | 'settled'> {
  const [authorization] = payment.operations;
  const authorized = statusOf(authorization.evidence) === 'succeeded' ? payment.amount : 0;
  return {
    authorized,
    captured: (payment.capture === 'automatic' ? authorized : 0) + sumOf(payment, 'capture', isSucceeded),
    refunded: sumOf(payment, 'refund', isSucceeded),
    disputed: payment.disputes
      .filter((dispute) => isWithdrawn(dispute) && dispute.currency === payment.currency)
      .reduce((sum, { amount }) => sum + amount, 0),
    settled: payment.settlements
      .filter(({ kind, currency }) => kind === 'capture' && currency === payment.currency)
      .reduce((sum, { amount }) => sum + amount, 0),
  };
}

export function statusOfPayment(payment: Payment): PaymentStatus {
  const [authorization] = payment.operations;
  switch (statusOf(authorization.evidence)) {
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
  if (payment.operations.some(isOpen)) return 'processing';
  if (captured > 0) {
    if (refunded === captured) return 'refunded';
    if (refunded > 0) return 'partially_refunded';
    return captured < authorized ? 'partially_captured' : 'captured';
  }
  if (payment.operations.some((it) => it.kind === 'cancel' && isSucceeded(it))) return 'canceled';
  return payment.expired ? 'expired' : 'authorized';
}

/** Whether the operation may still turn out either way. */
export function isOpen({ evidence }: Operation): boolean {
  const status = statusOf(evidence);
  return status === 'pending' || status === 'unknown' || status === 'requires_action';
}

function isSucceeded({ evidence }: Operation): boolean {
  return statusOf(evidence) === 'succeeded';
}

function mayCount(operation: Operation): boolean {
  return isOpen(operation) || isSucceeded(operation);
}

function sumOf(payment: Payment, kind: OperationKind, counts: (operation: Operation) => boolean): number {
  return payment.operations
    .filter((operation) => operation.kind === kind && counts(operation))
    .reduce((sum, { amount }) => sum + amount, 0);
}
