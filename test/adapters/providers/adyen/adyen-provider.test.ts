import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

import type { AuthorizeRequest, FollowUpRequest, RawDelivery } from '../../../../lambdas/domain/providers/provider';
import { adyenHosts } from '../../../../lambdas/adapters/providers/adyen/adyen-hosts';
import { newAdyenProvider } from '../../../../lambdas/adapters/providers/adyen/adyen-provider';
import { adyenWebhookReader } from '../../../../lambdas/adapters/providers/adyen/adyen-webhook-reader';
import { newProviderClients } from '../../../../lambdas/adapters/providers/provider-clients';
import { refused } from '../../../../local/providers/adyen/wire';
import { providerContract } from '../../../contracts/provider-contract';
import { anAdyen, apiKey, baseUrl, hmacKey, merchantAccount, now, otherHmacKey, webhookUrl } from './an-adyen';

/** A port that nobody listens on. */
let closedPort: number;

beforeAll(async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closedPort = (server.address() as AddressInfo).port;
  await new Promise((resolve) => server.close(resolve));
});

const byToken = (token: string) => ({ type: 'token' as const, token, customer: 'shopper-1' });

providerContract('Adyen', () => {
  const { adyen, client } = anAdyen();
  const sent: RawDelivery[] = [];
  return {
    provider: client(),
    reader: adyenWebhookReader,
    now,
    methods: {
      success: byToken('test-success'),
      declined: byToken('test-refused'),
      insufficientFunds: byToken('test-not-enough-balance'),
      expiredCard: byToken('test-expired'),
      unknownToken: byToken('test-never-stored'),
      requiresAction: { type: 'hosted-page' },
      timeoutBeforeEffect: byToken('test-lost-before-effect'),
      timeoutAfterEffect: byToken('test-lost-after-effect'),
      wrongAmount: byToken('test-one-more'),
    },
    secret: hmacKey,
    otherSecret: otherHmacKey,
    unreachable: client({ baseUrl: `http://127.0.0.1:${String(closedPort)}`, fetch, timeoutMs: 2_000 }),
    revoked: client({ apiKey: 'AQErevoked' }),
    effects: (paymentId) => Promise.resolve(adyen.effects(paymentId)),
    deliveries: () => {
      sent.push(...adyen.takeDeliveries());
      return sent;
    },
  };
});

const paymentId = 'pay_00000000000000000001';
const operationId = 'op_00000000000000000001';

const request = (overrides: Partial<AuthorizeRequest> = {}): AuthorizeRequest => ({
  operationId,
  paymentId,
  amount: { amount: 1000, currency: 'EUR' },
  method: byToken('test-success'),
  capture: 'manual',
  ...overrides,
});

const follow = (overrides: Partial<FollowUpRequest> = {}): FollowUpRequest => ({
  operationId: 'op_00000000000000000002',
  paymentId,
  amount: { amount: 1000, currency: 'EUR' },
  providerReference: 'QFQTPCQ800000001',
  ...overrides,
});

