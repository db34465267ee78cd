import { book } from './balance';
import { emit } from './books';
import type { Charge, Dispute } from './books';
import type { Desk } from './desk';
import { presentDispute } from './present';

const daysToAnswer = 7;

/** The customer disputes a charge: the money is withdrawn at once, unless the bank only asks. */
export function openDispute(
  desk: Desk,
  charge: Charge,
  { amount, inquiry = false }: { readonly amount?: number; readonly inquiry?: boolean } = {},
): string {
  const { books } = desk;
  const opened: Dispute = {
    id: books.nextId('du'),
    created: books.seconds(),
    charge,
    amount: amount ?? charge.captured - charge.refunded,
    status: inquiry ? 'warning_needs_response' : 'needs_response',
    dueBy: books.seconds() + daysToAnswer * 86_400,
  };
  books.disputes.push(opened);
  charge.disputed = true;
  emit(books, 'charge.dispute.created', presentDispute(opened));
  if (!inquiry) moveFunds(desk, opened, 'dispute');
  return opened.id;
}

/** Takes the disputed money from the account, or gives it back. */
export function moveFunds({ books, exchange }: Desk, dispute: Dispute, category: 'dispute' | 'dispute_reversal'): void {
  const { currency } = dispute.charge.intent;
  const taken = category === 'dispute';
  book(books, exchange, { source: dispute, currency, amount: taken ? -dispute.amount : dispute.amount, category });
  emit(books, `charge.dispute.funds_${taken ? 'withdrawn' : 'reinstated'}`, presentDispute(dispute));
}
