import fc from 'fast-check';

import { statusOf, statusOfPayment, totalsOf } from '../../../../lambdas/domain/payments';
import type { PayoutPage } from '../../../../lambdas/domain/providers/provider';
import { aStory, apply, paymentId } from './a-story';

describe.each([
  ['JPY', 1000],
  ['KWD', 12_345],
  ['ISK', 1000],
  ['CLP', 1000],
  ['UGX', 1000],
  ['HUF', 1050],
  ['IDR', 150_000],
  ['CVE', 1000],
])('a payment in %s', (currency, amount) => {
  const part = currency === 'IDR' || currency === 'CVE' ? 100 : 7;

  test('is authorized, captured, refunded and settled without a factor between', async () => {
    const story = await aStory(currency);
    expect(await story.authorize('manual', amount)).toMatchObject({
      status: 'succeeded',
      amount: { amount, currency },
    });
    expect(await story.follow('capture', amount - part)).toMatchObject({ status: 'pending' });
    await story.hear();
    expect(await story.follow('refund', part)).toMatchObject({ status: 'pending' });
    await story.hear();
    expect(totalsOf(story.payment())).toMatchObject({
      authorized: amount,
      captured: amount - part,
      refunded: part,
      needsAttention: false,
    });

    const payoutId = story.adyen.payOut(currency);
    expect((await story.hear()).map(({ subject }) => subject)).toEqual([{ type: 'report', reportId: payoutId }]);
    const page = await story.provider.payoutLines?.({ payoutId });
    const { lines, payout } = page?.ok === true ? page.value : ({ lines: [] } satisfies Partial<PayoutPage>);
    expect(lines.map(({ kind, amount: gross, paymentId: of }) => [kind, gross, of])).toEqual([
      ['capture', { amount: amount - part, currency }, paymentId],
      ['refund', { amount: part, currency }, paymentId],
      ['adjustment', { amount: 0, currency }, undefined],
    ]);
    const net = lines.reduce((sum, { paidOut }) => sum + (paidOut?.net ?? NaN), 0);
    expect(payout).toEqual({ amount: { amount: net, currency } });
  });
});

