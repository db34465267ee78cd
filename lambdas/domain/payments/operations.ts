import { acceptedAmountOf, countedEvidence, isToldByProvider } from './attestation';
import { isContradictory, statusOf } from './outcome';
import type { OperationKind } from './payment-events';
import type { Operation, Payment } from './payment';
import { bearerOf, names } from './references';

/** Whether an operation as it counts may still turn out either way, by what is known of it alone. See `openOperationsOf`. */
export function isOpen({ evidence }: Pick<Operation, 'evidence'>): boolean {
  const status = statusOf(evidence);
  return status === 'pending' || status === 'unknown' || status === 'requires_action';
}

export function isSucceeded({ evidence }: Pick<Operation, 'evidence'>): boolean {
  return statusOf(evidence) === 'succeeded';
}

/**
 * The operations that count, with the evidence that counts. The authorization is the first.
 *
 * One that seems to have been made without us, under the provider's reference of one of ours, is ours:
 * the provider told of it before we knew its reference, or under the name of the payment. It is left out by what both say, so it does
 * not matter which was told first; that it was undone is true of ours.
 */
export function countedOperations(payment: Payment): readonly Operation[] {
  const [authorization, ...others] = payment.operations;
  const theirs = others.filter(({ origin }) => origin === 'provider');
  const own = [
    authorizationAsCounted(payment, authorization),
    ...others.filter(({ origin }) => origin === 'own').map((operation) => asCounted(payment, operation)),
  ];
  return [
    ...own.map((operation) =>
      withTwin(
        payment,
        operation,
        theirs.find((twin) => isTwin(twin, operation)),
      ),
    ),
    ...theirs
      .filter((twin) => !own.some((operation) => isTwin(twin, operation)))
      .map((operation) => asCounted(payment, operation)),
  ];
}

/** The authorization as it counts. */
export function authorizationOf(payment: Payment): Operation {
  const [authorization] = payment.operations;
  return authorizationAsCounted(payment, authorization);
}

/** A word that names what another operation is known by counts for nothing: that movement is counted once, and not twice. */
function asCounted(payment: Payment, operation: Operation): Operation {
  const { attestation, amount } = operation;
  if (attestation === undefined) return operation;
  const { outcome, at } = attestation;
  if (outcome.status === 'succeeded' && bearerOf(payment, { operation, at, ...outcome }) !== undefined)
    return operation;
  const asked = { amount, currency: payment.currency };
  return {
    ...operation,
    amount: acceptedAmountOf(operation, asked) ?? amount,
    evidence: countedEvidence(operation, asked),
  };
}

/**
 * That the customer has paid at once is not true on a person's word where the provider says that the payment came to nothing. Money
 * that was held may come to nothing afterwards: there both are true.
 */
function authorizationAsCounted(payment: Payment, authorization: Operation): Operation {
  const isDenied = payment.capture === 'automatic' && endOf(payment) !== undefined;
  const isAttested = authorization.attestation?.outcome.status === 'succeeded';
  return isAttested && isDenied ? authorization : asCounted(payment, authorization);
}

function isTwin(external: Operation, { kind, evidence: { reference } }: Operation): boolean {
  return reference !== undefined && external.kind === kind && names(external, reference);
}

/**
 * What the provider told of the twin is true of ours: that it was undone; and all of it, where a person's word is all that we have
 * of ours, which is then of the same amount.
 */
function withTwin(payment: Payment, operation: Operation, twin: Operation | undefined): Operation {
  if (twin === undefined) return operation;
  if (twin.evidence.reversed) return withReversal(operation, twin);
  const raw = payment.operations.find(({ id }) => id === operation.id);
  const isAttestedOnly = raw?.attestation !== undefined && !isToldByProvider(raw.evidence);
  return isAttestedOnly && isToldByProvider(twin.evidence) ? { ...operation, evidence: twin.evidence } : operation;
}

/** What was undone in another amount is undone nobody knows how far: a person must look. */
function withReversal(operation: Operation, reversal: Operation): Operation {
  const { evidence, amount } = operation;
  if (reversal.amount !== amount) return { ...operation, evidence: { ...evidence, mismatched: true } };
  const failure = evidence.failure ?? reversal.evidence.failure;
  return { ...operation, evidence: { ...evidence, reversed: true, failure } };
}

/**
 * Why an authorization that nobody has decided will come to nothing: the provider has let it expire, as it does when the customer
 * never comes, or it was canceled there.
 */
export function abandonmentOf(payment: Payment): 'expired' | 'canceled' | undefined {
  const authorization = authorizationOf(payment);
  if (!isOpen(authorization) || isContradictory(authorization.evidence)) return undefined;
  return endOf(payment);
}

/** How the provider says that the payment ended without its customer's money. */
function endOf({ operations, expired }: Pick<Payment, 'operations' | 'expired'>): 'expired' | 'canceled' | undefined {
  if (expired) return 'expired';
  return operations.some((it) => it.kind === 'cancel' && isSucceeded(it)) ? 'canceled' : undefined;
}

/** The operations that somebody must still learn the outcome of. */
export function openOperationsOf(payment: Payment): readonly Operation[] {
  const isAbandoned = abandonmentOf(payment) !== undefined;
  return countedOperations(payment).filter((it) => isOpen(it) && !(isAbandoned && it.kind === 'authorize'));
}

/** The operation of this id as it counts. For one that is a twin of ours, ours. */
export function countedOperationOf(payment: Payment, operationId: string): Operation | undefined {
  const isIt = ({ id }: Operation): boolean => id === operationId;
  const counted = countedOperations(payment);
  const twin = payment.operations.find(isIt);
  return counted.find(isIt) ?? counted.find((own) => twin !== undefined && isTwin(twin, own));
}

/** In minor units. */
export function sumOf(payment: Payment, kind: OperationKind, counts: (operation: Operation) => boolean): number {
  return countedOperations(payment)
    .filter((operation) => operation.kind === kind && counts(operation))
    .reduce((sum, { amount }) => sum + amount, 0);
}
