import { isContradictory, statusOf } from './outcome';
import type { OperationKind } from './payment-events';
import type { Operation, Payment } from './payment';

/** Whether the operation may still turn out either way, by what was reported of it alone. See `openOperationsOf`. */
export function isOpen({ evidence }: Pick<Operation, 'evidence'>): boolean {
  const status = statusOf(evidence);
  return status === 'pending' || status === 'unknown' || status === 'requires_action';
}

export function isSucceeded({ evidence }: Pick<Operation, 'evidence'>): boolean {
  return statusOf(evidence) === 'succeeded';
}

/**
 * The operations that count. One that seems to have been made without us, under the provider's reference of one of ours, is ours:
 * the provider told of it before we knew its reference. It is left out by what both say, so it does not matter which was told first.
 */
export function countedOperations({ operations }: Pick<Payment, 'operations'>): readonly Operation[] {
  const ours = new Set(
    operations.flatMap(({ origin, kind, evidence: { reference } }) =>
      origin === 'provider' || reference === undefined ? [] : [`${kind} ${reference}`],
    ),
  );
  return operations.filter(
    ({ origin, kind, evidence }) =>
      origin === 'own' || ![evidence.reference, evidence.openReference].some((it) => ours.has(`${kind} ${it ?? ''}`)),
  );
}

/**
 * Why an authorization that nobody has decided will come to nothing: the provider has let it expire, as it does when the customer
 * never comes, or it was canceled there.
 */
export function abandonmentOf(payment: Pick<Payment, 'operations' | 'expired'>): 'expired' | 'canceled' | undefined {
  const [authorization] = payment.operations;
  if (!isOpen(authorization) || isContradictory(authorization.evidence)) return undefined;
  if (payment.expired) return 'expired';
  const isCanceled = payment.operations.some((it) => it.kind === 'cancel' && isSucceeded(it));
  return isCanceled ? 'canceled' : undefined;
}

/** The operations that somebody must still learn the outcome of. */
export function openOperationsOf(payment: Payment): readonly Operation[] {
  const isAbandoned = abandonmentOf(payment) !== undefined;
  return countedOperations(payment).filter((it) => isOpen(it) && !(isAbandoned && it.kind === 'authorize'));
}

/** In minor units. */
export function sumOf(payment: Payment, kind: OperationKind, counts: (operation: Operation) => boolean): number {
  return countedOperations(payment)
    .filter((operation) => operation.kind === kind && counts(operation))
    .reduce((sum, { amount }) => sum + amount, 0);
}
