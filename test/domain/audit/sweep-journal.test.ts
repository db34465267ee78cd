import { AuditCorruption } from '../../../lambdas/domain/audit/errors';
import type { Segment, SweepPosition } from '../../../lambdas/domain/audit/ports';
import { commitIdOf } from '../../../lambdas/domain/audit/segment';
import { shipCommits } from '../../../lambdas/domain/audit/ship-commits';
import type { SweepPorts } from '../../../lambdas/domain/audit/sweep-journal';
import { sweepJournal } from '../../../lambdas/domain/audit/sweep-journal';
import type { Commit, Observation } from '../../../lambdas/kernel/journal';
import { streamName } from '../../../lambdas/kernel/journal';
import { newMemoryAuditHeads, newMemoryWormLog } from '../../support/memory-audit';
import { acme, aCommit, anObservation } from './a-commit';

/** A journal of which every page holds two commits, then one page of all observations. */
function aWorld(commits: readonly Commit[], observations: readonly Observation[] = [], nowMinute = 20) {
  const worm = newMemoryWormLog();
  let position: SweepPosition | undefined;
  const ports: SweepPorts = {
    worm,
    heads: newMemoryAuditHeads(),
    journal: {
      read: async (stream, from = 1) =>
        commits.filter((commit) => streamName(commit.stream) === streamName(stream) && commit.version >= from),
    },
    scan: {
      page: async (after = '0') => {
        const start = Number(after);
        const last = start + 2 >= commits.length;
        return {
          commits: commits.slice(start, start + 2),
          observations: last ? observations : [],
          unreadable: [],
          next: last ? undefined : String(start + 2),
        };
      },
    },
    checkpoint: {
      read: async () => position,
      write: async (next) => {
        position = next;
      },
    },
    clock: { now: () => new Date(Date.UTC(2026, 10, 22, 0, nowMinute)) },
    sleep: async () => undefined,
    randomness: { bytes: (count) => new Uint8Array(count) },
  };
  const log = () => worm.segments.flatMap(({ records }) => records.map(commitIdOf));
  return { ports, log, worm, positionNow: () => position?.after };
}

const always = () => true;

function times(count: number): () => boolean {
  let left = count;
  return () => (left -= 1) >= 0;
}

describe('the audit sweep', () => {
  test('ships what no sequencer shipped, and says how much of it is overdue', async () => {
    const commits = [1, 2, 3, 18].map((minute, index) => aCommit({ version: index + 1, minute }));
    const { ports, log } = aWorld(commits);
    await shipCommits(ports, acme, { commits: commits.slice(0, 1), observations: [] });

    const report = await sweepJournal(ports, always);
    expect(report).toEqual({
      pages: 2,
      records: 4,
      shipped: 3,
      overdue: 2,
      failures: [],
      unreadable: [],
      reachedEnd: true,
    });
    expect(log()).toEqual(commits.map(({ commitId }) => commitId));
  });

  test('finds nothing to do when all is shipped', async () => {
    const { ports } = aWorld([aCommit({})], [anObservation({})]);
    await sweepJournal(ports, always);
    expect(await sweepJournal(ports, always)).toMatchObject({ shipped: 0, overdue: 0, reachedEnd: true });
  });

  test('stops when its time is over, goes on from there, and begins anew after the end', async () => {
    const commits = [1, 2, 3, 4, 5].map((version) => aCommit({ version }));
    const { ports, log, positionNow } = aWorld(commits);
    expect(await sweepJournal(ports, times(1))).toMatchObject({ pages: 1, reachedEnd: false });
    expect(positionNow()).toBe('2');
    expect(await sweepJournal(ports, times(9))).toMatchObject({ pages: 2, reachedEnd: true });
    expect(positionNow()).toBeUndefined();
    expect(log()).toHaveLength(5);
  });

  test('sweeps a large journal in a day of runs, a small one in each', async () => {
    const commits = Array.from({ length: 96 * 20 * 2 }, () => aCommit({}));
    const { ports } = aWorld(commits);
    const pagesOf = async (): Promise<number> => (await sweepJournal(ports, always)).pages;
    expect(await pagesOf()).toBe(96 * 20);
    expect([await pagesOf(), await pagesOf()]).toEqual([20, 20]);

    const small = aWorld(commits.slice(0, 16 * 2)).ports;
    expect((await sweepJournal(small, always)).reachedEnd).toBe(true);
    expect(await sweepJournal(small, always)).toMatchObject({ pages: 16, reachedEnd: true });
  });

  test('looks at observations of the last seven days only, whose cursors certainly live', async () => {
    const old = anObservation({ id: 'OLD', at: '2026-11-14T23:59:59.000Z' });
    const recent = anObservation({ id: 'NEW', at: '2026-11-15T00:00:00.000Z' });
    const { ports, log } = aWorld([], [old, recent]);
    await sweepJournal(ports, always);
    expect(log()).toEqual([recent.commitId]);
  });

  test('a corrupt log of one owner is reported and does not keep the others waiting', async () => {
    const other = { tenant: 'ten_0000000000000000other' };
    const { ports, log, worm } = aWorld([aCommit({}), aCommit({ owner: other, minute: 9 })]);
    const broken: Segment = { owner: acme, firstIndex: 0, previousHash: 'f'.repeat(64), records: [] };
    const worldly = {
      ...ports,
      worm: {
        ...worm,
        put: async (segment: Segment) => (segment.owner === acme ? { result: 'taken' as const } : worm.put(segment)),
        read: async () => ({ segment: broken, hash: 'a'.repeat(64) }),
      },
    };
    const report = await sweepJournal(worldly, always);
    expect(report.failures).toEqual([{ owner: acme, error: expect.any(AuditCorruption) }]);
    expect(report.shipped).toBe(1);
    expect(log()).toEqual(['C000009-payment-pay_1-1']);
  });

  test('what fails for one owner is tried again in the next lap', async () => {
    const { ports, log } = aWorld([1, 2, 3].map((version) => aCommit({ version })));
    const failing = {
      ...ports,
      heads: { ...ports.heads, advance: async () => Promise.reject(new Error('throttled')) },
    };
    expect(await sweepJournal(failing, always)).toMatchObject({ shipped: 0, reachedEnd: true, failures: [{}, {}] });
    expect(await sweepJournal(ports, always)).toMatchObject({ failures: [], reachedEnd: true });
    expect(log()).toHaveLength(3);
  });

  test('a scan that fails ends the sweep, and the next one begins at the same page', async () => {
    const { ports, positionNow, log } = aWorld([1, 2, 3].map((version) => aCommit({ version })));
    await sweepJournal(ports, times(1));
    const failing = { ...ports, scan: { page: async () => Promise.reject(new Error('throttled')) } };
    await expect(sweepJournal(failing, always)).rejects.toThrow('throttled');
    expect(positionNow()).toBe('2');
    await sweepJournal(ports, always);
    expect(log()).toHaveLength(3);
  });
});
