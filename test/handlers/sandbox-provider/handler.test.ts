import { readFileSync } from 'node:fs';

import { behaviours } from '../../../lambdas/sandbox/tokens';
import { newMemorySandbox, sandboxUrl } from '../../sandbox/memory-sandbox';

const apiKey = 'sk_sandbox_0123456789abcdef';

function ask(
  sandbox: ReturnType<typeof newMemorySandbox>,
  method: string,
  path: string,
  body?: object,
  headers: object = {},
) {
  return sandbox.fetch(`${sandboxUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${apiKey}`, 'idempotency-key': 'op_1', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

const authorization = {
  paymentId: 'pay_1',
  amount: 100,
  currency: 'USD',
  token: 'tok_requires_action',
  capture: 'automatic',
  pageBaseUrl: sandboxUrl,
};

describe("the sandbox's API", () => {
  test.each([
    '',
    'Bearer',
    'Bearer sk_live_0123456789abcdef',
    'Bearer sk_sandbox_short',
    'Bearer sk_sandbox_revoked0123456789',
  ])('refuses the key %j', async (authorizationHeader) => {
    const answer = await ask(newMemorySandbox(), 'POST', '/v1/authorizations', authorization, {
      authorization: authorizationHeader,
    });
    expect(answer.status).toBe(401);
  });

  test.each<[string, object, object, number]>([
    ['without idempotency key', authorization, { 'idempotency-key': '' }, 400],
    ['with a negative amount', { ...authorization, amount: -1 }, {}, 400],
    ['with an unknown field', { ...authorization, pan: '4242424242424242' }, {}, 400],
  ])('refuses a request %s', async (_, body, headers, status) => {
    expect((await ask(newMemorySandbox(), 'POST', '/v1/authorizations', body, headers)).status).toBe(status);
  });

  test.each(['', '__proto__', 'a#b', 'x'.repeat(5_000), '\u0000'])(
    'knows no effects of a payment %#',
    async (payment) => {
      const answer = await ask(newMemorySandbox(), 'GET', `/v1/effects?payment=${encodeURIComponent(payment)}`);
      expect([answer.status, await answer.json()]).toEqual([200, { count: 0, effects: [] }]);
    },
  );

  test('keeps a bounded number of webhook endpoints, each of which may be registered again', async () => {
    const sandbox = newMemorySandbox();
    const secret = `whsec_${Buffer.alloc(32).toString('base64')}`;
    const register = (number: number) =>
      ask(sandbox, 'PUT', '/v1/webhook-endpoint', { url: `https://shop.example/${String(number)}`, secret });
    for (let number = 0; number < 20; number += 1) expect((await register(number)).status).toBe(200);
    expect((await register(20)).status).toBe(422);
    expect((await register(7)).status).toBe(200);
  });

  test('refuses an operation id for something else, and follow-ups on unknown payments', async () => {
    const sandbox = newMemorySandbox();
    await ask(sandbox, 'POST', '/v1/authorizations', authorization);
    expect((await ask(sandbox, 'POST', '/v1/authorizations', { ...authorization, amount: 101 })).status).toBe(422);
    const capture = { paymentId: 'pay_2', reference: 'auth_1', amount: 1, currency: 'USD' };
    expect((await ask(sandbox, 'POST', '/v1/captures', capture, { 'idempotency-key': 'op_2' })).status).toBe(404);
    expect((await ask(sandbox, 'GET', '/v1/nothing')).status).toBe(404);
  });

  test('keeps the books of one account from another', async () => {
    const sandbox = newMemorySandbox();
    await ask(sandbox, 'POST', '/v1/authorizations', { ...authorization, token: 'tok_success' });
    const other = { authorization: 'Bearer sk_sandbox_ffffffffffffffff' };
    expect((await ask(sandbox, 'GET', '/v1/operations/op_1')).status).toBe(200);
    expect((await ask(sandbox, 'GET', '/v1/operations/op_1', undefined, other)).status).toBe(404);
    expect(await (await ask(sandbox, 'GET', '/v1/effects?payment=pay_1', undefined, other)).json()).toMatchObject({
      count: 0,
    });
  });

  test('shows two authorizations of one payment as two effects, so that a merchant sees its mistake', async () => {
    const sandbox = newMemorySandbox();
    for (const key of ['op_1', 'op_2', 'op_2']) {
      await ask(
        sandbox,
        'POST',
        '/v1/authorizations',
        { ...authorization, token: 'tok_success' },
        { 'idempotency-key': key },
      );
    }
    expect(await (await ask(sandbox, 'GET', '/v1/effects?payment=pay_1')).json()).toMatchObject({ count: 2 });
  });
});

describe('what the sandbox does by itself, later', () => {
  const begun = Date.parse('2026-01-31T12:00:00.000Z');

  /** A captured payment of a token, with somebody to tell. `after` moves the clock of the sandbox. */
  async function aCaptured(token: string, amount = 1_000) {
    let nowMs = begun;
    const sandbox = newMemorySandbox(() => new Date(nowMs));
    const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
    await ask(sandbox, 'PUT', '/v1/webhook-endpoint', { url: 'https://hooks.example/a/b', secret });
    const body = { ...authorization, amount, token, capture: 'manual' };
    const { reference } = (await (await ask(sandbox, 'POST', '/v1/authorizations', body)).json()) as {
      reference: string;
    };
    const operate = async (path: string, key: string, asked: number, dashboard = false) => {
      const given = { paymentId: 'pay_1', amount: asked, currency: 'USD' };
      const sentBody = dashboard ? given : { ...given, reference };
      const answer = await ask(sandbox, 'POST', path, sentBody, { 'idempotency-key': key });
      return (await answer.json()) as { status: string };
    };
    const captured = await operate('/v1/captures', 'op_capture', amount);
    const after = (ms: number) => {
      nowMs = begun + ms;
    };
    const get = async (path: string) => (await (await ask(sandbox, 'GET', path)).json()) as Record<string, unknown>;
    return { sandbox, operate, captured, after, get };
  }

  const payout = async (sandbox: ReturnType<typeof newMemorySandbox>, key = 'p1') =>
    (await ask(sandbox, 'POST', '/v1/payouts', { currency: 'USD' }, { 'idempotency-key': key })).json() as Promise<{
      id: string;
      amount: number;
    }>;

  test('completes a capture that it had accepted, in its answers and by webhook', async () => {
    const { sandbox, captured, after, get } = await aCaptured('tok_capture_pending');
    expect(captured.status).toBe('pending');
    expect(await get('/v1/operations/op_capture')).toMatchObject({ status: 'pending' });
    after(2_000);
    expect(await get('/v1/operations/op_capture')).toMatchObject({ status: 'succeeded', amount: 1_000 });
    expect(sandbox.sent.map(({ event }) => event.type)).toEqual([
      'authorization.succeeded',
      'capture.pending',
      'capture.succeeded',
    ]);
  });

  test('takes a refund back, and lets the money be refunded again', async () => {
    const { sandbox, operate, after, get } = await aCaptured('tok_refund_reversed');
    expect(await operate('/v1/refunds', 'op_r1', 1_000)).toMatchObject({ status: 'succeeded' });
    expect(await operate('/v1/refunds', 'op_r2', 1)).toMatchObject({ status: 'declined' });
    after(2_000);
    expect(await get('/v1/operations/op_r1')).toMatchObject({ status: 'reversed' });
    expect(await operate('/v1/refunds', 'op_r3', 1_000)).toMatchObject({ status: 'succeeded' });
    expect(sandbox.sent.map(({ event }) => event.type)).toContain('refund.reversed');
  });

  test.each([
    ['tok_dispute_won', ['opened/1', 'won/1']],
    ['tok_dispute_lost', ['opened/1', 'lost/1']],
    ['tok_dispute_reopened', ['opened/1', 'won/1', 'opened/2', 'lost/2']],
    ['tok_inquiry_disputed', ['inquiry/0', 'opened/1']],
  ])('disputes a payment of %s step by step', async (token, steps) => {
    const { sandbox } = await aCaptured(token);
    const told = sandbox.sent.flatMap(({ event: { dispute }, delaySeconds }) =>
      dispute === undefined ? [] : [{ step: `${dispute.status}/${String(dispute.stage)}`, delaySeconds }],
    );
    expect(told.map(({ step }) => step)).toEqual(steps);
    expect(told.map(({ delaySeconds }) => delaySeconds)).toEqual(steps.map((_, index) => 2 * (index + 1)));
  });

  test('tells of what is done in the dashboard without an operation of the merchant, and keeps its limits there, too', async () => {
    const { sandbox, operate, get } = await aCaptured('tok_refund_declined');
    expect(await operate('/v1/dashboard/refunds', 'op_d1', 400, true)).toMatchObject({ status: 'succeeded' });
    expect(await operate('/v1/dashboard/refunds', 'op_d1', 400, true)).toMatchObject({ status: 'succeeded' });
    expect(await operate('/v1/dashboard/refunds', 'op_d2', 601, true)).toMatchObject({ status: 'declined' });
    const told = sandbox.sent.flatMap(({ event: { external } }) => external ?? []);
    expect(told).toEqual([{ kind: 'refund', reference: expect.any(String), amount: 400, currency: 'USD' }]);
    expect(await get('/v1/effects?payment=pay_1')).toMatchObject({ count: 3 });
  });

  test('pays out captures less fees, refunds and disputes, each when it is due and once', async () => {
    const { sandbox, operate, after, get } = await aCaptured('tok_dispute_won', 10_000);
    await operate('/v1/refunds', 'op_r1', 500);
    const first = await payout(sandbox);
    expect(first.amount).toBe(10_000 - 320 - 500);
    // What was taken back is more than what is due.
    after(1_000);
    expect(await payout(sandbox, 'p2')).toEqual({ error: 'nothing_due' });
    after(3_000);
    expect(await payout(sandbox, 'p3')).toEqual({ error: 'nothing_due' });
    expect(await payout(sandbox)).toEqual(first);
    const { lines } = await get(`/v1/payouts/${first.id}/lines`);
    expect(lines).toHaveLength(2);
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'capture', gross: 10_000, fee: 320, net: 9_680 }),
        expect.objectContaining({ kind: 'refund', gross: 500, fee: 0, net: -500 }),
      ]),
    );
    expect((await ask(sandbox, 'GET', '/v1/payouts/po_none/lines')).status).toBe(404);
    expect((await ask(sandbox, 'GET', `/v1/payouts/${first.id}/lines?after=x`)).status).toBe(400);
    expect((await ask(sandbox, 'POST', '/v1/payouts', { currency: 'usd' })).status).toBe(400);
  });
});

