import { createHmac } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { subscribedEvents } from '../../../../lambdas/adapters/providers/stripe/stripe-events';
import { stripeWebhookReader } from '../../../../lambdas/adapters/providers/stripe/stripe-webhook-reader';
import { parseWebhookMessage } from '../../../../lambdas/domain/webhooks';
import type { NormalisedEvent } from '../../../../lambdas/domain/providers/provider';
import { op, paymentId, webhookSecret } from './a-stripe';

/** One example of every object of Stripe's API, by Stripe itself. Absent from a clone of this repository. */
const file = path.resolve(__dirname, '../../../../../shared/fixtures/stripe/fixtures3.json');

type Resources = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const isThere = existsSync(file);
const resources: Resources = isThere
  ? (JSON.parse(readFileSync(file, 'utf8')) as { resources: Resources }).resources
  : {};

const now = new Date('2026-01-31T12:00:00.000Z');

async function read(type: string, object: object): Promise<NormalisedEvent> {
  const event = { ...resources.event, id: 'evt_1', type, data: { object } };
  const body = Buffer.from(JSON.stringify(event));
  const timestamp = String(now.getTime() / 1000);
  const signature = createHmac('sha256', webhookSecret).update(`${timestamp}.`).update(body).digest('hex');
  const delivery = { headers: { 'stripe-signature': `t=${timestamp},v1=${signature}` }, body };
  const result = await stripeWebhookReader.read(delivery, [webhookSecret], now.getTime());
  if (!result.ok) throw new Error(result.error);
  return result.value[0]!;
}

/** What the queue and the journal take: an event that they refused would never be applied. */
function passesTheQueue(event: NormalisedEvent): boolean {
  const message = {
    tenant: 'ten_0000000000000000000a',
    connectionId: 'con_0000000000000000000a',
    provider: 'stripe',
    event,
    receivedAt: now.toISOString(),
    requestId: 'r1',
  };
  return parseWebhookMessage(JSON.stringify(message)).ok;
}

/** The object that the events of this type hold. */
function resourceOf(type: string): string {
  if (type.startsWith('charge.dispute.')) return 'dispute';
  if (type.startsWith('checkout.session.')) return 'checkout.session';
  return type.slice(0, type.lastIndexOf('.'));
}

const ids = { metadata: { countinghouse_payment: paymentId, countinghouse_operation: op('auth') } };

