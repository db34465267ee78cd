import { aShop, apiKey } from './a-shop';

interface Entry {
  version: number;
  events: { type: string }[];
  changes: unknown[];
}

const usd = (amount: number) => ({ amount, currency: 'USD' });

describe('POST payments', () => {
  test('authorizes and captures, at one write for the intent and one for the outcome', async () => {
    const shop = await aShop();
    // It takes the block of the tenant's limit that the next one spends from.
    await shop.create('k0');
    shop.calls.length = 0;
    const answer = await shop.create('k1', { reference: 'Order 17' });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      status: 'captured',
      capturedAmount: usd(100),
      reference: 'Order 17',
      needsAttention: false,
      operations: [{ kind: 'authorize', status: 'succeeded' }],
      version: 2,
    });
    expect(answer.headers.etag).toBe('"2"');
    expect(shop.calls).toEqual([
      'limiter.take',
      'tenant.views.access',
      'tenant.journal.append',
      'tenant.journal.append',
    ]);
  });

  test('again under its key answers the same, says so, writes nothing and calls nobody', async () => {
    const shop = await aShop();
    const first = await shop.create('k1');
    const [calls, commits] = [shop.providerCalls(), shop.store.commits.length];
    shop.calls.length = 0;
    const again = await shop.create('k1');
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(shop.calls).toEqual(['limiter.take', 'tenant.views.access', 'tenant.journal.read']);
    expect([shop.providerCalls(), shop.store.commits.length]).toEqual([calls, commits]);
  });

  test('is 422 when the card is declined, with the reason and the payment, and 422 again when repeated', async () => {
    const shop = await aShop();
    const declined = { paymentMethod: { token: 'tok_insufficient_funds' } };
    const answer = await shop.create('k1', declined);
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({ reason: 'insufficient_funds', paymentId: expect.stringMatching(/^pay_/) });
    expect(await shop.read('', answer.body.paymentId as string)).toMatchObject({
      status: 200,
      body: { status: 'failed', failureReason: 'insufficient_funds' },
    });
    const again = await shop.create('k1', declined);
    expect([again.status, again.body.paymentId, again.headers['idempotent-replayed']]).toEqual([
      422,
      answer.body.paymentId,
      'true',
    ]);
  });

  test('is 201 with the page to visit when the customer must act', async () => {
    const shop = await aShop();
    const answer = await shop.create('k1', { paymentMethod: { token: 'tok_requires_action' } });
    expect(answer).toMatchObject({
      status: 201,
      body: { status: 'requires_action', nextAction: { type: 'redirect' } },
    });
    const { url } = answer.body.nextAction as { url: string };
    await shop.sandbox.fetch(url, { method: 'POST', body: 'result=approve' });
    await shop.deliverWebhooks();
    const after = await shop.read('', answer.body.id);
    expect(after.body).toMatchObject({ status: 'captured', needsAttention: false });
    expect(after.body).not.toHaveProperty('nextAction');
  });

  test.each([
    ['tok_timeout_after_effect', 'captured'],
    ['tok_timeout_before_effect', 'processing'],
  ])('is 202 without an answer (%s), settled by the webhook if there is one', async (token, status) => {
    const shop = await aShop();
    const answer = await shop.create('k1', { paymentMethod: { token } });
    expect(answer).toMatchObject({ status: 202, body: { status: 'processing' } });
    await shop.deliverWebhooks();
    expect((await shop.read('', answer.body.id)).body.status).toBe(status);
    expect((await shop.create('k1', { paymentMethod: { token } })).status).toBe(202);
    expect((await shop.sandbox.fetch(effectsUrl(answer.body.id), auth)).status).toBe(200);
  });

  test('is 202 and calls for a person when another amount was authorized', async () => {
    const shop = await aShop();
    const answer = await shop.create('k1', { paymentMethod: { token: 'tok_wrong_amount' } });
    expect(answer).toMatchObject({
      status: 202,
      body: { status: 'processing', needsAttention: true, capturedAmount: usd(0) },
    });
  });

  test('50 times at once under one key makes one payment and one effect', async () => {
    const shop = await aShop();
    const answers = await Promise.all(Array.from({ length: 50 }, () => shop.create('k1')));
    const created = answers.filter(({ status }) => status === 201);
    expect(created.length).toBeGreaterThanOrEqual(1);
    expect(new Set(created.map(({ body }) => body.id)).size).toBe(1);
    for (const { status, headers } of answers)
      if (status !== 201) expect([status, headers['retry-after']]).toEqual([409, '2']);
    const effects = await shop.sandbox.fetch(effectsUrl(created[0]!.body.id), auth);
    expect(await effects.json()).toMatchObject({ count: 1 });
  });

  test('under a key used for another request is 422, and without a key 400', async () => {
    const shop = await aShop();
    await shop.create('k1');
    expect((await shop.create('k1', { amount: usd(101) })).status).toBe(422);
    expect((await shop.create(undefined)).status).toBe(400);
  });

  test('needs a connection, and its name where there are several', async () => {
    const without = await aShop({ connected: false });
    expect((await without.create('k1')).body).toMatchObject({ status: 422, reason: 'no-connection' });
    const shop = await aShop();
    const second = await shop.connect('connect-2', { apiKey: 'sk_sandbox_ffffffffffffffff' });
    expect((await shop.create('k1')).body).toMatchObject({ status: 422, reason: 'connection-not-named' });
    expect(await shop.create('k2', { connectionId: second.body.id })).toMatchObject({
      status: 201,
      body: { connectionId: second.body.id },
    });
    const absent = { connectionId: 'con_0000000000000000000z' };
    expect((await shop.create('k3', absent)).body).toMatchObject({ status: 422, reason: 'connection-not-found' });
  });

  test.each([
    '4242424242424242',
    '4242-4242-4242-4242',
    '4242_4242_4242_4242',
    'tok_4242424242424242',
    'x4242--4242-4242-4242',
    '378282246310005',
  ])('takes no card number for a token: %s', async (token) => {
    const shop = await aShop();
    const before = shop.providerCalls();
    const refused = await shop.create('k1', { paymentMethod: { token } });
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ pointer: '#/paymentMethod/token' }] } });
    expect(shop.providerCalls()).toBe(before);
    expect(JSON.stringify([shop.store.commits, shop.telemetry.lines, refused.body])).not.toContain(token);
  });

  test('stores no token and no card number, and logs neither', async () => {
    const shop = await aShop();
    await shop.create('k1', { reference: '4242 4242 4242 4242' });
    const written = JSON.stringify([shop.store.commits, shop.telemetry.lines]);
    for (const planted of ['tok_success', '4242', apiKey, 'whsec_']) expect(written).not.toContain(planted);
  });
});

