import type { CaptureReference } from '../providers/provider';
import { countedOperations, isSucceeded } from './operations';
import type { Payment } from './payment';

/**
 * What was captured, oldest first, by the provider's references, and how much of each is left. Which refund went against which
 * capture only the provider knows: refunds are taken from the oldest captures, as the adapters spread them.
 */
export function capturesOf(payment: Payment): readonly CaptureReference[] {
  const succeeded = countedOperations(payment).filter(isSucceeded);
  const captures = succeeded.filter(
    ({ kind }) => kind === 'capture' || (kind === 'authorize' && payment.capture === 'automatic'),
  );
  let refunded = succeeded.filter(({ kind }) => kind === 'refund').reduce((sum, { amount }) => sum + amount, 0);
  return captures.flatMap(({ amount, evidence: { reference } }) => {
    const gone = Math.min(amount, refunded);
    refunded -= gone;
    return reference === undefined ? [] : [{ providerReference: reference, amount: amount - gone }];
  });
}
