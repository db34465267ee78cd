import { accounts, paymentPosition } from '../../../lambdas/domain/ledger';
import type { Position } from '../../../lambdas/domain/ledger';
import type { Payment, PaymentEvent } from '../../../lambdas/domain/payments';
import { totalsOf } from '../../../lambdas/domain/payments';
import { aPayment, createdAt, failed, recorded, succeeded, withEvents } from '../payments/a-payment';
import { attested } from '../payments/attestations';

/** Balances by account in USD, and by `account currency` in any other. */
function balances(payment: Payment): Record<string, number> {
  return Object.fromEntries(
    paymentPosition(payment).map(({ account, currency, amount }) => [
      currency === 'USD' ? account : `${account} ${currency}`,
      amount,
    ]),
  );
}

const line = (
  settlementId: string,
  kind: 'capture' | 'refund' | 'dispute' | 'dispute_reversal' | 'adjustment',
  amount: number,
  paidOut?: { net: number; fee: number; currency: string },
  currency = 'USD',
): PaymentEvent => ({
  type: 'SettlementReported',
  data: { settlementId, kind, amount, currency, ...(paidOut === undefined ? {} : { paidOut }) },
});

const dispute = (status: 'inquiry' | 'opened' | 'under_review' | 'won' | 'lost', amount = 1000, currency = 'USD') =>
  ({
    type: 'DisputeReported',
    data: { disputeId: 'd1', status, amount, currency, occurredAt: createdAt },
  }) satisfies PaymentEvent;

const usd = (net: number, fee: number) => ({ net, fee, currency: 'USD' });

describe('the position of a payment', () => {
  test('is nothing before anything is captured', () => {
    expect(balances(aPayment({ capture: 'manual' }))).toEqual({});
  });

  test('owes the tenant what the provider has captured for them', () => {
    expect(balances(aPayment())).toEqual({ provider_receivable: 1000, tenant_payable: -1000 });
    expect(balances(aPayment({ captured: [300, 200] }))).toEqual({ provider_receivable: 500, tenant_payable: -500 });
  });

  test('takes refunds from what the provider holds', () => {
    expect(balances(aPayment({ refunded: [250] }))).toEqual({
      provider_receivable: 750,
      tenant_payable: -1000,
      refunds: 250,
    });
  });

  test('follows what a person attested, and the provider as soon as it tells otherwise', () => {
    const silent = aPayment({}, [
      { type: 'OperationRequested', data: { operationId: 'op_r', kind: 'refund', amount: 250 } },
    ]);
    const done = { status: 'succeeded', reference: 're_1', amount: 250, currency: 'USD' } as const;
    const paidBack = { provider_receivable: 750, tenant_payable: -1000, refunds: 250 };
    const kept = { provider_receivable: 1000, tenant_payable: -1000 };
    expect(balances(silent)).toEqual(kept);
    const attestedDone = withEvents(silent, [attested('op_r', done)]);
    expect(balances(attestedDone)).toEqual(paidBack);
    expect(balances(withEvents(attestedDone, [recorded('op_r', failed)]))).toEqual(kept);
    const attestedFailed = withEvents(silent, [attested('op_r', { status: 'failed', reason: 'not_received' })]);
    expect(balances(attestedFailed)).toEqual(kept);
    expect(balances(withEvents(attestedFailed, [recorded('op_r', succeeded(250, 'USD', 're_1'))]))).toEqual(paidBack);
  });

  test.each([
    ['inquiry', { provider_receivable: 1000, tenant_payable: -1000 }],
    ['opened', { tenant_payable: -1000, disputes: 1000 }],
    ['under_review', { tenant_payable: -1000, disputes: 1000 }],
    ['won', { provider_receivable: 1000, tenant_payable: -1000 }],
    ['lost', { tenant_payable: -1000, disputes: 1000 }],
  ] as const)('has the money of a dispute that is %s where it is', (status, expected) => {
    expect(balances(aPayment({}, [dispute(status)]))).toEqual(expected);
  });

  test('a payout moves gross to clearing and fee', () => {
    expect(balances(aPayment({}, [line('s1', 'capture', 1000, usd(970, 30))]))).toEqual({
      payouts_clearing: 970,
      tenant_payable: -1000,
      fees: 30,
    });
  });

  test('without a word about fees, net is gross', () => {
    expect(balances(aPayment({}, [line('s1', 'capture', 1000)]))).toEqual({
      payouts_clearing: 1000,
      tenant_payable: -1000,
    });
  });

  test('a payout in another currency balances in both, through exchange', () => {
    const paid = line('s1', 'capture', 1000, { net: 880, fee: 20, currency: 'EUR' });
    expect(balances(aPayment({}, [paid]))).toEqual({
      tenant_payable: -1000,
      exchange: 1000,
      'payouts_clearing EUR': 880,
      'fees EUR': 20,
      'exchange EUR': -900,
    });
  });

  test('a whole life that was paid out and explained leaves nothing with the provider and nothing in suspense', () => {
    const payment = aPayment({ refunded: [100] }, [
      dispute('lost', 900),
      line('s1', 'capture', 1000, usd(970, 30)),
      line('s2', 'refund', 100, usd(-100, 0)),
      line('s3', 'dispute', 900, usd(-915, 15)),
    ]);
    expect(balances(payment)).toEqual({
      payouts_clearing: -45,
      tenant_payable: -1000,
      refunds: 100,
      disputes: 900,
      fees: 45,
    });
  });

  test('a dispute that was withdrawn, won and given back leaves only its fee', () => {
    const payment = aPayment({}, [
      line('s1', 'capture', 1000),
      dispute('won'),
      line('s2', 'dispute', 1000, usd(-1015, 15)),
      line('s3', 'dispute_reversal', 1000, usd(1000, 0)),
    ]);
    expect(balances(payment)).toEqual({ payouts_clearing: 985, tenant_payable: -1000, fees: 15 });
  });

  test('while the money of a won dispute has not come back, the provider owes it', () => {
    const payment = aPayment({}, [line('s1', 'capture', 1000), dispute('won'), line('s2', 'dispute', 1000)]);
    expect(balances(payment)).toEqual({ provider_receivable: 1000, tenant_payable: -1000 });
  });

  test('withdrawn a second time after it was won, the dispute explains both lines', () => {
    const payment = aPayment({}, [
      line('s1', 'capture', 1000),
      dispute('lost'),
      line('s2', 'dispute', 1000),
      line('s3', 'dispute_reversal', 1000),
      line('s4', 'dispute', 1000),
    ]);
    expect(balances(payment)).toEqual({ tenant_payable: -1000, disputes: 1000 });
  });
});

