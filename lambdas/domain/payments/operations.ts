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
 * the provider told of it before we knew its reference, or under the name of the payment. It is left out by what both say, so it does
 * not matter which was told first; that it was undone is true of ours.
 */
export function countedOperations({ operations }: Pick<Payment, 'operations'>): readonly Operation[] {
  const theirs = operations.filter(({ origin }) => origin === 'provider');
  const own = operations.filter(({ origin }) => origin === 'own');
  return [
    ...own.map((operation) =>
      withReversal(
        operation,
        theirs.find((twin) => isTwin(twin, operation) && twin.evidence.reversed),
      ),
    ),
    ...theirs.filter((twin) => !own.some((operation) => isTwin(twin, operation))),
  ];
}

function isTwin(external: Operation, { kind, evidence: { reference } }: Operation): boolean {
  const { evidence } = external;
  return (
    reference !== undefined &&
    external.kind === kind &&
    [evidence.reference, evidence.openReference].includes(reference)
  );
}

/** What was undone in another amount is undone nobody knows how far: a person must look. */
function withReversal(operation: Operation, reversal: Operation | undefined): Operation {
  if (reversal === undefined) return operation;
  const { evidence, amount } = operation;
  if (reversal.amount !== amount) return { ...operation, evidence: { ...evidence, mismatched: true } };
  const failure = evidence.failure ?? reversal.evidence.failure;
  return { ...operation, evidence: { ...evidence, reversed: true, failure } };
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
