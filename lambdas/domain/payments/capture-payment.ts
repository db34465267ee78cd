import type { Decision } from '../../kernel/command';
import type { Money } from '../../kernel/money';
import { err, ok } from '../../kernel/result';
import type { ProviderCapability } from '../providers/provider';
import type { PaymentEvent } from './payment-events';
import type { Payment } from './payment';
import { openOperationsOf } from './operations';
import { totalsOf } from './totals';

export type CaptureRefusal =
  | { readonly reason: 'payment-not-found' }
  | { readonly reason: 'nothing-to-capture' }
  | { readonly reason: 'currency-differs' }
  | { readonly reason: 'amount-exceeds-capturable'; readonly capturable: Money }
  | { readonly reason: 'not-supported-by-provider' };

/** Captures `amount`, or all that is left of the authorization. Captures that are still open count as taken. */
export function decideCapture(
  payment: Payment | undefined,
  input: {
    readonly operationId: string;
    readonly amount?: Money;
    readonly capabilities: readonly ProviderCapability[];
  },
): Decision<PaymentEvent, CaptureRefusal> {
  if (payment === undefined) return err({ reason: 'payment-not-found' });
  const { capturable, authorized, captured } = totalsOf(payment);
  if (capturable === 0) return err({ reason: 'nothing-to-capture' });
  if (input.amount !== undefined && input.amount.currency !== payment.currency)
    return err({ reason: 'currency-differs' });
  const amount = input.amount?.amount ?? capturable;
  if (amount > capturable) {
    return err({
      reason: 'amount-exceeds-capturable',
      capturable: { amount: capturable, currency: payment.currency },
    });
  }
  const isPartial = amount < authorized;
  const isFurther = captured > 0 || openOperationsOf(payment).some(({ kind }) => kind === 'capture');
  if (
    (isPartial && !input.capabilities.includes('partial-capture')) ||
    (isFurther && !input.capabilities.includes('several-captures'))
  ) {
    return err({ reason: 'not-supported-by-provider' });
  }
  return ok([{ type: 'OperationRequested', data: { operationId: input.operationId, kind: 'capture', amount } }]);
}