describe('the client of Adyen', () => {
  /** A client whose every request is kept and answered so. */
  const recording = (status = 200, body: unknown = {}, headers: Record<string, string> = {}) => {
    const requests: { url: string; headers: Headers; body: unknown }[] = [];
    const provider = newAdyenProvider({
      apiKey,
      merchantAccount,
      environment: 'test',
      timeoutMs: 50,
      fetch: async (input, init) => {
        const sent = new Request(input, init);
        const text = await sent.text();
        requests.push({
          url: sent.url,
          headers: sent.headers,
          body: text === '' ? undefined : (JSON.parse(text) as unknown),
        });
        return new Response(JSON.stringify(body), { status, headers });
      },
    });
    return { provider, requests };
  };

  test('charges a stored method without its customer, under our reference and key', async () => {
    const { provider, requests } = recording();
    await provider.authorize(request());
    await provider.authorize(request({ capture: 'automatic', returnUrl: 'https://shop.example/back' }));
    expect(requests[0]?.url).toBe('https://checkout-test.adyen.com/v72/payments');
    expect(requests[0]?.headers.get('x-api-key')).toBe(apiKey);
    expect(requests[0]?.headers.get('idempotency-key')).toBe(operationId);
    expect(requests[0]?.body).toEqual({
      merchantAccount,
      reference: `${paymentId}.${operationId}.authorize`,
      amount: { value: 1000, currency: 'EUR' },
      paymentMethod: { type: 'scheme', storedPaymentMethodId: 'test-success' },
      shopperReference: 'shopper-1',
      shopperInteraction: 'ContAuth',
      recurringProcessingModel: 'UnscheduledCardOnFile',
      returnUrl: 'https://return.invalid/',
      additionalData: { manualCapture: 'true' },
    });
    expect(requests[1]?.body).toMatchObject({
      reference: `${paymentId}.${operationId}.sale`,
      captureDelayHours: 0,
      returnUrl: 'https://shop.example/back',
    });
  });

  test('makes a link that is paid once, under our reference', async () => {
    const { provider, requests } = recording();
    await provider.authorize(request({ method: { type: 'hosted-page' }, returnUrl: 'https://shop.example/back' }));
    expect(requests[0]?.url).toBe('https://checkout-test.adyen.com/v72/paymentLinks');
    expect(requests[0]?.body).toEqual({
      merchantAccount,
      reference: `${paymentId}.${operationId}.page`,
      amount: { value: 1000, currency: 'EUR' },
      reusable: false,
      manualCapture: true,
      returnUrl: 'https://shop.example/back',
    });
  });

  test('captures, cancels and refunds at the payment, each under a reference of its own', async () => {
    const { provider, requests } = recording();
    await provider.capture(follow());
    await provider.cancel(follow());
    await provider.refund(follow({ providerReference: 'psp8815000000000005' }));
    const base = 'https://checkout-test.adyen.com/v72/payments';
    expect(requests.map(({ url, body }) => [url, body])).toEqual([
      [
        `${base}/QFQTPCQ800000001/captures`,
        {
          merchantAccount,
          reference: `${paymentId}.op_00000000000000000002.capture`,
          amount: { value: 1000, currency: 'EUR' },
        },
      ],
      [
        `${base}/QFQTPCQ800000001/cancels`,
        { merchantAccount, reference: `${paymentId}.op_00000000000000000002.cancel.1000` },
      ],
      [
        `${base}/8815000000000005/refunds`,
        {
          merchantAccount,
          reference: `${paymentId}.op_00000000000000000002.refund`,
          amount: { value: 1000, currency: 'EUR' },
        },
      ],
    ]);
    expect(requests.every(({ headers }) => headers.get('idempotency-key') === 'op_00000000000000000002')).toBe(true);
  });

  test('sends nothing that Adyen could not take', async () => {
    const { provider, requests } = recording();
    const amount = { amount: 1050, currency: 'CVE' };
    expect(await provider.authorize(request({ amount }))).toEqual({ status: 'failed', reason: 'not_allowed' });
    expect(await provider.capture(follow({ amount }))).toEqual({ status: 'failed', reason: 'not_allowed' });
    expect(await provider.authorize(request({ method: { type: 'token', token: 't' } }))).toEqual({
      status: 'failed',
      reason: 'invalid_payment_method',
    });
    expect(requests).toEqual([]);
  });

  test.each([
    ['test-refused', { status: 'failed', reason: 'declined' }],
    ['test-acquirer-error', { status: 'failed', reason: 'provider_refused' }],
    ['test-blocked', { status: 'failed', reason: 'invalid_payment_method' }],
    ['test-expired', { status: 'failed', reason: 'expired_card' }],
    ['test-not-enough-balance', { status: 'failed', reason: 'insufficient_funds' }],
    ['test-shopper-cancelled', { status: 'failed', reason: 'declined' }],
    ['test-not-authenticated', { status: 'failed', reason: 'authentication_failed' }],
    ['test-restricted', { status: 'failed', reason: 'not_allowed' }],
    ['test-redirect', { status: 'failed', reason: 'authentication_failed' }],
    ['test-identify', { status: 'failed', reason: 'authentication_failed' }],
    ['test-pending', { status: 'pending' }],
    ['test-received', { status: 'pending' }],
    ['test-without-amount', { status: 'pending' }],
    ['test-partially', { status: 'succeeded', amount: { amount: 999, currency: 'EUR' } }],
    ['test-one-more', { status: 'succeeded', amount: { amount: 1001, currency: 'EUR' } }],
  ])('%s comes to %j', async (token, outcome) => {
    const { client } = anAdyen();
    expect(await client().authorize(request({ method: byToken(token) }))).toMatchObject(outcome);
  });

  test.each([
    ['a bad request', refused.malformed, {}, { status: 'failed', reason: 'provider_refused' }],
    ['a wrong key', refused.unauthorized, {}, { status: 'failed', reason: 'provider_refused' }],
    ['a missing role', refused.notAllowed, {}, { status: 'failed', reason: 'provider_refused' }],
    ['nothing there', refused.notFound, {}, { status: 'failed', reason: 'provider_refused' }],
    ['an invalid amount', refused.amount, {}, { status: 'failed', reason: 'provider_refused' }],
    ['an unknown shopper', refused.contract, {}, { status: 'failed', reason: 'invalid_payment_method' }],
    ['an unknown stored method', refused.paymentDetail, {}, { status: 'failed', reason: 'invalid_payment_method' }],
    ['too many requests', refused.tooMany, {}, { status: 'failed', reason: 'provider_busy' }],
    ['one under way', refused.inProgress, {}, { status: 'unknown' }],
    ['a passing error', refused.amount, { 'Transient-Error': 'true' }, { status: 'unknown' }],
    ['an error of Adyen', refused.internal, {}, { status: 'unknown' }],
    ['a gateway in between', { status: 502, body: {} }, {}, { status: 'unknown' }],
    ['an empty success', { status: 200, body: {} }, {}, { status: 'unknown' }],
    [
      'another result code',
      { status: 200, body: { resultCode: 'Success', pspReference: 'A' } },
      {},
      { status: 'unknown' },
    ],
    [
      'an amount in no currency',
      { status: 200, body: { resultCode: 'Authorised', pspReference: 'A', amount: { value: 1000, currency: 'EURO' } } },
      {},
      { status: 'unknown' },
    ],
  ])('%s comes to what it says', async (_, { status, body }, headers, outcome) => {
    expect(await recording(status, body, headers).provider.authorize(request())).toMatchObject(outcome);
  });

  test.each([[{}], [{ status: 'done', pspReference: 'QFQTPCQ800000001' }], [{ status: 'received' }], [[]], ['text']])(
    'an answer to a modification that is none (%j) says nothing of what was done',
    async (body) => {
      expect(await recording(201, body).provider.refund(follow())).toMatchObject({ status: 'unknown' });
    },
  );

  test('a modification whose answer is lost is settled by its webhook, and not repeated under its key', async () => {
    const { adyen, client } = anAdyen();
    const provider = client();
    await provider.registerWebhook?.({ url: webhookUrl, secret: '' });
    const made = await provider.authorize(request({ method: byToken('test-modifications-lost') }));
    const providerReference = made.status === 'succeeded' ? made.providerReference : '';
    expect(await provider.capture(follow({ providerReference }))).toMatchObject({ status: 'unknown' });
    expect(await provider.capture(follow({ providerReference }))).toMatchObject({ status: 'pending' });
    expect(adyen.effects(paymentId)).toBe(2);
    const told = adyen.takeDeliveries().at(-1)!;
    expect(await adyenWebhookReader.read(told, [hmacKey], now.getTime())).toMatchObject({
      value: [{ subject: { type: 'operation', kind: 'capture', outcome: { status: 'succeeded' } } }],
    });
  });

  test('a look-up tells only of a page that nobody paid on', async () => {
    const { adyen, client } = anAdyen();
    const provider = client();
    const link = await provider.authorize(request({ method: { type: 'hosted-page' } }));
    const providerReference = link.status === 'requires_action' ? link.providerReference : '';
    const lookup = (reference?: string) =>
      provider.lookup({
        operationId,
        paymentId,
        kind: 'authorize',
        amount: { amount: 1000, currency: 'EUR' },
        capture: 'manual',
        requestedAt: now.toISOString(),
        ...(reference === undefined ? {} : { providerReference: reference }),
      });
    expect(await lookup(providerReference)).toEqual(link);
    adyen.expireLink(providerReference);
    expect(await lookup(providerReference)).toMatchObject({ status: 'failed' });
    adyen.visitLink(providerReference, 'pays');
    expect(await lookup(providerReference)).toMatchObject({ status: 'unknown' });
    expect(await lookup('QFQTPCQ800000001')).toMatchObject({ status: 'unknown' });
    expect(await lookup()).toMatchObject({ status: 'unknown' });
    adyen.answerNext(refused.internal);
    expect(await lookup(providerReference)).toMatchObject({ status: 'unknown' });
  });

  test.each([
    [refused.unauthorized, 'credentials-refused'],
    [refused.notAllowed, 'credentials-refused'],
    [refused.merchantAccount, 'credentials-refused'],
    [refused.tooMany, 'provider-unreachable'],
    [refused.internal, 'provider-unreachable'],
  ])('a check answered %j shows it', async (answer, error) => {
    const { adyen, client } = anAdyen();
    adyen.answerNext(answer);
    expect(await client().check()).toEqual({ ok: false, error });
    expect(await client({ merchantAccount: 'Another' }).check()).toEqual({ ok: false, error: 'credentials-refused' });
    expect(await client().check()).toEqual({ ok: true, value: undefined });
  });
});

