import type { BooksChange, Entry, Generations, LedgerReader, LedgerStore } from '../../lambdas/domain/ledger';
import { emptyBooks, maxPosted } from '../../lambdas/domain/ledger';
import type { Books, StatementLine } from '../../lambdas/domain/ledger';

interface Generation {
  books: Books;
  readonly entries: Map<number, Entry>;
  readonly lines: StatementLine[];
}

/** Books in memory; `readerOf` reads the live generation of a tenant. They pass the same contract as the DynamoDB adapter. */
export function newMemoryLedger(): LedgerStore & {
  readerOf(tenant: string): LedgerReader;
  /** Actions of each transaction, for assertions. */
  readonly sizes: readonly number[];
} {
  const generations = new Map<string, Generations>();
  const stored = new Map<string, Generation>();
  const sizes: number[] = [];
  const generationsOf = (tenant: string): Generations =>
    generations.get(tenant) ?? { live: 1, previous: undefined, newest: 1 };
  const at = (tenant: string, generation: number): Generation =>
    stored.get(`${tenant}/${String(generation)}`) ?? { books: emptyBooks, entries: new Map(), lines: [] };
  const stands = (books: Books, place: object): boolean => JSON.stringify(books.place) === JSON.stringify(place);
  const same = (a: Generations, b: Generations): boolean => a.live === b.live && a.newest === b.newest;

  return {
    sizes,
    generations: async (tenant) => generationsOf(tenant),
    books: async (tenant, generation) => structuredClone(at(tenant, generation).books),
    post: async (tenant, generation, from, change: BooksChange) => {
      const before = at(tenant, generation);
      const size = 1 + change.entries.length + change.lines.length;
      if (size > maxPosted) throw new Error('beyond one transaction');
      if (!stands(before.books, from)) return false;
      sizes.push(size);
      for (const entry of change.entries) before.entries.set(entry.index, structuredClone(entry));
      before.lines.push(...structuredClone(change.lines));
      stored.set(`${tenant}/${String(generation)}`, { ...before, books: structuredClone(change.books) });
      return true;
    },
    beginGeneration: async (tenant, from) => {
      if (!same(generationsOf(tenant), from)) return undefined;
      const begun = { ...from, newest: from.newest + 1 };
      generations.set(tenant, begun);
      return begun;
    },
    switchTo: async (tenant, from, next, place) => {
      const now = generationsOf(tenant);
      if (!same(now, from)) return false;
      if (!stands(at(tenant, next).books, place) || !stands(at(tenant, from.live).books, place)) return false;
      generations.set(tenant, { ...now, live: next, previous: from.live });
      return true;
    },
    remove: async (tenant, generation) => {
      stored.delete(`${tenant}/${String(generation)}`);
    },
    readerOf: (tenant) => {
      const live = (): Generation => at(tenant, generationsOf(tenant).live);
      return {
        books: async () => live().books,
        entry: async (index) => live().entries.get(index),
        lines: async (account, currency, { limit, before }) =>
          live()
            .lines.filter((line) => line.account === account && line.currency === currency)
            .filter(({ index }) => before === undefined || index < before)
            .sort((a, b) => b.index - a.index)
            .slice(0, limit),
      };
    },
  };
}
