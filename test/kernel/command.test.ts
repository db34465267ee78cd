import * as fc from 'fast-check';

import { execute, type CommandContext, type CommandPorts, type Decision } from '../../lambdas/kernel/command';
import { newCommitIds, systemRandomness } from '../../lambdas/kernel/ids';
import type { Journal, StreamId } from '../../lambdas/kernel/journal';
import { err, ok } from '../../lambdas/kernel/result';
import { aClock, aStream } from '../support/a-commit';
import { newMemoryStore } from '../support/memory-journal';
import { newMemoryLeases } from '../support/memory-leases';
import { added, counterEntity, type Added, type Counter } from './counter';

function setUp(stream: StreamId = aStream({ kind: 'counter' })) {
  const clock = aClock();
  const leases = newMemoryLeases(clock);
  const store = newMemoryStore({ guardHolds: (_, guard) => leases.guardHolds(guard) });
  const sleptMs: number[] = [];
  const ports: CommandPorts = {
    journal: store.journal,
    clock,
    commitIds: newCommitIds(clock, systemRandomness),
    randomness: systemRandomness,
    sleep: async (ms) => void sleptMs.push(ms),
  };
  const contextOf = (key?: string, fingerprint = 'f'): CommandContext => ({
    actor: { user: 'user-1', level: 'admin' },
    request: { id: 'req-1', route: 'counters.add' },
    command: { name: 'Add', ...(key === undefined ? {} : { key, fingerprint }) },
  });
  const add = (amount: number, key?: string, fingerprint?: string, using: Journal = store.journal) =>
    execute({ ...ports, journal: using }, counterEntity, stream, contextOf(key, fingerprint), () =>
      ok([added(amount)]),
    );
  return { ...store, ports, stream, contextOf, add, sleptMs, leases };
}

/** A journal in which another writer takes the next version just before this one, `times` times. */
function raced(journal: Journal, another: () => Promise<unknown>, times: number): Journal {
  let left = times;
  return {
    ...journal,
    append: async (...args) => {
      if (left > 0) {
        left -= 1;
        await another();
      }
      return journal.append(...args);
    },
  };
}

describe('a command', () => {
  it('appends one commit with its events, its changes and who asked', async () => {
    const { add, stream, commits } = setUp();
    const first = await add(5, 'key-1');
    expect(first).toMatchObject({ ok: true, value: { state: { total: 5 }, version: 1, replayed: false } });
    await add(2);
    expect(commits).toMatchObject([
      {
        stream,
        version: 1,
        at: '2026-11-22T09:00:00.000Z',
        actor: { user: 'user-1' },
        command: { key: 'key-1', fingerprint: 'f' },
        events: [added(5)],
        changes: [{ path: 'total', to: 5 }],
      },
      { version: 2, changes: [{ path: 'total', from: 5, to: 7 }] },
    ]);
  });

  it('decides again on what is there after a lost race', async () => {
    const { add, journal, commits, sleptMs } = setUp();
    const result = await add(
      1,
      'mine',
      'f',
      raced(journal, () => add(10), 3),
    );
    expect(result).toMatchObject({ ok: true, value: { state: { total: 31 }, version: 4 } });
    expect(commits.map(({ version }) => version)).toEqual([1, 2, 3, 4]);
    expect(sleptMs).toHaveLength(3);
    expect(Math.max(...sleptMs)).toBeLessThanOrEqual(80);
  });

  it('gives up after eight lost races, having written nothing', async () => {
    const { add, journal, commits } = setUp();
    const result = await add(
      1,
      'mine',
      'f',
      raced(journal, () => add(10), 8),
    );
    expect(result).toEqual({ ok: false, error: { reason: 'contended' } });
    expect(commits.some(({ command }) => command.key === 'mine')).toBe(false);
  });

  it('of many at once leaves contiguous versions and each key once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), amount: fc.constant(1) }), { maxLength: 6 }),
        fc.scheduler(),
        async (calls, scheduler) => {
          const { journal, add, commits } = setUp();
          const interleaved: Journal = {
            ...journal,
            read: (...args) => scheduler.schedule(Promise.resolve()).then(() => journal.read(...args)),
            append: (...args) => scheduler.schedule(Promise.resolve()).then(() => journal.append(...args)),
          };
          const running = Promise.all(calls.map(({ key, amount }) => add(amount, key, 'f', interleaved)));
          await scheduler.waitFor(running);
          const results = await running;
          const keys = new Set(calls.map(({ key }) => key));
          expect(results.every((result) => result.ok)).toBe(true);
          expect(results.filter((result) => result.ok && !result.value.replayed)).toHaveLength(keys.size);
          expect(commits.map(({ version }) => version).sort()).toEqual(Array.from(keys, (_, index) => index + 1));
          expect(new Set(commits.map(({ command }) => command.key))).toEqual(keys);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('is judged by the rule at each attempt: of ten takers of 60 from 100 one succeeds', async () => {
    const { ports, stream, add, contextOf } = setUp();
    await add(100);
    const take = (state: Counter | undefined): Decision<Added, 'too-little'> =>
      (state?.total ?? 0) < 60 ? err('too-little') : ok([added(-60)]);
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, call) =>
        execute(ports, counterEntity, stream, contextOf(`take-${String(call)}`), take),
      ),
    );
    expect(results.filter((result) => result.ok)).toHaveLength(1);
    expect(results.filter((result) => !result.ok && result.error === 'too-little')).toHaveLength(9);
  });
});

