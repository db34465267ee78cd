import type { Dispute, DisputeStatus, EventSubject, PayoutStatus } from '../../../domain/providers/provider';
import { MalformedData, textOf } from '../../reading';
import type { Fields } from '../../reading';
import { isSubscribed } from './stripe-events';
import {
  isOurId,
  optionalFields,
  optionalIdOf,
  optionalText,
  readAmount,
  readCheckoutSession,
  readId,
  readOurMetadata,
  readPaymentIntent,
  readRefund,
  readSeconds,
} from './stripe-objects';
import type { StripePaymentIntent } from './stripe-objects';
import { authorizationOf, cancellationOf, captureOf, lastReasonOf, refundOf } from './stripe-outcomes';

const other: EventSubject = { type: 'other' };

/** What an event of Stripe's is about. What is not ours, or tells what another event tells as well, is `other`. */
export function subjectOf(type: string, object: Fields, event: Fields): EventSubject {
  if (!isSubscribed(type)) return other;
  switch (type) {
    case 'payment_intent.amount_capturable_updated':
    case 'payment_intent.succeeded':
    case 'payment_intent.processing':
    case 'payment_intent.requires_action':
    case 'payment_intent.payment_failed':
    case 'payment_intent.canceled':
      return ofIntent(type, object, event);
    case 'charge.expired':
      return expiryOf(readOurMetadata(object).payment);
    case 'refund.created':
    case 'refund.updated':
    case 'refund.failed':
      return ofRefund(object);
    case 'charge.dispute.created':
    case 'charge.dispute.updated':
    case 'charge.dispute.closed':
    case 'charge.dispute.funds_withdrawn':
    case 'charge.dispute.funds_reinstated':
      return ofDispute(object);
    case 'checkout.session.expired':
    case 'checkout.session.async_payment_failed':
      return ofPage(type, object);
    case 'payout.created':
    case 'payout.updated':
    case 'payout.paid':
    case 'payout.failed':
    case 'payout.canceled':
    case 'payout.reconciliation_completed':
      return ofPayout(object);
  }
}

function ofIntent(type: `payment_intent.${string}`, object: Fields, event: Fields): EventSubject {
  const { payment: paymentId, operation: operationId } = readOurMetadata(object);
  if (paymentId === undefined || operationId === undefined) return other;
  const intent = readPaymentIntent(object);
  const { latestCharge, received } = intent;
  const authorization = (): EventSubject => ({
    type: 'operation',
    paymentId,
    operationId,
    kind: 'authorize',
    outcome: authorizationOf(intent),
  });

  switch (type) {
    case 'payment_intent.succeeded': {
      if (!intent.manualCapture) return authorization();
      const capture = intent.ours.capture ?? requestedBy(event);
      if (capture !== undefined) {
        return { type: 'operation', paymentId, operationId: capture, kind: 'capture', outcome: captureOf(intent) };
      }
      const providerReference = latestCharge ?? intent.id;
      return {
        type: 'external-operation',
        paymentId,
        kind: 'capture',
        providerReference,
        amount: received,
        status: 'succeeded',
      };
    }
    case 'payment_intent.canceled':
      return ofCancellation(intent, paymentId, event);
    case 'payment_intent.payment_failed':
      // On a page the customer may try again; the page's own end is told of by its own events.
      return intent.ours.isPage || lastReasonOf(intent) === undefined ? other : authorization();
    case 'payment_intent.requires_action':
      return intent.redirectUrl === undefined || intent.ours.isPage ? other : authorization();
    case 'payment_intent.amount_capturable_updated':
      // Also sent when a capture leaves less of it.
      return intent.status === 'requires_capture' && received.amount === 0 ? authorization() : other;
    default:
      return authorization();
  }
}

function ofCancellation(intent: StripePaymentIntent, paymentId: string, event: Fields): EventSubject {
  // Stripe cancels by itself what nobody captured in time.
  if (intent.cancellationReason === 'automatic' || intent.cancellationReason === 'expired') return expiryOf(paymentId);
  const operationId = requestedBy(event);
  if (operationId !== undefined) {
    return { type: 'operation', paymentId, operationId, kind: 'cancel', outcome: cancellationOf(intent) };
  }
  const { id: providerReference, amount } = intent;
  return { type: 'external-operation', paymentId, kind: 'cancel', providerReference, amount, status: 'succeeded' };
}

