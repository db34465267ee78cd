import type { OperationOutcome } from '../../../domain/providers/provider';
import { MalformedData } from '../../reading';
import { isRefusal } from '../provider-call';
import type { StripeAnswer } from './stripe-client';
import type { StripeCheckoutSession, StripePaymentIntent, StripeRefund } from './stripe-objects';
import type { Fields } from '../../reading';
import { reasonOf } from './stripe-reasons';

/** What an authorization came to, from its PaymentIntent as it is now, however far it has come since. */
export function authorizationOf(intent: StripePaymentIntent): OperationOutcome {
  const { id: providerReference, amount, capturable, received, manualCapture, redirectUrl } = intent;
  switch (intent.status) {
    case 'requires_capture':
      return { status: 'succeeded', providerReference, amount: capturable };
    case 'succeeded':
      // A manual capture may have taken less than was authorized.
      return { status: 'succeeded', providerReference, amount: manualCapture ? amount : received };
    case 'canceled':
      // A charge that went through was authorized, and canceled later.
      return intent.chargeSucceeded === true
        ? { status: 'succeeded', providerReference, amount }
        : { status: 'failed', reason: lastReasonOf(intent) ?? 'authentication_failed', providerReference };
    case 'requires_payment_method': {
      // A failed try on a page is not the end: the customer may try again there.
      const reason = intent.ours.isPage ? undefined : lastReasonOf(intent);
      return reason === undefined
        ? { status: 'pending', providerReference }
        : { status: 'failed', reason, providerReference };
    }
    case 'requires_action':
      return redirectUrl === undefined
        ? { status: 'pending', providerReference }
        : { status: 'requires_action', providerReference, redirectUrl };
    case 'processing':
    case 'requires_confirmation':
      return { status: 'pending', providerReference };
    default:
      throw new MalformedData('status is none of a PaymentIntent');
  }
}

export function lastReasonOf({ lastError }: StripePaymentIntent) {
  return lastError === undefined ? undefined : reasonOf({ ...lastError, type: 'card_error' });
}

/** A capture is known by its charge: Stripe has no object of its own for it. */
export function captureOf({ id, status, latestCharge, received }: StripePaymentIntent): OperationOutcome {
  const providerReference = latestCharge ?? id;
  return status === 'succeeded'
    ? { status: 'succeeded', providerReference, amount: received }
    : { status: 'pending', providerReference };
}

export function cancellationOf({ id, status, amount }: StripePaymentIntent): OperationOutcome {
  if (status !== 'canceled') throw new MalformedData('a PaymentIntent is not canceled');
  return { status: 'succeeded', providerReference: id, amount };
}

export function refundOf({ id: providerReference, status, amount, cameBack }: StripeRefund): OperationOutcome {
  switch (status) {
    case 'succeeded':
      return { status: 'succeeded', providerReference, amount };
    case 'pending':
    case 'requires_action':
      return { status: 'pending', providerReference };
    case 'failed':
    case 'canceled':
      return { status: cameBack ? 'reversed' : 'failed', reason: 'provider_refused', providerReference };
    default:
      throw new MalformedData('status is none of a refund');
  }
}

export function pageOf({ id: providerReference, url }: StripeCheckoutSession): OperationOutcome {
  return url === undefined
    ? { status: 'pending', providerReference }
    : { status: 'requires_action', providerReference, redirectUrl: url };
}

/**
 * The outcome of a request that moves money. What certainly had no effect is `failed`; what may have acted is `unknown`:
 * a 5xx, also one that Stripe stored under the key and repeats [Stripe: idempotent requests]; a 409, where the first request under
 * the key is still running; a key that was used for another request, which says nothing of that one; 424 of something behind Stripe.
 */
export function outcomeOf(answer: StripeAnswer, read: (object: Fields) => OperationOutcome): OperationOutcome {
  switch (answer.result) {
    case 'not-sent':
      return { status: 'failed', reason: 'provider_unreachable' };
    case 'unanswered':
      return { status: 'unknown', detail: answer.detail };
    case 'answered':
      return readOr(answer.object, read);
    case 'error': {
      const { status, error } = answer;
      if (isBusy(answer)) return { status: 'failed', reason: 'provider_busy' };
      if (!isRefusal(status) || status === 424 || error.type === 'idempotency_error') {
        return { status: 'unknown', detail: `status ${String(status)}` };
      }
      // Only a declined try has left a PaymentIntent; other errors name the one that they were asked about.
      const left = error.type === 'card_error' ? error.paymentIntent : undefined;
      const reference = left === undefined ? {} : { providerReference: left };
      return { status: 'failed', reason: reasonOf(error), ...reference };
    }
  }
}

/** Turned away for now, before anything was done: by the rate, or since the object is locked by another request [Stripe: rate limits]. */
export function isBusy({ status, error }: Extract<StripeAnswer, { readonly result: 'error' }>): boolean {
  return status === 429 || (status === 400 && error.code === 'rate_limit');
}

/** An answer that cannot be read does not mean that nothing was done. */
export function readOr(object: Fields, read: (object: Fields) => OperationOutcome): OperationOutcome {
  try {
    return read(object);
  } catch (error) {
    if (error instanceof MalformedData) return { status: 'unknown', detail: 'unreadable answer' };
    throw error;
  }
}
