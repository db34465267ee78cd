import type Stripe from 'stripe';

import type {
  AuthorizeRequest,
  FollowUpRequest,
  OperationOutcome,
  Provider,
  ProviderCapability,
} from '../../../domain/providers/provider';
import { newStripeClient } from './stripe-client';
import type { StripeClient, StripeOptions } from './stripe-client';
import { inspectEndpoint, registerEndpoint } from './stripe-endpoints';
import { lookupAtStripe } from './stripe-lookup';
import { metadataKeys, readCheckoutSession, readPaymentIntent, readRefund } from './stripe-objects';
import { authorizationOf, cancellationOf, captureOf, outcomeOf, pageOf, refundOf } from './stripe-outcomes';
import { toStripeAmount } from './stripe-amounts';
import { payoutLinesOf } from './stripe-payouts';
import { accountOf, checkCredentials, paymentOfReference } from './stripe-questions';

/** Several captures are a matter of the account's pricing and of the single card, so they are not promised (decision 0062). */
const capabilities: readonly ProviderCapability[] = [
  'manual-capture',
  'partial-capture',
  'cancel',
  'partial-refund',
  'several-refunds',
  'redirect',
  'hosted-page',
  'lookup',
  'webhook-registration',
  'payout-lines',
];

/** The client of Stripe: PaymentIntents, Checkout pages, Refunds, and what is asked about them. */
export function newStripeProvider(options: StripeOptions): Provider {
  const client = newStripeClient(options);
  return {
    name: 'stripe',
    capabilities,
    authorize: (request) =>
      request.method.type === 'token' ? confirmIntent(client, request, request.method) : openPage(client, request),
    capture: (request) => capture(client, request),
    cancel: async ({ operationId, providerReference }) =>
      outcomeOf(
        await client.ask((stripe) => stripe.paymentIntents.cancel(providerReference, {}, keyed(operationId))),
        (object) => cancellationOf(readPaymentIntent(object)),
      ),
    refund: (request) => refund(client, request),
    lookup: (request) => lookupAtStripe(client, request),
    check: () => checkCredentials(client),
    account: () => accountOf(client),
    paymentOf: (reference) => paymentOfReference(client, reference),
    registerWebhook: ({ url }) => registerEndpoint(client, url),
    inspectWebhook: (url) => inspectEndpoint(client, url),
    payoutLines: (request) => payoutLinesOf(client, request),
  };
}

/** Creates a PaymentIntent and confirms it in one request: it is declined, done, or waits for the customer. */
async function confirmIntent(
  client: StripeClient,
  request: AuthorizeRequest,
  method: Extract<AuthorizeRequest['method'], { type: 'token' }>,
): Promise<OperationOutcome> {
  const { amount, operationId, paymentId, capture: captureMethod, reference, returnUrl } = request;
  const converted = toStripeAmount(amount);
  if (!converted.ok) return notRepresentable;
  const params: Stripe.PaymentIntentCreateParams = {
    amount: converted.value,
    currency: amount.currency.toLowerCase(),
    payment_method: method.token,
    ...(method.customer === undefined ? {} : { customer: method.customer }),
    ...(reference === undefined ? {} : { description: reference }),
    confirm: true,
    capture_method: captureMethod,
    metadata: { [metadataKeys.payment]: paymentId, [metadataKeys.operation]: operationId },
    // Without a place to come back to, nobody can be sent away: then a payment that needs the customer is one that failed.
    ...(returnUrl === undefined
      ? { error_on_requires_action: true, automatic_payment_methods: { enabled: true, allow_redirects: 'never' } }
      : { return_url: returnUrl, automatic_payment_methods: { enabled: true } }),
  };
  return outcomeOf(await client.ask((stripe) => stripe.paymentIntents.create(params, keyed(operationId))), (object) =>
    authorizationOf(readPaymentIntent(object)),
  );
}

/** Opens a Checkout page. Its PaymentIntent comes into being when the customer pays, with our ids in its metadata. */
async function openPage(client: StripeClient, request: AuthorizeRequest): Promise<OperationOutcome> {
  const { amount, operationId, paymentId, capture: captureMethod, reference, returnUrl } = request;
  const converted = toStripeAmount(amount);
  if (!converted.ok || returnUrl === undefined) return notRepresentable;
  const ids = { [metadataKeys.payment]: paymentId, [metadataKeys.operation]: operationId };
  const params: Stripe.Checkout.SessionCreateParams = {
    mode: 'payment',
    line_items: [
      {
        quantity: 1,
        price_data: {
          currency: amount.currency.toLowerCase(),
          unit_amount: converted.value,
          product_data: { name: reference ?? paymentId },
        },
      },
    ],
    payment_intent_data: { capture_method: captureMethod, metadata: { ...ids, [metadataKeys.page]: 'checkout' } },
    metadata: ids,
    // The customer pays what was asked, in the currency that was asked.
    adaptive_pricing: { enabled: false },
    success_url: returnUrl,
    cancel_url: returnUrl,
  };
  return outcomeOf(
    await client.ask((stripe) => stripe.checkout.sessions.create(params, keyed(operationId))),
    (object) => pageOf(readCheckoutSession(object)),
  );
}

/** The operation's id stays in the metadata: by it the capture is told apart from one made in the dashboard. */
async function capture(
  client: StripeClient,
  { operationId, amount, providerReference }: FollowUpRequest,
): Promise<OperationOutcome> {
  const converted = toStripeAmount(amount);
  if (!converted.ok) return notRepresentable;
  const params: Stripe.PaymentIntentCaptureParams = {
    amount_to_capture: converted.value,
    metadata: { [metadataKeys.capture]: operationId },
  };
  return outcomeOf(
    await client.ask((stripe) => stripe.paymentIntents.capture(providerReference, params, keyed(operationId))),
    (object) => captureOf(readPaymentIntent(object)),
  );
}

async function refund(
  client: StripeClient,
  { operationId, paymentId, amount, providerReference }: FollowUpRequest,
): Promise<OperationOutcome> {
  const converted = toStripeAmount(amount);
  if (!converted.ok) return notRepresentable;
  const params: Stripe.RefundCreateParams = {
    payment_intent: providerReference,
    amount: converted.value,
    metadata: { [metadataKeys.payment]: paymentId, [metadataKeys.operation]: operationId },
  };
  return outcomeOf(await client.ask((stripe) => stripe.refunds.create(params, keyed(operationId))), (object) =>
    refundOf(readRefund(object)),
  );
}

/** Refused before anything is sent. */
const notRepresentable: OperationOutcome = { status: 'failed', reason: 'not_allowed' };

function keyed(operationId: string): Stripe.RequestOptions {
  return { idempotencyKey: operationId };
}
