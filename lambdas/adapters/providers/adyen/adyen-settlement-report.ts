import { createHash } from 'node:crypto';

import type { PayoutBatch, PayoutLine, SettlementKind } from '../../../domain/providers/provider';
import { exponentOf, isAmountMinor, isCurrency } from '../../../kernel/money';
import type { Money } from '../../../kernel/money';
import { MalformedData } from '../../reading';
import { parseReference } from './adyen-references';

/**
 * The settlement detail report: a CSV of everything that one payout consists of [Adyen: settlement details report]. Columns are
 * found by their names, since accounts may have further ones. Amounts stand in major units with a decimal point.
 */
export interface SettlementReport {
  readonly lines: readonly PayoutLine[];
  /** What went to the bank: nothing, where there is no payout among the rows. Undefined where they are not of one currency. */
  readonly paidOut: Money | undefined;
  /** What it is of: one batch, unless the report was made by hand for several. */
  readonly batches: readonly PayoutBatch[];
}

/** Types that are about one payment [Adyen: journal types]. A payout to the bank is no part of itself. */
const kinds: ReadonlyMap<string, SettlementKind> = new Map<string, SettlementKind>([
  ['Settled', 'capture'],
  ['Refunded', 'refund'],
  ['RefundedReversed', 'adjustment'],
  ['Chargeback', 'dispute'],
  ['SecondChargeback', 'dispute'],
  ['ChargebackReversed', 'dispute_reversal'],
]);

/** Costs that are booked by themselves, not with a payment: the whole of the line is fee. */
const costs = new Set(['Fee', 'MiscCosts', 'InvoiceDeduction', 'PaymentCost', 'AuthorisationSchemeFee']);

/** Without these a table is no such report. */
const needed = [
  'Psp Reference',
  'Merchant Reference',
  'Type',
  'Gross Currency',
  'Net Currency',
  'Net Debit (NC)',
  'Net Credit (NC)',
];

/** A claim each goes into one transaction. */
const maxBatches = 40;

const costColumns = ['Commission (NC)', 'Markup (NC)', 'Scheme Fees (NC)', 'Interchange (NC)'];

/** Throws MalformedData on what is no such report. */
export function parseSettlementReport(payoutId: string, text: string): SettlementReport {
  const [header, ...rows] = parseCsv(text);
  const missing = needed.find((column) => header?.includes(column) !== true);
  if (header === undefined || missing !== undefined)
    throw new MalformedData(`the report has no ${missing ?? 'header'}`);
  const seen = new Map<string, number>();
  const batches = new Map<string, string[]>();
  let paidOut: Money | undefined;
  const lines: PayoutLine[] = [];
  const currencies = new Set<string>();
  for (const cells of rows) {
    const row = rowOf(header, cells);
    const identity = identityOf(row);
    rowsOf(batches, batchOf(row)).push(identity);
    currencies.add(currencyIn(row, 'Net Currency'));
    if (row('Type') === 'MerchantPayout') {
      paidOut = added(paidOut, bankAmountOf(row));
      continue;
    }
    const occurrence = seen.get(identity) ?? 0;
    seen.set(identity, occurrence + 1);
    lines.push({ ...lineOf(row), settlementId: lineId(payoutId, identity, occurrence), payoutId });
  }
  const [currency, another] = [...currencies];
  if (currency !== undefined && another === undefined) paidOut ??= { amount: 0, currency };
  return { lines, paidOut, batches: batchesOf(batches) };
}

function rowsOf(batches: Map<string, string[]>, name: string): string[] {
  const rows = batches.get(name) ?? [];
  batches.set(name, rows);
  return rows;
}

/** Merchant account and number of the batch that a row is of; the number is empty where the row names none. */
function batchOf(row: Row): string {
  return JSON.stringify([optional(row, 'Merchant Account'), optional(row, 'Batch Number')]);
}

/**
 * The name of a report may hold the number of its batch, a date, both or neither, as it was made by hand or by the schedule [Adyen:
 * settlement details report], so that only its rows tell what it is of. Rows that name no batch are themselves, by what they say.
 */
function batchesOf(rows: ReadonlyMap<string, readonly string[]>): readonly PayoutBatch[] {
  if (rows.size > maxBatches) throw new MalformedData('the report is of too many batches');
  return [...rows].map(([name, identities]) => {
    const contents = digestOf([...identities].sort());
    const number = /","(\d{1,18})"\]$/.exec(name)?.[1];
    if (number === undefined) return { id: `${name}.${contents}`, contents };
    return { id: name, contents, formerPayoutId: `settlement_detail_report_batch_${number}.csv` };
  });
}

type Row = (column: string) => string;

function rowOf(header: readonly string[], cells: readonly string[]): Row {
  return (column) => {
    const index = header.indexOf(column);
    const cell = index === -1 ? undefined : cells[index];
    if (cell === undefined) throw new MalformedData(`the report has no ${column}`);
    return cell;
  };
}

function optional(row: Row, column: string): string {
  try {
    return row(column);
  } catch (error) {
    if (error instanceof MalformedData) return '';
    throw error;
  }
}

