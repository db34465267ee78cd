import { isWithdrawn } from './disputes';
import { authorizationOf, isSucceeded, sumOf } from './operations';
import type { Payment } from './payment';

/** Minor units. */
export interface Reported {
  readonly authorized: number;
  readonly captured: number;
  readonly refunded: number;
  readonly disputed: number;
  readonly settled: number;
}

/**
 * What the provider reports of a payment, in its currency and without the limits of `totalsOf`: what lies beyond them is money that
 * the ledger must not lose sight of.
 */
export function reportedOf(payment: Payment): Reported {
  const authorization = authorizationOf(payment);
  const authorized = isSucceeded(authorization) ? authorization.amount : 0;
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
