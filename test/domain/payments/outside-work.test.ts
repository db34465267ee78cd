import {
  attentionOf,
  decideCapture,
  decideProviderEvent,
  decideRefund,
  statusOfPayment,
  totalsOf,
} from '../../../lambdas/domain/payments';
import type { Payment } from '../../../lambdas/domain/payments';
import { presentPayment } from '../../../lambdas/domain/payments';
import type { NormalisedEvent } from '../../../lambdas/domain/providers/provider';
import {
  aPayment,
  aProvider,
  connectionId,
  eventsOf,
  evolved,
  paymentId,
  recorded,
  succeeded,
  withEvents,
} from './a-payment';

const { capabilities } = aProvider();
const usd = (amount: number) => ({ amount, currency: 'USD' });

let second = 0;

function told(payment: Payment, ...subjects: readonly NormalisedEvent['subject'][]): Payment {
  return subjects.reduce((state, subject) => {
    second += 1;
    const occurredAt = new Date(Date.parse('2026-02-01T00:00:00.000Z') + second * 1000).toISOString();
    const decision = decideProviderEvent(state, connectionId, { eventKey: 'e', occurredAt, eventType: 'x', subject });
    if (decision.result !== 'applied') throw new Error(decision.result);
    return withEvents(state, decision.events);
  }, payment);
}

type Dispute = Extract<NormalisedEvent['subject'], { type: 'dispute' }>;

const dispute = (status: Dispute['status'], amount: number, given: { stage?: number; id?: string } = {}): Dispute => ({
  type: 'dispute',
  paymentId,
  disputeId: given.id ?? 'dp_1',
  status,
  ...(given.stage === undefined ? {} : { stage: given.stage }),
  amount: usd(amount),
});

const outside = (
  kind: 'capture' | 'cancel' | 'refund',
  amount: number,
  status: 'pending' | 'succeeded' | 'failed' | 'reversed' = 'succeeded',
  reference = `${kind}_x`,
): NormalisedEvent['subject'] => ({
  type: 'external-operation',
  paymentId,
  kind,
  providerReference: reference,
  amount: usd(amount),
  status,
});

const refund = (payment: Payment, amount?: number) =>
  decideRefund(payment, {
    operationId: 'op_new',
    capabilities,
    ...(amount === undefined ? {} : { amount: usd(amount) }),
  });

const reasons = (payment: Payment) => attentionOf(payment).map(({ reason }) => reason);

describe('disputes', () => {
  test('forbid refunds while they are undecided, and what is lost can never be refunded', () => {
    let payment = told(aPayment(), dispute('inquiry', 400, { stage: 0 }));
    // The bank asks: no money has moved, and a refund may spare the dispute.
    expect([statusOfPayment(payment), refund(payment).ok]).toEqual(['captured', true]);
    payment = told(payment, dispute('opened', 400, { stage: 1 }));
    expect([statusOfPayment(payment), refund(payment)]).toEqual([
      'disputed',
      { ok: false, error: { reason: 'dispute-undecided' } },
    ]);
    payment = told(payment, dispute('lost', 400, { stage: 1 }));
    expect(refund(payment, 601)).toMatchObject({ ok: false, error: { refundable: usd(600) } });
    expect(refund(payment, 600).ok).toBe(true);
    expect(totalsOf(payment)).toMatchObject({ disputed: 400, refundable: 600, needsAttention: false });
  });

  test('give the money back when they are won, and take it again when a later stage opens them', () => {
    let payment = told(aPayment(), dispute('opened', 400, { stage: 1 }), dispute('won', 400, { stage: 1 }));
    expect([statusOfPayment(payment), totalsOf(payment).refundable]).toEqual(['captured', 1000]);
    payment = told(payment, dispute('opened', 400, { stage: 2 }));
    expect([statusOfPayment(payment), totalsOf(payment).refundable]).toEqual(['disputed', 0]);
    // News of the first stage, late, changes nothing.
    expect(told(payment, dispute('lost', 400, { stage: 1 }))).toEqual(payment);
    payment = told(payment, dispute('lost', 400, { stage: 2 }));
    expect(totalsOf(payment)).toMatchObject({ disputed: 400, refundable: 600 });
  });

  test('may be several and partial, and together charge back no more than was captured without a person being called', () => {
    const two = told(aPayment(), dispute('lost', 300), dispute('lost', 500, { id: 'dp_2' }));
    expect(totalsOf(two)).toMatchObject({ disputed: 800, refundable: 200, needsAttention: false });
    const three = told(two, dispute('opened', 300, { id: 'dp_3' }));
    expect([totalsOf(three).disputed, reasons(three)]).toEqual([1000, ['returned-beyond-captured']]);
  });

  test('of what was refunded already call a person: the money would go back twice', () => {
    const payment = told(aPayment({ refunded: [700] }), dispute('opened', 400));
    expect([totalsOf(payment).refundable, reasons(payment)]).toEqual([0, ['returned-beyond-captured']]);
    expect(reasons(told(aPayment({ refunded: [600] }), dispute('opened', 400)))).toEqual([]);
  });

  test('in another currency forbid every refund until a person has looked', () => {
    const payment = told(aPayment(), { ...dispute('lost', 400), amount: { amount: 400, currency: 'EUR' } });
    expect([totalsOf(payment).refundable, reasons(payment)]).toEqual([0, ['currency-differs']]);
  });
});

