import { AuditContended, AuditCorruption } from '../../../lambdas/domain/audit/errors';
import type { AuditRecord, Segment } from '../../../lambdas/domain/audit/ports';
import { commitIdOf, genesisHash } from '../../../lambdas/domain/audit/segment';
import { shipCommits } from '../../../lambdas/domain/audit/ship-commits';
import type { Commit, Journal, Observation } from '../../../lambdas/kernel/journal';
import { streamName } from '../../../lambdas/kernel/journal';
import { emptyHead, newMemoryAuditHeads, newMemoryWormLog } from '../../support/memory-audit';
import { acme, aCommit, anObservation } from './a-commit';

function aWorld(journaled: readonly Commit[] = []) {
  const worm = newMemoryWormLog();
  const heads = newMemoryAuditHeads();
  const journalReads: string[] = [];
  const journal: Pick<Journal, 'read'> = {
    read: async (stream, from = 1) => {
      journalReads.push(`${streamName(stream)}@${String(from)}`);
      return journaled
        .filter((commit) => streamName(commit.stream) === streamName(stream) && commit.version >= from)
        .sort((a, b) => a.version - b.version);
    },
  };
  const ports = {
    journal,
    worm,
    heads,
    sleep: async () => undefined,
    randomness: { bytes: (n: number) => new Uint8Array(n) },
  };
  const ship = (commits: readonly Commit[], observations: readonly Observation[] = []) =>
    shipCommits(ports, acme, { commits, observations });
  const log = () => worm.segments.flatMap(({ records }) => records.map(commitIdOf));
  return { ports, ship, log, worm, heads, journalReads };
}

const record = (commit: Commit): AuditRecord => ({ type: 'commit', commit });

