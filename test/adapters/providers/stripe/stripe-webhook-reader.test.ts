import { createHmac } from 'node:crypto';
import Stripe from 'stripe';

import { subscribedEvents } from '../../../../lambdas/adapters/providers/stripe/stripe-events';
import { stripeWebhookReader } from '../../../../lambdas/adapters/providers/stripe/stripe-webhook-reader';
import type { EventSubject, RawDelivery } from '../../../../lambdas/domain/providers/provider';
import { aFollowUp, anAuthorization, aStripe, authorized, op, paymentId, usd, webhookSecret } from './a-stripe';

const now = new Date('2026-01-31T12:00:00.000Z');
const otherSecret = 'whsec_zyxwvutsrqponmlkjihgfedcba987654';

const anEvent = (type: string, object: object, more: object = {}) => ({
  id: 'evt_1',
  object: 'event',
  created: 1_769_860_800,
  data: { object },
  type,
  ...more,
});

const signed = (content: string | object, secret = webhookSecret, at = now): RawDelivery => {
  const body = Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signature = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex');
  return { headers: { 'stripe-signature': `t=${timestamp},v1=${signature}` }, body };
};

const read = (delivery: RawDelivery, secrets: readonly string[] = [webhookSecret], at = now) =>
  stripeWebhookReader.read(delivery, secrets, at.getTime());

const subjectOf = async (type: string, object: object, more: object = {}): Promise<EventSubject> => {
  const result = await read(signed(anEvent(type, object, more)));
  if (!result.ok) throw new Error(result.error);
  expect(result.value).toHaveLength(1);
  return result.value[0]!.subject;
};