describe("the sandbox's page", () => {
  async function aPage() {
    const sandbox = newMemorySandbox();
    await ask(sandbox, 'PUT', '/v1/webhook-endpoint', {
      url: 'https://hooks.example/a/b',
      secret: `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
    });
    const { redirectUrl } = (await (await ask(sandbox, 'POST', '/v1/authorizations', authorization)).json()) as {
      redirectUrl: string;
    };
    const answer = (result: string) => sandbox.fetch(redirectUrl, { method: 'POST', body: `result=${result}` });
    return { sandbox, redirectUrl, answer };
  }

  test('lets the customer approve, once, and tells the merchant', async () => {
    const { sandbox, redirectUrl, answer } = await aPage();
    const page = await sandbox.fetch(redirectUrl);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await page.text()).toContain('<button name="result" value="approve">');
    expect(await (await answer('approve')).text()).toContain('settled: succeeded');
    expect(await (await answer('decline')).text()).toContain('settled: succeeded');
    expect(sandbox.sent.map(({ event }) => event.type)).toEqual([
      'authorization.requires_action',
      'authorization.succeeded',
    ]);
    expect(await (await ask(sandbox, 'GET', '/v1/effects?payment=pay_1')).json()).toMatchObject({ count: 1 });
  });

  test('lets the customer decline', async () => {
    const { sandbox, answer } = await aPage();
    await answer('decline');
    expect(await (await ask(sandbox, 'GET', '/v1/operations/op_1')).json()).toMatchObject({
      status: 'declined',
      reason: 'authentication_failed',
    });
  });

  test('knows no other answers and no other payments', async () => {
    const { sandbox, redirectUrl, answer } = await aPage();
    expect((await answer('maybe')).status).toBe(400);
    expect((await sandbox.fetch(redirectUrl, { method: 'PUT' })).status).toBe(405);
    expect((await sandbox.fetch(redirectUrl.replace('pay_1', 'pay_2'))).status).toBe(404);
  });
});

describe('the guide to the sandbox', () => {
  test('lists every token that the sandbox knows, and no other', () => {
    const guide = readFileSync('docs/guides/sandbox.md', 'utf8');
    const listed = [...guide.matchAll(/^\| `(tok_\w+)` *\|/gm)].map(([, token]) => token);
    expect(listed.sort()).toEqual(Object.keys(behaviours).sort());
  });
});