describe('a repeated command', () => {
  it('gives the state that the first run left, whatever came after, and decides nothing', async () => {
    const { add, ports, stream, contextOf, commits } = setUp();
    const first = await add(5, 'key-1');
    await add(7, 'key-2');
    const again = await execute(ports, counterEntity, stream, contextOf('key-1'), () => {
      throw new Error('decided again');
    });
    expect(again).toEqual({ ok: true, value: { ...(first.ok ? first.value : {}), replayed: true } });
    expect(commits).toHaveLength(2);
  });

  it('is found when the race was lost to itself', async () => {
    const { add, journal, commits } = setUp();
    const result = await add(
      5,
      'key-1',
      'f',
      raced(journal, () => add(5, 'key-1'), 1),
    );
    expect(result).toMatchObject({ ok: true, value: { replayed: true, version: 1 } });
    expect(commits).toHaveLength(1);
  });

  it('is found after an append whose outcome nobody knows', async () => {
    const { add, journal, commits } = setUp();
    const losing: Journal = {
      ...journal,
      append: async (...args) => {
        await journal.append(...args);
        throw new Error('timeout');
      },
    };
    await expect(add(5, 'key-1', 'f', losing)).rejects.toThrow('timeout');
    expect(await add(5, 'key-1')).toMatchObject({ ok: true, value: { replayed: true, state: { total: 5 } } });
    expect(commits).toHaveLength(1);
  });

  it('with another fingerprint is refused', async () => {
    const { add, commits } = setUp();
    await add(5, 'key-1', 'f');
    expect(await add(6, 'key-1', 'g')).toEqual({ ok: false, error: { reason: 'idempotency-key-reused' } });
    expect(commits).toHaveLength(1);
  });

  it('without a key is a new one', async () => {
    const { add } = setUp();
    await add(5);
    expect(await add(5)).toMatchObject({ ok: true, value: { replayed: false, state: { total: 10 } } });
  });
});

describe('a command under conditions', () => {
  it('is refused when the caller saw another version, also when it changed meanwhile', async () => {
    const { add, ports, stream, contextOf, journal } = setUp();
    await add(1);
    const at = (ifMatch: number, using = journal) =>
      execute({ ...ports, journal: using }, counterEntity, stream, contextOf(), () => ok([added(1)]), { ifMatch });
    expect(await at(2)).toEqual({ ok: false, error: { reason: 'stale-version', currentVersion: 1 } });
    expect(
      await at(
        1,
        raced(journal, () => add(1), 1),
      ),
    ).toEqual({
      ok: false,
      error: { reason: 'stale-version', currentVersion: 2 },
    });
    expect(await at(2)).toMatchObject({ ok: true, value: { version: 3 } });
  });

  it('writes nothing when it decides nothing, and cannot decide nothing on what is not there', async () => {
    const { add, ports, stream, contextOf, commits } = setUp();
    const nothing = () => execute(ports, counterEntity, stream, contextOf(), () => ok([]));
    await expect(nothing()).rejects.toThrow('decided nothing');
    await add(1);
    expect(await nothing()).toMatchObject({ ok: true, value: { version: 1, commits: [], replayed: false } });
    expect(commits).toHaveLength(1);
  });

  it('does not read when the caller has just read', async () => {
    const { ports, stream, contextOf, journal } = setUp();
    const unread: Journal = { ...journal, read: () => Promise.reject(new Error('read')) };
    const loaded = { state: undefined, version: 0, commits: [] };
    const result = await execute(
      { ...ports, journal: unread },
      counterEntity,
      stream,
      contextOf(),
      () => ok([added(1)]),
      { loaded },
    );
    expect(result).toMatchObject({ ok: true, value: { version: 1 } });
  });

  it('throws when its lease is lost, having written nothing', async () => {
    const { ports, stream, contextOf, commits, leases } = setUp();
    const lease = await leases.acquire('import', 1_000);
    const run = (fence: number) =>
      execute(ports, counterEntity, stream, contextOf(), () => ok([added(1)]), {
        guards: [{ lease: 'import', fence }],
      });
    await expect(run(0)).rejects.toThrow('lost the lease');
    expect(commits).toHaveLength(0);
    expect(await run(lease?.fence ?? 0)).toMatchObject({ ok: true });
  });

  it('writes its immediate views and what stands alongside, all or none', async () => {
    const { ports, stream, contextOf, commits, views } = setUp();
    const other: StreamId = { ...stream, id: 'pay_other' };
    const entity = {
      ...counterEntity,
      immediateViews: (state: Counter, head: { stream: StreamId; version: number }) => [
        { type: 'record' as const, entity: head.stream, version: head.version, data: state },
      ],
    };
    const run = () =>
      execute(ports, entity, stream, contextOf(), () => ok([added(1)]), {
        alongside: (commit) => ({
          commits: [{ ...commit, stream: other, version: 1, commitId: `${commit.commitId}-b` }],
        }),
      });
    expect(await run()).toMatchObject({ ok: true });
    expect(await views.record(stream)).toEqual({ version: 1, data: { total: 1 } });
    expect(await run()).toEqual({ ok: false, error: { reason: 'contended' } });
    expect(commits).toHaveLength(2);
    expect(await views.record(stream)).toEqual({ version: 1, data: { total: 1 } });
  });

  it('redacts what it changed from and to', async () => {
    const { ports, stream, contextOf, commits } = setUp();
    const entity = { ...counterEntity, audited: () => ({ note: 'card 4111 1111 1111 1111', nested: { apiKey: 'x' } }) };
    await execute(ports, entity, stream, contextOf(), () => ok([added(1)]));
    expect(commits[0]?.changes).toEqual([
      { path: 'nested', to: { apiKey: '[redacted]' } },
      { path: 'note', to: 'card [redacted]' },
    ]);
  });
});
