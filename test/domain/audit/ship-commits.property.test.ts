import fc from 'fast-check';

import { AuditContended } from '../../../lambdas/domain/audit/errors';
import type { AuditHeads, WormLog } from '../../../lambdas/domain/audit/ports';
import { commitIdOf, genesisHash } from '../../../lambdas/domain/audit/segment';
import { shipCommits } from '../../../lambdas/domain/audit/ship-commits';
import type { Shipment, ShipPorts } from '../../../lambdas/domain/audit/ship-commits';
import type { Commit } from '../../../lambdas/kernel/journal';
import { streamName } from '../../../lambdas/kernel/journal';
import { newMemoryAuditHeads, newMemoryWormLog } from '../../support/memory-audit';
import { acme, aCommit, anObservation } from './a-commit';
import { Crash, Interleaving } from './interleaving';

/** Every call waits for its turn in the interleaving; the read of the head and the read of the cursors are two calls, as in the store. */
function stepped(steps: Interleaving, heads: AuditHeads, worm: WormLog): Pick<ShipPorts, 'heads' | 'worm'> {
  return {
    heads: {
      read: async (owner, streams, observations) => {
        const { head } = await steps.call(() => heads.read(owner, [], []));
        return { ...(await steps.call(() => heads.read(owner, streams, observations))), head };
      },
      advance: (...args) => steps.call(() => heads.advance(...args)),
    },
    worm: {
      put: (segment) => steps.call(() => worm.put(segment)),
      read: (...args) => steps.call(() => worm.read(...args)),
    },
  };
}

/** Delivers a batch as an event source does: again and again until a run ends well. */
async function deliver(ports: ShipPorts, batch: Shipment): Promise<void> {
  for (;;) {
    try {
      await shipCommits(ports, acme, batch);
      return;
    } catch (error) {
      if (!(error instanceof Crash || error instanceof AuditContended)) throw error;
    }
  }
}

const aStory = fc.record({
  seed: fc.integer(),
  crashes: fc.nat({ max: 12 }),
  streamLengths: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 6 }),
  observations: fc.nat({ max: 5 }),
  sequencers: fc.integer({ min: 1, max: 4 }),
  batches: fc.integer({ min: 1, max: 6 }),
  /** Of ten batches, how many the stream forgets. */
  forgotten: fc.nat({ max: 5 }),
});

describe('the tenant log, whatever crashes', () => {
  test('holds every commit exactly once, in order of versions, without a gap in indices or hashes', async () => {
    await fc.assert(
      fc.asyncProperty(aStory, async (story) => {
        const steps = new Interleaving(story.seed, story.crashes);
        const heads = newMemoryAuditHeads();
        const worm = newMemoryWormLog();
        const commits = story.streamLengths.flatMap((length, stream) =>
          Array.from({ length }, (_, index) =>
            aCommit({ id: `pay_${String(stream)}`, version: index + 1, minute: steps.draw(50) }),
          ),
        );
        const observations = Array.from({ length: story.observations }, (_, index) =>
          anObservation({ id: `obs-${String(index)}`, minute: steps.draw(50) }),
        );
        const inStream = (commit: Commit) =>
          commits.filter(({ stream }) => streamName(stream) === streamName(commit.stream));
        const ports: ShipPorts = {
          journal: {
            read: (stream, from = 1) =>
              steps.call(async () =>
                commits.filter((each) => streamName(each.stream) === streamName(stream) && each.version >= from),
              ),
          },
          ...stepped(steps, heads, worm),
          sleep: () => steps.call(async () => undefined).catch(() => undefined),
          randomness: { bytes: (count) => new Uint8Array(count) },
        };

        // Every sequencer gets batches drawn with repetition from all that was committed, in any order.
        const delivered = new Set<string>();
        const programs = Array.from({ length: story.sequencers }, async () => {
          for (let batch = 0; batch < story.batches; batch += 1) {
            if (steps.draw(10) < story.forgotten) continue;
            const some = commits.filter(() => steps.draw(3) === 0);
            const repeated = some.length === 0 ? [] : [some[steps.draw(some.length)]!];
            const seen = observations.filter(() => steps.draw(3) === 0);
            await deliver(ports, { commits: [...some, ...repeated].reverse(), observations: seen });
            for (const commit of some) {
              for (const each of inStream(commit)) if (each.version <= commit.version) delivered.add(each.commitId);
            }
            for (const each of seen) delivered.add(each.commitId);
          }
        });
        await steps.run(programs);

        const shippedBefore = worm.segments.flatMap(({ records }) => records.map(commitIdOf));
        for (const id of delivered) expect(shippedBefore).toContain(id);

        // What the stream forgot is the sweep's to find.
        await steps.run([deliver(ports, { commits, observations })]);

        let nextIndex = 0;
        let previousHash = genesisHash;
        const versions = new Map<string, number>();
        const shipped: string[] = [];
        for (const segment of worm.segments) {
          expect(segment.firstIndex).toBe(nextIndex);
          expect(segment.previousHash).toBe(previousHash);
          for (const each of segment.records) {
            shipped.push(commitIdOf(each));
            if (each.type !== 'commit') continue;
            const name = streamName(each.commit.stream);
            expect(each.commit.version).toBe((versions.get(name) ?? 0) + 1);
            versions.set(name, each.commit.version);
          }
          nextIndex += segment.records.length;
          previousHash = (await worm.read(acme, segment.firstIndex))!.hash;
        }
        expect([...shipped].sort()).toEqual([...commits, ...observations].map(({ commitId }) => commitId).sort());
        expect((await heads.read(acme, [], [])).head).toEqual({ nextIndex, previousHash });
      }),
      { numRuns: 150 },
    );
  });
});
