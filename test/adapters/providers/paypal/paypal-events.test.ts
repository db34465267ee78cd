import { settlementOf } from '../../../../lambdas/adapters/providers/paypal/paypal-settlement';
import { subjectOf } from '../../../../lambdas/adapters/providers/paypal/paypal-events';
import { paymentPosition } from '../../../../lambdas/domain/ledger';
import { decideProviderEvent, totalsOf } from '../../../../lambdas/domain/payments';
import { parseWebhookMessage } from '../../../../lambdas/domain/webhooks';
import type { EventSubject, NormalisedEvent } from '../../../../lambdas/domain/providers/provider';
import { aPayment, connectionId, paymentId as shopPaymentId, withEvents } from '../../../domain/payments/a-payment';
import { authorization, byCard, newPaypalWorld, paymentId, referenceOf, usd, webhookId } from './paypal-world';
import type { PaypalWorld } from './paypal-world';

const url = 'https://webhooks.example/ten_1/con_1';

let world: PaypalWorld;

beforeEach(async () => {
  world = newPaypalWorld();
  await world.provider.registerWebhook!({ url, secret: 'unused' });
});

/** What PayPal has told since the last time, in our words. */
async function told(): Promise<readonly NormalisedEvent[]> {
  const events: NormalisedEvent[] = [];
  for (const delivery of world.fake.takeDeliveries()) {
    const result = await world.reader.read(delivery, [webhookId], world.nowMs);
    if (!result.ok) throw new Error(result.error);
    events.push(...result.value);
  }
  return events;
}

const subjectsTold = async (): Promise<readonly EventSubject[]> =>
  (await told()).map(({ subject }) => subject).filter(({ type }) => type !== 'other');

const captured = async () => {
  const reference = referenceOf(await world.provider.authorize(authorization({ capture: 'automatic' })));
  await told();
  return reference;
};

const amount = { currency_code: 'USD', value: '10.00' };
const links = [{ rel: 'up', href: 'https://api.paypal.com/v2/payments/authorizations/AUT1', method: 'GET' }];

