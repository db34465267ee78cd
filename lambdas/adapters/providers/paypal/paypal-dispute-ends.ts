import type { Money } from '../../../kernel/money';
import { listOf } from '../../reading';
import type { Fields } from '../../reading';
import { readPaypalAmount } from './paypal-money';
import { recordOf } from './paypal-refusals';

export interface DisputeEnd {
  /** What the merchant has lost by it; nothing where it was won. */
  readonly lost: Money;
  /** Whether PayPal has said so. Otherwise all that was disputed is taken for lost, until a person has looked. */
  readonly isTold: boolean;
}

/**
 * What a resolved dispute cost the merchant [PayPal: Disputes v1, dispute_outcome and money_movements]. `amount_refunded` is what the
 * customer got from the merchant or from PayPal, so it is the merchant's loss only where the merchant lost; it may be a part of what was disputed.
 * `RESOLVED_WITH_PAYOUT`: PayPal stepped in and paid. `NONE`: closed without a decision, for another dispute of the same transaction, which has an id and
 * an end of its own. With these two the merchant has lost what was booked from his account for it, if anything.
 *
 * A code that is none of these decides nothing, and to leave the dispute open for it would forbid every refund of the payment for good.
 */
export function endOf(dispute: Fields, disputed: Money): DisputeEnd {
  const { outcome_code: code, ...outcome } = recordOf(dispute.dispute_outcome);
  const nothing: Money = { amount: 0, currency: disputed.currency };
  switch (code) {
    case 'RESOLVED_SELLER_FAVOUR':
    case 'CANCELED_BY_BUYER':
    case 'DENIED':
      return { lost: nothing, isTold: true };
    case 'RESOLVED_BUYER_FAVOUR':
    case 'ACCEPTED':
      return {
        lost: refundedOf(outcome, disputed.currency) ?? takenOf(dispute, disputed.currency) ?? disputed,
        isTold: true,
      };
    case 'RESOLVED_WITH_PAYOUT':
    case 'NONE':
      return { lost: takenOf(dispute, disputed.currency) ?? nothing, isTold: true };
    default: {
      const taken = takenOf(dispute, disputed.currency);
      return { lost: taken ?? disputed, isTold: taken !== undefined };
    }
  }
}

/** Undefined where it is not told, or in another currency than what is disputed: nothing is converted here. */
function refundedOf(outcome: Fields, currency: string): Money | undefined {
  if (outcome.amount_refunded === undefined) return undefined;
  const refunded = readPaypalAmount(outcome, 'amount_refunded');
  return refunded.currency === currency ? refunded : undefined;
}

/** What the dispute took from the merchant's account, less what it gave back, fees aside; undefined where nothing is told of that account. */
function takenOf(dispute: Fields, currency: string): Money | undefined {
  const movements = dispute.money_movements === undefined ? [] : listOf(dispute, 'money_movements').map(recordOf);
  const ofMerchant = movements.filter(
    ({ affected_party, reason }) => affected_party === 'SELLER' && reason === 'DISPUTE_SETTLEMENT',
  );
  if (ofMerchant.length === 0) return undefined;
  let taken = 0;
  for (const movement of ofMerchant) {
    const { amount, currency: moved } = readPaypalAmount(movement, 'amount');
    if (moved !== currency || (movement.type !== 'DEBIT' && movement.type !== 'CREDIT')) return undefined;
    taken += movement.type === 'DEBIT' ? amount : -amount;
  }
  return { amount: Math.max(0, taken), currency };
}