describe('what does not fit is in suspense', () => {
  test('a capture beyond what was authorized', () => {
    const payment = aPayment({ captured: [800] }, [
      {
        type: 'ExternalOperationReported',
        data: {
          operationId: 'op_x',
          kind: 'capture',
          reference: 'x',
          status: 'succeeded',
          amount: 300,
          currency: 'USD',
          occurredAt: createdAt,
        },
      },
    ]);
    expect(balances(payment)).toEqual({ provider_receivable: 1100, tenant_payable: -1000, suspense: -100 });
    expect(totalsOf(payment).needsAttention).toBe(true);
  });

  test('a refund beyond what was captured', () => {
    const payment = aPayment({ captured: [100], refunded: [100] }, [
      { type: 'OperationRequested', data: { operationId: 'op_r9', kind: 'refund', amount: 40 } },
      recorded('op_r9', succeeded(40, 'USD', 'r9')),
    ]);
    expect(balances(payment)).toEqual({
      provider_receivable: -40,
      tenant_payable: -100,
      refunds: 100,
      suspense: 40,
    });
  });

  test('a dispute of more than was captured, or in another currency', () => {
    expect(balances(aPayment({}, [dispute('opened', 1200)]))).toEqual({
      provider_receivable: -200,
      tenant_payable: -1000,
      disputes: 1000,
      suspense: 200,
    });
    expect(balances(aPayment({}, [dispute('opened', 900, 'EUR')]))).toEqual({
      provider_receivable: 1000,
      tenant_payable: -1000,
      'provider_receivable EUR': -900,
      'suspense EUR': 900,
    });
  });

  test('a dispute in another currency once, whether its line was paid out or not', () => {
    const taken = line('s1', 'dispute', 11_000, undefined, 'EUR');
    expect(balances(aPayment({}, [dispute('lost', 11_000, 'EUR'), taken]))).toEqual({
      provider_receivable: 1000,
      tenant_payable: -1000,
      'payouts_clearing EUR': -11_000,
      'suspense EUR': 11_000,
    });
    expect(balances(aPayment({}, [taken]))).toMatchObject({ 'suspense EUR': 11_000 });
    const beyond = balances(aPayment({}, [dispute('lost', 10_000, 'EUR'), taken]));
    expect([beyond['suspense EUR'], beyond['provider_receivable EUR']]).toEqual([11_000, undefined]);
    // Won, the provider owes it until it gives it back.
    expect(balances(aPayment({}, [dispute('won', 11_000, 'EUR'), taken]))).toMatchObject({
      'provider_receivable EUR': 11_000,
    });
    const back = line('s2', 'dispute_reversal', 11_000, undefined, 'EUR');
    expect(balances(aPayment({}, [dispute('won', 11_000, 'EUR'), taken, back]))).toEqual({
      provider_receivable: 1000,
      tenant_payable: -1000,
    });
  });

  test('more settled than captured, until the capture is heard of', () => {
    const early = aPayment({ capture: 'manual' }, [line('s1', 'capture', 1000)]);
    expect(balances(early)).toEqual({ payouts_clearing: 1000, suspense: -1000 });
    const later = aPayment({ captured: [1000] }, [line('s1', 'capture', 1000)]);
    expect(balances(later)).toEqual({ payouts_clearing: 1000, tenant_payable: -1000 });
  });

  test('a line whose net and fee are not its gross', () => {
    expect(balances(aPayment({}, [line('s1', 'capture', 1000, usd(950, 30))]))).toEqual({
      payouts_clearing: 950,
      tenant_payable: -1000,
      fees: 30,
      suspense: 20,
    });
  });

  test('an adjustment, either way, until its counterpart comes', () => {
    const taken = aPayment({}, [line('s1', 'adjustment', -50)]);
    expect(balances(taken)).toMatchObject({ payouts_clearing: -50, suspense: 50 });
    const back = aPayment({}, [line('s1', 'adjustment', -50), line('s2', 'adjustment', 50)]);
    expect(balances(back)).toEqual({ provider_receivable: 1000, tenant_payable: -1000 });
  });

  test('a line in a currency that is not the payment’s', () => {
    expect(balances(aPayment({}, [line('s1', 'capture', 500, undefined, 'EUR')]))).toEqual({
      provider_receivable: 1000,
      tenant_payable: -1000,
      'payouts_clearing EUR': 500,
      'suspense EUR': -500,
    });
  });

  test('a settled refund that the provider then took back, until the correction', () => {
    const reversed: PaymentEvent[] = [
      { type: 'OperationRequested', data: { operationId: 'op_r', kind: 'refund', amount: 100 } },
      recorded('op_r', succeeded(100, 'USD', 'r')),
      line('s1', 'refund', 100),
      recorded('op_r', { status: 'reversed', reason: 'provider_refused' }),
    ];
    expect(balances(aPayment({}, reversed))).toEqual({
      provider_receivable: 1000,
      payouts_clearing: -100,
      tenant_payable: -1000,
      suspense: 100,
    });
    expect(balances(aPayment({}, [...reversed, line('s2', 'adjustment', 100)]))).toEqual({
      provider_receivable: 1000,
      tenant_payable: -1000,
    });
  });

  test('not an amount that was only claimed: what differs from what was asked settles nothing', () => {
    const payment = aPayment({ capture: 'manual' }, [
      { type: 'OperationRequested', data: { operationId: 'op_c', kind: 'capture', amount: 600 } },
      recorded('op_c', succeeded(700, 'USD', 'c')),
    ]);
    expect(balances(payment)).toEqual({});
    expect(totalsOf(payment).needsAttention).toBe(true);
  });
});

test('a position is in the order of currencies and of the chart', () => {
  const position: Position = paymentPosition(
    aPayment({ refunded: [10] }, [line('s1', 'capture', 1000, { net: 880, fee: 20, currency: 'EUR' })]),
  );
  const order = position.map(({ currency, account }) => `${currency} ${String(accounts.indexOf(account))}`);
  expect(order).toEqual([...order].sort());
});
