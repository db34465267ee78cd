import type {
  AccountLine,
  PayoutLine,
  PayoutPage,
  PayoutRefusal,
  PayoutRequest,
  SettlementKind,
} from '../../../domain/providers/provider';
import type { Money } from '../../../kernel/money';
import { err, ok } from '../../../kernel/result';
import type { Result } from '../../../kernel/result';
import { fieldsOf, integerOf, MalformedData, textOf } from '../../reading';
import type { Fields } from '../../reading';
import { fromStripeAmount } from './stripe-amounts';
import type { StripeClient } from './stripe-client';
import { optionalIdOf, readAmount, readId, readOurMetadata } from './stripe-objects';
import { paymentOfReference, readPage, refusalOf } from './stripe-questions';

/** Small enough that the PaymentIntents of a page can be asked for one by one, where the source does not name the payment. */
const pageSize = 50;

const asksAtOnce = 10;

/**
 * A page of the balance transactions of a payout [Stripe: payout reconciliation]. Only an automatic payout knows its transactions, and
 * only once its reconciliation is complete: of a manual one nothing can be said, which is a page without lines.
 */
export async function payoutLinesOf(
  client: StripeClient,
  { payoutId, cursor }: PayoutRequest,
): Promise<Result<PayoutPage, PayoutRefusal>> {
  if (cursor === undefined) {
    const payout = await client.ask((stripe) => stripe.payouts.retrieve(payoutId));
    if (payout.result === 'error' && payout.status === 404) return err('payout-unknown');
    if (payout.result !== 'answered') return err(refusalOf(payout));
    if (payout.object.reconciliation_status === 'in_progress') return err('payout-not-ready');
    if (payout.object.reconciliation_status === 'not_applicable') return ok({ lines: [], next: undefined });
  }
  const answer = await client.ask((stripe) =>
    stripe.balanceTransactions.list({
      payout: payoutId,
      limit: pageSize,
      expand: ['data.source'],
      ...(cursor === undefined ? {} : { starting_after: cursor }),
    }),
  );
  if (answer.result !== 'answered') return err(refusalOf(answer));
  try {
    const { objects, next } = readPage(answer.object);
    // The transfer to the bank is a transaction of its own: it is the payout, and not a part of it.
    const parts = objects.filter(({ type }) => type !== 'payout');
    const payments = await paymentsOf(client, parts);
    if (!payments.ok) return payments;
    const lines = parts.map((transaction) => lineOf(transaction, payoutId, payments.value));
    return ok({ lines, next });
  } catch (error) {
    // It stays in sight as a payout whose lines cannot be had, and is asked for again.
    if (error instanceof MalformedData) return err('payout-not-ready');
    throw error;
  }
}

/** Our payments by the PaymentIntents of those sources that hold no id of ours: disputes, and refunds made in the dashboard. */
async function paymentsOf(
  client: StripeClient,
  transactions: readonly Fields[],
): Promise<Result<ReadonlyMap<string, string>, PayoutRefusal>> {
  const references = new Set(
    transactions.map(sourceOf).flatMap((source) => {
      if (source === undefined || readOurMetadata(source).payment !== undefined) return [];
      return optionalIdOf(source, 'payment_intent') ?? [];
    }),
  );
  const payments = new Map<string, string>();
  const asked = [...references];
  while (asked.length > 0) {
    const answers = await Promise.all(
      asked
        .splice(0, asksAtOnce)
        .map(async (reference) => ({ reference, found: await paymentOfReference(client, reference) })),
    );
    for (const { reference, found } of answers) {
      if (!found.ok) return found;
      if (found.value !== undefined) payments.set(reference, found.value);
    }
  }
  return ok(payments);
}

