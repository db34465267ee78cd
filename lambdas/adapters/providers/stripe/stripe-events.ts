import type Stripe from 'stripe';

/**
 * The events that we subscribe to: exactly those that we act on [Stripe: types of events]. Not among them is what another one tells
 * as well: `charge.captured` (payment_intent.succeeded), `charge.refunded` (refund.created), `checkout.session.completed` and
 * `checkout.session.async_payment_succeeded` (the PaymentIntent's own events).
 */
export const subscribedEvents = [
  'payment_intent.amount_capturable_updated',
  'payment_intent.succeeded',
  'payment_intent.processing',
  'payment_intent.requires_action',
  'payment_intent.payment_failed',
  'payment_intent.canceled',
  'charge.expired',
  'refund.created',
  'refund.updated',
  'refund.failed',
  'charge.dispute.created',
  'charge.dispute.updated',
  'charge.dispute.closed',
  'charge.dispute.funds_withdrawn',
  'charge.dispute.funds_reinstated',
  'checkout.session.expired',
  'checkout.session.async_payment_failed',
  'payout.created',
  'payout.updated',
  'payout.paid',
  'payout.failed',
  'payout.canceled',
  'payout.reconciliation_completed',
] as const satisfies readonly Stripe.WebhookEndpointCreateParams.EnabledEvent[];

export type SubscribedEvent = (typeof subscribedEvents)[number];

const subscribed: ReadonlySet<string> = new Set(subscribedEvents);

export function isSubscribed(type: string): type is SubscribedEvent {
  return subscribed.has(type);
}
