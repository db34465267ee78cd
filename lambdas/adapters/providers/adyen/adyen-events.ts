import { createHash } from 'node:crypto';

import type { EventSubject, NormalisedEvent, OperationOutcome } from '../../../domain/providers/provider';
import { MalformedData } from '../../reading';
import { readReference } from '../reading-events';
import type { Money } from '../../../kernel/money';
import { readAmount } from './adyen-amounts';
import { disputeNewsOf } from './adyen-disputes';
import { isPayment, parseReference, readPspReference } from './adyen-references';
import type { OwnReference, PaymentPurpose } from './adyen-references';
import { signedTextOf } from './adyen-signature';
import type { SignedItem } from './adyen-signature';

/**
 * Adyen's notifications in our words, made from the signed fields alone. So no refusal says why (`reason` is not signed; the answer
 * to the request told it), nothing is ordered by `eventDate`, and what only `additionalData` would tell is not known.
 */
export function normalise(item: SignedItem): NormalisedEvent {
  if (!/^[A-Z][A-Z0-9_]{0,59}$/.test(item.eventCode)) throw new MalformedData('eventCode is no name');
  if (item.success !== 'true' && item.success !== 'false') throw new MalformedData('success is neither');
  return {
    eventKey: eventKeyOf(item),
    // No time is signed, and this must neither be one that a forger chose nor depend on which delivery came first: two deliveries of
    // an event are the same event. When it arrived is kept beside it.
    occurredAt: new Date(0).toISOString(),
    eventType: item.eventCode,
    subject: subjectOf(item),
  };
}

/**
 * Two deliveries with the same signed fields are one event, and with different ones two: Adyen may repeat an event with another date
 * or reason, and may tell of one dispute twice with different amounts [Adyen: handle webhook events].
 */
export function eventKeyOf(item: SignedItem): string {
  const digest = createHash('sha256').update(signedTextOf(item)).digest('hex').slice(0, 40);
  const code = item.eventCode.replace(/[^A-Z0-9_]/g, '').slice(0, 40);
  return `${code === '' ? 'event' : code}_${digest}`;
}

const testForm = /^test\.([A-Za-z0-9_-]{1,64})$/;

/** The merchant reference of a test event. No payment has one of this form. */
export function testReference(testId: string): string {
  return `test.${testId}`;
}

function subjectOf(item: SignedItem): EventSubject {
  const [, testId] = testForm.exec(item.merchantReference) ?? [];
  if (testId !== undefined) return { type: 'test', testId: readReference({ testId }, 'testId') };
  if (item.eventCode === 'REPORT_AVAILABLE') return reportOf(item);
  const reference = parseReference(item.merchantReference);
  // Of a payment that was not made through us, though through the same merchant account.
  if (reference === undefined) return { type: 'other' };
  const dispute = disputeNewsOf(item.eventCode);
  if (dispute !== undefined) {
    const { paymentId } = reference;
    return { type: 'dispute', paymentId, disputeId: pspReferenceIn(item), ...dispute, amount: amountIn(item) };
  }
  switch (item.eventCode) {
    case 'AUTHORISATION':
      return authorization(item, reference);
    case 'CAPTURE':
      return modification(item, reference, 'capture', isSuccess(item) ? 'succeeded' : 'failed');
    case 'CAPTURE_FAILED':
      return modification(item, reference, 'capture', 'reversed');
    case 'REFUND':
      return modification(item, reference, 'refund', isSuccess(item) ? 'succeeded' : 'failed');
    case 'REFUND_FAILED':
    case 'REFUNDED_REVERSED':
      return modification(item, reference, 'refund', 'reversed');
    case 'CANCELLATION':
    case 'TECHNICAL_CANCEL':
      return modification(item, reference, 'cancel', isSuccess(item) ? 'succeeded' : 'failed');
    case 'CANCEL_OR_REFUND':
      // Made outside only, and which of the two it was is not signed.
      if (!isSuccess(item)) return { type: 'other' };
      return {
        type: 'unreadable',
        detail: `CANCEL_OR_REFUND of ${reference.paymentId}: which of the two is not signed`,
      };
    case 'EXPIRE':
      return { type: 'expiry', paymentId: reference.paymentId };
    default:
      return { type: 'other' };
  }
}

