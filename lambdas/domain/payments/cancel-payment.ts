import type { Decision } from '../../kernel/command';
import { err, ok } from '../../kernel/result';
import type { ProviderCapability } from '../providers/provider';
import type { PaymentEvent } from './payment-events';
import type { Payment } from './payment';
import { openOperationsOf } from './operations';
import { totalsOf } from './totals';

export type CancelRefusal =
  | { readonly reason: 'payment-not-found' }
  | { readonly reason: 'nothing-to-cancel' }
  /** A capture has not been answered yet: what is left to cancel is not known. */
  | { readonly reason: 'capture-in-progress' }
  | { readonly reason: 'not-supported-by-provider' };

/** Cancels what is authorized and not captured. */
export function decideCancel(
  payment: Payment | undefined,
  input: { readonly operationId: string; readonly capabilities: readonly ProviderCapability[] },
): Decision<PaymentEvent, CancelRefusal> {
  if (payment === undefined) return err({ reason: 'payment-not-found' });
  if (openOperationsOf(payment).some(({ kind }) => kind === 'capture')) {
    return err({ reason: 'capture-in-progress' });
  }
  const { capturable: amount } = totalsOf(payment);
  if (amount === 0) return err({ reason: 'nothing-to-cancel' });
  if (!input.capabilities.includes('cancel')) return err({ reason: 'not-supported-by-provider' });
  return ok([{ type: 'OperationRequested', data: { operationId: input.operationId, kind: 'cancel', amount } }]);
}