describe('shipping commits into the tenant log', () => {
  test('orders the records of a batch by their time and chains the objects', async () => {
    const { ship, worm } = aWorld();
    await ship(
      [aCommit({ id: 'pay_2', minute: 5 }), aCommit({ id: 'pay_1', minute: 3 })],
      [anObservation({ minute: 4 })],
    );
    await ship([aCommit({ id: 'pay_3', minute: 9 })]);

    const [first, second] = worm.segments;
    expect(first!.records.map(commitIdOf)).toEqual([
      'C000003-payment-pay_1-1',
      'C000004-obs-1',
      'C000005-payment-pay_2-1',
    ]);
    expect(first).toMatchObject({ firstIndex: 0, previousHash: genesisHash });
    expect(second).toMatchObject({ firstIndex: 3, previousHash: (await worm.read(acme, 0))!.hash });
  });

  test('keeps the versions of a stream in order even when the clocks of their writers disagree', async () => {
    const { ship, log } = aWorld();
    await ship([aCommit({ version: 2, minute: 1 }), aCommit({ version: 1, minute: 8 })]);
    expect(log()).toEqual(['C000008-payment-pay_1-1', 'C000001-payment-pay_1-2']);
  });

  test('ships nothing twice, whatever is delivered again', async () => {
    const { ship, log, worm } = aWorld();
    const batch = [aCommit({ version: 1 }), aCommit({ version: 2 })];
    await ship(batch, [anObservation({})]);
    const report = await ship([...batch, ...batch], [anObservation({})]);
    expect(report).toEqual({ shipped: [], adopted: 0, racesLost: 0 });
    expect(log()).toHaveLength(3);
    expect(worm.segments).toHaveLength(1);
  });

  test('fills a hole before the batch from the journal, without reading it when there is none', async () => {
    const all = [1, 2, 3, 4].map((version) => aCommit({ version }));
    const { ship, log, journalReads } = aWorld(all);
    await ship(all.slice(0, 1));
    expect(journalReads).toEqual([]);
    await ship(all.slice(3));
    expect(journalReads).toEqual([`${streamName(all[0]!.stream)}@2`]);
    expect(log()).toEqual(all.map(({ commitId }) => commitId));
  });

  test('stops at a version that neither the batch nor the journal holds', async () => {
    const { ship, log } = aWorld([aCommit({ version: 1 }), aCommit({ version: 3 })]);
    await expect(ship([aCommit({ version: 3 })])).rejects.toThrow(AuditCorruption);
    expect(log()).toEqual([]);
  });

  test('splits a long batch, so that one transaction can move the head', async () => {
    const { ship, worm } = aWorld();
    await ship(Array.from({ length: 100 }, (_, index) => aCommit({ id: `pay_${String(index)}` })));
    expect(worm.segments.map(({ records }) => records.length)).toEqual([45, 45, 10]);
  });

  test('adopts the object of a run that died before it moved the head, and goes on behind it', async () => {
    const { ship, worm, heads, log } = aWorld();
    await worm.put({
      owner: acme,
      firstIndex: 0,
      previousHash: genesisHash,
      records: [record(aCommit({ version: 1 }))],
    });
    const report = await ship([aCommit({ version: 1 }), aCommit({ version: 2 })]);
    expect(report).toEqual({ shipped: [record(aCommit({ version: 2 }))], adopted: 1, racesLost: 0 });
    expect(log()).toEqual(['C000001-payment-pay_1-1', 'C000002-payment-pay_1-2']);
    expect((await heads.read(acme, [], [])).head.nextIndex).toBe(2);
  });

  test('reloads after a lost race for the head', async () => {
    const { ports, ship, log, heads } = aWorld();
    const advance = heads.advance.bind(heads);
    let lost = false;
    heads.advance = async (...args) => {
      if (lost) return advance(...args);
      lost = true;
      await advance(...args);
      return false;
    };
    const report = await ship([aCommit({ version: 1 })]);
    expect(report.racesLost).toBe(1);
    expect(log()).toHaveLength(1);
    expect(await ports.worm.read(acme, 1)).toBeUndefined();
  });

  test('gives up a log that another run moves in every lap, so that the batch is delivered again', async () => {
    const { ship, heads } = aWorld();
    heads.advance = async () => false;
    await expect(ship([aCommit({})])).rejects.toThrow(AuditContended);
  });

  test.each<[string, () => Segment]>([
    [
      'belongs to another owner',
      () => ({
        owner: { tenant: 'ten_other' },
        firstIndex: 0,
        previousHash: genesisHash,
        records: [record(aCommit({}))],
      }),
    ],
    [
      'claims another index',
      () => ({ owner: acme, firstIndex: 7, previousHash: genesisHash, records: [record(aCommit({}))] }),
    ],
    [
      'breaks the hash chain',
      () => ({ owner: acme, firstIndex: 0, previousHash: 'f'.repeat(64), records: [record(aCommit({}))] }),
    ],
    ['is empty', () => ({ owner: acme, firstIndex: 0, previousHash: genesisHash, records: [] })],
    [
      'leaves out the first version of a stream',
      () => ({ owner: acme, firstIndex: 0, previousHash: genesisHash, records: [record(aCommit({ version: 2 }))] }),
    ],
    [
      'has a hole between two versions',
      () => ({
        owner: acme,
        firstIndex: 0,
        previousHash: genesisHash,
        records: [record(aCommit({ version: 1 })), record(aCommit({ version: 3 }))],
      }),
    ],
    [
      'holds a record of another owner',
      () => ({
        owner: acme,
        firstIndex: 0,
        previousHash: genesisHash,
        records: [record(aCommit({ owner: { tenant: 'ten_other' } }))],
      }),
    ],
  ])('refuses to adopt an object that %s, and leaves the head where it is', async (_, segment) => {
    const { ship, worm, heads } = aWorld();
    worm.put = async () => ({ result: 'taken' });
    worm.read = async () => ({ segment: segment(), hash: 'a'.repeat(64) });
    await expect(ship([aCommit({ id: 'pay_9' })])).rejects.toThrow(AuditCorruption);
    expect((await heads.read(acme, [], [])).head).toEqual(emptyHead);
  });

  test('refuses to go on when the place is taken by something that cannot be read (a delete marker)', async () => {
    const { ship, worm } = aWorld();
    worm.put = async () => ({ result: 'taken' });
    await expect(ship([aCommit({})])).rejects.toThrow(/cannot be read/);
  });
});
