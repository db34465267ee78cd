import fc from 'fast-check';

import { LedgerCorruption, projectLedger, rebuildLedger, sumsByCurrency } from '../../../lambdas/domain/ledger';
import type { LedgerStore } from '../../../lambdas/domain/ledger';
import type { SettlementEvent } from '../../../lambdas/domain/settlements';
import { newMemoryLedger } from '../../support/memory-ledger';
import { eventsOf, tenant } from '../payments/a-payment';
import { aLog, balancesOf, other, payment, recomputed, settlement } from './a-log';
import type { LoggedEvents } from './a-log';

const whe = 'whe_0123456789abcdefghjk';

const settledIn = (settlementId: string, currency: string) => ({
  type: 'SettlementReported' as const,
  data: { settlementId, kind: 'capture' as const, amount: 10, currency: 'USD', paidOut: { net: 9, fee: 1, currency } },
});

const paid = (amount: number, currency = 'USD', status: 'pending' | 'paid' | 'failed' = 'paid'): SettlementEvent => ({
  type: 'PayoutReported',
  data: { connectionId: 'con_0000000000000000000a', payoutId: 'po_1', status, amount, currency },
});

const life = eventsOf({ captured: [300, 200], refunded: [100] });

/** A log of several payments side by side, of settlements, and of what moves no money. */
const histories: fc.Arbitrary<LoggedEvents[]> = fc
  .array(
    fc.oneof(
      fc.record({
        stream: fc.constantFrom(payment(1), payment(2), payment(3)),
        events: fc.constantFrom(
          [],
          [settledIn('s1', 'USD')],
          [settledIn('s2', 'JPY'), settledIn('s3', 'KWD')],
          [settledIn('s1', 'EUR')],
        ),
      }),
      fc.record({
        stream: fc.constantFrom(settlement(1), settlement(2)),
        events: fc.constantFrom([paid(90)], [paid(90, 'USD', 'failed')], [paid(90, 'JPY', 'pending')]),
      }),
      fc.constant({ stream: other }),
    ),
    { minLength: 1, maxLength: 24 },
  )
  .map((steps) => {
    const seen = new Set<string>();
    return steps.map((step): LoggedEvents => {
      const { stream } = step;
      // A payment begins with its creation.
      const isFirst = stream.kind === 'payment' && !seen.has(stream.id);
      seen.add(stream.id);
      return isFirst ? { stream, events: life } : step;
    });
  });

