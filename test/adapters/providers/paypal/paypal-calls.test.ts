import { newPaypalTokens } from '../../../../lambdas/adapters/providers/paypal/paypal-api';
import { newPaypalProvider } from '../../../../lambdas/adapters/providers/paypal/paypal-provider';
import { neededEvents } from '../../../../lambdas/adapters/providers/paypal/paypal-webhook-endpoints';
import { newProviderClients } from '../../../../lambdas/adapters/providers/provider-clients';
import { errorOf } from '../../../../local/providers/paypal/fake-paypal-answers';
import { authorization, clientOptions, newPaypalWorld, paymentId, usd } from './paypal-world';
import type { PaypalWorld } from './paypal-world';

let world: PaypalWorld;
beforeEach(() => (world = newPaypalWorld()));

const pathsOf = (part: string) => world.fake.requests.filter(({ path }) => path.includes(part));
const answering = (status: number, body: object, path = /\/(authorize|capture|refund|void)$/) =>
  world.fake.next(path, { answer: { status, body } });

describe('what PayPal answers', () => {
  const request = { operationId: 'op_x', paymentId, amount: usd(5), providerReference: 'AUT1' };
  const capture = () => world.provider.capture(request);

  test.each([
    ['TRANSACTION_REFUSED', 'declined'],
    ['PAYER_CANNOT_PAY', 'declined'],
    ['AUTHORIZATION_EXPIRED', 'not_allowed'],
    ['AUTHORIZATION_VOIDED', 'not_allowed'],
    ['MAX_CAPTURE_AMOUNT_EXCEEDED', 'not_allowed'],
    ['REFUND_FAILED_INSUFFICIENT_FUNDS', 'insufficient_funds'],
    ['CARD_EXPIRED', 'expired_card'],
    ['BILLING_AGREEMENT_NOT_FOUND', 'invalid_payment_method'],
    ['SOMETHING_NEW', 'provider_refused'],
    ['constructor', 'provider_refused'],
  ])('%s is a refusal: %s', async (issue, reason) => {
    answering(422, errorOf('UNPROCESSABLE_ENTITY', issue));
    expect(await capture()).toEqual({ status: 'failed', reason });
  });

  test.each([
    'DUPLICATE_INVOICE_ID',
    'ORDER_ALREADY_CAPTURED',
    'ORDER_ALREADY_AUTHORIZED',
    'PREVIOUS_REQUEST_IN_PROGRESS',
  ])('%s says that something was done before, and not that nothing was', async (issue) => {
    answering(422, errorOf('UNPROCESSABLE_ENTITY', issue));
    expect(await capture()).toMatchObject({ status: 'unknown' });
  });

  test.each([400, 403, 404, 415])('status %i is a refusal', async (status) => {
    answering(status, errorOf('X', 'Y'));
    expect(await capture()).toEqual({ status: 'failed', reason: 'provider_refused' });
  });

  test.each([202, 302, 408, 409, 500, 502, 503, 504])('status %i leaves it in doubt', async (status) => {
    answering(status, errorOf('INTERNAL_SERVER_ERROR', 'X'));
    expect(await capture()).toMatchObject({ status: 'unknown' });
  });

  test('status 429 turns it away', async () => {
    answering(429, { name: 'RATE_LIMIT_REACHED' });
    expect(await capture()).toEqual({ status: 'failed', reason: 'provider_busy' });
  });

  test.each([
    {},
    { id: 'CAP1', status: 'COMPLETED' },
    { id: '<b>', status: 'COMPLETED', amount: { currency_code: 'USD', value: '1.00' } },
    { id: 'CAP1', status: 'COMPLETED', amount: { currency_code: 'USD', value: '-1.00' } },
    { id: 'CAP1', status: 'SOMETHING', amount: { currency_code: 'USD', value: '1.00' } },
  ])('%j cannot be read, and may have been done', async (body) => {
    answering(201, body);
    expect(await capture()).toMatchObject({ status: 'unknown' });
  });

  test.each([
    ['PENDING', { status: 'pending', providerReference: 'CAP1' }],
    ['DECLINED', { status: 'failed', reason: 'insufficient_funds', providerReference: 'CAP1' }],
    ['FAILED', { status: 'failed', reason: 'insufficient_funds', providerReference: 'CAP1' }],
    ['PARTIALLY_REFUNDED', { status: 'succeeded', providerReference: 'CAP1', amount: usd(100) }],
  ])('a capture that is %s', async (status, outcome) => {
    const amount = { currency_code: 'USD', value: '1.00' };
    answering(201, { id: 'CAP1', status, amount, processor_response: { response_code: '5120' } });
    expect(await capture()).toEqual(outcome);
  });

  test.each([
    ['PENDING', { status: 'pending', providerReference: 'REF1' }],
    ['FAILED', { status: 'failed', reason: 'provider_refused', providerReference: 'REF1' }],
    ['CANCELLED', { status: 'failed', reason: 'provider_refused', providerReference: 'REF1' }],
  ])('a refund that is %s', async (status, outcome) => {
    answering(201, { id: 'REF1', status, amount: { currency_code: 'USD', value: '1.00' } });
    expect(await world.provider.refund(request)).toEqual(outcome);
  });
});