describe('the signature', () => {
  const body = JSON.stringify(anEvent('balance.available', { object: 'balance' }));
  const withHeader = (header: string | undefined): RawDelivery => ({
    ...signed(body),
    headers: { 'stripe-signature': header },
  });
  const genuine = () => signed(body).headers['stripe-signature']!;
  const refused = (error: string) => ({ ok: false, error });

  test('is the one that the official client makes and takes', async () => {
    const { webhooks } = new Stripe('sk_test_1');
    const timestamp = Math.floor(now.getTime() / 1000);
    const header = webhooks.generateTestHeaderString({ payload: body, secret: webhookSecret, timestamp });
    expect((await read(withHeader(header))).ok).toBe(true);
    expect(genuine()).toBe(header);
    const event = webhooks.constructEvent(body, genuine(), webhookSecret, 300, undefined, now.getTime());
    expect(event.id).toBe('evt_1');
    const ours = stripeWebhookReader.signTest!('tst_1', webhookSecret, now);
    const text = Buffer.from(ours.body).toString();
    const test = webhooks.constructEvent(
      text,
      ours.headers['stripe-signature']!,
      webhookSecret,
      300,
      undefined,
      now.getTime(),
    );
    expect(test.type).toBe('countinghouse.test');
  });

  test('covers every byte of the body and of the time', async () => {
    const delivery = signed(body);
    for (let index = 0; index < delivery.body.length; index += 1) {
      for (const bit of [1, 0x80]) {
        const mutated = Uint8Array.from(delivery.body);
        mutated[index] = mutated[index]! ^ bit;
        expect(await read({ ...delivery, body: mutated })).toEqual(refused('signature-wrong'));
      }
    }
    for (let index = 0; index < genuine().length; index += 1) {
      const header = genuine();
      const letter = String.fromCharCode(header.charCodeAt(index) ^ 1);
      const mutated = `${header.slice(0, index)}${letter}${header.slice(index + 1)}`;
      expect((await read(withHeader(mutated))).ok).toBe(false);
    }
  });

  test('is refused when body or header is cut short or goes on', async () => {
    const delivery = signed(body);
    for (let length = 0; length < delivery.body.length; length += 1) {
      expect((await read({ ...delivery, body: delivery.body.slice(0, length) })).ok).toBe(false);
    }
    for (let length = 0; length < genuine().length; length += 1) {
      expect((await read(withHeader(genuine().slice(0, length)))).ok).toBe(false);
    }
    expect(await read({ ...delivery, body: Buffer.concat([delivery.body, Buffer.from(' ')]) })).toEqual(
      refused('signature-wrong'),
    );
    expect(await read(withHeader(`${genuine()}0`))).toEqual(refused('signature-wrong'));
  });

  test('is taken 300 s either way, and no further', async () => {
    const at = (seconds: number) => read(signed(body, webhookSecret, new Date(now.getTime() + seconds * 1000)));
    expect((await at(-300)).ok).toBe(true);
    expect((await at(300)).ok).toBe(true);
    expect(await at(-301)).toEqual(refused('timestamp-outside-tolerance'));
    expect(await at(301)).toEqual(refused('timestamp-outside-tolerance'));
  });

  test('is refused under another key, and taken under any of several', async () => {
    expect(await read(signed(body, otherSecret))).toEqual(refused('signature-wrong'));
    expect((await read(signed(body, otherSecret), [webhookSecret, otherSecret])).ok).toBe(true);
    expect(await read(signed(body), [])).toEqual(refused('signature-wrong'));
    // While Stripe rolls a secret it signs with both.
    const both = `${genuine()},${signed(body, otherSecret).headers['stripe-signature']!.split(',')[1]!}`;
    expect((await read(withHeader(both), [otherSecret])).ok).toBe(true);
    expect((await read(withHeader(both), [webhookSecret])).ok).toBe(true);
  });

  test.each([
    ['absent', undefined, 'signature-missing'],
    ['empty', '', 'signature-missing'],
    ['without a time', genuine().replace(/^t=\d+,/, ''), 'signature-missing'],
    ['without a signature', genuine().replace(/,v1=.*$/, ''), 'signature-missing'],
    ['of the test scheme alone', genuine().replace('v1=', 'v0='), 'signature-missing'],
    ['with a time that is more than digits', genuine().replace(/^t=(\d+)/, 't=$1a'), 'signature-wrong'],
    ['with a time that is signed', genuine().replace(/^t=/, 't=+'), 'signature-wrong'],
    ['with two times', `t=1,${genuine()}`, 'signature-wrong'],
    ['in capitals', genuine().toUpperCase().replace('T=', 't=').replace('V1=', 'v1='), 'signature-wrong'],
  ])('is refused when the header is %s', async (_what, header, error) => {
    expect(await read(withHeader(header))).toEqual(refused(error));
  });

  test('is never checked against a secret that protects nothing', async () => {
    expect(() => read(signed(body), ['whsec_short'])).toThrow('fewer than 24 bytes');
  });

  test('comes before any parsing: what is signed and no JSON is malformed', async () => {
    expect(await read(signed('no json'))).toEqual(refused('malformed'));
    expect(await read(signed('[]'))).toEqual(refused('malformed'));
    expect(await read(signed('"text"'))).toEqual(refused('malformed'));
  });
});

test('a test of our own comes back as a test', async () => {
  const result = await read(stripeWebhookReader.signTest!('tst_0123456789', webhookSecret, now));
  expect(result).toEqual({
    ok: true,
    value: [
      {
        eventKey: 'evt_tst_0123456789',
        occurredAt: now.toISOString(),
        eventType: 'countinghouse.test',
        subject: { type: 'test', testId: 'tst_0123456789' },
      },
    ],
  });
});