function lineOf(transaction: Fields, payoutId: string, payments: ReadonlyMap<string, string>): PayoutLine {
  const currency = textOf(transaction, 'currency');
  const net = fromStripeAmount(integerOf(transaction, 'net'), currency);
  const fee = fromStripeAmount(integerOf(transaction, 'fee'), currency);
  const kind = kindOf(transaction);
  const paymentId = paymentOf(sourceOf(transaction), payments);
  const account = paymentId === undefined ? accountLineOf(transaction) : undefined;
  return {
    settlementId: readId(transaction, 'id'),
    paymentId,
    kind,
    amount: grossOf(transaction, kind),
    paidOut: { net: net.amount, fee: fee.amount, currency: net.currency },
    payoutId,
    ...(account === undefined ? {} : { account }),
  };
}

/** What Stripe charges by itself, apart from what it keeps of a payment [Stripe: balance transaction types]. */
const feeTypes: ReadonlySet<string> = new Set(['stripe_fee', 'stripe_fx_fee', 'tax_fee']);

/** A payout that failed or was canceled comes back into the balance, and into the next payout. */
const returnTypes: ReadonlySet<string> = new Set(['payout_failure', 'payout_cancel']);

/** Objects that are, or are about, a payment, though they may not name a PaymentIntent. */
const ofPayments: ReadonlySet<unknown> = new Set(['charge', 'payment_intent', 'refund', 'dispute', 'application_fee']);

const references = ['charge', 'payment_intent', 'source_transaction'];

/**
 * What the transaction is where it concerns no payment: it has no source, or one that neither is of a payment nor names one. A source
 * that was not sent whole may be anything, and a category of payments is about one though its source is gone: both stay unmatched.
 */
function accountLineOf(transaction: Fields): AccountLine | undefined {
  const { source } = transaction;
  if (typeof source === 'string' || kindOf(transaction) !== 'adjustment') return undefined;
  const of = sourceOf(transaction);
  if (of !== undefined && (ofPayments.has(of.object) || references.some((name) => isNamed(of[name])))) return undefined;
  const type = textOf(transaction, 'type');
  if (returnTypes.has(type)) return 'returned';
  const category = textOf(transaction, 'reporting_category');
  if (category === 'fee' || feeTypes.has(type)) return 'fee';
  return categoriesOfPayments.has(category) ? undefined : 'other';
}

/** Beside those that `kindOf` knows. */
const categoriesOfPayments: ReadonlySet<string> = new Set([
  'charge_failure',
  'partial_capture_reversal',
  'refund_failure',
  'unreconciled_customer_funds',
]);

function isNamed(reference: unknown): boolean {
  return reference !== undefined && reference !== null;
}

function sourceOf(transaction: Fields): Fields | undefined {
  const { source } = transaction;
  return source !== null && typeof source === 'object' ? fieldsOf(source, 'source') : undefined;
}

function paymentOf(source: Fields | undefined, payments: ReadonlyMap<string, string>): string | undefined {
  if (source === undefined) return undefined;
  const reference = optionalIdOf(source, 'payment_intent');
  return readOurMetadata(source).payment ?? (reference === undefined ? undefined : payments.get(reference));
}

/** By Stripe's categories for accounting [Stripe: reporting categories]. */
function kindOf(transaction: Fields): SettlementKind {
  switch (textOf(transaction, 'reporting_category')) {
    case 'charge':
      return 'capture';
    case 'refund':
      return 'refund';
    case 'dispute':
      return 'dispute';
    case 'dispute_reversal':
      return 'dispute_reversal';
    default:
      return 'adjustment';
  }
}

/**
 * In the currency of the payment. The transaction counts in the currency of the account: where Stripe exchanged, the source tells
 * what was captured, refunded or disputed.
 */
function grossOf(transaction: Fields, kind: SettlementKind): Money {
  const booked = readAmount(transaction, 'amount');
  if (kind === 'adjustment') return booked;
  const source = sourceOf(transaction);
  const exchanged = transaction.exchange_rate !== null && transaction.exchange_rate !== undefined;
  const told = !exchanged || source === undefined ? undefined : optionalAmountOf(source, kind);
  const { amount, currency } = told ?? booked;
  return { amount: Math.abs(amount), currency };
}

function optionalAmountOf(source: Fields, kind: SettlementKind): Money {
  const captured = kind === 'capture' && typeof source.amount_captured === 'number';
  return readAmount(source, captured ? 'amount_captured' : 'amount');
}