/**
 * The operation of ours whose request caused the event: an event carries the idempotency key of its request
 * [Stripe: the event object]. A cancellation takes no metadata, so this is all that tells whose it was.
 */
function requestedBy(event: Fields): string | undefined {
  const request = optionalFields(event, 'request');
  const key = request === undefined ? undefined : optionalText(request, 'idempotency_key');
  return key !== undefined && key.startsWith('op_') && isOurId(key) ? key : undefined;
}

function ofRefund(object: Fields): EventSubject {
  const refund = readRefund(object);
  const { payment: paymentId, operation: operationId } = refund.ours;
  const outcome = refundOf(refund);
  if (paymentId !== undefined && operationId !== undefined) {
    return { type: 'operation', paymentId, operationId, kind: 'refund', outcome };
  }
  if (refund.paymentIntent === undefined || outcome.status === 'unknown' || outcome.status === 'requires_action')
    return other;
  return {
    type: 'referred',
    paymentReference: refund.paymentIntent,
    about: {
      type: 'external-operation',
      kind: 'refund',
      providerReference: refund.id,
      amount: refund.amount,
      status: outcome.status,
    },
  };
}

/** A dispute names its PaymentIntent, and has metadata of its own only: ours is not in it. */
function ofDispute(object: Fields): EventSubject {
  const paymentReference = optionalIdOf(object, 'payment_intent');
  if (paymentReference === undefined) return other;
  const status = textOf(object, 'status');
  const details = optionalFields(object, 'evidence_details') ?? {};
  const about: Dispute = {
    type: 'dispute',
    disputeId: readId(object, 'id'),
    status: disputeStatusOf(status),
    // An inquiry may become a chargeback, under the same id, and whatever is said of the chargeback comes after it.
    stage: status.startsWith('warning_') ? 0 : 1,
    amount: readAmount(object, 'amount'),
    ...(typeof details.due_by === 'number' && details.due_by > 0 ? { respondBy: readSeconds(details, 'due_by') } : {}),
  };
  return { type: 'referred', paymentReference, about };
}

/** [Stripe: the dispute object, status] */
function disputeStatusOf(status: string): DisputeStatus {
  switch (status) {
    case 'warning_needs_response':
    case 'warning_under_review':
      return 'inquiry';
    case 'needs_response':
    case 'appeal_needs_response':
      return 'opened';
    case 'under_review':
    case 'appeal_under_review':
      return 'under_review';
    // An inquiry that came to nothing, and a dispute that was settled before it became one: no money stays away.
    case 'warning_closed':
    case 'prevented':
    case 'won':
      return 'won';
    case 'lost':
      return 'lost';
    default:
      throw new MalformedData('status is none of a dispute');
  }
}

/** A page ended, or a payment by bank debit that was begun on it failed in the end. */
function ofPage(
  type: 'checkout.session.expired' | 'checkout.session.async_payment_failed',
  object: Fields,
): EventSubject {
  const { payment: paymentId, operation: operationId } = readCheckoutSession(object).ours;
  if (paymentId === undefined || operationId === undefined) return other;
  const reason = type === 'checkout.session.expired' ? 'authentication_failed' : 'declined';
  return { type: 'operation', paymentId, operationId, kind: 'authorize', outcome: { status: 'failed', reason } };
}

function ofPayout(object: Fields): EventSubject {
  const arrivesOn =
    typeof object.arrival_date === 'number' ? readSeconds(object, 'arrival_date').slice(0, 10) : undefined;
  return {
    type: 'payout',
    payoutId: readId(object, 'id'),
    status: payoutStatusOf(textOf(object, 'status')),
    amount: readAmount(object, 'amount'),
    ...(arrivesOn === undefined ? {} : { arrivesOn }),
  };
}

/** [Stripe: the payout object, status] */
function payoutStatusOf(status: string): PayoutStatus {
  switch (status) {
    case 'pending':
    case 'in_transit':
      return 'pending';
    case 'paid':
      return 'paid';
    case 'failed':
    case 'canceled':
      return 'failed';
    default:
      throw new MalformedData('status is none of a payout');
  }
}

function expiryOf(paymentId: string | undefined): EventSubject {
  return paymentId === undefined ? other : { type: 'expiry', paymentId };
}
