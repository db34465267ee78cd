import { canonicalJson } from '../../kernel/canonical-json';
import { sameMoney } from '../../kernel/money';
import type { Money } from '../../kernel/money';
import { differingAmountOf, statusOf, withReport } from './outcome';
import type { Evidence } from './outcome';
import type { OutcomeAttested } from './payment-events';

/**
 * What a person has attested of an operation whose outcome the provider never told, on what they saw elsewhere. It stands in for a
 * report, and never against one: see `countedEvidence`.
 */
export interface Attestation extends Readonly<Omit<OutcomeAttested, 'operationId'>> {
  /** ISO 8601. */
  readonly at: string;
}

/** The part of an operation that it is about. */
interface Attested {
  readonly evidence: Evidence;
  readonly attestation?: Attestation | undefined;
}

/** Of two the later one counts, whichever was heard first. */
export function laterAttestation(a: Attestation | undefined, b: Attestation): Attestation {
  if (a === undefined || a.at < b.at) return b;
  if (a.at > b.at) return a;
  return canonicalJson(a) < canonicalJson(b) ? a : b;
}

/** Whether the provider has told what came of the operation, be it in another amount than was asked. */
export function isToldByProvider({ succeeded, failure, mismatched }: Evidence): boolean {
  return succeeded || mismatched || failure !== undefined;
}

/**
 * The evidence that counts: the provider's, as soon as it tells anything, and until then what was attested. So it does not matter which
 * of the two was heard first. Where the provider says that the customer has approved and that it waits for us, and the person did not
 * know of it, nobody can say yet that the operation has succeeded: it is open again, whatever the date of the approval. What is done
 * without need is to ask the provider, which completes it once.
 */
export function countedEvidence({ evidence, attestation }: Attested, asked: Money): Evidence {
  if (attestation === undefined) return evidence;
  if (acceptedAmountOf({ evidence, attestation }, asked) !== undefined) {
    return { ...evidence, succeeded: true, mismatched: false };
  }
  if (isToldByProvider(evidence)) return evidence;
  if (attestation.outcome.status === 'succeeded' && isWaiting(evidence, attestation)) return evidence;
  return withReport(evidence, attestation.outcome, asked);
}

/**
 * The amount that counts, in minor units, where the provider did an operation in another amount than was asked and a person has accepted
 * that very amount, under the reference that it gave; undefined otherwise. As soon as it names a second amount, or that which was
 * asked, nothing is accepted.
 */
export function acceptedAmountOf({ evidence, attestation }: Attested, { currency }: Money): number | undefined {
  const told = differingAmountOf(evidence);
  if (told === undefined || told.currency !== currency || attestation?.outcome.status !== 'succeeded') return undefined;
  const { reference, ...said } = attestation.outcome;
  return sameMoney(said, told) && reference === evidence.reference ? told.amount : undefined;
}

/**
 * Whether the provider says otherwise than a person did. `counted` is the evidence that counts in the end. That a success was undone later
 * contradicts nobody.
 */
export function isContradicted({ evidence, attestation }: Attested, counted: Evidence): boolean {
  if (attestation === undefined) return false;
  const { outcome } = attestation;
  const isOtherReference =
    outcome.status === 'succeeded' && counted.reference !== undefined && counted.reference !== outcome.reference;
  return (
    counted.mismatched ||
    isOtherReference ||
    isWaiting(evidence, attestation) ||
    (!counted.reversed && statusOf(counted) !== outcome.status)
  );
}

/** The customer has approved, no report has followed, and the word takes no account of it. */
function isWaiting(evidence: Evidence, { approvedAt: known }: Attestation): boolean {
  return !isToldByProvider(evidence) && evidence.approvedAt !== undefined && evidence.approvedAt !== known;
}
