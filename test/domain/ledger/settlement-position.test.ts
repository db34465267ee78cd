import { settlementPosition } from '../../../lambdas/domain/ledger/settlement-position';
import { settlementEntity } from '../../../lambdas/domain/settlements';
import type { SettlementEvent } from '../../../lambdas/domain/settlements';
import { fold } from '../../../lambdas/kernel/entity';
import { aCommit } from '../../support/a-commit';
import { connectionId, reported, stream } from '../settlements/a-settlement';

const positionOf = (...events: readonly SettlementEvent[]): Record<string, number> => {
  const commits = events.map((event, index) => aCommit(stream, index + 1, { events: [event] }));
  const position = settlementPosition(fold(settlementEntity, commits).state!);
  return Object.fromEntries(position.map(({ account, currency, amount }) => [`${account} ${currency}`, amount]));
};

const imported = (
  account: { fees?: number; returned?: number; carried?: number; other?: number },
  page = 1,
): SettlementEvent => ({
  type: 'LinesImported',
  data: {
    page,
    matched: 0,
    unmatched: 0,
    net: 0,
    ...(page === 1 ? { next: 'more' } : {}),
    account: { lines: 1, currency: 'USD', fees: 0, returned: 0, carried: 0, other: 0, ...account },
  },
});

const manual = (over: Partial<Extract<SettlementEvent, { type: 'SettledManually' }>['data']>): SettlementEvent => ({
  type: 'SettledManually',
  data: {
    connectionId,
    currency: 'USD',
    arrivedOn: '2026-01-31',
    items: [{ paymentId: 'pay_1', amount: 1000, fee: 60 }],
    evidence: { kind: 'bank-statement', reference: 'Statement 31' },
    ...over,
  },
});

describe('in the books a payout', () => {
  test('is at the bank when it is paid, and nowhere while it is on its way or has failed', () => {
    expect(positionOf(reported('paid'))).toEqual({ 'bank USD': 940, 'payouts_clearing USD': -940 });
    expect(positionOf(reported('pending'))).toEqual({});
    expect(positionOf(reported('paid'), reported('failed'))).toEqual({});
  });

  test('has its fees of the account as fees, and what is neither fee nor payment in suspense, from all pages', () => {
    expect(positionOf(reported('paid'), imported({ fees: 20 }), imported({ fees: -5, other: 300 }, 2))).toEqual({
      'bank USD': 940,
      'fees USD': 15,
      'suspense USD': -300,
      'payouts_clearing USD': 285 - 940,
    });
  });

  test('keeps them when it fails, as payments keep their lines', () => {
    expect(positionOf(reported('failed'), imported({ fees: 20, other: -7 }))).toEqual({
      'fees USD': 20,
      'suspense USD': 7,
      'payouts_clearing USD': -27,
    });
  });

  test('posts nothing for the money of a failed payout that it brings again', () => {
    expect(positionOf(reported('paid'), imported({ returned: 940 }))).toEqual(positionOf(reported('paid')));
  });

  test('posts nothing for what is carried over: the lines of it stay in clearing until a batch pays it out', () => {
    expect(positionOf(reported('paid', 0), imported({ carried: -940 }))).toEqual({});
    expect(positionOf(reported('paid'), imported({ carried: 940 }))).toEqual(positionOf(reported('paid')));
  });

  test('of before anything was carried over is read as it was written', () => {
    const account = { lines: 1, currency: 'USD', fees: 20, returned: 0, other: 0 };
    const data = { page: 1, matched: 0, unmatched: 0, net: 0, account };
    const event = settlementEntity.parseEvent({ type: 'LinesImported', data });
    expect(positionOf(reported('paid'), event)).toEqual({
      'bank USD': 940,
      'fees USD': 20,
      'payouts_clearing USD': -960,
    });
  });

  test('of before lines of the account were told is as it was', () => {
    const data = { page: 1, matched: 1, unmatched: 2, net: 900 };
    expect(positionOf(reported('paid'), { type: 'LinesImported', data })).toEqual(positionOf(reported('paid')));
  });

  test('is not at the bank again when it is explained', () => {
    const explained: SettlementEvent = { type: 'ExplainedManually', data: { settlementId: 'set_1', net: 940 } };
    expect(positionOf(reported('paid'), explained)).toEqual(positionOf(reported('paid')));
  });
});

describe('in the books a settlement by hand', () => {
  test('is at the bank where no payout is listed for it', () => {
    expect(positionOf(manual({ noPayoutListed: true }))).toEqual({ 'bank USD': 940, 'payouts_clearing USD': -940 });
    // As those are that were recorded before it had to be said.
    expect(positionOf(manual({}))).toEqual({ 'bank USD': 940, 'payouts_clearing USD': -940 });
  });

  test('is nothing where it explains a payout', () => {
    expect(positionOf(manual({ explains: 'set_1' }))).toEqual({});
  });

  test('takes a withdrawal from the balance: what arrived to the bank, what was kept to the fees', () => {
    expect(positionOf(manual({ items: [], withdrawal: { amount: 5000, fee: 75 } }))).toEqual({
      'bank USD': 4925,
      'fees USD': 75,
      'payouts_clearing USD': -5000,
    });
  });

  test('is never of payments and a withdrawal at once, nor of neither', () => {
    expect(() => positionOf(manual({ withdrawal: { amount: 1, fee: 0 } }))).toThrow('or a withdrawal');
    expect(() => positionOf(manual({ items: [] }))).toThrow('or a withdrawal');
  });
});
