import type { Books, Charge, Dispute, Refund } from './books';

export interface Exchange {
  /** The account's own currency, in lower case. */
  readonly to: string;
  readonly rate: number;
}

/** What Stripe keeps of a dispute, whoever wins. */
const disputeFee = 1500;

/** Books what a charge, refund or dispute does to the account's balance [Stripe: balance transaction types]. */
export function book(
  books: Books,
  exchange: Exchange | undefined,
  entry: {
    readonly source: Charge | Refund | Dispute;
    readonly currency: string;
    readonly amount: number;
    readonly category: 'charge' | 'refund' | 'refund_failure' | 'dispute' | 'dispute_reversal';
  },
): string {
  const { source, category } = entry;
  const exchanged = exchange !== undefined && exchange.to !== entry.currency;
  const amount = exchanged ? Math.round(entry.amount * exchange.rate) : entry.amount;
  const currency = exchanged ? exchange.to : entry.currency;
  const id = books.nextId('txn');
  books.transactions.push({
    id,
    created: books.seconds(),
    currency,
    amount,
    fee: feeOf(category, amount, currency),
    type: category.startsWith('dispute') ? 'adjustment' : category,
    category,
    exchangeRate: exchanged ? exchange.rate : null,
    source,
    payout: undefined,
  });
  return id;
}

/** Three in a hundred of a charge, in whole units where there are no smaller ones. */
function feeOf(category: string, amount: number, currency: string): number {
  if (category === 'dispute') return currency === 'usd' ? disputeFee : 0;
  if (category !== 'charge') return 0;
  const step = currency === 'isk' || currency === 'ugx' ? 100 : 1;
  return Math.floor((amount * 3) / 100 / step) * step;
}
