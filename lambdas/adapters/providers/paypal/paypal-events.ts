import type { ExternalOperation } from '../../../domain/providers/event-subject';
import type { EventSubject } from '../../../domain/providers/provider';
import { fieldsOf, listOf, MalformedData, textOf } from '../../reading';
import type { Fields } from '../../reading';
import { readReference } from '../reading-events';
import { orderIdOf, readAuthorization, readCapture, readRefund } from './paypal-answers';
import { readDispute } from './paypal-disputes';
import { readMark } from './paypal-marks';
import type { Mark } from './paypal-marks';
import { readPaypalAmount } from './paypal-money';
import { recordOf } from './paypal-refusals';

/** What an event of PayPal is about [PayPal: webhook event names]. Throws MalformedData on one of these kinds that cannot be read. */
export function subjectOf(eventType: string, resource: Fields): EventSubject {
  switch (eventType) {
    case 'CHECKOUT.ORDER.APPROVED':
      return readApproval(resource);
    case 'CHECKOUT.PAYMENT-APPROVAL.REVERSED':
      return readReversedApproval(resource);
    case 'PAYMENT.AUTHORIZATION.CREATED':
      return readAuthorized(resource);
    case 'PAYMENT.AUTHORIZATION.VOIDED': {
      // By us, by the merchant or by the end of its days: PayPal does not say, and our own cancellation has its own outcome.
      const mark = readMark(resource.custom_id);
      return mark === undefined ? { type: 'other' } : { type: 'expiry', paymentId: mark.paymentId };
    }
    case 'PAYMENT.CAPTURE.COMPLETED':
    case 'PAYMENT.CAPTURE.PENDING':
    case 'PAYMENT.CAPTURE.DECLINED':
    case 'PAYMENT.CAPTURE.DENIED':
      return readCaptured(resource);
    case 'PAYMENT.CAPTURE.REFUNDED':
    case 'PAYMENT.REFUND.PENDING':
    case 'PAYMENT.REFUND.FAILED':
    case 'PAYMENT.REFUND.CANCELLED':
    case 'PAYMENT.REFUND.COMPLETED':
      return readRefunded(resource);
    case 'PAYMENT.CAPTURE.REVERSED':
      // A dispute that was lost tells of itself, and a bank that takes its money back does not. To count both would be to count one twice.
      throw new MalformedData(
        'PayPal took a capture back: see its disputes; what none of them explains stands in no books here',
      );
    case 'CUSTOMER.DISPUTE.CREATED':
    case 'CUSTOMER.DISPUTE.UPDATED':
    case 'CUSTOMER.DISPUTE.RESOLVED':
      return readDispute(resource);
    default:
      return { type: 'other' };
  }
}

/** The payment that a capture or a refund belongs to, whoever made it. */
export function paymentMarkOf({ custom_id, invoice_id }: Fields): Mark | undefined {
  return readMark(custom_id) ?? readMark(invoice_id);
}

function readApproval(order: Fields): EventSubject {
  const mark = markOfUnits(order);
  if (mark === undefined) return { type: 'other' };
  const { paymentId, operationId } = mark;
  return { type: 'approval', paymentId, operationId, providerReference: readReference(order, 'id') };
}

/** PayPal gave the customer's money back before we could take it. */
function readReversedApproval(resource: Fields): EventSubject {
  const mark = markOfUnits(resource);
  if (mark === undefined) return { type: 'other' };
  const { paymentId, operationId } = mark;
  const outcome = { status: 'failed', reason: 'declined' } as const;
  return { type: 'operation', paymentId, operationId, kind: 'authorize', outcome };
}

function markOfUnits(order: Fields): Mark | undefined {
  const [unit] = listOf(order, 'purchase_units');
  const mark = readMark(recordOf(unit).custom_id);
  return mark?.kind === 'authorize' ? mark : undefined;
}

function readAuthorized(authorization: Fields): EventSubject {
  const mark = readMark(authorization.custom_id);
  if (mark?.kind !== 'authorize') return { type: 'other' };
  const { paymentId, operationId } = mark;
  const outcome = readAuthorization(authorization, orderIdOf(authorization) ?? textOf(authorization, 'id'));
  return { type: 'operation', paymentId, operationId, kind: 'authorize', outcome };
}

/**
 * A capture of ours has a mark of its own in the invoice; the capture of an order that is captured at once has that of the order, and
 * no authorization before it; one that was made in the dashboard has what its authorization had.
 */
function readCaptured(capture: Fields): EventSubject {
  const custom = readMark(capture.custom_id);
  const invoice = readMark(capture.invoice_id);
  const id = textOf(capture, 'id');
  if (invoice?.kind === 'capture') {
    if (custom !== undefined && custom.paymentId !== invoice.paymentId)
      throw new MalformedData('marks of two payments');
    const { paymentId, operationId } = invoice;
    return { type: 'operation', paymentId, operationId, kind: 'capture', outcome: readCapture(capture, id) };
  }
  const mark = custom ?? invoice;
  if (mark?.kind !== 'authorize') return { type: 'other' };
  const { paymentId, operationId } = mark;
  if (isOfAuthorization(capture)) {
    const { status } = readCapture(capture, id);
    return { type: 'external-operation', paymentId, kind: 'capture', ...external(capture, status) };
  }
  const outcome = readCapture(capture, orderIdOf(capture) ?? id);
  return { type: 'operation', paymentId, operationId, kind: 'authorize', outcome };
}

function readRefunded(refund: Fields): EventSubject {
  const marks = [readMark(refund.custom_id), readMark(refund.invoice_id)].filter((mark) => mark !== undefined);
  const own = marks.find(({ kind }) => kind === 'refund');
  const outcome = readRefund(refund);
  if (own !== undefined) {
    const { paymentId, operationId } = own;
    return { type: 'operation', paymentId, operationId, kind: 'refund', outcome };
  }
  const captureReference = captureIdOf(refund);
  const made = {
    type: 'external-operation',
    kind: 'refund',
    ...external(refund, outcome.status),
    ...(captureReference === undefined ? {} : { captureReference }),
  } as const;
  const [inherited] = marks;
  if (inherited !== undefined) return { paymentId: inherited.paymentId, ...made };
  if (captureReference === undefined) throw new MalformedData('a refund of no capture');
  return { type: 'referred', paymentReference: captureReference, about: made };
}

/** The capture that a refund came out of; undefined where it is not told. PayPal names it in a link alone [PayPal: HATEOAS links, rel `up`]. */
export function captureIdOf(refund: Fields): string | undefined {
  const up = linksOf(refund).find(({ rel }) => rel === 'up')?.href;
  const [, id] = /\/captures\/([A-Z0-9]{1,36})$/.exec(typeof up === 'string' ? up : '') ?? [];
  return id;
}

function external(
  resource: Fields,
  status: string,
): Pick<ExternalOperation, 'providerReference' | 'amount' | 'status'> {
  if (status !== 'succeeded' && status !== 'pending' && status !== 'failed') throw new MalformedData('no status');
  return { providerReference: readReference(resource, 'id'), amount: readPaypalAmount(resource, 'amount'), status };
}

function isOfAuthorization(capture: Fields): boolean {
  const related = recordOf(recordOf(capture.supplementary_data).related_ids);
  if (related.authorization_id !== undefined) return true;
  return linksOf(capture).some(
    ({ rel, href }) => rel === 'up' && typeof href === 'string' && href.includes('/authorizations/'),
  );
}

function linksOf(resource: Fields): readonly Fields[] {
  return resource.links === undefined ? [] : listOf(resource, 'links').map((link) => fieldsOf(link, 'a link'));
}
