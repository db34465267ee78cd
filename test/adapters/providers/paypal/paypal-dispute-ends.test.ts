import * as fc from 'fast-check';

import { settlementOf } from '../../../../lambdas/adapters/providers/paypal/paypal-settlement';
import { subjectOf } from '../../../../lambdas/adapters/providers/paypal/paypal-events';
import type { Fields } from '../../../../lambdas/adapters/reading';
import { decideProviderEvent, totalsOf } from '../../../../lambdas/domain/payments';
import type { EventSubject } from '../../../../lambdas/domain/providers/provider';
import { aPayment, connectionId, paymentId, withEvents } from '../../../domain/payments/a-payment';
import { authorization, newPaypalWorld, referenceOf, webhookId } from './paypal-world';

const usd = (value: string) => ({ currency_code: 'USD', value });
const mark = `${paymentId}.op_authorize`;

/** A dispute of 100.00, as its webhook tells it. */
const aDispute = (fields: object = {}): Fields => ({
  dispute_id: 'PP-D-1',
  dispute_life_cycle_stage: 'CHARGEBACK',
  status: 'OPEN',
  dispute_amount: usd('100.00'),
  disputed_transactions: [{ seller_transaction_id: 'CAP1', custom: mark }],
  ...fields,
});

const anEnd = (outcome: object | undefined, more: object = {}): Fields =>
  aDispute({ status: 'RESOLVED', ...(outcome === undefined ? {} : { dispute_outcome: outcome }), ...more });

const movements = (...all: readonly (readonly [party: string, type: string, value: string, reason?: string])[]) => ({
  money_movements: all.map(([affected_party, type, value, reason = 'DISPUTE_SETTLEMENT']) => ({
    affected_party,
    type,
    amount: usd(value),
    reason,
  })),
});

const read = (dispute: Fields): EventSubject => subjectOf('CUSTOMER.DISPUTE.RESOLVED', dispute);
const lost = (amount: number) => ({ type: 'dispute', status: 'lost', amount: { amount, currency: 'USD' } });
const won = { type: 'dispute', status: 'won', amount: { amount: 10_000, currency: 'USD' } };