describe("PayPal's events", () => {
  test('tell of a capture at once, and of what it brought', async () => {
    const outcome = await world.provider.authorize(authorization({ capture: 'automatic' }));
    const providerReference = referenceOf(outcome);
    expect(await subjectsTold()).toEqual([
      { type: 'operation', paymentId, operationId: 'op_auth', kind: 'authorize', outcome },
      {
        type: 'settlement',
        paymentId,
        settlementId: providerReference,
        kind: 'capture',
        amount: usd(1000),
        paidOut: { net: 940, fee: 60, currency: 'USD' },
      },
    ]);
  });

  test('tell that the customer has approved', async () => {
    const method = { type: 'hosted-page' as const };
    const providerReference = referenceOf(await world.provider.authorize(authorization({ method })));
    world.fake.approve(providerReference);
    expect(await subjectsTold()).toEqual([{ type: 'approval', paymentId, operationId: 'op_auth', providerReference }]);
  });

  test('tell how a pending capture ended, under the reference that its answer would have had', async () => {
    const method = byCard('pending');
    const answer = await world.provider.authorize(authorization({ method, capture: 'automatic' }));
    const [pending] = await subjectsTold();
    expect(pending).toMatchObject({ kind: 'authorize', outcome: answer });
    world.fake.settlePending('CAP000000000000003', 'DECLINED');
    expect(await subjectsTold()).toMatchObject([
      { kind: 'authorize', outcome: { status: 'failed', reason: 'declined', providerReference: 'CAP000000000000003' } },
    ]);
  });

  test('tell what was refunded and captured in the dashboard', async () => {
    const capture = await captured();
    world.fake.refundOutside(capture, '4.00');
    const [refund, line] = await subjectsTold();
    expect(refund).toMatchObject({
      type: 'external-operation',
      paymentId,
      kind: 'refund',
      amount: usd(400),
      status: 'succeeded',
      captureReference: capture,
    });
    expect(line).toMatchObject({
      type: 'settlement',
      kind: 'refund',
      paidOut: { net: -388, fee: -12, currency: 'USD' },
    });

    const authorized = referenceOf(await world.provider.authorize(authorization({ operationId: 'op_two' })));
    await told();
    world.fake.captureOutside(authorized, '7.00');
    expect((await subjectsTold())[0]).toMatchObject({
      type: 'external-operation',
      paymentId,
      kind: 'capture',
      amount: usd(700),
      status: 'succeeded',
    });
  });

  test('tell that an authorization is void', async () => {
    const reference = referenceOf(await world.provider.authorize(authorization()));
    await told();
    world.fake.expireAuthorization(reference);
    expect(await subjectsTold()).toEqual([{ type: 'expiry', paymentId }]);
  });

  test('that name no id of ours name the capture, of which PayPal is asked whose it is', async () => {
    const capture = await captured();
    const up = { rel: 'up', href: `https://api.paypal.com/v2/payments/captures/${capture}`, method: 'GET' };
    const refund = subjectOf('PAYMENT.CAPTURE.REFUNDED', { id: 'REF1', status: 'COMPLETED', amount, links: [up] });
    const about = {
      type: 'external-operation',
      kind: 'refund',
      providerReference: 'REF1',
      amount: usd(1000),
      status: 'succeeded',
      captureReference: capture,
    };
    expect(refund).toEqual({ type: 'referred', paymentReference: capture, about });
    const dispute = subjectOf('CUSTOMER.DISPUTE.CREATED', {
      dispute_life_cycle_stage: 'CHARGEBACK',
      status: 'OPEN',
      dispute_id: 'PP-000-042-663-135',
      dispute_amount: amount,
      disputed_transactions: [{ seller_transaction_id: capture, seller: { merchant_id: 'RD465XN5VS364' } }],
    });
    expect(dispute).toMatchObject({
      type: 'referred',
      paymentReference: capture,
      about: { type: 'dispute', status: 'opened', captureReference: capture },
    });
    expect(await world.provider.paymentOf!(capture)).toEqual({ ok: true, value: paymentId });
    expect(await world.provider.paymentOf!('CAP999')).toEqual({ ok: true, value: undefined });
    world.fake.next(/captures/, { answer: { status: 503 } });
    expect(await world.provider.paymentOf!(capture)).toEqual({ ok: false, error: 'provider-unreachable' });
    world.fake.next(/captures/, { answer: { status: 403, body: {} } });
    expect(await world.provider.paymentOf!(capture)).toEqual({ ok: false, error: 'credentials-refused' });
  });

  test('of a refund that names no id of ours count in the books once PayPal has said whose it is: what happened and what it moved', () => {
    const [id, up] = ['CAP1', 'https://api.paypal.com/v2/payments/captures/CAP1'];
    const refund = {
      id: 'REF1',
      status: 'COMPLETED',
      amount: { currency_code: 'USD', value: '10.00' },
      seller_payable_breakdown: { net_amount: { currency_code: 'USD', value: '10.00' } },
      links: [{ rel: 'up', href: up, method: 'GET' }],
    };
    const capture = {
      id,
      status: 'COMPLETED',
      amount: { currency_code: 'USD', value: '100.00' },
      custom_id: `${shopPaymentId}.op_authorize`,
      seller_receivable_breakdown: { net_amount: { currency_code: 'USD', value: '96.51' } },
    };
    const line = settlementOf('PAYMENT.CAPTURE.REFUNDED', refund);
    expect(line).toEqual({
      type: 'referred',
      paymentReference: id,
      about: {
        type: 'settlement',
        settlementId: 'REF1',
        kind: 'refund',
        amount: usd(1000),
        paidOut: { net: -1000, fee: 0, currency: 'USD' },
      },
    });

    const told = [
      settlementOf('PAYMENT.CAPTURE.COMPLETED', capture),
      subjectOf('PAYMENT.CAPTURE.REFUNDED', refund),
      line,
    ];
    const paid = told.reduce(
      (payment, subject, index) => {
        const found = subject.type === 'referred' ? { ...subject.about, paymentId: shopPaymentId } : subject;
        const event = {
          eventKey: String(index),
          occurredAt: '2026-02-01T00:00:00.000Z',
          eventType: 'x',
          subject: found,
        };
        const decision = decideProviderEvent(payment, connectionId, event);
        expect(decision.result).toBe('applied');
        return withEvents(payment, 'events' in decision ? decision.events : []);
      },
      aPayment({ authorized: 10_000 }),
    );
    const clearing = paymentPosition(paid).filter(({ account }) => account === 'payouts_clearing');
    expect(clearing).toEqual([{ account: 'payouts_clearing', amount: 8_651, currency: 'USD' }]);
    expect(totalsOf(paid)).toMatchObject({ refunded: 1_000 });
  });

  test('fit through the queue', async () => {
    const capture = await captured();
    world.fake.refundOutside(capture, '4.00');
    world.fake.dispute(capture, {
      type: 'CREATED',
      fields: { dispute_life_cycle_stage: 'CHARGEBACK', status: 'OPEN' },
    });
    const events = await told();
    expect(events.length).toBe(4);
    const about = {
      type: 'settlement',
      settlementId: 'REF1',
      kind: 'refund',
      amount: usd(1),
      paidOut: { net: -1, fee: 0, currency: 'USD' },
    } as const;
    const [first] = events;
    const referred = { ...first!, subject: { type: 'referred', paymentReference: 'CAP1', about } as const };
    for (const event of [...events, referred]) {
      const message = {
        tenant: 'ten_00000000000000000001',
        connectionId: 'con_00000000000000000001',
        provider: 'paypal',
        event,
        receivedAt: '2026-01-31T12:00:00.000Z',
        requestId: 'r',
      };
      expect(parseWebhookMessage(JSON.stringify(message))).toMatchObject({ ok: true, value: { event } });
    }
  });

  test.each([
    ['PAYMENT.CAPTURE.COMPLETED', { id: 'CAP1', status: 'COMPLETED', amount }],
    ['PAYMENT.CAPTURE.COMPLETED', { id: 'CAP1', status: 'COMPLETED', amount, custom_id: 'order 17', invoice_id: '17' }],
    ['PAYMENT.AUTHORIZATION.CREATED', { id: 'AUT1', status: 'CREATED', amount }],
    ['PAYMENT.AUTHORIZATION.VOIDED', { id: 'AUT1', status: 'VOIDED', amount }],
    ['CHECKOUT.ORDER.APPROVED', { id: 'ORD1', purchase_units: [{ amount }] }],
    ['CHECKOUT.ORDER.COMPLETED', { id: 'ORD1' }],
    ['BILLING.SUBSCRIPTION.CREATED', {}],
  ])('about the sales of another system are none of ours: %s', (type, resource) => {
    expect(subjectOf(type, resource)).toEqual({ type: 'other' });
    expect(settlementOf(type, resource)).toEqual({ type: 'other' });
  });

  test('tell a capture of ours, one at once and one in the dashboard apart', () => {
    const capture = { id: 'CAP1', status: 'COMPLETED', amount, custom_id: 'pay_1.op_1' };
    const of = (fields: object) => subjectOf('PAYMENT.CAPTURE.COMPLETED', { ...capture, ...fields });
    expect(of({ invoice_id: 'pay_1.op_2.capture', links })).toMatchObject({ kind: 'capture', operationId: 'op_2' });
    expect(of({ invoice_id: 'pay_1.op_1' })).toMatchObject({ kind: 'authorize', operationId: 'op_1' });
    expect(of({ invoice_id: 'pay_1.op_1', links })).toMatchObject({ type: 'external-operation', kind: 'capture' });
    expect(() => of({ invoice_id: 'pay_2.op_2.capture' })).toThrow('two payments');
  });

  test.each([
    [
      'PAYMENT.CAPTURE.REVERSED',
      { id: 'REF1', status: 'COMPLETED', amount, custom_id: 'pay_1.op_1' },
      'took a capture back',
    ],
    ['PAYMENT.CAPTURE.REFUNDED', { id: 'REF1', status: 'COMPLETED', amount }, 'of no capture'],
    ['PAYMENT.CAPTURE.COMPLETED', { id: 'CAP1', status: 'ODD', amount, custom_id: 'pay_1.op_1' }, 'status'],
    ['CUSTOMER.DISPUTE.CREATED', { dispute_life_cycle_stage: 'INQUIRY', status: 'OPEN' }, 'dispute_id'],
  ])('that a person must look at are not guessed: %s', (type, resource, detail) => {
    expect(() => subjectOf(type, resource)).toThrow(detail);
  });
});

