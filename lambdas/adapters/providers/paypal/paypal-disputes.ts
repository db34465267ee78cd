import type { Dispute } from '../../../domain/providers/event-subject';
import type { EventSubject } from '../../../domain/providers/provider';
import { listOf, MalformedData, optionOf } from '../../reading';
import type { Fields } from '../../reading';
import { readInstant, readReference } from '../reading-events';
import { endOf } from './paypal-dispute-ends';
import { readMark } from './paypal-marks';
import { readPaypalAmount } from './paypal-money';
import { recordOf } from './paypal-refusals';

/** In the order in which a dispute goes through them; each may be the last [PayPal: disputes lifecycle stages reference]. */
const stages = ['INQUIRY', 'CHARGEBACK', 'PRE_ARBITRATION', 'ARBITRATION'] as const;

const statuses = [
  'OPEN',
  'WAITING_FOR_BUYER_RESPONSE',
  'WAITING_FOR_SELLER_RESPONSE',
  'UNDER_REVIEW',
  'RESOLVED',
  'OTHER',
] as const;

/** A dispute as PayPal's webhook tells it. In the inquiry the customer and the merchant talk, and PayPal decides nothing. */
export function readDispute(dispute: Fields): EventSubject {
  const stage = optionOf(dispute, 'dispute_life_cycle_stage', stages);
  const dueDate = dispute.seller_response_due_date;
  const told = {
    type: 'dispute',
    disputeId: readReference(dispute, 'dispute_id'),
    ...stateOf(dispute, stage),
    stage: stages.indexOf(stage) + 1,
    ...(dueDate === undefined ? {} : { respondBy: readInstant(dispute, 'seller_response_due_date') }),
  } as const;
  const captureReference = captureOf(dispute);
  const about = captureReference === undefined ? told : { ...told, captureReference };
  const paymentId = paymentIdOf(dispute);
  if (paymentId !== undefined) return { paymentId, ...about };
  if (captureReference === undefined) throw new MalformedData('a dispute about no one transaction');
  return { type: 'referred', paymentReference: captureReference, about };
}

/** Whether a dispute has ended, and PayPal does not say for whom. */
export function isEndUntold(dispute: Fields): boolean {
  return dispute.status === 'RESOLVED' && !endOf(dispute, readPaypalAmount(dispute, 'dispute_amount')).isTold;
}

/** The one transaction that is disputed, which is named by the id of its capture; undefined where there are several, or it has no name. */
function captureOf(dispute: Fields): string | undefined {
  const [transaction, ...others] = listOf(dispute, 'disputed_transactions');
  const named = recordOf(transaction);
  if (others.length > 0 || named.seller_transaction_id === undefined) return undefined;
  return readReference(named, 'seller_transaction_id');
}

/** Where it stands, and what of it is at stake: what is disputed, and at a loss what was lost of that. */
function stateOf(dispute: Fields, stage: (typeof stages)[number]): Pick<Dispute, 'status' | 'amount'> {
  const amount = readPaypalAmount(dispute, 'dispute_amount');
  const status = optionOf(dispute, 'status', statuses);
  if (status === 'RESOLVED') {
    const { lost } = endOf(dispute, amount);
    return lost.amount === 0 ? { status: 'won', amount } : { status: 'lost', amount: lost };
  }
  if (stage === 'INQUIRY') return { status: 'inquiry', amount };
  return { status: status === 'UNDER_REVIEW' ? 'under_review' : 'opened', amount };
}

/** Our ids travel in the disputed transaction, as `custom` and `invoice_number`. */
function paymentIdOf(dispute: Fields): string | undefined {
  const paymentIds = listOf(dispute, 'disputed_transactions').flatMap((transaction) => {
    const { custom, invoice_number } = recordOf(transaction);
    const mark = readMark(custom) ?? readMark(invoice_number);
    return mark === undefined ? [] : [mark.paymentId];
  });
  const [paymentId, ...others] = new Set(paymentIds);
  if (others.length > 0) throw new MalformedData('a dispute about several payments');
  return paymentId;
}
