import { newDynamoAuditHeads } from '../../lambdas/adapters/dynamodb/dynamo-audit-heads';
import { shipCommits } from '../../lambdas/domain/audit';
import type { Commit } from '../../lambdas/kernel/journal';
import { aClock, aCommit, aStream, aTenant } from '../support/a-commit';
import type { TestDynamo } from '../support/dynoxide';
import { startDynoxide } from '../support/dynoxide';
import { newMemoryWormLog } from '../support/memory-audit';

/** The figures of docs/decisions/0030-one-total-order-without-writing-to-the-journal.md. */

let dynamo: TestDynamo;

beforeAll(async () => {
  dynamo = await startDynoxide();
});

afterAll(() => dynamo.stop());

async function costOf(commitsOf: (owner: { tenant: string }) => readonly Commit[]) {
  const { coordinationTable } = await dynamo.newTables();
  const worm = newMemoryWormLog();
  const sleep = async (): Promise<void> => undefined;
  const ports = {
    journal: { read: async () => Promise.reject(new Error('nothing is missing')) },
    worm,
    heads: newDynamoAuditHeads({ client: dynamo.client, coordinationTable, clock: aClock(), sleep }),
    sleep,
    randomness: { bytes: (count: number) => new Uint8Array(count) },
  };
  const owner = { tenant: aTenant() };
  // A first segment, so that the head stands and its read is a read of something.
  await shipCommits(ports, owner, { commits: [aCommit(aStream({ owner }), 1)], observations: [] });
  const commits = commitsOf(owner);
  const { calls, readUnits, writeUnits } = await dynamo.consumed(() =>
    shipCommits(ports, owner, { commits, observations: [] }),
  );
  return { calls, readUnits, writeUnits, puts: worm.segments.length - 1 };
}

describe('what the total order costs', () => {
  test('a commit alone: 2 read units, 4 write units, one object', async () => {
    expect(await costOf((owner) => [aCommit(aStream({ owner }), 1)])).toEqual({
      calls: ['GetItem', 'BatchGetItem', 'TransactWriteItems'],
      readUnits: 2,
      writeUnits: 4,
      puts: 1,
    });
  });

  test('45 commits of 45 streams: 46 read units, 92 write units, one object', async () => {
    const cost = await costOf((owner) => Array.from({ length: 45 }, () => aCommit(aStream({ owner }), 1)));
    expect(cost).toMatchObject({ readUnits: 46, writeUnits: 92, puts: 1 });
  });

  test('45 commits of one stream: 2 read units, 4 write units, one object', async () => {
    const cost = await costOf((owner) => {
      const stream = aStream({ owner });
      return Array.from({ length: 45 }, (_, index) => aCommit(stream, index + 1));
    });
    expect(cost).toMatchObject({ readUnits: 2, writeUnits: 4, puts: 1 });
  });
});
