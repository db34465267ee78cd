import type {
  FollowUpRequest,
  OperationOutcome,
  Provider,
  ProviderCapability,
} from '../../../domain/providers/provider';
import { fieldsOf, textOf } from '../../reading';
import { readCapture, readRefund } from './paypal-answers';
import { callPaypal } from './paypal-api';
import type { PaypalApiOptions } from './paypal-api';
import { lookUp, paymentOfCapture, voided } from './paypal-lookup';
import { markOf } from './paypal-marks';
import { toPaypalAmount } from './paypal-money';
import { authorizeOrder } from './paypal-orders';
import { outcomeOf } from './paypal-refusals';
import { checkAccess, inspectWebhook, registerWebhook } from './paypal-webhook-endpoints';

const capabilities: readonly ProviderCapability[] = [
  'manual-capture',
  'partial-capture',
  'several-captures',
  'cancel',
  'partial-refund',
  'several-refunds',
  'refund-of-capture',
  'redirect',
  'hosted-page',
  'lookup',
  'webhook-registration',
];

/**
 * PayPal over Orders v2 and Payments v2. It has no test event whose signature can be checked: the events of its simulator are signed for
 * a webhook of the literal name `WEBHOOK_ID` [PayPal: webhooks simulator]. Its money arrives in the merchant's PayPal account with each
 * capture, so that there are no payouts to ask for: the fees come with the events.
 */
export function newPaypalProvider(options: PaypalApiOptions): Provider {
  return {
    name: 'paypal',
    capabilities,
    authorize: (request) => authorizeOrder(options, request),
    capture: (request) => capture(options, request),
    cancel: (request) => cancel(options, request),
    refund: (request) => refund(options, request),
    lookup: (request) => lookUp(options, request),
    check: () => checkAccess(options),
    registerWebhook: ({ url }) => registerWebhook(options, url),
    inspectWebhook: (url) => inspectWebhook(options, url),
    paymentOf: (reference) => paymentOfCapture(options, reference),
  };
}

async function capture(options: PaypalApiOptions, request: FollowUpRequest): Promise<OperationOutcome> {
  const { operationId, providerReference, final } = request;
  const amount = toPaypalAmount(request.amount);
  if (!amount.ok) return notAllowed;
  const answer = await callPaypal(options, {
    method: 'POST',
    path: `/v2/payments/authorizations/${encodeURIComponent(providerReference)}/capture`,
    requestId: operationId,
    body: { amount: amount.value, invoice_id: markOf({ ...request, kind: 'capture' }), final_capture: final ?? false },
  });
  return outcomeOf(answer, (body) => {
    const captured = fieldsOf(body, 'the capture');
    return readCapture(captured, textOf(captured, 'id'));
  });
}

/** Voids the authorization: all that is left of it. */
async function cancel(options: PaypalApiOptions, request: FollowUpRequest): Promise<OperationOutcome> {
  const answer = await callPaypal(options, {
    method: 'POST',
    path: `/v2/payments/authorizations/${encodeURIComponent(request.providerReference)}/void`,
    requestId: request.operationId,
    body: {},
  });
  return outcomeOf(answer, (body) =>
    body === undefined
      ? { status: 'succeeded', providerReference: request.providerReference, amount: request.amount }
      : voided(fieldsOf(body, 'the authorization'), request),
  );
}

/** PayPal refunds a capture and not a payment. That of a payment captured at once is what the payment is named by. */
async function refund(options: PaypalApiOptions, request: FollowUpRequest): Promise<OperationOutcome> {
  const { operationId, providerReference, captureReference = providerReference } = request;
  const amount = toPaypalAmount(request.amount);
  if (!amount.ok) return notAllowed;
  const mark = markOf({ ...request, kind: 'refund' });
  const answer = await callPaypal(options, {
    method: 'POST',
    path: `/v2/payments/captures/${encodeURIComponent(captureReference)}/refund`,
    requestId: operationId,
    body: { amount: amount.value, custom_id: mark, invoice_id: mark },
  });
  return outcomeOf(answer, (body) => readRefund(fieldsOf(body, 'the refund')));
}

const notAllowed: OperationOutcome = { status: 'failed', reason: 'not_allowed' };
