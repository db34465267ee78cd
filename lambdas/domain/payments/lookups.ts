import type { Evidence } from './outcome';
import { openOperationsOf } from './operations';
import type { Operation, Payment } from './payment';

/** What asking the provider came to while it told no result. */
export const lookupFindings = [
  /** It could not say, or did not answer. */
  'unknown',
  /** It has never seen the operation. */
  'absent',
  /** It has it, undecided. */
  'open',
  /** There is nothing to ask: only the provider's webhook can tell. */
  'unsupported',
] as const;

export type LookupFinding = (typeof lookupFindings)[number];

export interface Lookup {
  /** ISO 8601. */
  readonly at: string;
  readonly found: LookupFinding;
}

type Asked = Pick<Operation, 'requestedAt' | 'lookups' | 'evidence'>;

/**
 * How long after its intent an operation without an outcome is looked up: 1 min, 5 min, 30 min, 2 h, 12 h, then daily for five days
 * [semantics: the sweeper asks the provider].
 */
const lookupAgesMs: readonly number[] = [
  ...[1, 5, 30, 120, 720].map((minutes) => minutes * 60_000),
  ...[1, 2, 3, 4, 5].map((days) => (12 + 24 * days) * 3_600_000),
];

/** Whether the provider has been asked as often as it is going to be, and could never say: a person must look. */
export function hasRunOut(operation: Asked): boolean {
  return nextLookupAt(operation) === undefined && !operation.evidence.mismatched;
}

/**
 * When the provider is to be asked next what became of an open operation, ISO 8601; undefined when it is asked no more. What the
 * sweeper was late for is left out, and not made up for in a burst. The customer's approval makes it due at once, and the schedule
 * begins again from there. Another amount than was asked is for a person, and no question mends it.
 */
export function nextLookupAt({ requestedAt, lookups, evidence }: Asked): string | undefined {
  if (evidence.mismatched) return undefined;
  const begunMs = Date.parse(evidence.approvedAt ?? requestedAt);
  const since = lookups.filter(({ at }) => Date.parse(at) >= begunMs);
  const last = since.at(-1);
  const lastAgeMs = last === undefined ? -1 : Date.parse(last.at) - begunMs;
  const ages = evidence.approvedAt === undefined ? lookupAgesMs : [0, ...lookupAgesMs];
  const next = ages.find((ageMs) => ageMs > lastAgeMs);
  // Where nobody can be asked, the last date is the one on which to give up waiting.
  const ageMs = last?.found === 'unsupported' && next !== undefined ? ages.at(-1) : next;
  return ageMs === undefined ? undefined : new Date(begunMs + ageMs).toISOString();
}

/** When the first of a payment's open operations is to be looked up; undefined when none is. */
export function nextLookupOf(payment: Payment): string | undefined {
  return openOperationsOf(payment)
    .flatMap((operation) => nextLookupAt(operation) ?? [])
    .sort()[0];
}

/** Whether the provider has ever shown that it knows the operation: then it cannot be absent. */
export function wasSeen({
  reference,
  openReference,
  accepted,
  approvedAt,
  redirectUrl,
  mismatched,
}: Evidence): boolean {
  return [reference, openReference, approvedAt, redirectUrl].some((it) => it !== undefined) || accepted || mismatched;
}
