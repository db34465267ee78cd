import { maxCursorsPerAdvance, newDynamoAuditHeads } from '../../lambdas/adapters/dynamodb/dynamo-audit-heads';
import { newDynamoSweepCheckpoint } from '../../lambdas/adapters/dynamodb/dynamo-sweep-checkpoint';
import type { AuditHead, AuditHeads } from '../../lambdas/domain/audit/ports';
import { streamName } from '../../lambdas/kernel/journal';
import { aClock, aCommitId, aStream, aTenant } from '../support/a-commit';
import { startDynoxide, type TestDynamo, type TestTables } from '../support/dynoxide';
import { emptyHead, newMemoryAuditHeads } from '../support/memory-audit';

const headAt = (nextIndex: number): AuditHead => ({ nextIndex, previousHash: String(nextIndex % 10).repeat(64) });

function auditHeadsContract(make: () => AuditHeads): void {
  it('begins at index 0 with 64 zeros', async () => {
    const position = await make().read({ tenant: aTenant() }, [], []);
    expect(position.head).toEqual({ nextIndex: 0, previousHash: '0'.repeat(64) });
  });

  it('moves head and cursors together', async () => {
    const heads = make();
    const owner = { tenant: aTenant() };
    const [one, other] = [aStream({ owner }), aStream({ owner })];
    const [seen, unseen] = [1, 2].map(() => ({ day: '2026-11-22', commitId: aCommitId() }));
    expect(await heads.advance(owner, emptyHead, headAt(3), [{ stream: one, version: 2 }], [seen!])).toBe(true);
    const position = await heads.read(owner, [one, other], [seen!, unseen!]);
    expect(position.head).toEqual(headAt(3));
    expect([...position.shipped]).toEqual([[streamName(one), 2]]);
    expect([...position.shippedObservations]).toEqual([seen!.commitId]);
  });

  it('moves nothing when the head stands elsewhere', async () => {
    const heads = make();
    const owner = { tenant: aTenant() };
    const stream = aStream({ owner });
    await heads.advance(owner, emptyHead, headAt(1), [], []);
    const moves = [emptyHead, headAt(2), { ...headAt(1), previousHash: 'f'.repeat(64) }];
    for (const from of moves) {
      expect(await heads.advance(owner, from, headAt(9), [{ stream, version: 9 }], [])).toBe(false);
    }
    const position = await heads.read(owner, [stream], []);
    expect(position.head).toEqual(headAt(1));
    expect(position.shipped.size).toBe(0);
  });

  it('lets one of many move it', async () => {
    const heads = make();
    const owner = { tenant: aTenant() };
    const moves = await Promise.all(
      [1, 2, 3, 4].map((index) => heads.advance(owner, emptyHead, headAt(index), [], [])),
    );
    expect(moves.filter(Boolean)).toHaveLength(1);
  });

  it('keeps owners apart, the platform among them', async () => {
    const heads = make();
    const [one, other] = [{ tenant: aTenant() }, { tenant: aTenant() }];
    await heads.advance(one, emptyHead, headAt(5), [], []);
    expect((await heads.read(other, [], [])).head).toEqual(emptyHead);
    expect(await heads.advance('platform', emptyHead, headAt(7), [], [])).toBe(true);
    expect((await heads.read('platform', [], [])).head).toEqual(headAt(7));
    expect((await heads.read(one, [], [])).head).toEqual(headAt(5));
  });
}

describe('audit heads in memory', () => {
  auditHeadsContract(() => newMemoryAuditHeads());
});

describe('audit heads in DynamoDB', () => {
  let dynamo: TestDynamo;
  let tables: TestTables;
  const clock = aClock();
  beforeAll(async () => {
    dynamo = await startDynoxide();
  });
  beforeEach(async () => {
    tables = await dynamo.newTables();
  });
  afterAll(() => dynamo.stop());
  const make = (client = dynamo.client) =>
    newDynamoAuditHeads({ client, ...tables, clock, sleep: async () => undefined });

  auditHeadsContract(() => make());

  it('takes a full transaction, and refuses a fuller one before it is sent', async () => {
    const owner = { tenant: aTenant() };
    const shipped = Array.from({ length: maxCursorsPerAdvance }, () => ({ stream: aStream({ owner }), version: 1 }));
    expect(await make().advance(owner, emptyHead, headAt(99), shipped, [])).toBe(true);
    const read = await make().read(
      owner,
      [...shipped.map(({ stream }) => stream), aStream({ owner })],
      [{ day: '2026-11-22', commitId: aCommitId() }],
    );
    expect(read.shipped.size).toBe(maxCursorsPerAdvance);
    const tooMany = [...shipped, { stream: aStream({ owner }), version: 1 }];
    await expect(make().advance(owner, headAt(99), headAt(100), tooMany, [])).rejects.toThrow('beyond one transaction');
  });

  it('says that it moved the head when only the answer was lost', async () => {
    const owner = { tenant: aTenant() };
    expect(await make(dynamo.losingOneAnswer()).advance(owner, emptyHead, headAt(1), [], [])).toBe(true);
    expect((await make().read(owner, [], [])).head).toEqual(headAt(1));
  });

  it('keeps cursors of observations for thirty days and those of streams for ever', async () => {
    const owner = { tenant: aTenant() };
    const shipped = [{ stream: aStream({ owner }), version: 1 }];
    await make().advance(owner, emptyHead, headAt(1), shipped, [{ day: '2026-11-22', commitId: aCommitId() }]);
    const items = await dynamo.items(tables.coordinationTable);
    const lives = items.map(({ sk, expiresAt }) => [String(sk).slice(0, 2), expiresAt]);
    expect(lives.sort()).toEqual([
      ['O#', clock.nowMs() / 1_000 + 30 * 86_400],
      ['cu', undefined],
      ['he', undefined],
    ]);
  });

  it('reads the head before the cursors', async () => {
    const owner = { tenant: aTenant() };
    const { calls, readUnits } = await dynamo.consumed(() => make().read(owner, [aStream({ owner })], []));
    expect(calls).toEqual(['GetItem', 'BatchGetItem']);
    expect(readUnits).toBe(2);
  });

  it('remembers where the sweep stands', async () => {
    const checkpoint = newDynamoSweepCheckpoint({ client: dynamo.client, ...tables });
    expect(await checkpoint.read()).toBeUndefined();
    const midway = { after: 'somewhere', pages: 3, lastLapPages: 40 };
    await checkpoint.write(midway);
    expect(await checkpoint.read()).toEqual(midway);
    const anew = { after: undefined, pages: 0, lastLapPages: undefined };
    await checkpoint.write(anew);
    expect(await checkpoint.read()).toEqual(anew);
  });
});
