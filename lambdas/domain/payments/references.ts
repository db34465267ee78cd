import { statusOf } from './outcome';
import type { OperationKind } from './payment-events';
import type { Operation, Payment } from './payment';

/** A movement of money, as a person names it at the provider. Amount in minor units of the payment's currency. */
export interface NamedMovement {
  /** The operation of ours that they say it is. */
  readonly operation: Pick<Operation, 'id' | 'kind' | 'origin'>;
  readonly reference: string;
  readonly amount: number;
  /** When they said so, ISO 8601; undefined while they are about to. */
  readonly at: string | undefined;
}

/**
 * The other operation that the provider's reference already stands for; undefined where there is none. One reference is one movement:
 * what an operation has claimed, by the provider's word or by an earlier one of a person, is not a second one's.
 *
 * An operation that was made without us, of the same kind and amount, is no other one: it is this movement, as the provider told of it.
 */
export function bearerOf({ operations }: Payment, movement: NamedMovement): Operation | undefined {
  const { operation, reference, amount } = movement;
  return operations.find((other) => {
    if (other.id === operation.id || mayShareReference(other.kind, operation.kind)) return false;
    if (hasEarlierWord(other, movement)) return true;
    const isTheSame = isExternalPair(other, operation) && other.amount === amount && !other.evidence.mismatched;
    return names(other, reference) && !isTheSame;
  });
}

/** The operation that was made without us and was told to have come to nothing, under this reference. */
export function failedTwinOf({ operations }: Payment, { operation, reference }: NamedMovement): Operation | undefined {
  return operations.find(
    (other) => isExternalPair(other, operation) && names(other, reference) && statusOf(other.evidence) === 'failed',
  );
}

/** The provider knows the operation by this reference. */
export function names({ evidence }: Pick<Operation, 'evidence'>, reference: string): boolean {
  return evidence.reference === reference || evidence.openReference === reference;
}

function isExternalPair(other: Operation, operation: NamedMovement['operation']): boolean {
  return other.id !== operation.id && other.kind === operation.kind && other.origin !== operation.origin;
}

/** A cancellation moves nothing: some providers give it the reference of the authorization that it ends [Stripe, PayPal: void]. */
function mayShareReference(a: OperationKind, b: OperationKind): boolean {
  return (a === 'cancel' && b === 'authorize') || (a === 'authorize' && b === 'cancel');
}

/** Of two people who claim one reference the first has it; at one instant the operation whose id comes first. */
function hasEarlierWord(
  { id, evidence, attestation }: Operation,
  { operation, reference, at }: NamedMovement,
): boolean {
  if (attestation?.outcome.status !== 'succeeded' || attestation.outcome.reference !== reference) return false;
  // What the provider has told since outweighs the word, and gives the reference back.
  if (evidence.reference !== undefined) return false;
  return at === undefined || attestation.at < at || (attestation.at === at && id < operation.id);
}
