import { invariant } from '../../kernel/invariant';

/**
 * The chart of accounts, the same for every tenant and in every currency, in the order of a trial balance. What each holds, and on
 * which side it grows, is told in docs/guides/ledger.md.
 */
export const accounts = [
  'provider_receivable',
  'payouts_clearing',
  'bank',
  'tenant_payable',
  'refunds',
  'disputes',
  'fees',
  'exchange',
  'suspense',
] as const;

export type Account = (typeof accounts)[number];

/** An amount on an account: minor units of its currency, debit positive. */
export interface Posting {
  readonly account: Account;
  readonly currency: string;
  readonly amount: number;
}

/**
 * What an entity stands for in the books: postings that sum to zero in each currency, one an account and currency at most, none of
 * zero, by currency and then in the order of the chart. Two equal positions are equal value by value.
 */
export type Position = readonly Posting[];

export const debit = (account: Account, amount: number, currency: string): Posting => ({ account, currency, amount });

export const credit = (account: Account, amount: number, currency: string): Posting => ({
  account,
  currency,
  // Not the negative zero.
  amount: 0 - amount,
});

/** The position of postings in any order and number. Throws unless they balance in every currency. */
export function balanced(postings: readonly Posting[]): Position {
  const sums = new Map<string, Map<Account, number>>();
  for (const { account, currency, amount } of postings) {
    const ofCurrency = sums.get(currency) ?? new Map<Account, number>();
    const sum = (ofCurrency.get(account) ?? 0) + amount;
    invariant(Number.isSafeInteger(sum), `an amount on ${account} in ${currency} is not exact`);
    sums.set(currency, ofCurrency.set(account, sum));
  }
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([currency, ofCurrency]) => {
      const total = [...ofCurrency.values()].reduce((sum, amount) => sum + amount, 0);
      invariant(total === 0, `postings in ${currency} are out of balance by ${String(total)}`);
      return accounts.flatMap((account): readonly Posting[] => {
        const amount = ofCurrency.get(account) ?? 0;
        return amount === 0 ? [] : [{ account, currency, amount }];
      });
    });
}

/** What must be posted to come from one position to another. It balances as both do. */
export function between(before: Position, after: Position): Position {
  return balanced([...after, ...before.map((posting) => ({ ...posting, amount: 0 - posting.amount }))]);
}