const auth = { headers: { authorization: `Bearer ${apiKey}` } };

function effectsUrl(paymentId: string): string {
  return `https://sandbox.example/v1/effects?payment=${paymentId}`;
}

describe('capture, cancel and refund', () => {
  const manual = { capture: 'manual' };

  test('lead a payment through its life', async () => {
    const shop = await aShop();
    const { id } = (await shop.create('k1', manual)).body;
    expect((await shop.change('capture', id, 'k2', { amount: usd(60) })).body.status).toBe('partially_captured');
    expect((await shop.change('cancel', id, 'k3')).body).toMatchObject({
      status: 'partially_captured',
      capturedAmount: usd(60),
    });
    expect((await shop.change('capture', id, 'k4')).body).toMatchObject({ status: 422, reason: 'nothing-to-capture' });
    expect(await shop.change('refunds', id, 'k5', { amount: usd(20), reason: 'damaged' })).toMatchObject({
      status: 201,
      body: { status: 'partially_refunded', refundedAmount: usd(20) },
    });
    expect(await shop.change('refunds', id, 'k6')).toMatchObject({
      status: 201,
      body: { status: 'refunded', refundedAmount: usd(60) },
    });
    expect((await shop.change('refunds', id, 'k7')).body).toMatchObject({ status: 422, reason: 'nothing-to-refund' });
    await shop.deliverWebhooks();
    expect((await shop.read('', id)).body).toMatchObject({ status: 'refunded', needsAttention: false, version: 10 });
  });

  test('two refunds of 60 at once on 100: exactly one is accepted', async () => {
    const shop = await aShop();
    const { id } = (await shop.create('k1')).body;
    const answers = await Promise.all(['a', 'b'].map((key) => shop.change('refunds', id, key, { amount: usd(60) })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 422]);
    expect((await shop.read('', id)).body.refundedAmount).toEqual(usd(60));
  });

  test('repeated under its key a refund happens once', async () => {
    const shop = await aShop();
    const { id } = (await shop.create('k1')).body;
    const first = await shop.change('refunds', id, 'k2', { amount: usd(60) });
    const again = await shop.change('refunds', id, 'k2', { amount: usd(60) });
    expect(again.body).toEqual(first.body);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect((await shop.change('refunds', id, 'k2', { amount: usd(61) })).status).toBe(422);
  });

  test('a refund without an answer is 202, counts as paid back, and is settled by its webhook', async () => {
    const shop = await aShop();
    const { id } = (await shop.create('k1', { paymentMethod: { token: 'tok_refund_timeout' } })).body;
    expect(await shop.change('refunds', id, 'k2', { amount: usd(60) })).toMatchObject({
      status: 202,
      body: { status: 'processing' },
    });
    expect((await shop.change('refunds', id, 'k3', { amount: usd(60) })).body).toMatchObject({
      reason: 'amount-exceeds-refundable',
    });
    await shop.deliverWebhooks();
    expect((await shop.read('', id)).body).toMatchObject({ status: 'partially_refunded', refundedAmount: usd(60) });
  });

  test('a refused refund is 422 with the reason, and leaves the money refundable', async () => {
    const shop = await aShop();
    const { id } = (await shop.create('k1', { paymentMethod: { token: 'tok_refund_declined' } })).body;
    expect(await shop.change('refunds', id, 'k2')).toMatchObject({
      status: 422,
      body: { reason: 'declined', paymentId: id },
    });
    expect((await shop.read('', id)).body).toMatchObject({ status: 'captured', refundedAmount: usd(0) });
  });

  test('keep to If-Match, to the currency and to the tenant', async () => {
    const shop = await aShop();
    const { id } = (await shop.create('k1')).body;
    expect((await shop.change('refunds', id, 'k2', {}, { 'If-Match': '"1"' })).status).toBe(412);
    expect((await shop.change('refunds', id, 'k3', { amount: { amount: 1, currency: 'EUR' } })).body).toMatchObject({
      reason: 'currency-differs',
    });
    expect((await shop.change('refunds', 'pay_0000000000000000000z', 'k4')).status).toBe(404);
  });

  test.each([
    ['tok_disputed', { status: 'disputed', disputedAmount: usd(100) }],
    ['tok_settled', { status: 'captured', settledAmount: usd(100) }],
    ['tok_duplicate_webhook', { status: 'captured', version: 2 }],
    ['tok_late_webhook', { status: 'captured', version: 2 }],
    ['tok_out_of_order_webhooks', { status: 'captured', version: 2 }],
  ])('webhooks after %s', async (token, shown) => {
    const shop = await aShop();
    const { id } = (await shop.create('k1', { paymentMethod: { token } })).body;
    await shop.deliverWebhooks();
    await shop.deliverWebhooks();
    expect((await shop.read('', id)).body).toMatchObject({ ...shown, needsAttention: false });
  });

  test('an authorization that expires can no longer be captured', async () => {
    const shop = await aShop();
    const { id } = (await shop.create('k1', { ...manual, paymentMethod: { token: 'tok_authorization_expires' } })).body;
    await shop.deliverWebhooks();
    expect((await shop.read('', id)).body.status).toBe('expired');
    expect((await shop.change('capture', id, 'k2')).body.reason).toBe('nothing-to-capture');
  });
});

