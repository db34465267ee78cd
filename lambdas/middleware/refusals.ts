import type { CommandRefusal } from '../kernel/command';
import { unreachable } from '../kernel/invariant';
import type { Problem } from './problem';

/** Absent, or another tenant's: the two are answered alike in every byte but the request id, and remembered alike. */
export const notFound: Problem = {
  slug: 'not-found',
  detail: 'There is no such resource.',
  refusedAccess: 'not-found',
};

export const keyReused: Problem = {
  slug: 'idempotency-key-reused',
  detail: 'This Idempotency-Key was used before, for another request.',
};

/** What the journal itself refuses, the same for every command. */
export function commandProblem(refusal: CommandRefusal): Problem {
  switch (refusal.reason) {
    case 'idempotency-key-reused':
      return keyReused;
    case 'stale-version':
      return {
        slug: 'stale-version',
        detail: 'The resource has changed since the version in If-Match.',
        headers: { etag: etagOf(refusal.currentVersion) },
      };
    case 'contended':
      return {
        slug: 'in-progress',
        detail: 'Other requests are changing this resource. Send the request again.',
        retryAfterSeconds: 1,
      };
    default:
      return unreachable(refusal);
  }
}

export function isCommandRefusal(refusal: { readonly reason: string }): refusal is CommandRefusal {
  return ['idempotency-key-reused', 'stale-version', 'contended'].includes(refusal.reason);
}

export function etagOf(version: number): string {
  return `"${String(version)}"`;
}