describe('an access token', () => {
  const drawn = () => pathsOf('/oauth2/token').length;

  test('serves many calls, is renewed shortly before its end, and serves all clients of the credentials', async () => {
    await world.provider.check();
    await world.provider.check();
    expect(drawn()).toBe(1);
    world.nowMs += 32_399_000 - 60_000;
    await world.provider.check();
    expect(drawn()).toBe(1);
    world.nowMs += 2_000;
    await world.provider.check();
    expect(drawn()).toBe(2);
  });

  test('that PayPal takes no longer is renewed once, and the call is made again under its key', async () => {
    await world.provider.check();
    world.fake.expireTokens();
    expect(await world.provider.authorize(authorization())).toMatchObject({ status: 'succeeded' });
    expect(drawn()).toBe(2);
    expect(pathsOf('/orders').map(({ requestId }) => requestId)).toEqual(['op_auth-order', 'op_auth-order', 'op_auth']);
    for (let time = 0; time < 2; time += 1) answering(401, { error: 'invalid_token' }, /\/webhooks$/);
    expect(await world.provider.check()).toEqual({ ok: false, error: 'credentials-refused' });
    expect(drawn()).toBe(3);
  });

  test.each([
    [500, {}, 'provider_unreachable'],
    [429, {}, 'provider_busy'],
    [401, { error: 'invalid_client' }, 'provider_refused'],
    [200, { access_token: 'a b', expires_in: 9 }, 'provider_unreachable'],
    [200, { access_token: 'ab' }, 'provider_unreachable'],
  ])('that is answered %i %j lets nothing leave: %s', async (status, body, reason) => {
    answering(status, body, /oauth2/);
    expect(await world.provider.authorize(authorization())).toEqual({ status: 'failed', reason });
    expect(pathsOf('/orders')).toEqual([]);
  });

  test('is never shared by other credentials', async () => {
    const tokens = newPaypalTokens();
    const seen: (string | null)[] = [];
    const clientWith = (secret: string) =>
      newPaypalProvider({
        ...clientOptions(
          async (input, init) => {
            const request = new Request(input, init);
            if (!request.url.endsWith('/oauth2/token')) seen.push(request.headers.get('authorization'));
            return Response.json(
              request.url.endsWith('/oauth2/token')
                ? { access_token: `of-${secret}`, expires_in: 900 }
                : { webhooks: [] },
            );
          },
          () => new Date(0),
          secret,
        ),
        tokens,
      });
    await clientWith('one').check();
    await clientWith('two').check();
    await clientWith('one').check();
    expect(seen).toEqual(['Bearer of-one', 'Bearer of-two', 'Bearer of-one']);
  });
});

describe('the registration of webhooks', () => {
  const url = 'https://webhooks.example/ten_1/con_1';
  const register = () => world.provider.registerWebhook!({ url, secret: 'unused' });

  test('is made once, and its id is the secret', async () => {
    expect(await world.provider.inspectWebhook!(url)).toMatchObject({ ok: true, value: { registered: false } });
    const first = await register();
    expect(first).toMatchObject({ ok: true, value: { secret: expect.stringMatching(/^[A-Z0-9]+$/) } });
    expect(await register()).toEqual(first);
    expect(await world.provider.inspectWebhook!(url)).toEqual({
      ok: true,
      value: { registered: true, enabled: true, missingEvents: [] },
    });
  });

  test('is brought up to date where events are missing', async () => {
    const first = await register();
    const [listed] = pathsOf('/webhooks').filter(({ method }) => method === 'POST');
    expect(listed!.body).toEqual({ url, event_types: neededEvents.map((name) => ({ name })) });
    const id = first.ok ? first.value.secret! : '';
    const webhooks = [{ id, url, event_types: [{ name: 'PAYMENT.CAPTURE.COMPLETED' }] }];
    answering(200, { webhooks }, /\/webhooks$/);
    expect(await world.provider.inspectWebhook!(url)).toMatchObject({
      value: { missingEvents: neededEvents.filter((name) => name !== 'PAYMENT.CAPTURE.COMPLETED') },
    });
    answering(200, { webhooks }, /\/webhooks$/);
    expect(await register()).toEqual(first);
    expect(pathsOf(`/webhooks/${id}`)).toMatchObject([
      { method: 'PATCH', body: [{ op: 'replace', path: '/event_types' }] },
    ]);
  });

  test('is refused or unreachable, and never half a success', async () => {
    answering(403, errorOf('NOT_AUTHORIZED', 'PERMISSION_DENIED'), /\/webhooks$/);
    expect(await register()).toEqual({ ok: false, error: 'credentials-refused' });
    answering(503, {}, /\/webhooks$/);
    expect(await register()).toEqual({ ok: false, error: 'provider-unreachable' });
    answering(200, { webhooks: [{ id: 'a|b', url, event_types: [] }] }, /\/webhooks$/);
    expect(await register()).toEqual({ ok: false, error: 'provider-unreachable' });
  });
});

describe("a connection's client", () => {
  test.each([
    ['sandbox', {}, 'https://api-m.sandbox.paypal.com'],
    ['live', {}, 'https://api-m.paypal.com'],
    ['sandbox', { paypal: 'http://127.0.0.1:4599' }, 'http://127.0.0.1:4599'],
  ])(
    'of the environment %s calls its own host, with one token for all of them',
    async (environment, endpoints, origin) => {
      const called: string[] = [];
      const clients = newProviderClients({
        endpoints,
        fetch: async (input) => {
          const url = new Request(input).url;
          called.push(url);
          return Response.json(url.endsWith('/token') ? { access_token: 'x', expires_in: 900 } : { webhooks: [] });
        },
      });
      const secret = { credentials: { clientId: 'an-id-of-a-client', clientSecret: 'a-secret', environment } };
      for (let time = 0; time < 2; time += 1) {
        expect(await clients.of('paypal', secret).check()).toEqual({ ok: true, value: undefined });
      }
      const webhooks = `${origin}/v1/notifications/webhooks`;
      expect(called).toEqual([`${origin}/v1/oauth2/token`, webhooks, webhooks]);
    },
  );
});
