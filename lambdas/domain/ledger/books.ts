import { invariant } from '../../kernel/invariant';
import type { Entry, EntryLine } from './entry';
import { accounts } from './position';
import type { Account } from './position';

/**
 * How far a tenant's log is in the books: everything before record `index`, and of that record's entry the first `parts`. `object` is
 * the index by which the object of the log that holds the record is named.
 */
export interface Place {
  readonly object: number;
  readonly index: number;
  readonly parts: number;
}

/** Sums of an account in a currency, minor units, since the beginning. */
export interface AccountTotals {
  readonly account: Account;
  readonly currency: string;
  readonly debit: number;
  readonly credit: number;
}

/** A tenant's chart of accounts at a place in its log. */
export interface Books {
  readonly place: Place;
  /** When the last record before the place happened, ISO 8601; undefined at the beginning. */
  readonly asOf: string | undefined;
  /** By currency, then in the order of the chart; only what was ever posted to. */
  readonly totals: readonly AccountTotals[];
}

/** A line as the statement of its account has it. `balance`: debits less credits up to and with it. */
export interface StatementLine extends EntryLine {
  readonly index: number;
  readonly at: string;
  readonly source: Entry['source'];
  readonly balance: number;
}

export const emptyBooks: Books = { place: { object: 0, index: 0, parts: 0 }, asOf: undefined, totals: [] };

export function samePlace(a: Place, b: Place): boolean {
  return a.object === b.object && a.index === b.index && a.parts === b.parts;
}

/** The lines of an entry, a part a currency: what is posted together balances, wherever an entry must be divided. */
export function partsOf(entry: Entry): readonly (readonly EntryLine[])[] {
  const currencies = [...new Set(entry.lines.map(({ currency }) => currency))];
  return currencies.map((currency) => entry.lines.filter((line) => line.currency === currency));
}

/** Posts one part of an entry: the totals after it, and its lines as their statements have them. */
export function post(
  totals: readonly AccountTotals[],
  { index, at, source }: Entry,
  part: readonly EntryLine[],
): { readonly totals: readonly AccountTotals[]; readonly lines: readonly StatementLine[] } {
  const sums = new Map(totals.map((each) => [nameOf(each), each]));
  const lines = part.map((line): StatementLine => {
    const { account, currency } = line;
    const before = sums.get(nameOf(line)) ?? { account, currency, debit: 0, credit: 0 };
    const after = { account, currency, debit: before.debit + line.debit, credit: before.credit + line.credit };
    invariant(
      Number.isSafeInteger(after.debit) && Number.isSafeInteger(after.credit),
      `${account} in ${currency} is beyond exact integers`,
    );
    sums.set(nameOf(line), after);
    return { ...line, index, at, source, balance: after.debit - after.credit };
  });
  return { totals: [...sums.values()].sort(inOrder), lines };
}

/** Throws unless debits equal credits in every currency. */
export function assertBalanced(totals: readonly AccountTotals[]): void {
  for (const { currency, debit, credit } of sumsByCurrency(totals)) {
    invariant(debit === credit, `the books in ${currency} are out of balance by ${String(debit - credit)}`);
  }
}

/** All debits and all credits of each currency. */
export function sumsByCurrency(
  totals: readonly AccountTotals[],
): readonly { readonly currency: string; readonly debit: number; readonly credit: number }[] {
  const currencies = [...new Set(totals.map(({ currency }) => currency))];
  return currencies.map((currency) => {
    const own = totals.filter((each) => each.currency === currency);
    return {
      currency,
      debit: own.reduce((sum, { debit }) => sum + debit, 0),
      credit: own.reduce((sum, { credit }) => sum + credit, 0),
    };
  });
}

function nameOf({ account, currency }: Pick<AccountTotals, 'account' | 'currency'>): string {
  return `${currency}/${account}`;
}

function inOrder(a: AccountTotals, b: AccountTotals): number {
  if (a.currency !== b.currency) return a.currency < b.currency ? -1 : 1;
  return accounts.indexOf(a.account) - accounts.indexOf(b.account);
}