describe('the hosts of Adyen', () => {
  test('are those of the environment, and live ones the merchant’s own', () => {
    expect(adyenHosts({ environment: 'live', liveUrlPrefix: '1797a841fbb37ca7-AdyenDemo' })).toEqual({
      checkout: 'https://1797a841fbb37ca7-AdyenDemo-checkout-live.adyenpayments.com/checkout/v72',
      management: 'https://management-live.adyen.com/v3',
      reports: 'https://ca-live.adyen.com/reports/download',
    });
    expect(() => adyenHosts({ environment: 'live' })).toThrow();
    expect(() => adyenHosts({ environment: 'live', liveUrlPrefix: 'evil.example/' })).toThrow();
  });

  test('are found by the credentials that a connection keeps', async () => {
    const { adyen } = anAdyen();
    const clients = newProviderClients({
      endpoints: { adyen: baseUrl },
      fetch: (input, init) => adyen.handle(new Request(input, init)),
    });
    const credentials = { apiKey, merchantAccount, environment: 'test' };
    const provider = clients.of('adyen', { credentials });
    expect(await provider.check()).toEqual({ ok: true, value: undefined });
    expect(provider.capabilities).not.toContain('payout-lines');
    expect(provider.payoutLines).toBeUndefined();
    const withReports = clients.of('adyen', { credentials: { ...credentials, reportUser: 'a', reportPassword: 'b' } });
    expect(withReports.capabilities).toContain('payout-lines');
    expect(() => clients.of('adyen', { credentials: { apiKey } })).toThrow();
  });
});