describe("PayPal's disputes", () => {
  const report = async (type: string, fields: object) => {
    const capture = await captured();
    world.fake.dispute(capture, { type, fields });
    return (await told())[0]!.subject;
  };

  test.each([
    ['INQUIRY', 'OPEN', 'inquiry', 1],
    ['INQUIRY', 'UNDER_REVIEW', 'inquiry', 1],
    ['CHARGEBACK', 'OPEN', 'opened', 2],
    ['CHARGEBACK', 'WAITING_FOR_SELLER_RESPONSE', 'opened', 2],
    ['CHARGEBACK', 'UNDER_REVIEW', 'under_review', 2],
    ['PRE_ARBITRATION', 'WAITING_FOR_BUYER_RESPONSE', 'opened', 3],
    ['ARBITRATION', 'UNDER_REVIEW', 'under_review', 4],
    ['CHARGEBACK', 'OTHER', 'opened', 2],
  ])('in %s that are %s are %s, of stage %i', async (dispute_life_cycle_stage, paypalStatus, status, stage) => {
    const seller_response_due_date = '2026-02-10T08:00:00-07:00';
    const fields = { dispute_life_cycle_stage, status: paypalStatus, seller_response_due_date };
    expect(await report('UPDATED', fields)).toEqual({
      type: 'dispute',
      paymentId,
      disputeId: expect.stringMatching(/^PP-D-/),
      status,
      stage,
      amount: usd(1000),
      respondBy: '2026-02-10T15:00:00.000Z',
      captureReference: expect.stringMatching(/^CAP/),
    });
  });

  test('about transactions of two payments are for a person', () => {
    const dispute = {
      dispute_life_cycle_stage: 'CHARGEBACK',
      status: 'OPEN',
      dispute_id: 'PP-1',
      dispute_amount: amount,
      disputed_transactions: [{ custom: 'pay_1.op_1' }, { invoice_number: 'pay_2.op_2.capture' }],
    };
    expect(() => subjectOf('CUSTOMER.DISPUTE.CREATED', dispute)).toThrow('several payments');
  });
});

