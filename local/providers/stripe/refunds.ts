import { book } from './balance';
import { countEffect, emit } from './books';
import type { Books, Cause, Charge, Metadata, Refund } from './books';
import type { Desk } from './desk';
import { intentOf } from './payment-intents';
import { presentCharge, presentRefund } from './present';
import { requirePayable } from './test-methods';
import { groupParam, integerParam, invalidRequest, missing, textParam, textsOf } from './wire';
import type { Params } from './wire';

/** `POST /v1/refunds` */
export function createRefund(desk: Desk, params: Params, cause: Cause): object {
  const { charge } = intentOf(desk.books, textParam(params, 'payment_intent') ?? '');
  if (charge === undefined || charge.captured === 0) {
    throw invalidRequest('This PaymentIntent does not have a successful charge to refund.', {}, { stored: true });
  }
  const asked = textParam(params, 'amount') === undefined ? undefined : integerParam(params, 'amount');
  if (asked !== undefined) requirePayable(asked, charge.intent.currency);
  const amount = asked ?? charge.captured - charge.refunded;
  const refund = refundCharge(desk, charge, amount, textsOf(groupParam(params, 'metadata')), cause);
  const answer = presentRefund(refund);
  // Accepted, and sent back by the bank afterwards.
  if (charge.intent.method === 'pm_card_refundFail') failRefund(desk, refund);
  return answer;
}

export function refundCharge(desk: Desk, charge: Charge, amount: number, metadata: Metadata, cause?: Cause): Refund {
  const { books, exchange } = desk;
  if (charge.disputed)
    throw invalidRequest('This charge was charged back.', { code: 'charge_disputed' }, { stored: true });
  const left = charge.captured - charge.refunded;
  if (left === 0) {
    throw invalidRequest(
      'The charge has already been refunded.',
      { code: 'charge_already_refunded' },
      { stored: true },
    );
  }
  if (amount > left)
    throw invalidRequest('Refund amount is greater than unrefunded amount on charge.', { param: 'amount' });
  const refund: Refund = {
    id: books.nextId('re'),
    created: books.seconds(),
    charge,
    amount,
    status: charge.intent.method === 'pm_card_pendingRefund' ? 'pending' : 'succeeded',
    metadata,
    cameBack: undefined,
  };
  books.refunds.push(refund);
  charge.refunded += amount;
  countEffect(books, charge.intent);
  book(books, exchange, { source: refund, currency: charge.intent.currency, amount: -amount, category: 'refund' });
  emit(books, 'refund.created', presentRefund(refund), cause);
  emit(books, 'charge.refunded', presentCharge(charge), cause, { amount_refunded: charge.refunded - amount });
  return refund;
}

/** The bank has taken the money. */
export function settleRefund({ books }: Desk, refund: Refund): void {
  const before = refund.status;
  refund.status = 'succeeded';
  emit(books, 'refund.updated', presentRefund(refund), undefined, { status: before });
}

/** The bank sent the money back, or never took it. */
export function failRefund({ books, exchange }: Desk, refund: Refund): void {
  const { charge, amount } = refund;
  refund.status = 'failed';
  charge.refunded -= amount;
  refund.cameBack = book(books, exchange, {
    source: refund,
    currency: charge.intent.currency,
    amount,
    category: 'refund_failure',
  });
  emit(books, 'refund.failed', presentRefund(refund));
}

export function refundOf({ refunds }: Books, id: string): Refund {
  const refund = refunds.find((each) => each.id === id);
  if (refund === undefined) throw missing('refund', id);
  return refund;
}
