import '../../support/function-env';

import type { Segment } from '../../../lambdas/domain/audit/ports';
import { newAuditSequencer } from '../../../lambdas/handlers/audit-sequencer/handler';
import type { Commit } from '../../../lambdas/kernel/journal';
import { aCommit, anObservation, aStream } from '../../support/a-commit';
import { newMemoryAuditHeads, newMemoryWormLog } from '../../support/memory-audit';
import { newMemoryStore } from '../../support/memory-journal';
import { newMemoryTelemetry } from '../../support/memory-telemetry';
import { aForeignChange, anInsertedItem, aStreamEvent } from '../../support/stream-events';

function aWorld() {
  const { journal } = newMemoryStore();
  const worm = newMemoryWormLog();
  const telemetry = newMemoryTelemetry();
  const woken: string[][] = [];
  const deps = {
    ledger: {
      wake: async (tenants: readonly string[]): Promise<void> => {
        woken.push([...tenants]);
      },
    },
    journal,
    worm,
    heads: newMemoryAuditHeads(),
    sleep: async () => undefined,
    randomness: { bytes: (count: number) => new Uint8Array(count) },
    ...telemetry,
  };
  const logOf = (commit: Commit) =>
    worm.segments
      .filter(
        ({ owner }) =>
          owner !== 'platform' && commit.stream.owner !== 'platform' && owner.tenant === commit.stream.owner.tenant,
      )
      .flatMap(({ records }) => records);
  return { deps, worm, logOf, telemetry, woken };
}

/** S3 refuses whatever belongs to this commit's owner. */
function failingFor(worm: ReturnType<typeof newMemoryWormLog>, commit: Commit) {
  const put = worm.put.bind(worm);
  worm.put = async (segment: Segment) => {
    if (JSON.stringify(segment.owner) === JSON.stringify(commit.stream.owner)) throw new Error('SlowDown');
    return put(segment);
  };
}

describe('the audit sequencer', () => {
  test('ships each owner of a batch into its own log', async () => {
    const { deps, logOf } = aWorld();
    const [one, other] = [aCommit(aStream(), 1), aCommit(aStream(), 1)];
    const seen = anObservation({ owner: one.stream.owner });
    expect(await newAuditSequencer(deps)(aStreamEvent(one, other, seen))).toEqual({ batchItemFailures: [] });
    expect(logOf(one)).toEqual([
      { type: 'commit', commit: one },
      { type: 'observation', observation: seen },
    ]);
    expect(logOf(other)).toEqual([{ type: 'commit', commit: other }]);
  });

  test('answers the earliest record that is not done, and ships the other owners all the same', async () => {
    const { deps, worm, logOf } = aWorld();
    const [good, bad, late] = [aCommit(aStream(), 1), aCommit(aStream(), 1), aCommit(aStream(), 1)];
    failingFor(worm, bad);
    const answer = await newAuditSequencer(deps)(aStreamEvent(good, bad, late));
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
    expect(logOf(good)).toHaveLength(1);
    expect(logOf(late)).toHaveLength(1);
  });

  test.each(['MODIFY', 'REMOVE'] as const)(
    'reports a %s of the journal, passes it over and ships the rest',
    async (how) => {
      const { deps, logOf, telemetry } = aWorld();
      const commit = aCommit(aStream(), 1);
      const answer = await newAuditSequencer(deps)(aStreamEvent(aForeignChange(how, aCommit(aStream(), 4)), commit));
      expect(answer).toEqual({ batchItemFailures: [] });
      expect(telemetry.counted).toEqual(['JournalTampered']);
      expect(telemetry.lines).toContainEqual(
        expect.objectContaining({ level: 'error', message: 'the journal was tampered with' }),
      );
      expect(logOf(commit)).toHaveLength(1);
    },
  );

  test('stops at an item that is no commit, for it may be one of a newer release', async () => {
    const { deps, telemetry } = aWorld();
    const foreign = anInsertedItem({ pk: { S: 'T#ten_1#payment#pay_1' }, sk: { S: 'V#00000001' } });
    const answer = await newAuditSequencer(deps)(aStreamEvent(aCommit(aStream(), 1), foreign));
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
    expect(telemetry.counted).toEqual(['JournalTampered']);
  });

  test('pages about a gap that the journal cannot fill, and does not skip it', async () => {
    const { deps, logOf, telemetry } = aWorld();
    const orphan = aCommit(aStream(), 3);
    const answer = await newAuditSequencer(deps)(aStreamEvent(orphan));
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
    expect(telemetry.counted).toEqual(['AuditGapFound']);
    expect(logOf(orphan)).toEqual([]);
  });

  test('wakes the ledger of every log that grew by what moves money, also when an earlier run had shipped it', async () => {
    const { deps, worm, woken } = aWorld();
    const [paid, settled, bad] = [
      aCommit(aStream(), 1),
      aCommit(aStream({ kind: 'settlement' }), 1),
      aCommit(aStream(), 1),
    ];
    const [member, platform] = [
      aCommit(aStream({ kind: 'member' }), 1),
      aCommit({ owner: 'platform', kind: 'payment', id: 'x' }, 1),
    ];
    failingFor(worm, bad);
    const batch = aStreamEvent(paid, settled, bad, member, platform);
    await newAuditSequencer(deps)(batch);
    await newAuditSequencer(deps)(batch);
    const tenants = [paid, settled].map(({ stream }) => (stream.owner === 'platform' ? '' : stream.owner.tenant));
    expect(woken).toEqual([tenants, tenants]);
  });

  test('ships, whether or not the ledger can be woken', async () => {
    const { deps, logOf, telemetry } = aWorld();
    const commit = aCommit(aStream(), 1);
    deps.ledger.wake = async () => {
      throw new Error('no queue');
    };
    expect(await newAuditSequencer(deps)(aStreamEvent(commit))).toEqual({ batchItemFailures: [] });
    expect(logOf(commit)).toHaveLength(1);
    expect(telemetry.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'the ledger was not woken' }),
    );
  });

  test('refuses an event of another source', async () => {
    await expect(newAuditSequencer(aWorld().deps)({ detail: {} })).rejects.toThrow('Records');
  });
});
