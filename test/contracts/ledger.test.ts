import { newDynamoLedger, newDynamoLedgerReader } from '../../lambdas/adapters/dynamodb/dynamo-ledger';
import { emptyBooks } from '../../lambdas/domain/ledger';
import type { BooksChange, Entry, LedgerReader, LedgerStore, StatementLine } from '../../lambdas/domain/ledger';
import { aTenant } from '../support/a-commit';
import { startDynoxide, type TestDynamo, type TestTables } from '../support/dynoxide';
import { newMemoryLedger } from '../support/memory-ledger';

const placeAt = (index: number, parts = 0) => ({ object: index, index, parts });

const lineOf = (index: number, account: StatementLine['account'], debit: number, currency = 'USD'): StatementLine => ({
  account,
  currency,
  debit,
  credit: 0,
  index,
  at: '2026-11-22T09:00:00.000Z',
  source: { kind: 'payment', id: 'pay_00000000000000000001', version: 2 },
  balance: debit,
});

const entryOf = (index: number): Entry => {
  const { at, source } = lineOf(index, 'bank', 0);
  const lines = [{ account: 'bank' as const, currency: 'USD', debit: 10 + index, credit: 0 }];
  return { index, at, source, commitId: `commit ${String(index)}`, command: 'test', lines };
};

const changeTo = (index: number, extra: Partial<BooksChange> = {}): BooksChange => ({
  books: {
    place: placeAt(index),
    asOf: '2026-11-22T09:00:00.000Z',
    totals: [
      { account: 'payouts_clearing', currency: 'JPY', debit: 5, credit: 9_007_199_254_740_991 },
      { account: 'provider_receivable', currency: 'USD', debit: 10 * index, credit: index },
      { account: 'bank', currency: 'USD', debit: index, credit: 10 * index },
    ],
  },
  entries: [],
  lines: [],
  ...extra,
});

interface Made {
  readonly store: LedgerStore;
  readerOf(tenant: string): LedgerReader;
}

function ledgerContract(make: () => Made): void {
  it('begins with generation 1 and empty books', async () => {
    const { store, readerOf } = make();
    const tenant = aTenant();
    expect(await store.generations(tenant)).toEqual({ live: 1, previous: undefined, newest: 1 });
    expect(await store.books(tenant, 1)).toEqual(emptyBooks);
    expect(await readerOf(tenant).books()).toEqual(emptyBooks);
    expect(await readerOf(tenant).entry(0)).toBeUndefined();
    expect(await readerOf(tenant).lines('bank', 'USD', { limit: 5 })).toEqual([]);
  });

  it('posts books, entries and lines together', async () => {
    const { store, readerOf } = make();
    const tenant = aTenant();
    const full = { ...entryOf(0), paymentId: 'pay_1', webhookEventId: 'whe_1' };
    const change = changeTo(2, { entries: [full, entryOf(1)], lines: [lineOf(0, 'bank', 10), lineOf(1, 'bank', 11)] });
    expect(await store.post(tenant, 1, emptyBooks.place, change)).toBe(true);
    expect(await store.books(tenant, 1)).toEqual(change.books);
    const reader = readerOf(tenant);
    expect(await reader.entry(0)).toEqual(full);
    expect(await reader.entry(1)).toEqual(entryOf(1));
    expect(await reader.lines('bank', 'USD', { limit: 5 })).toEqual([lineOf(1, 'bank', 11), lineOf(0, 'bank', 10)]);
    expect(await reader.lines('bank', 'EUR', { limit: 5 })).toEqual([]);
  });

  it('posts nothing at all from a place where the books do not stand', async () => {
    const { store, readerOf } = make();
    const tenant = aTenant();
    await store.post(tenant, 1, emptyBooks.place, changeTo(2));
    const late = changeTo(9, { entries: [entryOf(8)], lines: [lineOf(8, 'bank', 1)] });
    for (const from of [emptyBooks.place, placeAt(1), placeAt(2, 1), { object: 0, index: 2, parts: 0 }]) {
      expect(await store.post(tenant, 1, from, late)).toBe(false);
    }
    expect((await store.books(tenant, 1)).place).toEqual(placeAt(2));
    expect(await readerOf(tenant).entry(8)).toBeUndefined();
    expect(await readerOf(tenant).lines('bank', 'USD', { limit: 5 })).toEqual([]);
    expect(await store.post(tenant, 1, placeAt(2), late)).toBe(true);
  });

  it('lets one of many that post from one place win', async () => {
    const { store } = make();
    const tenant = aTenant();
    const posts = await Promise.all(
      [3, 4, 5, 6].map((index) => store.post(tenant, 1, emptyBooks.place, changeTo(index))),
    );
    expect(posts.filter(Boolean)).toHaveLength(1);
  });

  it('pages an account from the newest line down', async () => {
    const { store, readerOf } = make();
    const tenant = aTenant();
    const lines = [3, 20, 100, 1_000].map((index) => lineOf(index, 'fees', index));
    await store.post(tenant, 1, emptyBooks.place, changeTo(2_000, { lines }));
    const indices = async (options: { limit: number; before?: number }): Promise<number[]> =>
      (await readerOf(tenant).lines('fees', 'USD', options)).map(({ index }) => index);
    expect(await indices({ limit: 3 })).toEqual([1_000, 100, 20]);
    expect(await indices({ limit: 3, before: 20 })).toEqual([3]);
    expect(await indices({ limit: 3, before: 3 })).toEqual([]);
  });

  it('keeps tenants and generations apart, and switches only where both stand', async () => {
    const { store, readerOf } = make();
    const [tenant, other] = [aTenant(), aTenant()];
    await store.post(tenant, 1, emptyBooks.place, changeTo(4));
    const first = await store.generations(tenant);
    const begun = await store.beginGeneration(tenant, first);
    expect(begun).toEqual({ live: 1, previous: undefined, newest: 2 });
    expect(await store.beginGeneration(tenant, first)).toBeUndefined();
    expect(await store.books(tenant, 2)).toEqual(emptyBooks);

    await store.post(tenant, 2, emptyBooks.place, changeTo(3, { entries: [entryOf(1)] }));
    expect(await store.switchTo(tenant, begun!, 2, placeAt(3))).toBe(false);
    expect(await store.switchTo(tenant, begun!, 2, placeAt(4))).toBe(false);
    await store.post(tenant, 2, placeAt(3), changeTo(4));
    expect(await readerOf(tenant).entry(1)).toBeUndefined();
    expect(await store.switchTo(tenant, begun!, 2, placeAt(4))).toBe(true);
    expect(await store.generations(tenant)).toEqual({ live: 2, previous: 1, newest: 2 });
    expect(await readerOf(tenant).entry(1)).toEqual(entryOf(1));
    expect(await store.switchTo(tenant, begun!, 2, placeAt(4))).toBe(false);
    expect(await store.generations(other)).toEqual(first);
    expect(await store.books(other, 1)).toEqual(emptyBooks);
  });

  it('removes a whole generation and no other, as often as it is asked to', async () => {
    const { store, readerOf } = make();
    const tenant = aTenant();
    const content = { entries: [entryOf(0)], lines: [lineOf(0, 'bank', 10), lineOf(0, 'payouts_clearing', 3, 'JPY')] };
    await store.post(tenant, 1, emptyBooks.place, changeTo(2, content));
    await store.post(tenant, 2, emptyBooks.place, changeTo(2, content));
    await store.remove(tenant, 2);
    await store.remove(tenant, 2);
    expect(await store.books(tenant, 2)).toEqual(emptyBooks);
    expect(await store.books(tenant, 1)).toEqual(changeTo(2).books);
    expect(await readerOf(tenant).entry(0)).toEqual(entryOf(0));
    expect(await readerOf(tenant).lines('payouts_clearing', 'JPY', { limit: 1 })).toHaveLength(1);
  });
}

