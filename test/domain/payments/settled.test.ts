import fc from 'fast-check';

import { paymentPosition } from '../../../lambdas/domain/ledger';
import { attentionOf } from '../../../lambdas/domain/payments';
import type { Payment } from '../../../lambdas/domain/payments';
import type { NormalisedEvent, SettlementLine } from '../../../lambdas/domain/providers/provider';
import { aPayment, paymentId } from './a-payment';
import { apply } from './arbitraries';

const usd = (amount: number) => ({ amount, currency: 'USD' });

const heard = (subject: NormalisedEvent['subject'], eventKey = 'e'): NormalisedEvent => ({
  eventKey,
  occurredAt: '2026-02-01T00:00:00.000Z',
  eventType: 'x',
  subject,
});

let lines = 0;

const line = (kind: SettlementLine['kind'], amount: number, paidOut?: SettlementLine['paidOut']): NormalisedEvent =>
  heard({
    type: 'settlement',
    paymentId,
    settlementId: `txn_${String((lines += 1))}`,
    kind,
    amount: usd(amount),
    ...(paidOut === undefined ? {} : { paidOut }),
  });

const refund = (amount: number, status: 'succeeded' | 'reversed' = 'succeeded'): NormalisedEvent =>
  heard({
    type: 'external-operation',
    paymentId,
    kind: 'refund',
    providerReference: 're_1',
    amount: usd(amount),
    status,
  });

const dispute = (status: 'inquiry' | 'opened' | 'won' | 'lost', amount: number): NormalisedEvent =>
  heard({ type: 'dispute', paymentId, disputeId: 'dp_1', status, amount: usd(amount) });

const reasons = (payment: Payment) => attentionOf(payment).map(({ reason }) => reason);
const suspense = (payment: Payment) =>
  paymentPosition(payment)
    .filter(({ account }) => account === 'suspense')
    .map(({ amount }) => amount);

/** Captured 10000, and paid out with a fee of 320. */
const paidOut = apply(aPayment({ authorized: 10_000 }), [
  line('capture', 10_000, { net: 9680, fee: 320, currency: 'USD' }),
]);

describe('a line of a payout without the report that it pays out', () => {
  test.each([
    ['a refund', line('refund', 1000), 'settled-beyond-refunded', refund(1000), 1000],
    ['a dispute', line('dispute', 10_000), 'settled-beyond-disputed', dispute('opened', 10_000), 10_000],
    ['a correction of ours', line('adjustment', -500), 'adjustments-open', line('adjustment', 500), 500],
    ['a dispute given back', line('dispute_reversal', 700), 'settled-beyond-disputed', line('dispute', 700), -700],
  ])('calls a person, until the report comes: %s', (_, news, reason, missing, inSuspense) => {
    expect([reasons(paidOut), suspense(paidOut)]).toEqual([[], []]);
    const alone = apply(paidOut, [news]);
    expect([reasons(alone), suspense(alone)]).toEqual([[reason], [inSuspense]]);
    for (const events of [
      [news, missing],
      [missing, news],
    ]) {
      const told = apply(paidOut, events);
      expect([reasons(told), suspense(told)]).toEqual([[], []]);
    }
  });

  test('calls a person for the part that is not told', () => {
    expect(reasons(apply(paidOut, [refund(1000), line('refund', 1000)]))).toEqual([]);
    expect(reasons(apply(paidOut, [refund(1000), line('refund', 1001)]))).toEqual(['settled-beyond-refunded']);
    // While the bank only asks, nothing is withdrawn.
    expect(reasons(apply(paidOut, [dispute('inquiry', 700), line('dispute', 700)]))).toEqual([
      'settled-beyond-disputed',
    ]);
  });

  test('is not called for by a dispute that was withdrawn and given back', () => {
    const withdrawn = [dispute('opened', 700), line('dispute', 700)];
    for (const events of [withdrawn, [...withdrawn, dispute('won', 700)]])
      expect(reasons(apply(paidOut, events))).toEqual([]);
    expect(reasons(apply(paidOut, [...withdrawn, dispute('won', 700), line('dispute_reversal', 700)]))).toEqual([]);
  });

  test('is corrected by an adjustment: of a refund that failed after it was paid out', () => {
    const failed = apply(paidOut, [refund(1000), line('refund', 1000), refund(1000, 'reversed')]);
    expect(reasons(failed)).toEqual(['settled-beyond-refunded']);
    expect(reasons(apply(failed, [line('adjustment', 400)]))).toEqual(['settled-beyond-refunded']);
    expect(reasons(apply(failed, [line('adjustment', 1000)]))).toEqual([]);
    expect(reasons(apply(failed, [line('adjustment', 1300)]))).toEqual(['adjustments-open']);
  });

  test('is told of when its net and fee are not its gross', () => {
    const uneven = apply(aPayment(), [line('capture', 1000, { net: 950, fee: 30, currency: 'USD' })]);
    expect([reasons(uneven), suspense(uneven)]).toEqual([['settlement-unbalanced'], [20]]);
    const exchanged = apply(aPayment(), [line('capture', 1000, { net: 880, fee: 20, currency: 'EUR' })]);
    expect(reasons(exchanged)).toEqual([]);
  });
});

test('lines and reports in any order come to the same reasons, and to none when each line has its report', () => {
  const amounts = fc.record({ back: fc.integer({ min: 1, max: 5000 }), taken: fc.integer({ min: 1, max: 5000 }) });
  const story = amounts.chain(({ back, taken }) => {
    const events = [
      refund(back),
      line('refund', back),
      dispute('opened', taken),
      line('dispute', taken),
      line('adjustment', -7),
      line('adjustment', 7),
    ];
    return fc.record({
      again: fc.shuffledSubarray(events, { minLength: events.length }),
      part: fc.subarray(events).chain((part) =>
        fc.record({
          part: fc.constant(part),
          shuffled: fc.shuffledSubarray(part, { minLength: part.length }),
        }),
      ),
    });
  });
  fc.assert(
    fc.property(story, ({ again, part: { part, shuffled } }) => {
      expect([reasons(apply(paidOut, again)), suspense(apply(paidOut, again))]).toEqual([[], []]);
      expect(reasons(apply(paidOut, shuffled))).toEqual(reasons(apply(paidOut, part)));
    }),
  );
});
