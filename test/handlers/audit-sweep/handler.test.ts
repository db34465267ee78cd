import '../../support/function-env';

import type { SweepPosition } from '../../../lambdas/domain/audit/ports';
import { newAuditSweep } from '../../../lambdas/handlers/audit-sweep/handler';
import type { Commit } from '../../../lambdas/kernel/journal';
import { aClock, aCommit, aStream } from '../../support/a-commit';
import { newMemoryAuditHeads, newMemoryWormLog } from '../../support/memory-audit';
import { newMemoryStore } from '../../support/memory-journal';
import { newMemoryTelemetry } from '../../support/memory-telemetry';

function aWorld(commits: readonly Commit[], unreadable: readonly string[] = []) {
  const { journal } = newMemoryStore();
  const worm = newMemoryWormLog();
  const telemetry = newMemoryTelemetry();
  const clock = aClock(Date.parse('2026-11-22T09:20:00.000Z'));
  const pages: (string | undefined)[] = [];
  const written: SweepPosition[] = [];
  const deps = {
    journal,
    worm,
    heads: newMemoryAuditHeads(),
    scan: {
      page: async (after?: string) => {
        pages.push(after);
        const index = Number(after ?? '0');
        const commit = commits[index];
        return {
          commits: commit === undefined ? [] : [commit],
          observations: [],
          unreadable,
          next: index + 1 < commits.length ? String(index + 1) : undefined,
        };
      },
    },
    checkpoint: {
      read: async () => written.at(-1),
      write: async (position: SweepPosition) => {
        written.push(position);
      },
    },
    clock,
    sleep: async () => undefined,
    randomness: { bytes: (count: number) => new Uint8Array(count) },
    ...telemetry,
  };
  const sweep = (remainingMs = 300_000) => newAuditSweep(deps)({}, { getRemainingTimeInMillis: () => remainingMs });
  return { sweep, worm, telemetry, pages, written };
}

describe('the audit sweep function', () => {
  test('ships what was forgotten and pages, because it was older than 15 minutes', async () => {
    const { sweep, worm, telemetry } = aWorld([aCommit(aStream(), 1, { at: '2026-11-22T09:00:00.000Z' })]);
    await sweep();
    expect(worm.segments).toHaveLength(1);
    expect(telemetry.counted).toEqual(['AuditGapFound']);
  });

  test('ships what only lags, without paging', async () => {
    const { sweep, worm, telemetry } = aWorld([aCommit(aStream(), 1, { at: '2026-11-22T09:19:00.000Z' })]);
    await sweep();
    expect(worm.segments).toHaveLength(1);
    expect(telemetry.counted).toEqual([]);
  });

  test('does at least one page a run, however little time it has, and the next run goes on', async () => {
    const { sweep, pages } = aWorld([aCommit(aStream(), 1), aCommit(aStream(), 1)]);
    await sweep(1_000);
    await sweep(1_000);
    expect(pages).toEqual([undefined, '1']);
  });

  test('fails after all else is done when an owner could not be shipped', async () => {
    const orphan = aCommit(aStream(), 5);
    const { sweep, worm, telemetry, written } = aWorld([
      orphan,
      aCommit(aStream(), 1, { at: '2026-11-22T09:19:00.000Z' }),
    ]);
    await expect(sweep()).rejects.toThrow('could not ship for 1 owners');
    expect(telemetry.counted).toEqual(['AuditGapFound']);
    expect(worm.segments).toHaveLength(1);
    expect(written.map(({ after }) => after)).toEqual(['1', undefined]);
  });

  test('pages about items that are no commits', async () => {
    const { sweep, telemetry } = aWorld([], ['T#ten_1#payment#pay_1 V#1']);
    await sweep();
    expect(telemetry.counted).toEqual(['JournalTampered']);
  });
});