describe('a payment at Adyen', () => {
  test('captures what is authorized, and hears when Adyen refuses', async () => {
    const story = await aStory();
    await story.authorize('manual', 1000);
    await story.follow('capture', 600);
    await story.follow('capture', 500);
    await story.hear();
    const [, first, second] = story.payment().operations;
    expect([statusOf(first!.evidence), statusOf(second!.evidence)]).toEqual(['succeeded', 'failed']);
    expect(totalsOf(story.payment())).toMatchObject({ captured: 600, needsAttention: false });
    await story.follow('cancel', 400);
    await story.hear();
    expect(totalsOf(story.payment())).toMatchObject({ capturable: 0, needsAttention: false });
    expect(statusOfPayment(story.payment())).toBe('partially_captured');
  });

  test('on a page may be refused and paid after that', async () => {
    const story = await aStory();
    const link = await story.authorize('automatic', 1000, { type: 'hosted-page' });
    const id = link.status === 'requires_action' ? link.providerReference : '';
    expect(statusOfPayment(story.payment())).toBe('requires_action');
    story.adyen.visitLink(id, 'is-refused');
    await story.hear();
    expect(statusOfPayment(story.payment())).toBe('requires_action');
    story.adyen.visitLink(id, 'pays');
    await story.hear();
    expect(statusOfPayment(story.payment())).toBe('captured');
    expect(totalsOf(story.payment()).needsAttention).toBe(false);
    await story.follow('refund', 1000);
    await story.hear();
    expect(statusOfPayment(story.payment())).toBe('refunded');
  });

  test('of whose acceptance nothing was heard is settled by the webhook', async () => {
    const story = await aStory();
    await story.authorize('automatic', 1000, { type: 'token', token: 'test-lost-after-effect', customer: 'shopper-1' });
    expect(statusOfPayment(story.payment())).toBe('processing');
    await story.hear();
    expect(statusOfPayment(story.payment())).toBe('captured');
  });

  test('keeps the exact reason of a refusal beside the webhook, which has none', async () => {
    const story = await aStory();
    await story.authorize('manual', 1000, { type: 'token', token: 'test-not-enough-balance', customer: 'shopper-1' });
    await story.hear();
    expect(story.payment().operations[0].evidence).toMatchObject({ failure: 'insufficient_funds', ambiguous: false });
  });

  test('shows what was done in the Customer Area as made without us', async () => {
    const story = await aStory();
    await story.authorize('manual', 1000);
    story.adyen.inCustomerArea('CAPTURE', story.adyen.paymentsOf(paymentId)[0]!.pspReference, 800);
    story.adyen.inCustomerArea('REFUND', story.adyen.paymentsOf(paymentId)[0]!.pspReference, 300);
    await story.hear();
    expect(totalsOf(story.payment())).toMatchObject({ captured: 800, refunded: 300, needsAttention: false });
    expect(story.payment().operations.map(({ origin }) => origin)).toEqual(['own', 'provider', 'provider']);
  });

  test('loses a refund that comes back, and a capture that fails in clearing', async () => {
    const story = await aStory();
    await story.authorize('manual', 1000);
    await story.follow('capture', 1000);
    await story.follow('refund', 400);
    await story.hear();
    const [capture, refund] = story.adyen.modificationsOf(paymentId);
    story.adyen.comesBack(refund!, 'REFUNDED_REVERSED');
    await story.hear();
    expect(totalsOf(story.payment())).toMatchObject({ captured: 1000, refunded: 0, needsAttention: false });
    story.adyen.comesBack(capture!, 'CAPTURE_FAILED');
    await story.hear();
    expect(totalsOf(story.payment())).toMatchObject({ captured: 0, needsAttention: false });
  });

  test('loses them as well when Adyen tells it under the name of the payment, whichever it tells first', async () => {
    const story = await aStory();
    await story.authorize('manual', 1000);
    await story.follow('capture', 1000);
    await story.follow('refund', 400);
    const before = story.payment();
    const [authorized] = story.adyen.paymentsOf(paymentId);
    const [, refund] = story.adyen.modificationsOf(paymentId);
    story.adyen.comesBack({ ...refund!, reference: authorized!.reference }, 'REFUND_FAILED');
    const events = await story.hear();
    for (const payment of [story.payment(), apply(before, events.toReversed())]) {
      expect(totalsOf(payment)).toMatchObject({ captured: 1000, refunded: 0, refundable: 1000, needsAttention: false });
    }
    story.adyen.comesBack(
      { ...refund!, reference: authorized!.reference, amount: { value: 1, currency: 'EUR' } },
      'REFUND_FAILED',
    );
    await story.hear();
    expect(totalsOf(story.payment()).needsAttention).toBe(true);
  });

  test('expires', async () => {
    const story = await aStory();
    await story.authorize('manual', 1000);
    story.adyen.expire(story.adyen.paymentsOf(paymentId)[0]!.pspReference);
    await story.hear();
    expect(statusOfPayment(story.payment())).toBe('expired');
  });

  test('follows a dispute by its stages, in whichever order they are heard', async () => {
    const story = await aStory();
    await story.authorize('automatic', 1000);
    const psp = story.adyen.paymentsOf(paymentId)[0]!.pspReference;
    const stages: readonly [string, number][] = [
      ['REQUEST_FOR_INFORMATION', 0],
      ['NOTIFICATION_OF_CHARGEBACK', 0],
      ['CHARGEBACK', 1000],
      ['INFORMATION_SUPPLIED', 1000],
      ['CHARGEBACK_REVERSED', 0],
      ['SECOND_CHARGEBACK', 1000],
    ];
    for (const [eventCode, disputed] of stages) {
      story.adyen.dispute(psp, eventCode);
      await story.hear();
      expect([eventCode, totalsOf(story.payment()).disputed]).toEqual([eventCode, disputed]);
    }
    expect(story.payment().disputes).toHaveLength(1);
  });

  test('comes to the same whatever order its webhooks arrive in, and however often each', async () => {
    const story = await aStory();
    await story.authorize('manual', 1000);
    await story.follow('capture', 400);
    await story.follow('capture', 600);
    await story.follow('refund', 300);
    const before = story.payment();
    const psp = story.adyen.paymentsOf(paymentId)[0]!.pspReference;
    story.adyen.inCustomerArea('REFUND', psp, 100);
    story.adyen.comesBack(story.adyen.modificationsOf(paymentId)[2]!, 'REFUND_FAILED');
    for (const code of ['NOTIFICATION_OF_CHARGEBACK', 'CHARGEBACK', 'CHARGEBACK_REVERSED', 'SECOND_CHARGEBACK']) {
      story.adyen.dispute(psp, code, 500);
    }
    story.adyen.dispute(psp, 'CHARGEBACK', 400);
    const events = await story.hear();
    const after = story.payment();
    expect(events).toHaveLength(11);
    fc.assert(
      fc.property(
        fc
          .array(fc.constantFrom(...events), { maxLength: 6 })
          .chain((again) => fc.shuffledSubarray([...events, ...again], { minLength: events.length + again.length })),
        (heard) => {
          expect(apply(before, heard)).toEqual(after);
        },
      ),
      { numRuns: 200 },
    );
  });
});
