import type { PayoutLine, Provider } from '../../../../lambdas/domain/providers/provider';
import { newStripeProvider } from '../../../../lambdas/adapters/providers/stripe/stripe-provider';
import { fetchOf } from '../../../../local/providers/fake-provider';
import { aFollowUp, apiKey, aStripe, authorized, op, paymentId, usd } from './a-stripe';

/** All lines of a payout, page by page. */
async function linesOf(provider: Provider, payoutId: string): Promise<readonly PayoutLine[]> {
  const lines: PayoutLine[] = [];
  let cursor: string | undefined;
  do {
    const page = await provider.payoutLines!({ payoutId, ...(cursor === undefined ? {} : { cursor }) });
    if (!page.ok) throw new Error(page.error);
    lines.push(...page.value.lines);
    cursor = page.value.next;
  } while (cursor !== undefined);
  return lines;
}

describe('the lines of a payout', () => {
  test('name the payment, the fee and the net, and sum to what was paid out', async () => {
    const world = await aStripe();
    const { dashboard } = world.stripe;
    const reference = await authorized(world, { capture: 'automatic' });
    await world.provider.refund(aFollowUp(reference, { operationId: op('ours'), amount: usd(100) }));
    const theirs = dashboard.refund(reference, 50);
    dashboard.failRefund(theirs);
    const disputeId = dashboard.openDispute(reference, { amount: 300 });
    dashboard.closeDispute(disputeId, 'won');
    const payoutId = dashboard.payOut('usd');
    const lines = await linesOf(world.provider, payoutId);
    expect(lines.map(({ settlementId: _, ...line }) => line)).toEqual([
      {
        paymentId,
        kind: 'dispute_reversal',
        amount: usd(300),
        paidOut: { net: 300, fee: 0, currency: 'USD' },
        payoutId,
      },
      { paymentId, kind: 'dispute', amount: usd(300), paidOut: { net: -1800, fee: 1500, currency: 'USD' }, payoutId },
      { paymentId, kind: 'adjustment', amount: usd(50), paidOut: { net: 50, fee: 0, currency: 'USD' }, payoutId },
      { paymentId, kind: 'refund', amount: usd(50), paidOut: { net: -50, fee: 0, currency: 'USD' }, payoutId },
      { paymentId, kind: 'refund', amount: usd(100), paidOut: { net: -100, fee: 0, currency: 'USD' }, payoutId },
      { paymentId, kind: 'capture', amount: usd(1000), paidOut: { net: 970, fee: 30, currency: 'USD' }, payoutId },
    ]);
    expect(new Set(lines.map(({ settlementId }) => settlementId)).size).toBe(lines.length);
    const [payout] = (await world.told()).flatMap(({ subject }) => (subject.type === 'payout' ? [subject] : []));
    expect(lines.reduce((sum, { paidOut }) => sum + paidOut!.net, 0)).toBe(payout!.amount.amount);
  });

  test('tell the gross in the currency of the payment, where Stripe exchanged', async () => {
    const world = await aStripe({ exchange: { to: 'eur', rate: 0.9 } });
    const reference = await authorized(world, { capture: 'automatic' });
    await world.provider.refund(aFollowUp(reference, { amount: usd(100) }));
    expect(await linesOf(world.provider, world.stripe.dashboard.payOut('eur'))).toMatchObject([
      { kind: 'refund', amount: usd(100), paidOut: { net: -90, fee: 0, currency: 'EUR' } },
      { kind: 'capture', amount: usd(1000), paidOut: { net: 873, fee: 27, currency: 'EUR' } },
    ]);
  });

  test.each([
    ['stripe_fee', 'fee', 'fee'],
    ['stripe_fx_fee', 'fee', 'fee'],
    ['tax_fee', 'tax', 'fee'],
    ['payout_failure', 'payout_reversal', 'returned'],
    ['payout_cancel', 'payout_reversal', 'returned'],
    ['reserve_transaction', 'risk_reserved_funds', 'other'],
    ['adjustment', 'other_adjustment', 'other'],
    ['topup', 'topup', 'other'],
    // They are of payments, whose names are gone.
    ['refund_failure', 'refund_failure', undefined],
    ['adjustment', 'partial_capture_reversal', undefined],
    ['adjustment', 'dispute', undefined],
  ])('have a %s (%s) on the account as %s', async (type, category, account) => {
    const world = await aStripe();
    world.stripe.dashboard.bookOnAccount({ type, category, amount: -120, currency: 'usd' });
    const [line] = await linesOf(world.provider, world.stripe.dashboard.payOut('usd'));
    expect(line).toMatchObject({ paymentId: undefined, paidOut: { net: -120, fee: 0, currency: 'USD' } });
    expect(line!.account).toBe(account);
  });

  test('have nothing on the account that names a payment, though nobody knows it', async () => {
    const sources = [
      { object: 'charge', id: 'ch_1', payment_intent: null, metadata: {} },
      { object: 'refund', id: 're_1', payment_intent: null, charge: 'ch_1', metadata: {} },
      { object: 'dispute', id: 'du_1', payment_intent: null, metadata: {} },
      { object: 'transfer', id: 'tr_1', source_transaction: 'ch_1', metadata: {} },
      { object: 'application_fee', id: 'fee_1', charge: 'ch_1' },
      'ch_not_expanded',
      { object: 'topup', id: 'tu_1', metadata: {} },
      { object: 'payout', id: 'po_0', metadata: {} },
      { object: 'topup', id: 'tu_2', metadata: { countinghouse_payment: paymentId } },
    ];
    const { stripe } = await aStripe();
    const transaction = { object: 'balance_transaction', amount: -100, fee: 0, net: -100, currency: 'usd' };
    const booked = { ...transaction, exchange_rate: null, type: 'stripe_fee', reporting_category: 'fee' };
    const data = sources.map((source, index) => ({ ...booked, id: `txn_${String(index)}`, source }));
    const real = fetchOf(stripe);
    const provider = newStripeProvider({
      apiKey,
      timeoutMs: 50,
      fetch: (input, init) =>
        (input instanceof Request ? input.url : String(input)).includes('/v1/balance_transactions')
          ? Promise.resolve(Response.json({ object: 'list', has_more: false, data }))
          : real(input, init),
    });
    const lines = await linesOf(provider, stripe.dashboard.payOut('usd'));
    expect(lines.map(({ account }) => account)).toEqual([
      ...sources.slice(0, 6).map(() => undefined),
      'fee',
      'fee',
      undefined,
    ]);
    expect(lines.at(-1)?.paymentId).toBe(paymentId);
  });

  test('come in pages, each once', async () => {
    const world = await aStripe();
    for (let index = 0; index < 120; index += 1) {
      await authorized(world, { capture: 'automatic', operationId: op(String(index)) });
    }
    const lines = await linesOf(world.provider, world.stripe.dashboard.payOut('usd'));
    expect(lines).toHaveLength(120);
    expect(new Set(lines.map(({ settlementId }) => settlementId)).size).toBe(120);
  });

  test('are not there before the reconciliation, never of a manual payout, and not of one that nobody knows', async () => {
    const { provider, stripe } = await aStripe();
    await authorized({ provider }, { capture: 'automatic' });
    const early = stripe.dashboard.payOut('usd', { reconciled: false });
    expect(await provider.payoutLines!({ payoutId: early })).toEqual({ ok: false, error: 'payout-not-ready' });
    stripe.dashboard.completeReconciliation(early);
    expect(await linesOf(provider, early)).toHaveLength(1);
    const manual = stripe.dashboard.payOut('usd', { manual: true });
    expect(await linesOf(provider, manual)).toEqual([]);
    expect(await provider.payoutLines!({ payoutId: 'po_unknown' })).toEqual({ ok: false, error: 'payout-unknown' });
  });
});
