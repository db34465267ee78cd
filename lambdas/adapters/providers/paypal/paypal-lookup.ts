import type { ConnectRefusal, LookupRequest, OperationOutcome } from '../../../domain/providers/provider';
import { err, ok } from '../../../kernel/result';
import type { Result } from '../../../kernel/result';
import { fieldsOf, textOf } from '../../reading';
import type { Fields } from '../../reading';
import { readReference } from '../reading-events';
import {
  isOrderOf,
  orderIdOf,
  paymentOfOrder,
  readAuthorization,
  readCapture,
  readOrder,
  readRefund,
} from './paypal-answers';
import type { Order } from './paypal-answers';
import { callPaypal } from './paypal-api';
import type { PaypalApiOptions } from './paypal-api';
import { markOf, readMark } from './paypal-marks';
import { completeOrder, orderBody, orderRequestId } from './paypal-orders';
import { readIfReadable, readOr, recordOf, unknown } from './paypal-refusals';

type Found = OperationOutcome | { readonly status: 'absent' };

/**
 * PayPal answers our calls well within this time, or never: what it does not show after it, it has not received. Before it, a request
 * whose answer we have stopped waiting for may still be under way.
 */
const settledAfterMs = 60_000;

/**
 * PayPal keeps the key of an order's creation for six hours [PayPal: Orders v2, PayPal-Request-Id]. Within them the creation can be
 * asked for again: it is answered with the order of the first time, or makes an empty one, which holds and moves no money.
 */
const creationAskableMs = 5.5 * 3_600_000;

/** What became of an operation, from PayPal's own records of the order. Nothing is submitted that holds or moves money. */
export async function lookUp(options: PaypalApiOptions, request: LookupRequest): Promise<Found> {
  return request.kind === 'authorize' ? lookUpOrder(options, request) : lookUpFollowUp(options, request);
}

async function lookUpOrder(options: PaypalApiOptions, request: LookupRequest): Promise<Found> {
  const { providerReference } = request;
  const order =
    providerReference === undefined
      ? await askForCreation(options, request)
      : await orderOf(options, providerReference);
  if (order === undefined) return unknown('the look-up was not answered');
  const found = readOr(() => paymentOfOrder(order, request.capture));
  if (found !== undefined) return found;
  if (!isOrderOf(order, request)) return unknown('the order is not the one that was asked for');
  switch (order.status) {
    case 'APPROVED':
      return completeOrder(options, { ...request, orderId: order.id });
    case 'PAYER_ACTION_REQUIRED':
      return order.payerActionUrl === undefined
        ? unknown('the customer must act, and no page was named')
        : { status: 'requires_action', providerReference: order.id, redirectUrl: order.payerActionUrl };
    case 'VOIDED':
      return { status: 'failed', reason: 'declined' };
    case 'CREATED':
    case 'SAVED':
      return absentOr(options, request);
    case 'COMPLETED':
      return unknown('a completed order without a payment');
  }
}

async function askForCreation(options: PaypalApiOptions, request: LookupRequest): Promise<Order | undefined> {
  if (ageMs(options, request) > creationAskableMs) return undefined;
  const body = orderBody(request);
  if (!body.ok) return undefined;
  const created = await callPaypal(options, {
    method: 'POST',
    path: '/v2/checkout/orders',
    requestId: orderRequestId(request.operationId),
    body: body.value,
  });
  if (created.result !== 'answered' || ![200, 201].includes(created.status)) return undefined;
  const id = readIfReadable(() => readReference(fieldsOf(created.body, 'the order'), 'id'));
  // The answer to a repeated request may be that of the first time: the order itself is asked how it stands.
  return id === undefined ? undefined : orderOf(options, id);
}

/** Captures, refunds and cancellations are found in the order of the payment, by the mark that they carry. */
async function lookUpFollowUp(options: PaypalApiOptions, request: LookupRequest): Promise<Found> {
  const { kind, paymentReference, paymentId, operationId } = request;
  if (paymentReference === undefined) return unknown('no payment to look in');
  const parent = await resourceOf(
    options,
    request.capture === 'manual' ? 'authorizations' : 'captures',
    paymentReference,
  );
  if (parent === undefined) return unknown('the look-up was not answered');
  if (kind === 'cancel') {
    return parent.status === 'VOIDED' ? readOr(() => voided(parent, request)) : absentOr(options, request);
  }
  if (kind === 'authorize') return unknown('no follow-up');
  const orderId = readIfReadable(() => orderIdOf(parent));
  const order = orderId === undefined ? undefined : await orderOf(options, orderId);
  if (order === undefined) return unknown('the look-up was not answered');
  const mark = markOf({ paymentId, operationId, kind });
  if (kind === 'capture') {
    const capture = order.captures.find(({ invoice_id }) => invoice_id === mark);
    return capture === undefined
      ? absentOr(options, request)
      : readOr(() => readCapture(capture, textOf(capture, 'id')));
  }
  const refund = order.refunds.find(({ custom_id, invoice_id }) => custom_id === mark || invoice_id === mark);
  return refund === undefined ? absentOr(options, request) : readOr(() => readRefund(refund));
}

/** Our id of the payment that a capture belongs to; undefined where it is none of ours. */
export async function paymentOfCapture(
  options: PaypalApiOptions,
  captureId: string,
): Promise<Result<string | undefined, ConnectRefusal>> {
  const found = await callPaypal(options, {
    method: 'GET',
    path: `/v2/payments/captures/${encodeURIComponent(captureId)}`,
  });
  if (found.result === 'no-token' && found.why === 'refused') return err('credentials-refused');
  if (found.result !== 'answered') return err('provider-unreachable');
  if (found.status === 404) return ok(undefined);
  if (found.status === 401 || found.status === 403) return err('credentials-refused');
  if (found.status !== 200) return err('provider-unreachable');
  const { custom_id, invoice_id } = recordOf(found.body);
  return ok((readMark(custom_id) ?? readMark(invoice_id))?.paymentId);
}

/** A cancellation has no mark of its own: what is void cannot be captured, whoever voided it. */
export function voided(authorization: Fields, { amount }: Pick<LookupRequest, 'amount'>): OperationOutcome {
  const read = readAuthorization(authorization, '');
  return read.status === 'succeeded' ? { ...read, amount } : unknown('the authorization is not void');
}

function absentOr(options: PaypalApiOptions, request: LookupRequest): Found {
  return ageMs(options, request) >= settledAfterMs ? { status: 'absent' } : unknown('it may be under way');
}

function ageMs({ now }: PaypalApiOptions, { requestedAt }: LookupRequest): number {
  return now().getTime() - Date.parse(requestedAt);
}

async function orderOf(options: PaypalApiOptions, id: string): Promise<Order | undefined> {
  const found = await callPaypal(options, { method: 'GET', path: `/v2/checkout/orders/${encodeURIComponent(id)}` });
  if (found.result !== 'answered' || found.status !== 200) return undefined;
  return readIfReadable(() => readOrder(found.body));
}

async function resourceOf(
  options: PaypalApiOptions,
  kind: 'authorizations' | 'captures',
  id: string,
): Promise<Fields | undefined> {
  const found = await callPaypal(options, { method: 'GET', path: `/v2/payments/${kind}/${encodeURIComponent(id)}` });
  if (found.result !== 'answered' || found.status !== 200) return undefined;
  return readIfReadable(() => fieldsOf(found.body, kind));
}