describe('reading payments', () => {
  test('lists them newest first, page by page', async () => {
    const shop = await aShop();
    const ids: string[] = [];
    for (const key of ['a', 'b', 'c']) {
      ids.unshift((await shop.create(key)).body.id);
      shop.pass(1_000);
    }
    await shop.project();
    const first = await shop.list({ limit: '2' });
    const rest = await shop.list({ limit: '2', cursor: first.body.nextCursor });
    expect([...first.body.data, ...rest.body.data].map(({ id }) => id)).toEqual(ids);
    expect(rest.body.nextCursor).toBeNull();
    expect(first.body.data[0]).toEqual((await shop.read('', ids[0]!)).body);
  });

  test('shows what happened, newest first, page by page, without session or address', async () => {
    const shop = await aShop();
    const { id } = (await shop.create('k1')).body;
    await shop.change('refunds', id, 'k2', { amount: usd(40) });
    const first = await shop.read('/timeline', id, { limit: '3' });
    const rest = await shop.read('/timeline', id, { limit: '3', cursor: first.body.nextCursor });
    const entries = [...first.body.data, ...rest.body.data] as unknown as Entry[];
    expect(entries.map(({ version, events }) => [version, events[0]?.type])).toEqual([
      [4, 'OutcomeRecorded'],
      [3, 'OperationRequested'],
      [2, 'OutcomeRecorded'],
      [1, 'PaymentCreated'],
    ]);
    expect(entries[0]?.changes).toContainEqual({ path: 'refunded', to: 40 });
    expect(JSON.stringify(entries)).not.toMatch(/session-1|192\.0\.2\.1|jest/);
    expect((await shop.read('/timeline', 'pay_0000000000000000000z')).status).toBe(404);
  });
});
