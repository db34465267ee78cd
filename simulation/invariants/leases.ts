import type { Commit } from '../../lambdas/kernel/journal';
import type { Jury } from './violation';

export interface LeaseItem {
  readonly fence: number;
  readonly nonce: string | undefined;
}

export interface LeaseChecks {
  changed(before: LeaseItem | undefined, after: LeaseItem): void;
  /** A commit that was to be written only while the lease was held with this fence. */
  guarded(commit: Commit, fence: number, current: LeaseItem | undefined): void;
  /** Somebody was told that the lease is theirs. */
  acquired(who: string, fence: number): void;
}

export function newLeaseChecks(jury: Jury): LeaseChecks {
  let highest = 0;
  const holders = new Map<number, string>();
  return {
    changed: (before, after) => {
      const isTaken = after.nonce !== undefined && after.nonce !== before?.nonce;
      const expected = (before?.fence ?? 0) + (isTaken ? 1 : 0);
      jury.check(
        after.fence === expected,
        'fences strictly rise',
        () => `${String(before?.fence)} became ${String(after.fence)}`,
      );
    },
    guarded: (commit, fence, current) => {
      const isHolder = current?.fence === fence && current.nonce !== undefined;
      jury.check(
        isHolder,
        'a stale holder writes nothing',
        () => `version ${String(commit.version)} by fence ${String(fence)}, held by ${String(current?.fence)}`,
      );
      jury.check(
        fence >= highest,
        'a stale holder writes nothing',
        () => `fence ${String(fence)} after ${String(highest)}`,
      );
      highest = Math.max(highest, fence);
    },
    acquired: (who, fence) => {
      const other = holders.get(fence) ?? who;
      jury.check(other === who, 'one holder a fence', () => `${who} and ${other} both hold ${String(fence)}`);
      holders.set(fence, who);
    },
  };
}
