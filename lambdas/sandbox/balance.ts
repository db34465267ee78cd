import type { BalanceEntry, OperationRecord, PaymentRecord } from './books';
import { disputeStepsOf } from './disputes';
import { derivedId } from './names';
import { behaviourOf } from './tokens';

/** What the sandbox keeps of every capture: 2.9 %, rounded half up, and 30 minor units. */
export function captureFee(gross: number): number {
  return Math.floor((gross * 29 + 500) / 1000) + 30;
}

/** What a dispute costs the merchant, in minor units; returned when the merchant wins. */
export const disputeFee = 1500;

/** What an operation that was just decided makes due to the merchant, or back from it. */
export function entriesOf(operation: OperationRecord, payment: PaymentRecord, now: Date): readonly BalanceEntry[] {
  const { answer, later, operationId, kind } = operation;
  const outcome = answer.status === 'pending' ? later?.answer : answer;
  if (outcome?.status !== 'succeeded') return [];
  const { amount: gross, currency } = outcome;
  const at = answer.status === 'pending' ? (later?.at ?? now.toISOString()) : now.toISOString();
  const entry = (kindOf: BalanceEntry['kind'], fee: number, net: number, when = at, step = ''): BalanceEntry => ({
    id: derivedId('bal', operationId, kindOf, step),
    kind: kindOf,
    payment: payment.paymentId,
    currency,
    gross,
    fee,
    net,
    at: when,
  });
  if (kind === 'refund') {
    return [
      entry('refund', 0, -gross),
      ...(later === undefined || answer.status === 'pending' ? [] : [entry('adjustment', 0, gross, later.at)]),
    ];
  }
  // A token that tells of its own payout is not paid out a second time.
  if (!isCapture(operation, payment) || behaviourOf(payment.token).later === 'settlement') return [];
  const fee = captureFee(gross);
  return [
    entry('capture', fee, gross - fee),
    ...disputeStepsOf(payment, now).flatMap(({ status, stage, occurredAt }) => {
      const step = String(stage);
      if (status === 'opened') return [entry('dispute', disputeFee, -gross - disputeFee, occurredAt, step)];
      if (status === 'won') return [entry('dispute_reversal', -disputeFee, gross + disputeFee, occurredAt, step)];
      return [];
    }),
  ];
}

export function isCapture(
  { kind }: Pick<OperationRecord, 'kind'>,
  { capture }: Pick<PaymentRecord, 'capture'>,
): boolean {
  return kind === 'capture' || (kind === 'authorization' && capture === 'automatic');
}