describe('a dispute that PayPal has resolved', () => {
  test.each<[string, object, object, object]>([
    ["in the seller's favour", { outcome_code: 'RESOLVED_SELLER_FAVOUR' }, {}, won],
    [
      'so, while PayPal paid the buyer',
      { outcome_code: 'RESOLVED_SELLER_FAVOUR', amount_refunded: usd('100.00') },
      {},
      won,
    ],
    ['as canceled', { outcome_code: 'CANCELED_BY_BUYER' }, {}, won],
    ['as denied', { outcome_code: 'DENIED' }, {}, won],
    ["in the buyer's favour", { outcome_code: 'RESOLVED_BUYER_FAVOUR' }, {}, lost(10_000)],
    ['so, for a part', { outcome_code: 'RESOLVED_BUYER_FAVOUR', amount_refunded: usd('40.00') }, {}, lost(4_000)],
    ['so, for nothing', { outcome_code: 'RESOLVED_BUYER_FAVOUR', amount_refunded: usd('0.00') }, {}, won],
    [
      'so, refunding in another currency',
      { outcome_code: 'RESOLVED_BUYER_FAVOUR', amount_refunded: { currency_code: 'EUR', value: '40.00' } },
      {},
      lost(10_000),
    ],
    [
      'so, telling a part by what it took',
      { outcome_code: 'RESOLVED_BUYER_FAVOUR' },
      movements(
        ['SELLER', 'DEBIT', '100.00'],
        ['SELLER', 'CREDIT', '60.00'],
        ['SELLER', 'DEBIT', '20.00', 'DISPUTE_FEE'],
      ),
      lost(4_000),
    ],
    ['as accepted', { outcome_code: 'ACCEPTED' }, {}, lost(10_000)],
    ['with a payout of its own', { outcome_code: 'RESOLVED_WITH_PAYOUT', amount_refunded: usd('100.00') }, {}, won],
    [
      'with a payout, and part of it from the merchant',
      { outcome_code: 'RESOLVED_WITH_PAYOUT' },
      movements(['BUYER', 'CREDIT', '100.00'], ['SELLER', 'DEBIT', '25.00']),
      lost(2_500),
    ],
    ['without a decision', { outcome_code: 'NONE' }, {}, won],
    [
      'without a decision, keeping the money',
      { outcome_code: 'NONE' },
      movements(['SELLER', 'DEBIT', '100.00']),
      lost(10_000),
    ],
  ])('%s', (_, outcome, more, expected) => {
    const dispute = anEnd(outcome, more);
    expect(read(dispute)).toMatchObject({ ...expected, stage: 2, captureReference: 'CAP1' });
    expect(settlementOf('CUSTOMER.DISPUTE.RESOLVED', dispute)).toEqual({ type: 'other' });
  });

  test.each<[string, object | undefined, object, object]>([
    ['is lost as a whole', { outcome_code: 'RESOLVED_BY_LOT' }, {}, lost(10_000)],
    ['without an outcome, too', undefined, {}, lost(10_000)],
    [
      'whose movements are of another currency, too',
      { outcome_code: 'NEW' },
      {
        money_movements: [
          {
            affected_party: 'SELLER',
            type: 'DEBIT',
            reason: 'DISPUTE_SETTLEMENT',
            amount: { currency_code: 'EUR', value: '9.00' },
          },
        ],
      },
      lost(10_000),
    ],
  ])('in a way that is not known %s, and stays in sight', (_, outcome, more, expected) => {
    const dispute = anEnd(outcome, more);
    expect(read(dispute)).toMatchObject(expected);
    for (const type of ['CUSTOMER.DISPUTE.RESOLVED', 'CUSTOMER.DISPUTE.UPDATED']) {
      expect(() => settlementOf(type, dispute)).toThrow('taken for lost');
    }
  });

  test('in a way that is not known, telling what it took, is that', () => {
    const dispute = anEnd({ outcome_code: 'NEW' }, movements(['SELLER', 'DEBIT', '30.00']));
    expect(read(dispute)).toMatchObject(lost(3_000));
    expect(settlementOf('CUSTOMER.DISPUTE.RESOLVED', dispute)).toEqual({ type: 'other' });
  });

  test('in a way that is not known, delivered, is a loss and an event for a person', async () => {
    const world = newPaypalWorld();
    await world.provider.registerWebhook!({ url: 'https://webhooks.example/ten_1/con_1', secret: 'unused' });
    const fields = {
      dispute_life_cycle_stage: 'CHARGEBACK',
      status: 'RESOLVED',
      dispute_outcome: { outcome_code: 'NEW' },
    };
    const capture = referenceOf(await world.provider.authorize(authorization({ capture: 'automatic' })));
    world.fake.takeDeliveries();
    world.fake.dispute(capture, { type: 'RESOLVED', fields });
    const [delivery] = world.fake.takeDeliveries();
    const events = await world.reader.read(delivery!, [webhookId], world.nowMs);
    expect(events).toMatchObject({
      ok: true,
      value: [{ subject: { type: 'dispute', status: 'lost' } }, { subject: { type: 'unreadable' } }],
    });
  });
});

describe('a payment of 100.00 of which PayPal took 40.00 back', () => {
  const paid = aPayment({ authorized: 10_000, captured: [10_000] });
  const reports = [
    { at: '2026-02-01T00:00:00.000Z', dispute: aDispute() },
    { at: '2026-02-02T00:00:00.000Z', dispute: aDispute({ status: 'UNDER_REVIEW' }) },
    {
      at: '2026-02-03T00:00:00.000Z',
      dispute: anEnd({ outcome_code: 'RESOLVED_BUYER_FAVOUR', amount_refunded: usd('40.00') }),
    },
  ];
  const told = (payment: typeof paid, { at, dispute }: (typeof reports)[number]) => {
    const event = { eventKey: at, occurredAt: at, eventType: 'CUSTOMER.DISPUTE', subject: read(dispute) };
    const decision = decideProviderEvent(payment, connectionId, event);
    return withEvents(payment, 'events' in decision ? decision.events : []);
  };

  test('has lost 40.00 and can give back the rest, in whatever order and how often that is told', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...reports, ...reports], { minLength: 6 }), (order) => {
        const { disputed, refundable } = totalsOf(order.reduce(told, paid));
        expect({ disputed, refundable }).toEqual({ disputed: 4_000, refundable: 6_000 });
      }),
    );
  });

  test('is not frozen by an end that is not known', () => {
    const ended = told(told(paid, reports[0]!), {
      at: '2026-02-03T00:00:00.000Z',
      dispute: anEnd({ outcome_code: 'NEW' }, { dispute_amount: usd('30.00') }),
    });
    expect(totalsOf(ended)).toMatchObject({ disputed: 3_000, refundable: 7_000 });
  });
});
