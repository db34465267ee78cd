import type { OperationOutcome } from '../../../domain/providers/provider';
import { sameMoney } from '../../../kernel/money';
import type { Money } from '../../../kernel/money';
import { fieldsOf, listOf, MalformedData, optionOf, textOf } from '../../reading';
import type { Fields } from '../../reading';
import { readPageUrl, readReference } from '../reading-events';
import { readMark } from './paypal-marks';
import type { Mark } from './paypal-marks';
import { readPaypalAmount } from './paypal-money';
import { declineReasonOf, recordOf } from './paypal-refusals';

/**
 * PayPal's resources in our words [PayPal: Orders v2, Payments v2]. The reference of an authorization is its id, of an automatic
 * capture that of the capture; the order's id stands for it while it is open. All readers throw MalformedData.
 */

export interface Order {
  readonly id: string;
  readonly status: 'CREATED' | 'SAVED' | 'APPROVED' | 'VOIDED' | 'COMPLETED' | 'PAYER_ACTION_REQUIRED';
  readonly amount: Money;
  readonly mark: Mark | undefined;
  readonly authorizations: readonly Fields[];
  readonly captures: readonly Fields[];
  readonly refunds: readonly Fields[];
  /** The page on which the customer is to act. */
  readonly payerActionUrl: string | undefined;
}

const orderStatuses = ['CREATED', 'SAVED', 'APPROVED', 'VOIDED', 'COMPLETED', 'PAYER_ACTION_REQUIRED'] as const;

export function readOrder(value: unknown): Order {
  const order = fieldsOf(value, 'the order');
  const units = listOf(order, 'purchase_units');
  if (units.length !== 1) throw new MalformedData('an order of ours has one purchase unit');
  const unit = fieldsOf(units[0], 'the purchase unit');
  const payments = recordOf(unit.payments);
  return {
    id: readReference(order, 'id'),
    status: optionOf(order, 'status', orderStatuses),
    amount: readPaypalAmount(unit, 'amount'),
    mark: readMark(unit.custom_id),
    authorizations: eachOf(payments, 'authorizations'),
    captures: eachOf(payments, 'captures'),
    refunds: eachOf(payments, 'refunds'),
    payerActionUrl: readLink(order, ['payer-action', 'approve']),
  };
}

/** What the order's payment came to; undefined while it has none. */
export function paymentOfOrder(order: Order, capture: 'automatic' | 'manual'): OperationOutcome | undefined {
  if (capture === 'manual') {
    const [authorization] = order.authorizations;
    return authorization === undefined ? undefined : readAuthorization(authorization, order.id);
  }
  const [first] = order.captures;
  return first === undefined ? undefined : readCapture(first, order.id);
}

/** What an authorization says of the operation that made it: it had succeeded, whatever was done with it since. */
export function readAuthorization(authorization: Fields, orderId: string): OperationOutcome {
  const providerReference = readReference(authorization, 'id');
  const statuses = ['CREATED', 'CAPTURED', 'PARTIALLY_CAPTURED', 'VOIDED', 'PENDING', 'DENIED'] as const;
  switch (optionOf(authorization, 'status', statuses)) {
    case 'CREATED':
    case 'CAPTURED':
    case 'PARTIALLY_CAPTURED':
    case 'VOIDED':
      return { status: 'succeeded', providerReference, amount: readPaypalAmount(authorization, 'amount') };
    case 'PENDING':
      return { status: 'pending', providerReference: orderId };
    case 'DENIED':
      return { status: 'failed', reason: declineReasonOf(authorization.processor_response), providerReference };
  }
}

/** `openReference` stands for it while it is pending. */
export function readCapture(capture: Fields, openReference: string): OperationOutcome {
  const providerReference = readReference(capture, 'id');
  const statuses = ['COMPLETED', 'PARTIALLY_REFUNDED', 'REFUNDED', 'PENDING', 'DECLINED', 'FAILED'] as const;
  switch (optionOf(capture, 'status', statuses)) {
    case 'COMPLETED':
    case 'PARTIALLY_REFUNDED':
    case 'REFUNDED':
      return { status: 'succeeded', providerReference, amount: readPaypalAmount(capture, 'amount') };
    case 'PENDING':
      return { status: 'pending', providerReference: openReference };
    case 'DECLINED':
    case 'FAILED':
      return { status: 'failed', reason: declineReasonOf(capture.processor_response), providerReference };
  }
}

export function readRefund(refund: Fields): OperationOutcome {
  const providerReference = readReference(refund, 'id');
  switch (optionOf(refund, 'status', ['COMPLETED', 'PENDING', 'FAILED', 'CANCELLED'])) {
    case 'COMPLETED':
      return { status: 'succeeded', providerReference, amount: readPaypalAmount(refund, 'amount') };
    case 'PENDING':
      return { status: 'pending', providerReference };
    case 'FAILED':
    case 'CANCELLED':
      return { status: 'failed', reason: 'provider_refused', providerReference };
  }
}

/** Whether the order is the one that we made for the operation: another amount or mark is never completed. */
export function isOrderOf(order: Order, asked: { readonly operationId: string; readonly amount: Money }): boolean {
  return order.mark?.operationId === asked.operationId && sameMoney(order.amount, asked.amount);
}

/** The order that an authorization, a capture or a refund belongs to. */
export function orderIdOf(resource: Fields): string | undefined {
  const related = recordOf(recordOf(resource.supplementary_data).related_ids);
  return related.order_id === undefined ? undefined : readReference(related, 'order_id');
}

/** The page behind the first link of one of these relations, the preferred first. */
export function readLink(resource: Fields, relations: readonly string[]): string | undefined {
  const links = (resource.links === undefined ? [] : listOf(resource, 'links')).map((link) => fieldsOf(link, 'a link'));
  const found = relations.flatMap((relation) => links.filter((link) => textOf(link, 'rel') === relation))[0];
  return found === undefined ? undefined : readPageUrl(found, 'href');
}

function eachOf(payments: Fields, name: string): readonly Fields[] {
  return payments[name] === undefined ? [] : listOf(payments, name).map((item) => fieldsOf(item, name));
}
