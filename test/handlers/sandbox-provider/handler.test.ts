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
