import { aFollowUp, aLookup, anAuthorization, aStripe, authorized, op, paymentId } from './a-stripe';

/** Whole amounts, partial ones, and what Stripe is told of them. */
describe.each([
  { currency: 'JPY', amount: 1500, part: 500, atStripe: 1500 },
  { currency: 'KWD', amount: 15_500, part: 5_120, atStripe: 15_500 },
  { currency: 'ISK', amount: 1500, part: 499, atStripe: 150_000 },
  { currency: 'CLP', amount: 9990, part: 990, atStripe: 9990 },
  { currency: 'UGX', amount: 7000, part: 1, atStripe: 700_000 },
  { currency: 'HUF', amount: 123_456, part: 3_456, atStripe: 123_456 },
  { currency: 'MGA', amount: 500, part: 100, atStripe: 5 },
])('$currency', ({ currency, amount, part, atStripe }) => {
  test('goes through authorization, capture, refund, look-ups and webhooks without a factor', async () => {
    const world = await aStripe();
    const { provider, stripe } = world;
    const all = { amount, currency };
    const some = { amount: part, currency };
    const reference = await authorized(world, { amount: all });
    const followUp = aFollowUp(reference);
    const captured = await provider.capture({ ...followUp, amount: all, operationId: op('capture') });
    expect(captured).toMatchObject({ status: 'succeeded', amount: all });
    const refunded = await provider.refund({ ...followUp, amount: some, operationId: op('refund') });
    expect(refunded).toMatchObject({ status: 'succeeded', amount: some });

    const ask = { amount: all, paymentReference: reference };
    expect(await provider.lookup(aLookup({ ...ask }))).toMatchObject({ status: 'succeeded', amount: all });
    expect(await provider.lookup(aLookup({ ...ask, kind: 'capture', operationId: op('capture') }))).toEqual(captured);
    expect(await provider.lookup(aLookup({ ...ask, kind: 'refund', operationId: op('refund') }))).toEqual(refunded);

    const amounts = (await world.told()).flatMap(({ subject }) =>
      subject.type === 'operation' && subject.outcome.status === 'succeeded' ? [subject.outcome.amount] : [],
    );
    expect(amounts).toEqual([all, all, some]);

    // Stripe's own side of it.
    const disputeId = stripe.dashboard.openDispute(reference);
    stripe.dashboard.closeDispute(disputeId, 'lost');
    const [dispute] = await world.told();
    expect(dispute?.subject).toMatchObject({ about: { amount: { amount: amount - part, currency } } });
    const payoutId = stripe.dashboard.payOut(currency.toLowerCase());
    const page = await provider.payoutLines?.({ payoutId });
    const lines = page?.ok === true ? page.value.lines : [];
    expect(lines.map(({ kind, amount: gross, paymentId: of }) => ({ kind, gross, of }))).toEqual([
      { kind: 'dispute', gross: { amount: amount - part, currency }, of: paymentId },
      { kind: 'refund', gross: some, of: paymentId },
      { kind: 'capture', gross: all, of: paymentId },
    ]);
    const [payout] = await world.told();
    const paid = lines.reduce((sum, { paidOut }) => sum + (paidOut?.net ?? 0), 0);
    expect(payout?.subject).toMatchObject({ type: 'payout', payoutId, amount: { amount: paid, currency } });
  });

  test('is told to Stripe in its own units', async () => {
    const world = await aStripe();
    await authorized(world, { amount: { amount, currency } });
    const [event] = world.stripe.takeDeliveries();
    expect(JSON.parse(Buffer.from(event!.body).toString())).toMatchObject({ data: { object: { amount: atStripe } } });
  });
});

test.each([
  { amount: 15_501, currency: 'KWD' },
  { amount: 550, currency: 'MGA' },
  { amount: 10, currency: 'CLF' },
])('$amount $currency is refused before anything is sent', async (amount) => {
  const { provider, stripe } = await aStripe();
  const before = stripe.requests.length;
  const refused = { status: 'failed', reason: 'not_allowed' };
  expect(await provider.authorize(anAuthorization({ amount }))).toEqual(refused);
  expect(await provider.authorize(anAuthorization({ amount, method: { type: 'hosted-page' } }))).toEqual(refused);
  expect(await provider.capture(aFollowUp('pi_1', { amount }))).toEqual(refused);
  expect(await provider.refund(aFollowUp('pi_1', { amount }))).toEqual(refused);
  expect(stripe.requests.length).toBe(before);
});
