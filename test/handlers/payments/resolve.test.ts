import { aShop } from './a-shop';
import { paymentsRoutes } from '../../../lambdas/routes/payments';
import { passesLuhn } from '../../../lambdas/kernel/redaction';

interface Entry {
  version: number;
  events: { type: string }[];
}

const usd = (amount: number) => ({ amount, currency: 'USD' });

describe('POST resolve', () => {
  const evidence = { kind: 'provider-dashboard', reference: 'Refunds of 22 November' };
  const failed = { outcome: 'failed', evidence };

  /** A payment with a refund of 40 that the provider never answered; nor does it tell when it is asked. */
  async function aSilentRefund() {
    const shop = await aShop();
    const { id: paymentId } = (await shop.create('k1', { paymentMethod: { token: 'tok_refund_timeout' } })).body;
    const refund = await shop.change('refunds', paymentId, 'k2', { amount: usd(40) });
    expect(refund.status).toBe(202);
    const operationId = (refund.body.operations as unknown as { id: string }[]).at(-1)!.id;
    return { shop, ids: { paymentId, operationId } };
  }

  test('closes what the provider never told of, shows by whom and on what, and frees its amount', async () => {
    const { shop, ids } = await aSilentRefund();
    expect((await shop.change('refunds', ids.paymentId, 'k3', { amount: usd(100) })).body.reason).toBe(
      'amount-exceeds-refundable',
    );
    await shop.askInVain(ids.paymentId);
    expect((await shop.read('', ids.paymentId)).body).toMatchObject({
      attention: [{ reason: 'outcome-unresolved', operationId: ids.operationId }],
    });
    const answer = await shop.resolve(ids, 'k4', { ...failed, reason: 'not_received' });
    expect([answer.status, answer.body]).toMatchObject([
      200,
      { status: 'captured', needsAttention: false, attention: [], refundedAmount: usd(0) },
    ]);
    expect(answer.body.operations).toMatchObject([
      {},
      { status: 'failed', failureReason: 'not_received', attestation: { outcome: 'failed', evidence } },
    ]);
    const again = await shop.resolve(ids, 'k4', { ...failed, reason: 'not_received' });
    expect([again.status, again.body, again.headers['idempotent-replayed']]).toEqual([200, answer.body, 'true']);
    const [latest] = (await shop.read('/timeline', ids.paymentId)).body.data as unknown as Entry[];
    expect(latest).toMatchObject({
      actor: { user: 'user-1', level: 'owner' },
      command: 'payments.resolve',
      events: [{ type: 'OutcomeAttested', data: { operationId: ids.operationId, evidence } }],
    });
    expect((await shop.resolve(ids, 'k5', failed)).body).toMatchObject({ status: 409, reason: 'operation-not-open' });
  });

  test('is outweighed by the webhook that comes after all', async () => {
    const { shop, ids } = await aSilentRefund();
    await shop.askInVain(ids.paymentId);
    const done = { outcome: 'succeeded', providerReference: 'refund_0123456789abcdef', amount: usd(40), evidence };
    expect((await shop.resolve(ids, 'k4', done)).body).toMatchObject({
      status: 'partially_refunded',
      refundedAmount: usd(40),
      needsAttention: false,
    });
    await shop.deliverWebhooks();
    // The provider did it, under another name than the one that was copied.
    expect((await shop.read('', ids.paymentId)).body).toMatchObject({
      refundedAmount: usd(40),
      attention: [{ reason: 'attestation-contradicted', operationId: ids.operationId }],
    });
  });

  test('is refused while the provider is still asked, and for what is not as it was asked', async () => {
    const { shop, ids } = await aSilentRefund();
    expect((await shop.resolve(ids, 'a', failed)).body).toMatchObject({
      status: 422,
      reason: 'look-ups-not-exhausted',
    });
    await shop.askInVain(ids.paymentId);
    const done = { outcome: 'succeeded', providerReference: 'refund_0123456789abcdef', amount: usd(41), evidence };
    expect((await shop.resolve(ids, 'b', done)).body).toMatchObject({ status: 422, reason: 'attested-amount-differs' });
    const { operations } = (await shop.read('', ids.paymentId)).body as unknown as {
      operations: { id: string; providerReference: string }[];
    };
    const { id: paid, providerReference: taken } = operations[0]!;
    const asked = { ...done, amount: usd(40) };
    expect((await shop.resolve(ids, 'f', { ...asked, providerReference: taken })).body).toMatchObject({
      status: 422,
      reason: 'reference-malformed',
      detail: expect.stringContaining('refund_'),
    });
    expect(paid).not.toBe(ids.operationId);
    const absent = [
      { ...ids, paymentId: 'pay_0000000000000000000z' },
      { ...ids, operationId: 'op_0000000000000000000z' },
    ];
    for (const each of absent) expect((await shop.resolve(each, 'c', failed)).status).toBe(404);
    expect((await shop.resolve(ids, 'd', failed, { 'If-Match': '"1"' })).status).toBe(412);
    for (const body of [
      { outcome: 'failed' },
      { ...done, amount: undefined },
      { ...done, providerReference: '4242-4242-4242-4242' },
      { ...failed, evidence: { ...evidence, kind: 'hearsay' } },
    ]) {
      expect((await shop.resolve(ids, 'e', body)).status).toBe(400);
    }
  });

  test('accepts what the provider did in another amount than was asked, and no other amount', async () => {
    const shop = await aShop();
    const created = (await shop.create('k1', { paymentMethod: { token: 'tok_wrong_amount' } })).body;
    const [{ id: operationId, reportedAmount, providerReference }] = created.operations as unknown as [
      { id: string; reportedAmount: { amount: number; currency: string }; providerReference: string },
    ];
    expect(reportedAmount.amount).not.toBe(100);
    const ids = { paymentId: created.id, operationId };
    const accepting = { outcome: 'succeeded', providerReference, amount: reportedAmount, evidence };
    expect((await shop.resolve(ids, 'a', { ...accepting, amount: usd(100) })).body).toMatchObject({
      status: 422,
      reason: 'reported-amount-differs',
    });
    expect((await shop.resolve(ids, 'b', failed)).body).toMatchObject({ status: 422, reason: 'amount-differs' });
    expect((await shop.resolve(ids, 'c', accepting)).body).toMatchObject({
      status: 'captured',
      capturedAmount: reportedAmount,
      attention: [],
    });
  });

  test('asks for a second factor each time the window has passed, whatever the policy', async () => {
    const { shop, ids } = await aSilentRefund();
    await shop.askInVain(ids.paymentId);
    shop.pass(24 * 3_600_000);
    expect(await shop.resolve(ids, 'k4', failed)).toMatchObject({
      status: 401,
      body: { type: expect.stringContaining('step-up-required') },
    });
  });
});

