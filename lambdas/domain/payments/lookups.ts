import type { Operation } from './payment';

/**
 * How long after its intent an operation without an outcome is looked up: 1 min, 5 min, 30 min, 2 h, 12 h, then daily for five days
 * [semantics: the sweeper asks the provider].
 */
const lookupAgesMs: readonly number[] = [
  ...[1, 5, 30, 120, 720].map((minutes) => minutes * 60_000),
  ...[1, 2, 3, 4, 5].map((days) => (12 + 24 * days) * 3_600_000),
];

/** Whether the provider has been asked as often as it is going to be, and could never say: a person must look. */
export function hasRunOut({ lookups }: Pick<Operation, 'lookups'>): boolean {
  return lookups.length >= lookupAgesMs.length;
}

/** When the provider is to be asked next what became of an open operation, ISO 8601; undefined when it is asked no more. */
export function nextLookupAt({ requestedAt, lookups }: Pick<Operation, 'requestedAt' | 'lookups'>): string | undefined {
  const ageMs = lookupAgesMs[lookups.length];
  return ageMs === undefined ? undefined : new Date(Date.parse(requestedAt) + ageMs).toISOString();
}