describe("what arrives in the merchant's account", () => {
  const usdOf = (value: string) => ({ currency_code: 'USD', value });
  const eurOf = (value: string) => ({ currency_code: 'EUR', value });
  const capture = { id: 'CAP1', status: 'COMPLETED', amount, custom_id: 'pay_1.op_1' };
  const paidOut = (breakdown: object | undefined) => {
    const line = settlementOf('PAYMENT.CAPTURE.COMPLETED', {
      ...capture,
      ...(breakdown === undefined ? {} : { seller_receivable_breakdown: breakdown }),
    });
    return line.type === 'settlement' ? line.paidOut : line;
  };

  test("is less PayPal's fee and a partner's, to the cent", () => {
    const breakdown = {
      gross_amount: amount,
      paypal_fee: usdOf('0.35'),
      platform_fees: [{ amount: usdOf('1.00') }],
      net_amount: usdOf('8.65'),
    };
    expect(paidOut(breakdown)).toEqual({ net: 865, fee: 135, currency: 'USD' });
  });

  test('is named in the currency of the account where PayPal names both figures in it, and converted nowhere', () => {
    const inUsd = { gross_amount: amount, paypal_fee: usdOf('0.35'), net_amount: usdOf('9.65') };
    const exchange = { receivable_amount: eurOf('8.80'), exchange_rate: { value: '0.912' } };
    expect(paidOut({ ...inUsd, ...exchange })).toEqual({ net: 965, fee: 35, currency: 'USD' });
    const inEur = { ...inUsd, ...exchange, paypal_fee_in_receivable_currency: eurOf('0.32') };
    expect(paidOut(inEur)).toEqual({ net: 880, fee: 32, currency: 'EUR' });
  });

  test('is the gross sum where PayPal breaks nothing down', () => {
    expect(paidOut(undefined)).toBeUndefined();
    expect(paidOut({ gross_amount: amount })).toBeUndefined();
  });

  test.each(['PENDING', 'DECLINED'])('is nothing of a capture that is %s', (status) => {
    expect(settlementOf('PAYMENT.CAPTURE.COMPLETED', { ...capture, status })).toEqual({ type: 'other' });
  });
});
