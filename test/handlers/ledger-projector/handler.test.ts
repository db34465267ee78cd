import '../../support/function-env';

import type { LedgerStore } from '../../../lambdas/domain/ledger';
import { sweepLedgers } from '../../../lambdas/domain/ledger';
import { newLedgerProjector } from '../../../lambdas/handlers/ledger-projector/handler';
import { newLedgerSweep } from '../../../lambdas/handlers/ledger-sweep/handler';
import { deriveId } from '../../../lambdas/kernel/ids';
import { newMemoryTelemetry } from '../../support/memory-telemetry';
import { aLog, payment } from '../../domain/ledger/a-log';
import { eventsOf, tenant } from '../../domain/payments/a-payment';

const longTime = { getRemainingTimeInMillis: () => 60_000 };

const messages = (...bodies: readonly string[]) => ({
  Records: bodies.map((body, index) => ({ messageId: `m${String(index)}`, body })),
});

const wakeUp = JSON.stringify({ tenant });

async function aWorld() {
  const log = await aLog(
    [
      { stream: payment(1), events: eventsOf() },
      { stream: payment(2), events: eventsOf() },
    ],
    [1],
  );
  const woken: string[] = [];
  const waker = {
    wake: async (tenants: readonly string[]): Promise<void> => {
      woken.push(...tenants);
    },
  };
  const telemetry = newMemoryTelemetry();
  return { log, woken, telemetry, deps: { ...log.ports, waker, ...telemetry } };
}

describe('the ledger projector', () => {
  test('brings the books of whoever is named up to the log, once for several wake-ups', async () => {
    const { deps, log } = await aWorld();
    expect(await newLedgerProjector(deps)(messages(wakeUp, wakeUp), longTime)).toEqual({ batchItemFailures: [] });
    expect((await log.ledger.books(tenant, 1)).place.index).toBe(2);
    expect(log.ledger.sizes).toHaveLength(1);
  });

  test('goes on by a wake-up of its own when the time is over', async () => {
    const { deps, log, woken } = await aWorld();
    let left = 60_000;
    const context = { getRemainingTimeInMillis: () => (left -= 30_000) };
    await newLedgerProjector(deps)(messages(wakeUp), context);
    expect((await log.ledger.books(tenant, 1)).place.index).toBe(1);
    expect(woken).toEqual([tenant]);
    await newLedgerProjector(deps)(messages(wakeUp), longTime);
    expect((await log.ledger.books(tenant, 1)).place.index).toBe(2);
    expect(woken).toEqual([tenant]);
  });

  test('gives back all wake-ups of whom it failed on, and what is no wake-up, and no other', async () => {
    const { deps, telemetry } = await aWorld();
    const other = deriveId('tenant', ['other']);
    const store: Pick<LedgerStore, 'books' | 'post' | 'generations'> = {
      ...deps.store,
      books: async (owner, generation) => {
        if (owner === other) throw new Error('no store');
        return deps.store.books(owner, generation);
      },
    };
    const body = JSON.stringify({ tenant: other });
    const answer = await newLedgerProjector({ ...deps, store })(messages(body, wakeUp, 'nonsense', body), longTime);
    expect(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier).sort()).toEqual(['m0', 'm2', 'm3']);
    expect(telemetry.counted).toEqual([]);
  });

  test('calls a person when log and journal contradict each other', async () => {
    const { deps, telemetry, log } = await aWorld();
    const journal = {
      read: async () => log.commits.map((commit) => ({ ...commit, version: 1, commitId: 'x' })).slice(1),
    };
    const answer = await newLedgerProjector({ ...deps, journal })(messages(wakeUp), longTime);
    expect(answer.batchItemFailures).toHaveLength(1);
    expect(telemetry.counted).toEqual(['LedgerCorrupt']);
  });
});

describe('the sweep of the ledgers', () => {
  const at = (iso: string) => ({ now: () => new Date(iso) });
  const views = {
    list: async () => ({
      records: [
        { version: 1, data: { id: tenant, name: 'Shop', status: 'active', createdAt: '2026-01-01T00:00:00.000Z' } },
      ],
      next: undefined,
    }),
  };

  test('wakes whose books are behind, and says when that has not helped', async () => {
    const { deps, woken, telemetry } = await aWorld();
    const soon = { ...deps, views, clock: at('2026-11-22T09:20:00.000Z') };
    expect(await sweepLedgers(soon)).toMatchObject({ tenants: 1, woken: 1, behind: [], failures: [] });
    expect(woken).toEqual([tenant]);
    await newLedgerSweep({ ...deps, views, clock: at('2026-11-22T09:40:00.000Z') })();
    expect(telemetry.counted).toEqual(['LedgerBehind']);
    await newLedgerProjector(deps)(messages(wakeUp), longTime);
    expect(await sweepLedgers(soon)).toMatchObject({ tenants: 1, woken: 0, behind: [] });
  });

  test('looks at the other tenants when one cannot be told, and fails in the end', async () => {
    const { deps } = await aWorld();
    const store = {
      ...deps.store,
      generations: async () => {
        throw new Error('no store');
      },
    };
    await expect(newLedgerSweep({ ...deps, store, views, clock: at('2026-11-22T09:20:00.000Z') })()).rejects.toThrow(
      '1 ledgers',
    );
  });
});
