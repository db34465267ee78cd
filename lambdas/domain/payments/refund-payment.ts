import type { Decision } from '../../kernel/command';
import type { Money } from '../../kernel/money';
import { redactText } from '../../kernel/redaction';
import { err, ok } from '../../kernel/result';
import type { ProviderCapability } from '../providers/provider';
import type { PaymentEvent } from './payment-events';
import type { Payment } from './payment';
import { isUndecided } from './disputes';
import { captureHolding, largestCaptureOf } from './captures';
import { openOperationsOf } from './operations';
import { totalsOf } from './totals';

export type RefundRefusal =
  | { readonly reason: 'payment-not-found' }
  | { readonly reason: 'nothing-to-refund' }
  /** The money is with the bank until the dispute is decided; refunding it too would pay it back twice. */
  | { readonly reason: 'dispute-undecided' }
  | { readonly reason: 'currency-differs' }
  | { readonly reason: 'amount-exceeds-refundable'; readonly refundable: Money }
  /** The provider refunds one capture at a time, and none holds so much: at most `refundableAtOnce`, then the rest in further refunds. */
  | { readonly reason: 'amount-exceeds-capture'; readonly refundableAtOnce: Money }
  | { readonly reason: 'not-supported-by-provider' };

/**
 * Refunds `amount`, or all that is left. Refunds that are pending or unknown count as paid back: of two concurrent refunds
 * that together exceed what was captured, the journal lets one append its intent first, and the other is refused here.
 *
 * Where the provider refunds a capture and not the payment, the capture is chosen here, over the same state, and journaled with the
 * intent: whatever is done for the operation afterwards is done with that one. One refund is one call, so it is never split.
 */
export function decideRefund(
  payment: Payment | undefined,
  input: {
    readonly operationId: string;
    readonly amount?: Money;
    readonly reason?: string;
    readonly capabilities: readonly ProviderCapability[];
  },
): Decision<PaymentEvent, RefundRefusal> {
  if (payment === undefined) return err({ reason: 'payment-not-found' });
  if (payment.disputes.some(isUndecided)) return err({ reason: 'dispute-undecided' });
  const { refundable, captured, refunded } = totalsOf(payment);
  if (refundable === 0) return err({ reason: 'nothing-to-refund' });
  if (input.amount !== undefined && input.amount.currency !== payment.currency)
    return err({ reason: 'currency-differs' });
  const amount = input.amount?.amount ?? refundable;
  if (amount > refundable) {
    return err({
      reason: 'amount-exceeds-refundable',
      refundable: { amount: refundable, currency: payment.currency },
    });
  }
  const isFurther = refunded > 0 || openOperationsOf(payment).some(({ kind }) => kind === 'refund');
  if (
    (amount < captured && !input.capabilities.includes('partial-refund')) ||
    (isFurther && !input.capabilities.includes('several-refunds'))
  ) {
    return err({ reason: 'not-supported-by-provider' });
  }
  const from = input.capabilities.includes('refund-of-capture') ? captureHolding(payment, amount) : undefined;
  if (input.capabilities.includes('refund-of-capture') && from === undefined) {
    return err({
      reason: 'amount-exceeds-capture',
      refundableAtOnce: { amount: largestCaptureOf(payment), currency: payment.currency },
    });
  }
  const captureReference = from === undefined ? {} : { captureReference: from.reference };
  const reason = input.reason === undefined ? {} : { reason: redactText(input.reason) };
  return ok([
    {
      type: 'OperationRequested',
      data: { operationId: input.operationId, kind: 'refund', amount, ...reason, ...captureReference },
    },
  ]);
}