describe('the reference in a resolution', () => {
  const takes = (providerReference: string): boolean =>
    paymentsRoutes['payments.resolve'].body.safeParse({
      outcome: 'succeeded',
      providerReference,
      amount: usd(40),
      evidence: { kind: 'provider-dashboard', reference: 'Refunds of 22 November' },
    }).success;
  const pans = ['4111111111111111', '5500005555555559', '378282246310005', '6011000990139424', '8171999927660000'];
  test.each(['', '-', '_', '--', '__', '-_', '.', ':', ' ', '/'])('is no card number, grouped with %j', (separator) => {
    for (const pan of pans) {
      expect(passesLuhn(pan)).toBe(true);
      const grouped = pan.match(/.{1,4}/g)!.join(separator);
      expect([grouped, takes(grouped)]).toEqual([grouped, false]);
      expect([grouped, takes(`ch_${grouped}`)]).toEqual([grouped, false]);
    }
  });

  test.each(['', '.', '..', '-', '_', 'a.b', 'a:b', 'a/b', 'a b', 'a'.repeat(129)])('is no %j', (text) => {
    expect(takes(text)).toBe(false);
  });

  test('may be any that a provider gives', () => {
    const given = ['ch_3MmlLrLkdIwHu7ix0snN0B15', 'QFQTPCQ8HXSKGK82', '1JU08902781691411', 'refund_0123456789abcdef'];
    for (const text of given) expect([text, takes(text)]).toEqual([text, true]);
    // Digits alone, of which every tenth passes the check of card numbers.
    const adyen = ['7914073381342', '8515208516304', '8835511210681', '9913140798220'].flatMap((start) =>
      Array.from({ length: 100 }, (_, index) => `${start}${String(index * 7).padStart(3, '0')}`),
    );
    expect(adyen.filter(passesLuhn).length).toBeGreaterThan(20);
    for (const text of adyen) expect([text, takes(text), takes(`psp${text}`)]).toEqual([text, true, true]);
  });
});
