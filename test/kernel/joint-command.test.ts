import * as fc from 'fast-check';

import type { CommandContext, CommandPorts } from '../../lambdas/kernel/command';
import { fold } from '../../lambdas/kernel/entity';
import { newCommitIds, systemRandomness } from '../../lambdas/kernel/ids';
import { executeJointly, openPart } from '../../lambdas/kernel/joint-command';
import type { Journal, StreamId } from '../../lambdas/kernel/journal';
import { err, ok } from '../../lambdas/kernel/result';
import { aClock, aStream } from '../support/a-commit';
import { newMemoryStore } from '../support/memory-journal';
import { added, counterEntity } from './counter';

/** Two accounts that may never both be empty: a rule over two streams, like the one that keeps the last Owner. */
function setUp() {
  const clock = aClock();
  const store = newMemoryStore();
  const ports: CommandPorts = {
    journal: store.journal,
    clock,
    commitIds: newCommitIds(clock, systemRandomness),
    randomness: systemRandomness,
    sleep: async () => undefined,
  };
  const [left, right] = [aStream({ kind: 'counter', id: 'left' }), aStream({ kind: 'counter', id: 'right' })];
  const totalOf = async (stream: StreamId) => fold(counterEntity, await store.journal.read(stream)).state?.total ?? 0;

  const take = (from: StreamId, amount: number, key?: string, journal: Journal = store.journal) => {
    const own = openPart(counterEntity, from);
    const other = openPart(counterEntity, from === left ? right : left);
    const context: CommandContext = {
      actor: { user: 'user-1', level: 'admin' },
      request: { id: 'req-1', route: 'counters.take' },
      command: { name: 'Take', ...(key === undefined ? {} : { key, fingerprint: `take ${String(amount)}` }) },
    };
    return executeJointly({ ...ports, journal }, [own, other], context, () => {
      const rest = (own.state()?.total ?? 0) - amount;
      if (rest < 0 || rest + (other.state()?.total ?? 0) === 0) return err({ reason: 'would-be-empty' as const });
      own.decide([added(-amount)]);
      // What is only read must be written as well, or the decision does not depend on it.
      other.decide([added(0)]);
      return ok(undefined);
    });
  };
  const give = async (stream: StreamId, amount: number) => {
    const part = openPart(counterEntity, stream);
    const context: CommandContext = {
      actor: { user: 'user-1', level: 'admin' },
      request: { id: 'req-1', route: 'counters.give' },
      command: { name: 'Give' },
    };
    return executeJointly(ports, [part], context, () => {
      part.decide([added(amount)]);
      return ok(undefined);
    });
  };
  return { ...store, ports, left, right, take, give, totalOf };
}

describe('a joint command', () => {
  it('writes all of its commits, or none', async () => {
    const world = setUp();
    await world.give(world.left, 1);
    await world.give(world.right, 1);
    expect(await world.take(world.left, 1)).toMatchObject({ ok: true, value: { state: { total: 0 }, version: 2 } });
    expect(await world.take(world.right, 1)).toEqual(err({ reason: 'would-be-empty' }));
    expect([await world.totalOf(world.left), await world.totalOf(world.right)]).toEqual([0, 1]);
    expect(world.commits).toHaveLength(4);
  });

  it('decides again on all streams when it loses the race for one of them', async () => {
    const world = setUp();
    await world.give(world.left, 1);
    await world.give(world.right, 1);
    let raced = false;
    const journal: Journal = {
      ...world.journal,
      append: async (...args) => {
        if (!raced) {
          raced = true;
          expect(await world.take(world.right, 1)).toMatchObject({ ok: true });
        }
        return world.journal.append(...args);
      },
    };
    expect(await world.take(world.left, 1, undefined, journal)).toEqual(err({ reason: 'would-be-empty' }));
    expect([await world.totalOf(world.left), await world.totalOf(world.right)]).toEqual([1, 0]);
  });

  it('answers a repetition from its first stream and refuses another request under the key', async () => {
    const world = setUp();
    await world.give(world.left, 5);
    expect(await world.take(world.left, 2, 'key-1')).toMatchObject({ ok: true, value: { replayed: false } });
    await world.give(world.left, 9);
    expect(await world.take(world.left, 2, 'key-1')).toMatchObject({
      ok: true,
      value: { state: { total: 3 }, version: 2, replayed: true },
    });
    expect(await world.take(world.left, 4, 'key-1')).toEqual(err({ reason: 'idempotency-key-reused' }));
  });

  it('keeps a rule over two streams under any interleaving of concurrent commands', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.boolean(), { minLength: 2, maxLength: 6 }),
        async (scheduler, sides) => {
          const world = setUp();
          await world.give(world.left, 2);
          await world.give(world.right, 2);
          const journal: Journal = {
            ...world.journal,
            read: (...args) => scheduler.schedule(world.journal.read(...args)),
            append: async (...args) => {
              await scheduler.schedule(Promise.resolve());
              return world.journal.append(...args);
            },
          };
          const taking = sides.map((isLeft) => world.take(isLeft ? world.left : world.right, 1, undefined, journal));
          await scheduler.waitFor(Promise.all(taking));
          expect((await world.totalOf(world.left)) + (await world.totalOf(world.right))).toBeGreaterThan(0);
        },
      ),
      { numRuns: 50 },
    );
  });
});