function lineOf(row: Row): Omit<PayoutLine, 'settlementId' | 'payoutId'> {
  const type = row('Type');
  const currency = currencyIn(row, 'Net Currency');
  const net = minor(row('Net Credit (NC)'), currency) - minor(row('Net Debit (NC)'), currency);
  const kind = kinds.get(type);
  const paymentId = parseReference(row('Merchant Reference'))?.paymentId;
  if (kind === undefined) {
    const fee = costs.has(type) ? -net : 0;
    const amount = { amount: net + fee, currency };
    return { kind: 'adjustment', paymentId, amount, paidOut: { net, fee, currency }, ...accountLineOf(row) };
  }
  const grossCurrency = currencyIn(row, 'Gross Currency');
  const gross = minor(row('Gross Credit (GC)'), grossCurrency) - minor(row('Gross Debit (GC)'), grossCurrency);
  // Of two currencies only the columns say what was kept; of one the difference does, and leaves nothing over.
  const fee = grossCurrency === currency ? gross - net : feeOf(row, currency);
  const amount = kind === 'adjustment' ? gross : Math.abs(gross);
  return { kind, paymentId, amount: { amount, currency: grossCurrency }, paidOut: { net, fee, currency } };
}

/**
 * Of a row that names no payment at all. Money of an earlier payout that the bank sent back (`BankInstructionReturned`) is no fee either:
 * Adyen reports that payout as paid to the end, so that only a person can say which it was.
 */
function accountLineOf(row: Row): Pick<PayoutLine, 'account'> {
  if (row('Psp Reference') !== '' || row('Merchant Reference') !== '') return {};
  if (isCarriedOver(row)) return { account: 'carried' };
  return { account: costs.has(row('Type')) ? 'fee' : 'other' };
}

/**
 * A balance that could not be paid out goes to the next batch, a negative one too [Adyen: review balance transfers]. Between merchant
 * accounts money is transferred under the same type; the text of that one names no batch, and no other batch here has its counterpart.
 */
function isCarriedOver(row: Row): boolean {
  if (row('Type') !== 'Balancetransfer') return false;
  const about = optional(row, 'Modification Merchant Reference');
  return about === '' || /^Balancetransfer (?:to|from) batch \d{1,18}$/i.test(about);
}

function feeOf(row: Row, currency: string): number {
  return costColumns.reduce((sum, column) => sum + minor(optional(row, column), currency), 0);
}

function bankAmountOf(row: Row): Money {
  const currency = currencyIn(row, 'Net Currency');
  return { amount: minor(row('Net Debit (NC)'), currency) - minor(row('Net Credit (NC)'), currency), currency };
}

function added(sum: Money | undefined, more: Money): Money {
  if (sum === undefined) return more;
  if (sum.currency !== more.currency) throw new MalformedData('a report of two currencies');
  return { amount: sum.amount + more.amount, currency: sum.currency };
}

/** What is the same when the report is made anew, in whichever order. */
function identityOf(row: Row): string {
  const columns = ['Type', 'Psp Reference', 'Modification Reference', 'Creation Date', 'Net Currency'];
  return JSON.stringify([
    ...columns.map((column) => row(column)),
    row('Net Debit (NC)'),
    row('Net Credit (NC)'),
    optional(row, 'Batch Number'),
  ]);
}

function lineId(payoutId: string, identity: string, occurrence: number): string {
  return `line_${digestOf([payoutId, identity, occurrence])}`;
}

function digestOf(parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40);
}

function currencyIn(row: Row, column: string): string {
  const currency = row(column);
  if (!isCurrency(currency)) throw new MalformedData(`${column} is no currency`);
  return currency;
}

/** `12.5` in whole minor units, without floating point; an empty cell is nothing. Refuses what the currency cannot express. */
export function minor(text: string, currency: string): number {
  if (text === '') return 0;
  const found = /^(-?)(\d{1,15})(?:\.(\d{1,12}))?$/.exec(text);
  if (found === null) throw new MalformedData('an amount is no number');
  const [, sign, whole = '', fraction = ''] = found;
  const exponent = exponentOf(currency);
  if (/[1-9]/.test(fraction.slice(exponent))) throw new MalformedData('an amount has more decimals than its currency');
  const amount = Number(`${whole}${fraction.slice(0, exponent).padEnd(exponent, '0')}`);
  if (!isAmountMinor(amount)) throw new MalformedData('an amount is too large');
  return sign === '-' && amount !== 0 ? -amount : amount;
}

/** [RFC 4180]: fields in double quotes may hold commas, line ends and doubled quotes. Empty lines are left out. */
export function parseCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  const endRow = (): void => {
    if (row.length > 0 || cell !== '') rows.push([...row, cell]);
    row = [];
    cell = '';
  };
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (quoted) {
      if (character !== '"') cell += character;
      else if (text.charAt(index + 1) === '"') {
        cell += '"';
        index += 1;
      } else quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === ',') {
      row.push(cell);
      cell = '';
    } else if (character === '\n') endRow();
    else if (character !== '\r') cell += character;
  }
  if (quoted) throw new MalformedData('the report ends within a field');
  endRow();
  return rows;
}