describe('work in the dashboard of the provider', () => {
  test('counts like ours: what was refunded there cannot be refunded again', () => {
    const payment = told(aPayment(), outside('refund', 400));
    expect([statusOfPayment(payment), refund(payment, 601)]).toMatchObject([
      'partially_refunded',
      { ok: false, error: { refundable: usd(600) } },
    ]);
    expect(presentPayment(payment, 1).operations.at(-1)).toMatchObject({ kind: 'refund', origin: 'provider' });
    expect(totalsOf(told(payment, outside('refund', 400, 'reversed'))).refundable).toBe(1000);
  });

  test('that is pending holds the money back, and gives it free when it fails', () => {
    const payment = told(aPayment(), outside('refund', 400, 'pending'));
    expect([statusOfPayment(payment), totalsOf(payment).refundable]).toEqual(['processing', 600]);
    const after = told(payment, outside('refund', 400, 'failed'));
    expect([statusOfPayment(after), totalsOf(after).refundable]).toEqual(['captured', 1000]);
  });

  test('that captures beyond what is authorized calls a person, and counts no more than that', () => {
    const payment = told(aPayment({ captured: [800] }), outside('capture', 300));
    expect([totalsOf(payment).captured, reasons(payment)]).toEqual([1000, ['captured-beyond-authorized']]);
  });

  test('that cancels leaves nothing to capture', () => {
    const payment = told(aPayment({ capture: 'manual' }), outside('cancel', 1000));
    expect(statusOfPayment(payment)).toBe('canceled');
    expect(decideCapture(payment, { operationId: 'op_new', capabilities })).toEqual({
      ok: false,
      error: { reason: 'nothing-to-capture' },
    });
  });

  test('that cancels or expires what a customer never approved ends the payment; a success after all still counts', () => {
    const asking = withEvents(evolved(eventsOf().slice(0, 1)), [
      recorded('op_authorize', {
        status: 'requires_action',
        providerReference: 'auth_1',
        redirectUrl: 'https://p.example',
      }),
    ]);
    expect(statusOfPayment(told(asking, outside('cancel', 1000)))).toBe('canceled');
    const expired = told(asking, { type: 'expiry', paymentId });
    expect([statusOfPayment(expired), totalsOf(expired).needsAttention]).toEqual(['expired', false]);
    expect(statusOfPayment(withEvents(expired, [recorded('op_authorize', succeeded(1000))]))).toBe('captured');
  });

  test('is not counted beside our own operation of the same reference, whichever was told first', () => {
    const asked = {
      type: 'OperationRequested',
      data: { operationId: 'op_r', kind: 'refund', amount: 400 },
    } as const;
    const own = recorded('op_r', succeeded(400, 'USD', 'refund_x'));
    const reported = told(withEvents(aPayment(), [asked]), outside('refund', 400));
    const first = withEvents(reported, [own]);
    const last = told(withEvents(aPayment(), [asked, own]), outside('refund', 400));
    for (const payment of [first, last]) {
      expect(totalsOf(payment)).toMatchObject({ refunded: 400, refundable: 600, needsAttention: false });
      expect(presentPayment(payment, 1).operations.map(({ id }) => id)).toEqual(['op_authorize', 'op_r']);
    }
  });
});

describe('of one kind of report a payment takes 200', () => {
  const settlement = (at: number, amount = 1): NormalisedEvent['subject'] => ({
    type: 'settlement',
    paymentId,
    settlementId: `txn_${String(at)}`,
    kind: 'capture',
    amount: usd(amount),
  });
  const kinds: readonly (readonly [string, (at: number) => NormalisedEvent['subject'], NormalisedEvent['subject']])[] =
    [
      ['disputes', (at) => dispute('opened', 1, { id: `dp_${String(at)}` }), dispute('won', 1, { id: 'dp_7' })],
      [
        'refunds made outside',
        (at) => outside('refund', 1, 'pending', `re_${String(at)}`),
        outside('refund', 1, 'succeeded', 're_7'),
      ],
      ['lines of payouts', settlement, settlement(7, 2)],
    ];

  test.each(kinds)('%s: no new one, but what becomes of a known one', (_, report, news) => {
    const decided = (payment: Payment, subject: NormalisedEvent['subject']) =>
      decideProviderEvent(payment, connectionId, {
        eventKey: 'e',
        occurredAt: '2027-01-01T00:00:00.000Z',
        eventType: 'x',
        subject,
      });
    let full = aPayment();
    let taken = 0;
    for (; taken < 300 && decided(full, report(taken)).result === 'applied'; taken += 1)
      full = told(full, report(taken));
    // What we asked for ourselves counts among the operations.
    const kept = [full.operations, full.disputes, full.settlements].map(({ length }) => length);
    expect(Math.max(...kept)).toBe(200);
    expect(decided(full, report(taken)).result).toBe('unmatched');
    const after = decided(full, news);
    expect(after).toMatchObject({ result: 'applied' });
    expect(after.result === 'applied' && after.events.length).toBe(1);
  });
});