/** A state in which Stripe sends the event, and what we take it for. */
const expectations: Readonly<Record<(typeof subscribedEvents)[number], readonly [object, object]>> = {
  'payment_intent.amount_capturable_updated': [
    { ...ids, status: 'requires_capture', capture_method: 'manual', amount_capturable: 1099 },
    {
      type: 'operation',
      kind: 'authorize',
      outcome: { status: 'succeeded', amount: { amount: 1099, currency: 'USD' } },
    },
  ],
  'payment_intent.succeeded': [
    { ...ids, status: 'succeeded', amount_received: 1099 },
    {
      type: 'operation',
      kind: 'authorize',
      outcome: { status: 'succeeded', amount: { amount: 1099, currency: 'USD' } },
    },
  ],
  'payment_intent.processing': [
    { ...ids, status: 'processing' },
    { type: 'operation', outcome: { status: 'pending' } },
  ],
  'payment_intent.requires_action': [
    {
      ...ids,
      status: 'requires_action',
      next_action: { type: 'redirect_to_url', redirect_to_url: { url: 'https://a.example/3ds' } },
    },
    { type: 'operation', outcome: { status: 'requires_action', redirectUrl: 'https://a.example/3ds' } },
  ],
  'payment_intent.payment_failed': [
    { ...ids, status: 'requires_payment_method', last_payment_error: { type: 'card_error', code: 'expired_card' } },
    { type: 'operation', outcome: { status: 'failed', reason: 'expired_card' } },
  ],
  'payment_intent.canceled': [
    { ...ids, status: 'canceled' },
    { type: 'external-operation', kind: 'cancel' },
  ],
  'charge.expired': [ids, { type: 'expiry', paymentId }],
  'refund.created': [ids, { type: 'operation', kind: 'refund', outcome: { status: 'succeeded' } }],
  'refund.updated': [
    { payment_intent: 'pi_1' },
    { type: 'referred', paymentReference: 'pi_1', about: { kind: 'refund', status: 'succeeded' } },
  ],
  'refund.failed': [
    { ...ids, status: 'failed', failure_balance_transaction: 'txn_1' },
    { type: 'operation', kind: 'refund', outcome: { status: 'reversed' } },
  ],
  'charge.dispute.created': [
    { payment_intent: 'pi_1' },
    { type: 'referred', about: { type: 'dispute', status: 'inquiry' } },
  ],
  'charge.dispute.updated': [
    { payment_intent: 'pi_1', status: 'under_review' },
    { type: 'referred', about: { type: 'dispute', status: 'under_review', stage: 1 } },
  ],
  'charge.dispute.closed': [
    { payment_intent: 'pi_1', status: 'lost' },
    { type: 'referred', about: { type: 'dispute', status: 'lost', amount: { amount: 1000, currency: 'USD' } } },
  ],
  'charge.dispute.funds_withdrawn': [
    { payment_intent: 'pi_1', status: 'needs_response' },
    { type: 'referred', about: { type: 'dispute', status: 'opened' } },
  ],
  'charge.dispute.funds_reinstated': [
    { payment_intent: 'pi_1', status: 'won' },
    { type: 'referred', about: { type: 'dispute', status: 'won' } },
  ],
  'checkout.session.expired': [
    { ...ids, status: 'expired' },
    { type: 'operation', kind: 'authorize', outcome: { status: 'failed', reason: 'authentication_failed' } },
  ],
  'checkout.session.async_payment_failed': [
    { ...ids, status: 'complete' },
    { type: 'operation', kind: 'authorize', outcome: { status: 'failed', reason: 'declined' } },
  ],
  'payout.created': [{}, { type: 'payout', status: 'pending', amount: { amount: 1100, currency: 'USD' } }],
  'payout.updated': [{}, { type: 'payout', status: 'pending' }],
  'payout.paid': [{ status: 'paid' }, { type: 'payout', status: 'paid', arrivesOn: '2009-02-13' }],
  'payout.failed': [{ status: 'failed' }, { type: 'payout', status: 'failed' }],
  'payout.canceled': [{ status: 'canceled' }, { type: 'payout', status: 'failed' }],
  'payout.reconciliation_completed': [{ status: 'paid' }, { type: 'payout', status: 'paid' }],
};

(isThere ? describe : describe.skip)("Stripe's own examples (../shared/fixtures/stripe; skipped where absent)", () => {
  test.each(subscribedEvents)('%s: as it stands it is read, and none of ours is left in doubt', async (type) => {
    const object = resources[resourceOf(type)];
    expect(object).toBeDefined();
    const event = await read(type, object!);
    expect(['other', 'payout', 'referred']).toContain(event.subject.type);
    expect(passesTheQueue(event)).toBe(true);
  });

  test.each(subscribedEvents)('%s: about a payment of ours it is understood', async (type) => {
    const [state, expected] = expectations[type];
    const event = await read(type, { ...resources[resourceOf(type)], ...state });
    expect(event.subject).toMatchObject(expected);
    expect(passesTheQueue(event)).toBe(true);
  });

  test('every other object of the API is nothing that we act on', async () => {
    const names = Object.keys(resources);
    expect(names.length).toBeGreaterThan(100);
    for (const name of names) {
      const event = await read(`${name}.updated`, resources[name]!);
      const isOurs = subscribedEvents.some((type) => type === event.eventType);
      if (!isOurs) expect(event.subject).toEqual({ type: 'other' });
    }
  });

  test('an object of another kind in the place of the expected one throws nothing', async () => {
    for (const type of subscribedEvents) {
      for (const object of Object.values(resources)) {
        const event = await read(type, { ...object, ...ids });
        expect(passesTheQueue(event)).toBe(true);
      }
    }
  });
});
