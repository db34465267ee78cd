import '../../support/function-env';
import { newPayments } from '../../../lambdas/handlers/payments/handler';
import { payment as paymentSchema } from '../../../lambdas/routes/payments';
import type { ProviderCapability } from '../../../lambdas/domain/providers/provider';
import { presentPayment } from '../../../lambdas/domain/payments';
import { eventsOf, evolved, recorded, succeeded } from '../../domain/payments/a-payment';
import { ask } from '../../support/service-world';
import { aShop } from './a-shop';

const usd = (amount: number) => ({ amount, currency: 'USD' });

/** A shop whose provider lacks some capabilities. */
async function aShopWithout(...lacking: readonly ProviderCapability[]) {
  const shop = await aShop();
  const { providers } = shop.deps;
  const payments = newPayments({
    ...shop.deps,
    providers: {
      of: (...args) => {
        const real = providers.of(...args);
        return { ...real, capabilities: real.capabilities.filter((each) => !lacking.includes(each)) };
      },
    },
  });
  const create = (body: object) =>
    ask(payments, {
      resource: '/v1/tenants/{tenantId}/payments',
      params: { tenantId: shop.tenant },
      headers: { 'Idempotency-Key': 'k1' },
      body: { amount: usd(100), paymentMethod: { token: 'tok_success' }, ...body },
    });
  return { ...shop, create };
}

describe('what the provider of a connection cannot do', () => {
  test.each<[string, ProviderCapability, object]>([
    ['a page of its own', 'hosted-page', { paymentMethod: { hostedPage: true }, returnUrl: 'https://shop.example/' }],
    ['capturing later', 'manual-capture', { capture: 'manual' }],
  ])('is refused before anything is journaled or sent: %s', async (_, capability, body) => {
    const shop = await aShopWithout(capability);
    const before = shop.store.commits.length;
    const calls = shop.providerCalls();
    const answer = await shop.create(body);
    expect([answer.status, answer.body.reason]).toEqual([422, 'not-supported-by-provider']);
    expect(shop.store.commits).toHaveLength(before);
    expect(shop.providerCalls()).toBe(calls);
    expect((await shop.create({})).status).toBe(201);
  });
});

describe('a payment on a page of the provider', () => {
  test('waits for the customer, and is captured when the customer approves', async () => {
    const shop = await aShop();
    const created = await shop.create('k1', {
      paymentMethod: { hostedPage: true },
      returnUrl: 'https://shop.example/',
    });
    expect([created.status, created.body.status, created.body.nextAction.type]).toEqual([
      201,
      'requires_action',
      'redirect',
    ]);
    await shop.sandbox.fetch(created.body.nextAction.url, { method: 'POST', body: 'result=approve' });
    await shop.deliverWebhooks();
    expect((await shop.read('', created.body.id)).body).toMatchObject({ status: 'captured', attention: [] });
  });

  test.each([
    ['a token beside it', { paymentMethod: { hostedPage: true, token: 'tok_success' } }],
    ['no page after all', { paymentMethod: { hostedPage: false } }],
    [
      'an address to come back to that is none',
      { paymentMethod: { hostedPage: true }, returnUrl: 'javascript:alert(1)' },
    ],
  ])('is malformed with %s', async (_, body) => {
    expect((await (await aShop()).create('k1', body)).status).toBe(400);
  });
});

