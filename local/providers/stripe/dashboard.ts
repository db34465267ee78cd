import { emit } from './books';
import type { Dispute, Intent, Payout, Transaction } from './books';
import { expirePage, failOnPage, payOnPage, sessionOf } from './checkout';
import { moveFunds, openDispute } from './disputes';
import { approve, cancelIntent, captureIntent, failLater, intentOf } from './payment-intents';
import type { Desk } from './desk';
import { presentCharge, presentDispute, presentPayout } from './present';
import { failRefund, refundCharge, refundOf, settleRefund } from './refunds';

/**
 * What happens at Stripe without a request of ours: in the dashboard, at the customer, at the banks. Objects are named by Stripe's
 * ids; the answers are ids, too. Amounts are in Stripe's units.
 */
export interface StripeDashboard {
  /** The PaymentIntent of a payment of ours. Throws when there is none. */
  intentOf(paymentId: string): string;
  capture(intentId: string, amount?: number): void;
  cancel(intentId: string): void;
  refund(intentId: string, amount: number): string;
  settleRefund(refundId: string): void;
  failRefund(refundId: string): void;
  /** Stripe gives up an authorization that nobody captured. */
  expireAuthorization(intentId: string): void;
  customerApproves(intentId: string): void;
  customerFails(intentId: string): void;
  payOnPage(sessionId: string): void;
  failOnPage(sessionId: string): void;
  expirePage(sessionId: string): void;
  /** `inquiry`: the bank asks, and no money moves. */
  openDispute(intentId: string, options?: { readonly amount?: number; readonly inquiry?: boolean }): string;
  /** An inquiry becomes a chargeback. */
  escalateDispute(disputeId: string): void;
  submitEvidence(disputeId: string): void;
  closeDispute(disputeId: string, result: 'won' | 'lost' | 'warning_closed'): void;
  /** Books on the account and on no payment: a fee of Stripe's, a reserve, a payout that came back. Signed. */
  bookOnAccount(entry: Pick<Transaction, 'amount' | 'currency' | 'type' | 'category'>): void;
  /** Pays out all that was booked in a currency and not paid out yet. */
  payOut(currency: string, options?: { readonly manual?: boolean; readonly reconciled?: boolean }): string;
  completeReconciliation(payoutId: string): void;
  failPayout(payoutId: string): void;
}

export function newDashboard(desk: Desk): StripeDashboard {
  const { books } = desk;
  const intent = (id: string): Intent => intentOf(books, id);
  const dispute = (id: string): Dispute => found(books.disputes, id);
  const payout = (id: string): Payout => found(books.payouts, id);
  return {
    intentOf: (paymentId) => {
      const of = books.intents.findLast(({ metadata }) => metadata.countinghouse_payment === paymentId);
      if (of === undefined) throw new Error(`Stripe has no PaymentIntent of ${paymentId}`);
      return of.id;
    },
    capture: (id, amount) => {
      captureIntent(desk, intent(id), amount === undefined ? {} : { amount_to_capture: String(amount) });
    },
    cancel: (id) => {
      cancelIntent(desk, intent(id), 'requested_by_customer');
    },
    refund: (id, amount) => refundCharge(desk, chargeOf(intent(id)), amount, {}).id,
    settleRefund: (id) => {
      settleRefund(desk, refundOf(books, id));
    },
    failRefund: (id) => {
      failRefund(desk, refundOf(books, id));
    },
    expireAuthorization: (id) => {
      const of = intent(id);
      cancelIntent(desk, of, 'automatic');
      emit(books, 'charge.expired', presentCharge(chargeOf(of)));
    },
    customerApproves: (id) => {
      approve(desk, intent(id));
    },
    customerFails: (id) => {
      failLater(desk, intent(id), 'payment_intent_authentication_failure');
    },
    payOnPage: (id) => {
      payOnPage(desk, sessionOf(books, id));
    },
    failOnPage: (id) => {
      failOnPage(desk, sessionOf(books, id), 'card_declined');
    },
    expirePage: (id) => {
      expirePage(desk, sessionOf(books, id));
    },
    openDispute: (id, options) => openDispute(desk, chargeOf(intent(id)), options),
    escalateDispute: (id) => {
      const of = dispute(id);
      of.status = 'needs_response';
      emit(books, 'charge.dispute.updated', presentDispute(of));
      moveFunds(desk, of, 'dispute');
    },
    submitEvidence: (id) => {
      const of = dispute(id);
      of.status = of.status.startsWith('warning_') ? 'warning_under_review' : 'under_review';
      emit(books, 'charge.dispute.updated', presentDispute(of));
    },
    closeDispute: (id, result) => {
      const of = dispute(id);
      of.status = result;
      if (result !== 'lost') of.charge.disputed = false;
      emit(books, 'charge.dispute.closed', presentDispute(of));
      if (result === 'won') moveFunds(desk, of, 'dispute_reversal');
    },
    bookOnAccount: (entry) => {
      const booked = { fee: 0, exchangeRate: null, source: undefined, payout: undefined };
      books.transactions.push({ ...entry, ...booked, id: books.nextId('txn'), created: books.seconds() });
    },
    payOut: (currency, { manual = false, reconciled = true } = {}) => {
      const parts = books.transactions.filter((each) => each.payout === undefined && each.currency === currency);
      const id = books.nextId('po');
      const amount = parts.reduce((sum, each) => sum + each.amount - each.fee, 0);
      const made: Payout = {
        id,
        created: books.seconds(),
        amount,
        currency,
        status: 'pending',
        reconciliation: manual ? 'not_applicable' : reconciled ? 'completed' : 'in_progress',
      };
      books.payouts.push(made);
      for (const part of parts) part.payout = id;
      books.transactions.push({
        id: books.nextId('txn'),
        created: books.seconds(),
        currency,
        amount: -amount,
        fee: 0,
        type: 'payout',
        category: 'payout',
        exchangeRate: null,
        source: undefined,
        payout: id,
      });
      emit(books, 'payout.created', presentPayout(made));
      made.status = 'paid';
      emit(books, 'payout.paid', presentPayout(made));
      return id;
    },
    completeReconciliation: (id) => {
      const of = payout(id);
      of.reconciliation = 'completed';
      emit(books, 'payout.reconciliation_completed', presentPayout(of));
    },
    failPayout: (id) => {
      const of = payout(id);
      of.status = 'failed';
      emit(books, 'payout.failed', presentPayout(of));
    },
  };
}

function chargeOf({ id, charge }: Intent) {
  if (charge === undefined) throw new Error(`${id} has no charge`);
  return charge;
}

function found<T extends { readonly id: string }>(all: readonly T[], id: string): T {
  const one = all.find((each) => each.id === id);
  if (one === undefined) throw new Error(`Stripe has no ${id}`);
  return one;
}
