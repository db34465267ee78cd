import { inMajorUnits } from './books';
import type { Entry } from './books';

/** The columns of the settlement detail report, in its order [Adyen: settlement details report]. */
const columns = [
  'Company Account',
  'Merchant Account',
  'Psp Reference',
  'Merchant Reference',
  'Payment Method',
  'Creation Date',
  'TimeZone',
  'Type',
  'Modification Reference',
  'Gross Currency',
  'Gross Debit (GC)',
  'Gross Credit (GC)',
  'Exchange Rate',
  'Net Currency',
  'Net Debit (NC)',
  'Net Credit (NC)',
  'Commission (NC)',
  'Markup (NC)',
  'Scheme Fees (NC)',
  'Interchange (NC)',
  'Payment Method Variant',
  'Modification Merchant Reference',
  'Batch Number',
] as const;

type Cells = Partial<Record<(typeof columns)[number], string>>;

const debits = new Set<Entry['type']>(['Refunded', 'Chargeback', 'SecondChargeback']);

/** One percent of what is settled is kept, down to whole units of its currency. */
const feeDivisor = 100;

/** The report of a batch, which has one currency: its entries, a fee for the whole, and the payout. */
export function settlementReport(
  facts: { readonly merchantAccount: string; readonly batch: number; readonly date: string; readonly currency: string },
  entries: readonly Entry[],
): string {
  const { currency } = facts;
  const monthly = 5 * stepOf(currency);
  const paid = entries.reduce((sum, entry) => sum + netOf(entry), 0) - monthly;
  const common: Cells = { ...cellsOf(facts), 'Net Currency': currency };
  const rows: readonly Cells[] = [
    ...entries.map((entry) => lineOf(facts, entry)),
    {
      ...common,
      Type: 'Fee',
      'Modification Reference': 'Transaction Fees, January',
      'Net Debit (NC)': inMajorUnits({ value: monthly, currency }),
    },
    {
      ...common,
      Type: 'MerchantPayout',
      'Modification Reference': `TX1234567XT, batch ${String(facts.batch)}, "${facts.merchantAccount}"`,
      [paid < 0 ? 'Net Credit (NC)' : 'Net Debit (NC)']: inMajorUnits({ value: paid, currency }),
    },
  ];
  return [columns.join(','), ...rows.map((row) => columns.map((column) => quoted(row[column] ?? '')).join(','))].join(
    '\n',
  );
}

function cellsOf({ merchantAccount, batch, date }: Parameters<typeof settlementReport>[0]): Cells {
  return {
    'Company Account': 'TestCompany',
    'Merchant Account': merchantAccount,
    'Creation Date': date,
    TimeZone: 'CET',
    'Batch Number': String(batch),
  };
}

function lineOf(facts: Parameters<typeof settlementReport>[0], entry: Entry): Cells {
  const { type, payment, modification, value } = entry;
  const { currency } = payment.amount;
  const side = debits.has(type) ? 'Debit' : 'Credit';
  const fee = feeOf(entry);
  return {
    ...cellsOf(facts),
    'Psp Reference': payment.pspReference,
    'Merchant Reference': payment.reference,
    'Payment Method': 'visa',
    Type: type,
    'Modification Reference': modification,
    'Gross Currency': currency,
    [`Gross ${side} (GC)`]: inMajorUnits({ value, currency }),
    'Exchange Rate': '1',
    'Net Currency': currency,
    [`Net ${side} (NC)`]: inMajorUnits({ value: value - fee, currency }),
    'Commission (NC)': fee === 0 ? '' : inMajorUnits({ value: fee, currency }),
    'Payment Method Variant': 'visaclassic',
  };
}

function netOf(entry: Entry): number {
  const sign = debits.has(entry.type) ? -1 : 1;
  return sign * entry.value - feeOf(entry);
}

function feeOf({ type, value, payment: { amount } }: Entry): number {
  if (type !== 'Settled') return 0;
  const step = stepOf(amount.currency);
  return Math.floor(value / feeDivisor / step) * step;
}

/** In ISK and CLP Adyen counts hundredths that nobody can pay. */
function stepOf(currency: string): number {
  return currency === 'ISK' || currency === 'CLP' ? 100 : 1;
}

function quoted(cell: string): string {
  return /[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