describe('what is reported of a payment', () => {
  test('of another amount than asked: shown, for a person, and nothing is taken to be authorized', async () => {
    const shop = await aShop();
    const created = await shop.create('k1', { paymentMethod: { token: 'tok_wrong_amount' } });
    const [operation] = created.body.operations;
    expect([created.status, created.body]).toMatchObject([
      202,
      {
        status: 'processing',
        authorizedAmount: usd(0),
        needsAttention: true,
        attention: [{ reason: 'amount-differs', operationId: operation.id }],
      },
    ]);
    expect((await shop.change('capture', created.body.id, 'k2')).status).toBe(422);
    expect((await shop.change('refunds', created.body.id, 'k3')).status).toBe(422);
  });

  test('of a dispute: status, stage and amount, and no refund until it is decided', async () => {
    const shop = await aShop();
    const created = await shop.create('k1', { paymentMethod: { token: 'tok_disputed' } });
    await shop.deliverWebhooks();
    const { body } = await shop.read('', created.body.id);
    expect(paymentSchema.parse(body)).toMatchObject({
      status: 'disputed',
      disputes: [{ status: 'opened', stage: 1, amount: usd(100) }],
      disputedAmount: usd(100),
    });
    const refused = await shop.change('refunds', created.body.id, 'k2');
    expect([refused.status, refused.body.reason]).toEqual([422, 'dispute-undecided']);
  });

  test('of a capture that the provider accepts first: 202, then captured', async () => {
    const shop = await aShop();
    const created = await shop.create('k1', { paymentMethod: { token: 'tok_capture_pending' }, capture: 'manual' });
    const captured = await shop.change('capture', created.body.id, 'k2');
    expect([captured.status, captured.body.status]).toEqual([202, 'processing']);
    expect(captured.body.operations[1]).toMatchObject({ status: 'pending', origin: 'own', lookUps: 0 });
    expect(Date.parse(captured.body.operations[1].nextLookUpAt) - shop.now().getTime()).toBe(60_000);
    await shop.deliverWebhooks();
    expect((await shop.read('', created.body.id)).body.status).toBe('captured');
  });

  test('of a refund that the bank sends back: the money can be refunded again', async () => {
    const shop = await aShop();
    const created = await shop.create('k1', { paymentMethod: { token: 'tok_refund_reversed' } });
    expect((await shop.change('refunds', created.body.id, 'k2')).body.status).toBe('refunded');
    shop.pass(2_000);
    await shop.deliverWebhooks();
    const { body } = await shop.read('', created.body.id);
    expect(body).toMatchObject({ status: 'captured', refundedAmount: usd(0), needsAttention: false });
    expect(body.operations[1]).toMatchObject({ kind: 'refund', status: 'failed', failureReason: 'declined' });
    expect((await shop.change('refunds', created.body.id, 'k3')).status).toBe(201);
  });

  test('of a refund in the dashboard: shown as made there, and not to be refunded again', async () => {
    const shop = await aShop();
    const created = await shop.create('k1');
    const [{ credentials }] = [...shop.stored.values()] as [{ credentials: Readonly<Record<string, string>> }];
    await shop.sandbox.fetch('https://sandbox.example/v1/dashboard/refunds', {
      method: 'POST',
      headers: { authorization: `Bearer ${credentials.apiKey!}`, 'idempotency-key': 'dash-1' },
      body: JSON.stringify({ paymentId: created.body.id, ...usd(60) }),
    });
    await shop.deliverWebhooks();
    const { body } = await shop.read('', created.body.id);
    expect(body).toMatchObject({ status: 'partially_refunded', refundedAmount: usd(60) });
    expect(body.operations[1]).toMatchObject({ kind: 'refund', origin: 'provider', status: 'succeeded' });
    expect((await shop.change('refunds', created.body.id, 'k2', { amount: usd(41) })).status).toBe(422);
    expect((await shop.change('refunds', created.body.id, 'k3', { amount: usd(40) })).status).toBe(201);
  });

  test('of a payout: how many lines, and what reached the bank', async () => {
    const shop = await aShop();
    const created = await shop.create('k1', { paymentMethod: { token: 'tok_settled' } });
    await shop.deliverWebhooks();
    expect((await shop.read('', created.body.id)).body).toMatchObject({
      settledAmount: usd(100),
      settlement: { lines: 1, paidOut: [{ currency: 'USD', net: 100, fee: 0 }] },
    });
  });
});

test.each(['BGN', 'ANG', 'CUC'])('no new payment is made in %s, which is withdrawn', async (currency) => {
  const shop = await aShop();
  const answer = await shop.create('k1', { amount: { amount: 100, currency } });
  expect([answer.status, answer.body.errors?.[0]?.pointer]).toEqual([400, '#/amount/currency']);
});

test('an old payment in a withdrawn currency is shown as it was', () => {
  const [created] = eventsOf();
  if (created?.type !== 'PaymentCreated') throw new Error('a payment begins with its creation');
  const old = evolved([
    { ...created, data: { ...created.data, currency: 'BGN' } },
    recorded('op_authorize', succeeded(1000, 'BGN')),
  ]);
  expect(presentPayment(old, 2)).toMatchObject({
    status: 'captured',
    capturedAmount: { amount: 1000, currency: 'BGN' },
    needsAttention: false,
  });
});
