import '../../support/function-env';

import { newRebuildViews } from '../../../lambdas/handlers/rebuild-views/handler';
import type { NewCommit } from '../../../lambdas/kernel/journal';
import { aClock, aCommit, anObservation, aTenant } from '../../support/a-commit';
import { compareViews } from '../../support/compare-views';
import { newMemoryLeases } from '../../support/memory-leases';
import { newMemoryStore } from '../../support/memory-journal';
import { newMemoryJournalScan } from '../../support/memory-journal-scan';
import { newMemoryTelemetry } from '../../support/memory-telemetry';

async function aWorld(tenants: number, pageItems = 3) {
  const store = newMemoryStore();
  for (let count = 0; count < tenants; count += 1) {
    const tenant = aTenant();
    const stream = { owner: { tenant }, kind: 'tenant', id: tenant };
    const events = (type: string, data: object): Partial<NewCommit> => ({ events: [{ type, data }] });
    await store.journal.append([aCommit(stream, 1, events('TenantProvisioned', { name: 'Acme' }))]);
    await store.journal.append([aCommit(stream, 2, events('TenantSuspended', { reason: 'unpaid' }))]);
    await store.journal.observe(anObservation({ owner: stream.owner }));
  }
  const clock = aClock();
  const scan = newMemoryJournalScan(store, pageItems);
  const leases = newMemoryLeases(clock);
  const deps = { scan, leases, journal: store.journal, views: store.viewWriter, clock, ...newMemoryTelemetry() };
  return { store, deps, clock, differences: () => compareViews({ ...store, scan }) };
}

describe('rebuilding the views', () => {
  test('makes from the journal alone what the views should be, wherever pages end', async () => {
    const { deps, differences } = await aWorld(4);
    expect(await differences()).not.toEqual([]);
    const answer = await newRebuildViews(deps)({});
    expect(answer).toEqual({ streams: 4, commits: 8, observations: 4, views: 4 * 2 + 8 + 4, unreadable: [] });
    expect(await differences()).toEqual([]);
  });

  test('answers a cursor when its minute is over, and goes on from it', async () => {
    const { deps, clock, differences } = await aWorld(3);
    const page = deps.scan.page.bind(deps.scan);
    const slow = { ...deps, scan: { page: (after?: string) => (clock.advance(61_000), page(after)) } };
    const rebuild = newRebuildViews(slow);
    let invocations = 0;
    let cursor: string | undefined;
    do {
      ({ cursor } = await rebuild(cursor === undefined ? {} : { cursor }));
      invocations += 1;
    } while (cursor !== undefined);
    expect(invocations).toBe(3);
    expect(await differences()).toEqual([]);
  });

  test('repairs views that are wrong at the same version, and leaves newer ones alone', async () => {
    const { store, deps, differences } = await aWorld(1);
    await newRebuildViews(deps)({});
    const [commit] = store.commits;
    const entity = { ...commit!.stream, owner: 'platform' as const };
    const listed = { at: commit!.at };
    await store.viewWriter.write([{ type: 'record', entity, version: 2, data: { name: 'Mallory' }, listed }]);
    expect(await differences()).toEqual([
      expect.stringContaining('Mallory'),
      expect.stringContaining('list platform/tenant/'),
    ]);
    await newRebuildViews(deps)({});
    expect(await differences()).toEqual([]);

    await store.viewWriter.write([
      { type: 'record', entity, version: 3, data: { name: 'Acme', since: 'just now' }, listed },
    ]);
    await newRebuildViews(deps)({});
    expect(await store.views.record(entity)).toMatchObject({ version: 3, data: { since: 'just now' } });
  });

  test('a second run changes nothing', async () => {
    const { store, deps, differences } = await aWorld(2);
    const first = await newRebuildViews(deps)({});
    expect(await newRebuildViews(deps)({})).toEqual(first);
    expect(await differences()).toEqual([]);
    expect(store.commits).toHaveLength(4);
  });

  test('runs once at a time, and gives its lease back', async () => {
    const { deps, clock } = await aWorld(1);
    const rebuild = newRebuildViews(deps);
    const other = await deps.leases.acquire('rebuild-views', 120_000);
    await expect(rebuild({})).rejects.toThrow('another rebuild is running');
    await deps.leases.release(other!);
    await rebuild({});
    await rebuild({});

    await deps.leases.acquire('rebuild-views', 120_000);
    clock.advance(120_000);
    expect(await rebuild({})).toMatchObject({ streams: 1 });
  });

  test('that was paused past its lease, and replaced, stops at the next page with the place to go on', async () => {
    const { deps, clock } = await aWorld(3);
    const page = deps.scan.page.bind(deps.scan);
    let paused = false;
    const scan = {
      page: async (after?: string) => {
        if (!paused) {
          paused = true;
          clock.advance(30_000);
          await deps.leases.release({ ...lost!, name: 'rebuild-views' });
          await deps.leases.acquire('rebuild-views', 120_000);
        }
        return page(after);
      },
    };
    let lost: Awaited<ReturnType<typeof deps.leases.acquire>>;
    const leases = {
      ...deps.leases,
      acquire: async (name: string, ttlMs: number) => (lost = await deps.leases.acquire(name, ttlMs)),
    };
    const stopped = await newRebuildViews({ ...deps, leases, scan })({});
    expect(stopped.cursor).toEqual(expect.any(String));
    expect(stopped.streams).toBeLessThan(3);
  });

  test('refuses a request that it does not understand', async () => {
    const { deps } = await aWorld(0);
    await expect(newRebuildViews(deps)({ from: 'the beginning' })).rejects.toThrow();
  });
});