describe('the ledger in memory', () => {
  ledgerContract(() => {
    const store = newMemoryLedger();
    return { store, readerOf: store.readerOf };
  });
});

describe('the ledger in DynamoDB', () => {
  let dynamo: TestDynamo;
  let tables: TestTables;
  beforeAll(async () => {
    dynamo = await startDynoxide();
    tables = await dynamo.newTables();
  });
  afterAll(() => dynamo.stop());

  const make = (client = dynamo.client): Made => ({
    store: newDynamoLedger({ client, ...tables }),
    readerOf: (tenant) => newDynamoLedgerReader({ client, ...tables, tenant }),
  });

  ledgerContract(() => make());

  it('says that it posted when only the answer was lost', async () => {
    const tenant = aTenant();
    const { store } = make(dynamo.losingOneAnswer());
    expect(await store.post(tenant, 1, emptyBooks.place, changeTo(1))).toBe(true);
    expect((await make().store.books(tenant, 1)).place).toEqual(placeAt(1));
  });

  it('takes a full transaction, and refuses a fuller one before it is sent', async () => {
    const tenant = aTenant();
    const lines = Array.from({ length: 99 }, (_, index) => lineOf(index, 'fees', 1));
    const { store } = make();
    expect(await store.post(tenant, 1, emptyBooks.place, changeTo(99, { lines }))).toBe(true);
    const more = changeTo(199, { lines: [...lines, lineOf(99, 'fees', 1)] });
    await expect(store.post(tenant, 1, placeAt(99), more)).rejects.toThrow('beyond one transaction');
  });

  it('leaves nothing of a generation that is removed', async () => {
    const tenant = aTenant();
    const { store } = make();
    await store.post(
      tenant,
      1,
      emptyBooks.place,
      changeTo(1, { entries: [entryOf(0)], lines: [lineOf(0, 'bank', 10)] }),
    );
    await store.remove(tenant, 1);
    const left = (await dynamo.items(tables.viewsTable)).filter(({ pk }) => String(pk).includes(tenant));
    expect(left).toEqual([]);
  });
});