describe('the books of a tenant', () => {
  test('follow the log: entries by index, with what they came from, and lines with running balances', async () => {
    const { ports, ledger, commits } = await aLog([
      { stream: other },
      { stream: payment(1), events: eventsOf({ captured: [600] }) },
      { stream: payment(1), events: [settledIn('s1', 'USD')], key: whe },
      { stream: settlement(1), events: [paid(9)] },
    ]);
    expect(await projectLedger(ports, tenant, 1)).toMatchObject({ entries: 3, reachedHead: true });
    const reader = ledger.readerOf(tenant);
    expect(await reader.entry(0)).toBeUndefined();
    expect(await reader.entry(2)).toEqual({
      index: 2,
      at: commits[2]!.at,
      commitId: commits[2]!.commitId,
      source: { kind: 'payment', id: payment(1).id, version: 2 },
      command: 'test',
      paymentId: payment(1).id,
      webhookEventId: whe,
      lines: [
        { account: 'provider_receivable', currency: 'USD', debit: 0, credit: 10 },
        { account: 'payouts_clearing', currency: 'USD', debit: 9, credit: 0 },
        { account: 'fees', currency: 'USD', debit: 1, credit: 0 },
      ],
    });
    expect(await reader.entry(3)).toMatchObject({ source: { kind: 'settlement' } });
    expect(await reader.entry(3)).not.toHaveProperty('paymentId');
    expect(
      (await reader.lines('provider_receivable', 'USD', { limit: 5 })).map(({ index, balance }) => [index, balance]),
    ).toEqual([
      [2, 590],
      [1, 600],
    ]);
    expect((await reader.books()).place).toEqual({ object: 4, index: 4, parts: 0 });
  });

  test('equal a recomputation from all states, after every transaction debits equal credits', async () => {
    await fc.assert(
      fc.asyncProperty(
        histories,
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
        async (history, sizes) => {
          const log = await aLog(history, sizes);
          const store: Pick<LedgerStore, 'books' | 'post'> = {
            books: log.ledger.books,
            post: async (owner, generation, from, change) => {
              for (const { debit, credit } of sumsByCurrency(change.books.totals)) expect(debit).toBe(credit);
              return log.ledger.post(owner, generation, from, change);
            },
          };
          await projectLedger(log.portsWith(store), tenant, 1);
          const books = await log.ledger.books(tenant, 1);
          expect(balancesOf(books.totals)).toEqual(recomputed(log.commits));
          expect(books.place.index).toBe(history.length);
          expect(log.ledger.sizes.every((size) => size <= 100)).toBe(true);
        },
      ),
      { numRuns: 80 },
    );
  });

  test('are the same whatever dies, comes twice or runs at once', async () => {
    const faults = fc.array(fc.constantFrom('works', 'dies before', 'dies after'), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(histories, faults, fc.integer({ min: 1, max: 3 }), async (history, plan, width) => {
        const log = await aLog(history, [2]);
        const calm = newMemoryLedger();
        await projectLedger(log.portsWith(calm), tenant, 1);
        const left = [...plan];
        const store: Pick<LedgerStore, 'books' | 'post'> = {
          books: log.ledger.books,
          post: async (...args) => {
            const fault = left.shift() ?? 'works';
            if (fault === 'dies before') throw new Error('died');
            const posted = await log.ledger.post(...args);
            if (fault === 'dies after') throw new Error('died');
            return posted;
          },
        };
        // One part of the log at a time, so that there are many transactions, by several runs at once, until all is in the books.
        for (let count = 1; count <= history.length || left.length > 0; count += 1) {
          let parts = 0;
          const hasTime = (): boolean => (parts += 1) <= 2;
          await Promise.allSettled(
            Array.from({ length: width }, () => projectLedger(log.portsWith(store), tenant, 1, hasTime)),
          );
          if (count > 60) break;
        }
        await projectLedger(log.ports, tenant, 1);
        expect(await log.ledger.books(tenant, 1)).toEqual(await calm.books(tenant, 1));
        for (const index of history.keys()) {
          const [entry, expected] = [log.ledger.readerOf(tenant), calm.readerOf(tenant)].map((each) =>
            each.entry(index),
          );
          expect(await entry).toEqual(await expected);
        }
        const lines = await log.ledger.readerOf(tenant).lines('provider_receivable', 'USD', { limit: 99 });
        expect(lines).toEqual(await calm.readerOf(tenant).lines('provider_receivable', 'USD', { limit: 99 }));
      }),
      { numRuns: 60 },
    );
  });

  test('take an entry of a hundred currencies in parts that each balance', async () => {
    const codes = Array.from({ length: 100 }, (_, index) => `C${String(index).padStart(2, '0')}`);
    const events = codes.map((currency, index) => settledIn(`s${String(index)}`, currency));
    const { ports, ledger, commits } = await aLog([
      { stream: payment(1), events: eventsOf({ authorized: 1000 }) },
      { stream: payment(1), events },
      { stream: payment(2), events: eventsOf() },
    ]);
    await projectLedger(ports, tenant, 1);
    expect(ledger.sizes.length).toBeGreaterThan(3);
    expect(Math.max(...ledger.sizes)).toBeLessThanOrEqual(100);
    expect(balancesOf((await ledger.books(tenant, 1)).totals)).toEqual(recomputed(commits));
    expect(await ledger.readerOf(tenant).lines('fees', 'C42', { limit: 9 })).toHaveLength(1);
  });

  test('stop, rather than guess, when log and journal contradict each other', async () => {
    const log = await aLog([{ stream: payment(1), events: eventsOf() }]);
    const forged = { read: async () => log.commits.map((commit) => ({ ...commit, commitId: 'another' })) };
    await expect(projectLedger({ ...log.ports, journal: forged }, tenant, 1)).rejects.toThrow(LedgerCorruption);
    const empty = { read: async () => undefined };
    await expect(projectLedger({ ...log.ports, worm: empty }, tenant, 1)).rejects.toThrow(LedgerCorruption);
    expect((await log.ledger.books(tenant, 1)).place.index).toBe(0);
  });

  test('go on with the commits that were shipped since', async () => {
    const log = await aLog([{ stream: payment(1), events: eventsOf() }]);
    expect((await projectLedger(log.ports, tenant, 1)).entries).toBe(1);
    expect((await projectLedger(log.ports, tenant, 1)).entries).toBe(0);
    expect(log.ledger.sizes).toHaveLength(1);
  });
});