describe('what an event is about', () => {
  test('the steps of a payment that we take', async () => {
    const world = await aStripe();
    const reference = await authorized(world, { method: { type: 'token', token: 'pm_card_pendingRefund' } });
    const captured = await world.provider.capture(aFollowUp(reference, { operationId: op('cap'), amount: usd(600) }));
    const pending = await world.provider.refund(aFollowUp(reference, { operationId: op('ref'), amount: usd(100) }));
    const refundId = pending.status === 'pending' ? pending.providerReference : '';
    world.stripe.dashboard.settleRefund(refundId);
    world.stripe.dashboard.failRefund(refundId);
    const told = (await world.told()).map(({ subject }) =>
      subject.type === 'operation' ? [subject.kind, subject.operationId, subject.outcome] : [subject.type],
    );
    const succeeded = (providerReference: string, amount: number) => ({
      status: 'succeeded',
      providerReference,
      amount: usd(amount),
    });
    expect(told).toEqual([
      ['authorize', op('auth'), succeeded(reference, 1000)],
      ['capture', op('cap'), captured],
      ['refund', op('ref'), pending],
      ['refund', op('ref'), succeeded(refundId, 100)],
      ['refund', op('ref'), { status: 'reversed', reason: 'provider_refused', providerReference: refundId }],
    ]);
  });

  test('a cancellation of ours by the key of its request, and the end of an authorization that Stripe gave up', async () => {
    const world = await aStripe();
    const reference = await authorized(world);
    const outcome = await world.provider.cancel(aFollowUp(reference, { operationId: op('cancel') }));
    const given = await authorized(world, { operationId: op('second') });
    await world.told();
    world.stripe.dashboard.expireAuthorization(given);
    expect((await world.told()).map(({ subject }) => subject)).toEqual([
      { type: 'expiry', paymentId },
      { type: 'expiry', paymentId },
    ]);
    expect(outcome).toEqual({ status: 'succeeded', providerReference: reference, amount: usd(1000) });
    expect(
      await subjectOf(
        'payment_intent.canceled',
        { ...intent, status: 'canceled', cancellation_reason: null },
        { request: { id: 'req_1', idempotency_key: op('cancel') } },
      ),
    ).toMatchObject({
      type: 'operation',
      kind: 'cancel',
      operationId: op('cancel'),
      outcome: { status: 'succeeded', amount: usd(1000) },
    });
  });

  test('work in the dashboard: captures and cancellations by our metadata, refunds and disputes by the PaymentIntent', async () => {
    const world = await aStripe();
    const { dashboard } = world.stripe;
    const first = await authorized(world);
    const second = await authorized(world, { operationId: op('second') });
    await world.told();
    dashboard.capture(first, 700);
    dashboard.cancel(second);
    const refundId = dashboard.refund(first, 200);
    dashboard.failRefund(refundId);
    const disputeId = dashboard.openDispute(first, { inquiry: true });
    dashboard.escalateDispute(disputeId);
    dashboard.submitEvidence(disputeId);
    dashboard.closeDispute(disputeId, 'won');
    const subjects = (await world.told()).map(({ subject }) => subject);
    const refund = { type: 'external-operation', kind: 'refund', providerReference: refundId, amount: usd(200) };
    expect(subjects.slice(0, 4)).toEqual([
      expect.objectContaining({
        type: 'external-operation',
        paymentId,
        kind: 'capture',
        amount: usd(700),
        status: 'succeeded',
      }),
      expect.objectContaining({
        type: 'external-operation',
        paymentId,
        kind: 'cancel',
        amount: usd(1000),
        status: 'succeeded',
      }),
      { type: 'referred', paymentReference: first, about: { ...refund, status: 'succeeded' } },
      { type: 'referred', paymentReference: first, about: { ...refund, status: 'reversed' } },
    ]);
    const disputes = subjects.slice(4).map((subject) => (subject.type === 'referred' ? subject.about : subject));
    const dispute = { type: 'dispute', disputeId, amount: usd(700), respondBy: '2026-02-07T12:00:00.000Z' };
    expect(disputes).toEqual([
      { ...dispute, stage: 0, status: 'inquiry' },
      { ...dispute, stage: 1, status: 'opened' },
      { ...dispute, stage: 1, status: 'opened' },
      { ...dispute, stage: 1, status: 'under_review' },
      { ...dispute, stage: 1, status: 'won' },
      { ...dispute, stage: 1, status: 'won' },
    ]);
    expect(await world.provider.paymentOf?.(first)).toEqual({ ok: true, value: paymentId });
    expect(await world.provider.paymentOf?.('pi_unknown')).toEqual({ ok: true, value: undefined });
  });

  test('payouts, from the first word to the last', async () => {
    const world = await aStripe();
    await authorized(world, { capture: 'automatic' });
    await world.told();
    const payoutId = world.stripe.dashboard.payOut('usd', { reconciled: false });
    world.stripe.dashboard.completeReconciliation(payoutId);
    world.stripe.dashboard.failPayout(payoutId);
    const payout = { type: 'payout', payoutId, amount: usd(970), arrivesOn: '2026-02-02' };
    expect((await world.told()).map(({ subject }) => subject)).toEqual([
      { ...payout, status: 'pending' },
      { ...payout, status: 'paid' },
      { ...payout, status: 'paid' },
      { ...payout, status: 'failed' },
    ]);
  });

  test('a customer who is awaited, and one who did not agree', async () => {
    const world = await aStripe();
    const method = { type: 'token' as const, token: 'pm_card_authenticationRequired' };
    const outcome = await world.provider.authorize(anAuthorization({ method }));
    world.stripe.dashboard.customerFails(world.stripe.dashboard.intentOf(paymentId));
    expect((await world.told()).map(({ subject }) => subject)).toMatchObject([
      { kind: 'authorize', outcome },
      { kind: 'authorize', outcome: { status: 'failed', reason: 'authentication_failed' } },
    ]);
  });

  const intent = {
    id: 'pi_1',
    object: 'payment_intent',
    amount: 1000,
    amount_capturable: 0,
    amount_received: 0,
    capture_method: 'manual',
    currency: 'usd',
    latest_charge: null,
    last_payment_error: null,
    next_action: null,
    status: 'processing',
    metadata: { countinghouse_payment: paymentId, countinghouse_operation: op('auth') },
  };

  test('a payment that takes its time is pending', async () => {
    expect(await subjectOf('payment_intent.processing', intent)).toMatchObject({
      outcome: { status: 'pending', providerReference: 'pi_1' },
    });
  });

  test.each([
    ['without our ids', { ...intent, metadata: {} }],
    [
      'with ids of another form',
      { ...intent, metadata: { countinghouse_payment: 'order 7', countinghouse_operation: '1' } },
    ],
    ['without metadata', { ...intent, metadata: null }],
  ])('a payment %s is none of ours', async (_what, object) => {
    expect(await subjectOf('payment_intent.processing', object)).toEqual({ type: 'other' });
  });

  test.each([
    ['a payment of no status', 'payment_intent.processing', { ...intent, status: 'sold' }],
    ['a payment of no amount', 'payment_intent.processing', { ...intent, amount: '1000' }],
    ['a payment in no currency', 'payment_intent.processing', { ...intent, currency: 'zzz' }],
    ['a refund of no status', 'refund.created', { id: 're_1', amount: 1, currency: 'usd', status: null, metadata: {} }],
    [
      'a dispute of no status',
      'charge.dispute.created',
      { id: 'du_1', payment_intent: 'pi_1', amount: 1, currency: 'usd', status: 'new' },
    ],
    ['a payout of no status', 'payout.paid', { id: 'po_1', amount: 1, currency: 'usd', status: 'gone' }],
  ])('%s stays in sight under its own key', async (_what, type, object) => {
    const result = await read(signed(anEvent(type, object)));
    expect(result).toMatchObject({
      ok: true,
      value: [{ eventKey: 'evt_1', eventType: 'unreadable', subject: { type: 'unreadable' } }],
    });
  });

  test.each(['charge.captured', 'charge.refunded', 'checkout.session.completed', 'invoice.paid', 'balance.available'])(
    '%s is nothing that we act on',
    async (type) => {
      expect(subscribedEvents).not.toContain(type);
      expect(await subjectOf(type, { id: 'x' })).toEqual({ type: 'other' });
    },
  );

  test('a notification of API v2 is nothing that we act on', async () => {
    const event = {
      id: 'evt_test_65',
      object: 'v2.core.event',
      type: 'v1.billing.meter.error_report_triggered',
      created: '2026-01-31T11:59:00.000Z',
      related_object: { id: 'mtr_1', type: 'billing.meter', url: '/v1/billing/meters/mtr_1' },
    };
    expect(await read(signed(event))).toEqual({
      ok: true,
      value: [{ eventKey: event.id, occurredAt: event.created, eventType: event.type, subject: { type: 'other' } }],
    });
  });
});
