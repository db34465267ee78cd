import { fetchOf } from '../../../local/providers/fake-provider';
import { newFakeStripe } from '../../../local/providers/stripe/fake-stripe';
import type { FakeStripeOptions } from '../../../local/providers/stripe/fake-stripe';
import { decodeForm } from '../../../local/providers/stripe/wire';

/** The fake by itself, as Stripe's documentation has it: it is worth nothing as a witness if it agrees with the adapter alone. */

const apiKey = 'sk_test_0123456789';
const webhookSecret = 'whsec_0123456789abcdefghijklmnopqrstuv';

interface Answered {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly replayed: boolean;
}

function aStripe(options: Partial<FakeStripeOptions> = {}) {
  const clock = { now: new Date('2026-01-31T12:00:00.000Z') };
  const stripe = newFakeStripe({ now: () => clock.now, apiKeys: [apiKey], webhookSecret, ...options });
  const send = async (
    method: 'GET' | 'POST',
    path: string,
    form?: Record<string, string>,
    key?: string,
  ): Promise<Answered> => {
    const answer = await fetchOf(stripe)(`https://api.stripe.com${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, ...(key === undefined ? {} : { 'idempotency-key': key }) },
      ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
    });
    const body = (await answer.json()) as Record<string, unknown>;
    return { status: answer.status, body, replayed: answer.headers.get('idempotent-replayed') === 'true' };
  };
  const pay = (over: Record<string, string> = {}, key?: string) =>
    send(
      'POST',
      '/v1/payment_intents',
      { amount: '1000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true', ...over },
      key,
    );
  return { stripe, send, pay, clock };
}

const errorOf = ({ body }: Answered) => body.error as Readonly<Record<string, unknown>>;

test('reads forms with brackets', () => {
  expect(decodeForm('a=1&metadata[x]=2&items[0][price][unit]=3&items[1]=4&e=%20%5B')).toEqual({
    a: '1',
    metadata: { x: '2' },
    items: { 0: { price: { unit: '3' } }, 1: '4' },
    e: ' [',
  });
});

describe('idempotency [Stripe: idempotent requests]', () => {
  test('the same request under the same key has the same answer, and acts once', async () => {
    const { pay, send } = aStripe();
    const first = await pay({}, 'k1');
    expect(await pay({}, 'k1')).toEqual({ ...first, replayed: true });
    expect((await send('GET', '/v1/payment_intents')).body.data).toHaveLength(1);
  });

  test('another request under the key is refused', async () => {
    const { pay, send } = aStripe();
    await pay({}, 'k1');
    const other = await pay({ amount: '1001' }, 'k1');
    expect([other.status, errorOf(other).type]).toEqual([400, 'idempotency_error']);
    const elsewhere = await send('POST', '/v1/refunds', { payment_intent: 'pi_1' }, 'k1');
    expect([elsewhere.status, errorOf(elsewhere).type]).toEqual([400, 'idempotency_error']);
  });

  test('a key is forgotten after 24 hours, and then acts again', async () => {
    const { pay, clock, send } = aStripe();
    await pay({}, 'k1');
    clock.now = new Date(clock.now.getTime() + 24 * 3_600_000 - 1);
    expect((await pay({}, 'k1')).replayed).toBe(true);
    clock.now = new Date(clock.now.getTime() + 1);
    expect((await pay({}, 'k1')).replayed).toBe(false);
    expect((await send('GET', '/v1/payment_intents')).body.data).toHaveLength(2);
  });

  test('a decline and a 500 are kept; what failed validation, or was turned away, is not', async () => {
    const { pay, stripe } = aStripe();
    const declined = await pay({ payment_method: 'pm_card_visa_chargeDeclined' }, 'declined');
    expect(declined.status).toBe(402);
    expect((await pay({ payment_method: 'pm_card_visa_chargeDeclined' }, 'declined')).replayed).toBe(true);
    stripe.meet('error-after');
    expect((await pay({}, 'broken')).status).toBe(500);
    expect(await pay({}, 'broken')).toMatchObject({ status: 500, replayed: true });
    expect((await pay({ amount: '0' }, 'invalid')).status).toBe(400);
    expect((await pay({ amount: '0' }, 'invalid')).replayed).toBe(false);
    stripe.meet('busy');
    expect((await pay({}, 'busy')).status).toBe(429);
    expect(await pay({}, 'busy')).toMatchObject({ status: 200, replayed: false });
  });

  test('a key whose request is running is refused with 409', async () => {
    const { pay, stripe } = aStripe();
    stripe.occupy('k1');
    const answer = await pay({}, 'k1');
    expect([answer.status, errorOf(answer).code]).toEqual([409, 'idempotency_key_in_use']);
  });
});

describe('errors [Stripe: errors]', () => {
  test('keys: unknown and revoked are 401, without rights 403', async () => {
    const { stripe, send } = aStripe();
    const stranger = await stripe.handle(
      new Request('https://api.stripe.com/v1/payment_intents', { headers: { authorization: 'Bearer sk_x' } }),
    );
    expect(stranger.status).toBe(401);
    stripe.restrict(apiKey);
    expect((await send('GET', '/v1/payment_intents')).status).toBe(403);
    stripe.revoke(apiKey);
    expect((await send('GET', '/v1/payment_intents')).status).toBe(401);
  });

  test.each([
    ['isk', '550'],
    ['ugx', '101'],
    ['kwd', '5124'],
    ['usd', '0'],
    ['us', '100'],
  ])('%s %s is no amount that can be charged', async (currency, amount) => {
    const { pay } = aStripe();
    const answer = await pay({ currency, amount });
    expect([answer.status, errorOf(answer).type]).toEqual([400, 'invalid_request_error']);
  });

  test('what does not exist, and what the state forbids', async () => {
    const { pay, send } = aStripe();
    expect((await send('GET', '/v1/payment_intents/pi_none')).status).toBe(404);
    expect((await send('POST', '/v1/none')).status).toBe(404);
    const token = await pay({ payment_method: 'pm_never_issued' });
    expect(errorOf(token)).toMatchObject({ code: 'resource_missing', param: 'payment_method' });
    const { body } = await pay();
    const again = await send('POST', `/v1/payment_intents/${String(body.id)}/capture`);
    expect(errorOf(again)).toMatchObject({ code: 'payment_intent_unexpected_state' });
    await send('POST', '/v1/refunds', { payment_intent: String(body.id) });
    const refund = await send('POST', '/v1/refunds', { payment_intent: String(body.id) });
    expect(errorOf(refund)).toMatchObject({ code: 'charge_already_refunded' });
  });
});

describe('lists and the search', () => {
  test('lists are newest first, in pages, and within times', async () => {
    const { pay, send, clock } = aStripe();
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      ids.unshift(String((await pay()).body.id));
      clock.now = new Date(clock.now.getTime() + 10_000);
    }
    const idsOf = ({ body }: Answered) => (body.data as { id: string }[]).map(({ id }) => id);
    const first = await send('GET', '/v1/payment_intents?limit=2');
    expect([idsOf(first), first.body.has_more]).toEqual([ids.slice(0, 2), true]);
    const rest = await send('GET', `/v1/payment_intents?limit=10&starting_after=${ids[1]!}`);
    expect([idsOf(rest), rest.body.has_more]).toEqual([ids.slice(2), false]);
    const start = Date.parse('2026-01-31T12:00:00.000Z') / 1000;
    const within = await send(
      'GET',
      `/v1/payment_intents?created[gte]=${String(start + 10)}&created[lte]=${String(start + 20)}`,
    );
    expect(idsOf(within)).toEqual(ids.slice(2, 4));
    expect((await send('GET', '/v1/payment_intents?starting_after=pi_none')).status).toBe(400);
  });

  test('the search lags behind', async () => {
    const { pay, send, clock } = aStripe({ searchLagSeconds: 60 });
    await pay({ 'metadata[order]': 'o7' });
    const search = () =>
      send('GET', `/v1/payment_intents/search?query=${encodeURIComponent('metadata["order"]:"o7"')}`);
    expect((await search()).body.data).toEqual([]);
    clock.now = new Date(clock.now.getTime() + 60_000);
    expect((await search()).body.data).toHaveLength(1);
  });
});

test('webhooks go to endpoints that are enabled and subscribed, each once, signed when they are taken', async () => {
  const { pay, send, stripe, clock } = aStripe();
  const all = await send('POST', '/v1/webhook_endpoints', { url: 'https://a.example', 'enabled_events[0]': '*' });
  await send('POST', '/v1/webhook_endpoints', { url: 'https://b.example', 'enabled_events[0]': 'refund.created' });
  expect(all.body.secret).toBe(webhookSecret);
  expect((await send('GET', '/v1/webhook_endpoints')).body.data).not.toContainEqual(
    expect.objectContaining({ secret: webhookSecret }),
  );
  const { body } = await pay({}, 'op_1');
  clock.now = new Date(clock.now.getTime() + 3_600_000);
  const [delivery] = stripe.takeDeliveries();
  expect(delivery!.url).toBe('https://a.example');
  expect(delivery!.headers['stripe-signature']).toContain(`t=${String(clock.now.getTime() / 1000)},`);
  expect(JSON.parse(Buffer.from(delivery!.body).toString())).toMatchObject({
    type: 'payment_intent.succeeded',
    created: Date.parse('2026-01-31T12:00:00.000Z') / 1000,
    request: { idempotency_key: 'op_1' },
  });
  expect(stripe.takeDeliveries()).toEqual([]);
  await send('POST', `/v1/webhook_endpoints/${String(all.body.id)}`, { disabled: 'true' });
  stripe.dashboard.refund(String(body.id), 10);
  expect(stripe.takeDeliveries().map(({ url }) => url)).toEqual(['https://b.example']);
});

test('some means of payment bring a dispute, or a refund that comes back', async () => {
  const { pay, send, stripe } = aStripe();
  await send('POST', '/v1/webhook_endpoints', { url: 'https://a.example', 'enabled_events[0]': '*' });
  const typesOf = () =>
    stripe.takeDeliveries().map(({ body }) => (JSON.parse(Buffer.from(body).toString()) as { type: string }).type);
  await pay({ payment_method: 'pm_card_createDispute' });
  expect(typesOf().slice(-2)).toEqual(['charge.dispute.created', 'charge.dispute.funds_withdrawn']);
  const { body } = await pay({ payment_method: 'pm_card_refundFail' });
  const refund = await send('POST', '/v1/refunds', { payment_intent: String(body.id) });
  expect(refund.body.status).toBe('succeeded');
  expect(typesOf().at(-1)).toBe('refund.failed');
  expect((await send('GET', `/v1/refunds/${String(refund.body.id)}`)).body.status).toBe('failed');
});

test('a request that is lost has no answer until whoever waits gives up', async () => {
  const { stripe } = aStripe();
  stripe.meet('lost-after');
  const body = 'amount=1000&currency=usd&payment_method=pm_card_visa&metadata[countinghouse_payment]=pay_1';
  const signal = AbortSignal.timeout(20);
  const headers = { authorization: `Bearer ${apiKey}` };
  const request = new Request('https://api.stripe.com/v1/payment_intents', { method: 'POST', headers, body, signal });
  await expect(stripe.handle(request)).rejects.toThrow('aborted');
  expect(stripe.effects('pay_1')).toBe(1);
});
