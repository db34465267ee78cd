import { isWithdrawn } from './disputes';
import { countedOperations, isOpen, isSucceeded } from './operations';
import type { Operation, Payment } from './payment';

/** A capture, by the provider's reference, and what can surely be refunded of it. Minor units. */
export interface RefundableCapture {
  readonly reference: string;
  readonly left: number;
}

/**
 * What was captured, oldest first, less what has gone back of it or may have: refunds that are not known to have failed, and disputes that
 * have withdrawn money, each against the capture that it names. What names none may have come out of any of them, and counts against each:
 * so no capture is ever asked for more than it holds. A capture that the provider has given two names is left out.
 */
export function capturesOf(payment: Payment): readonly RefundableCapture[] {
  const counted = countedOperations(payment);
  const returned = [
    ...counted
      .filter((it) => it.kind === 'refund' && (isSucceeded(it) || isOpen(it)))
      .map((it) => ({ amount: it.amount, captureReference: isSure(it) ? it.captureReference : undefined })),
    ...payment.disputes.filter(isWithdrawn),
  ];
  const sumOf = (reference: string | undefined): number =>
    returned
      .filter(({ captureReference }) => captureReference === reference)
      .reduce((sum, { amount }) => sum + amount, 0);
  const ofAny = sumOf(undefined);
  return counted
    .filter(isSucceeded)
    .filter(({ kind }) => kind === 'capture' || (kind === 'authorize' && payment.capture === 'automatic'))
    .flatMap(({ amount, evidence: { reference, ambiguous } }) =>
      reference === undefined || ambiguous ? [] : [{ reference, left: Math.max(0, amount - sumOf(reference) - ofAny) }],
    );
}

/** The capture of our own refund was chosen here; that of another is what the provider tells, unless it tells of two. */
function isSure({ origin, evidence }: Operation): boolean {
  return origin === 'own' || !evidence.ambiguous;
}

/** The oldest capture that holds the whole amount; undefined where none does. */
export function captureHolding(payment: Payment, amount: number): RefundableCapture | undefined {
  return capturesOf(payment).find(({ left }) => left >= amount);
}

/** The most that one capture holds. */
export function largestCaptureOf(payment: Payment): number {
  return Math.max(0, ...capturesOf(payment).map(({ left }) => left));
}