function authorization(item: SignedItem, { paymentId, operationId, purpose }: OwnReference): EventSubject {
  if (!isPayment(purpose)) throw new MalformedData('AUTHORISATION of a modification');
  // On a page of Adyen the customer may try again, with other means: only a success ends it.
  if (!isSuccess(item) && isOnPage(purpose)) return { type: 'other' };
  const outcome: OperationOutcome = isSuccess(item) ? succeeded(item, amountIn(item)) : failed(item);
  return { type: 'operation', paymentId, operationId, kind: 'authorize', outcome };
}

/** A capture, refund or cancellation: under its own reference if we asked for it, under that of the payment if somebody else did. */
function modification(
  item: SignedItem,
  { paymentId, operationId, purpose }: OwnReference,
  kind: 'capture' | 'refund' | 'cancel',
  status: 'succeeded' | 'failed' | 'reversed',
): EventSubject {
  if (isPayment(purpose)) {
    if (kind === 'capture' && isSale(purpose)) return captureOfSale({ paymentId, operationId }, status);
    const providerReference = pspReferenceIn(item);
    return { type: 'external-operation', paymentId, kind, providerReference, amount: amountIn(item), status };
  }
  const own = typeof purpose === 'string' ? purpose : 'cancel';
  if (own !== kind) throw new MalformedData(`${item.eventCode} under the reference of a ${own}`);
  // Of a cancellation Adyen repeats the authorized amount, whatever was left of it.
  const amount =
    typeof purpose === 'string' ? amountIn(item) : { amount: purpose.cancel, currency: amountIn(item).currency };
  const outcome = outcomeOf(item, status, amount);
  return { type: 'operation', paymentId, operationId, kind, outcome };
}

/** What is captured in the same breath has no capture of its own: its success is no news, and its failure undoes the payment. */
function captureOfSale(
  sale: Pick<OwnReference, 'paymentId' | 'operationId'>,
  status: 'succeeded' | 'failed' | 'reversed',
): EventSubject {
  if (status === 'succeeded') return { type: 'other' };
  return { type: 'operation', ...sale, kind: 'authorize', outcome: { status: 'reversed', reason: 'provider_refused' } };
}

function outcomeOf(item: SignedItem, status: 'succeeded' | 'failed' | 'reversed', amount: Money): OperationOutcome {
  if (status === 'succeeded') return succeeded(item, amount);
  // That something failed later is told under a reference of its own.
  return status === 'failed' ? failed(item) : { status, reason: 'provider_refused' };
}

function succeeded(item: SignedItem, amount: Money): OperationOutcome {
  return { status: 'succeeded', providerReference: pspReferenceIn(item), amount };
}

/** The least telling of the reasons that a provider gives: a more exact one, from the answer to the request, stays. */
function failed(item: SignedItem): OperationOutcome {
  return { status: 'failed', reason: 'provider_refused', providerReference: pspReferenceIn(item) };
}

/** The settlement detail report alone; Adyen announces all reports alike, by their file names. */
function reportOf({ pspReference, success }: SignedItem): EventSubject {
  const isSettlement = isSettlementReport(pspReference) && success === 'true';
  return isSettlement ? { type: 'report', reportId: pspReference } : { type: 'other' };
}

/**
 * `settlement_detail_report_batch_4.csv`; made by hand or by a schedule, the name has a date or an identifier besides or instead [Adyen:
 * settlement details report]. So one batch may be announced under several names: what a report is of, its rows tell.
 */
export function isSettlementReport(name: string): boolean {
  return /^settlement_detail_report[A-Za-z0-9_-]{0,80}\.csv$/.test(name);
}

function isSuccess({ success }: SignedItem): boolean {
  return success === 'true';
}

function isOnPage(purpose: PaymentPurpose): boolean {
  return purpose === 'page' || purpose === 'page-sale';
}

function isSale(purpose: PaymentPurpose): boolean {
  return purpose === 'sale' || purpose === 'page-sale';
}

function pspReferenceIn({ pspReference }: SignedItem): string {
  return readPspReference({ pspReference }, 'pspReference');
}

function amountIn({ value, currency }: SignedItem): Money {
  return readAmount({ value: value === '' ? undefined : Number(value), currency });
}