describe('a rebuild', () => {
  const history: LoggedEvents[] = [
    { stream: payment(1), events: eventsOf({ captured: [600] }) },
    { stream: payment(1), events: [settledIn('s1', 'JPY')] },
    { stream: settlement(1), events: [paid(9, 'JPY')] },
  ];
  const request = { tenant, acceptDifferences: false };

  test('finds the same books and switches to them at one place', async () => {
    const log = await aLog(history, [1]);
    await projectLedger(log.ports, tenant, 1);
    const before = await log.ledger.books(tenant, 1);
    expect(await rebuildLedger(log.ports, request, () => true)).toMatchObject({
      result: 'switched',
      generation: 2,
      differences: [],
    });
    expect(await log.ledger.generations(tenant)).toEqual({ live: 2, previous: 1, newest: 2 });
    expect(await log.ledger.books(tenant, 2)).toEqual(before);
    // The one before is kept, and goes with the next rebuild.
    await rebuildLedger(log.ports, request, () => true);
    expect((await log.ledger.books(tenant, 1)).totals).toEqual([]);
    expect(await log.ledger.books(tenant, 2)).toEqual(before);
  });

  test('goes on where its time was over', async () => {
    const log = await aLog(history, [1]);
    let turns = 0;
    const first = await rebuildLedger(log.ports, request, () => (turns += 1) <= 1);
    expect(first).toMatchObject({ result: 'unfinished', generation: 2, place: { index: 1 } });
    expect((await log.ledger.generations(tenant)).live).toBe(1);
    expect(await rebuildLedger(log.ports, { ...request, generation: 2 }, () => true)).toMatchObject({
      result: 'switched',
    });
  });

  test('does not switch to books that differ, unless it is told to', async () => {
    const log = await aLog(history);
    const books = await log.ledger.books(tenant, 1);
    const wrong = { account: 'bank' as const, currency: 'JPY', debit: 7, credit: 7 };
    const moved = { ...books, place: { object: 3, index: 3, parts: 0 }, totals: [wrong] };
    await log.ledger.post(tenant, 1, books.place, { books: moved, entries: [], lines: [] });
    const answer = await rebuildLedger(log.ports, request, () => true);
    expect(answer).toMatchObject({ result: 'differs', generation: 2 });
    expect(answer).toHaveProperty(
      'differences',
      expect.arrayContaining([
        { account: 'bank', currency: 'JPY', before: { debit: 7, credit: 7 }, after: { debit: 9, credit: 0 } },
      ]),
    );
    expect((await log.ledger.generations(tenant)).live).toBe(1);
    const accepted = { tenant, generation: 2, acceptDifferences: true };
    expect(await rebuildLedger(log.ports, accepted, () => true)).toMatchObject({ result: 'switched' });
    expect((await log.ledger.generations(tenant)).live).toBe(2);
  });
});
