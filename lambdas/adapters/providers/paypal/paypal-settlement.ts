import type { EventSubject, SettlementLine } from '../../../domain/providers/provider';
import type { Money } from '../../../kernel/money';
import { fieldsOf, MalformedData } from '../../reading';
import type { Fields } from '../../reading';
import { readReference } from '../reading-events';
import { isEndUntold } from './paypal-disputes';
import { captureIdOf, paymentMarkOf } from './paypal-events';
import { readPaypalAmount, readSignedAmount } from './paypal-money';

/**
 * What an event moved in the merchant's PayPal account: a capture is there, less PayPal's fee, as soon as it is completed, and a refund
 * is taken from there. No payout follows that would name it, so the line belongs to none.
 */
export function settlementOf(eventType: string, resource: Fields): EventSubject {
  if (eventType.startsWith('CUSTOMER.DISPUTE.') && isEndUntold(resource)) {
    // The dispute itself is booked as lost. This keeps its end in sight, and pages.
    throw new MalformedData('PayPal does not say who lost a dispute: taken for lost, see its case there');
  }
  if (resource.status !== 'COMPLETED') return { type: 'other' };
  switch (eventType) {
    case 'PAYMENT.CAPTURE.COMPLETED':
      return lineOf(resource, 'capture', resource.seller_receivable_breakdown);
    case 'PAYMENT.CAPTURE.REFUNDED':
      return lineOf(resource, 'refund', resource.seller_payable_breakdown);
    default:
      return { type: 'other' };
  }
}

function lineOf(resource: Fields, kind: 'capture' | 'refund', breakdown: unknown): EventSubject {
  const place = placeOf(resource, kind);
  if (place === undefined) return { type: 'other' };
  const amount = readPaypalAmount(resource, 'amount');
  const paidOut = breakdown === undefined ? undefined : paidOutOf(amount, kind, fieldsOf(breakdown, 'the breakdown'));
  const line = {
    type: 'settlement',
    settlementId: readReference(resource, 'id'),
    kind,
    amount,
    ...(paidOut === undefined ? {} : { paidOut }),
  } as const;
  return 'paymentId' in place ? { ...place, ...line } : { type: 'referred', ...place, about: line };
}

/** A refund without a mark is found by its capture, as what happened is (`paypal-events.ts`). A capture without one is none of ours. */
function placeOf(
  resource: Fields,
  kind: 'capture' | 'refund',
): { readonly paymentId: string } | { readonly paymentReference: string } | undefined {
  const mark = paymentMarkOf(resource);
  if (mark !== undefined) return { paymentId: mark.paymentId };
  const paymentReference = kind === 'refund' ? captureIdOf(resource) : undefined;
  return paymentReference === undefined ? undefined : { paymentReference };
}

/**
 * In the currency in which the account is credited, where PayPal names both the sum and the fee in it, and in that of the payment
 * otherwise: nothing is converted here. What is neither net nor PayPal's fee is a partner's fee, and counts as one.
 */
function paidOutOf(gross: Money, kind: 'capture' | 'refund', breakdown: Fields): SettlementLine['paidOut'] {
  const sign = kind === 'capture' ? 1 : -1;
  const credited = kind === 'capture' ? 'receivable_amount' : 'net_amount_in_receivable_currency';
  const creditedFee = 'paypal_fee_in_receivable_currency';
  if (breakdown[credited] !== undefined && breakdown[creditedFee] !== undefined) {
    const net = readSignedAmount(breakdown, credited);
    const fee = readSignedAmount(breakdown, creditedFee);
    if (net.currency !== fee.currency) throw new MalformedData('net and fee are in two currencies');
    return { net: signed(sign, net.amount), fee: signed(sign, fee.amount), currency: net.currency };
  }
  if (breakdown.net_amount === undefined) return undefined;
  const net = readSignedAmount(breakdown, 'net_amount');
  if (net.currency !== gross.currency) throw new MalformedData('net and gross are in two currencies');
  return { net: signed(sign, net.amount), fee: signed(sign, gross.amount - net.amount), currency: net.currency };
}

/** Without a negative zero, which JSON would not keep. */
function signed(sign: number, amount: number): number {
  return amount === 0 ? 0 : sign * amount;
}
