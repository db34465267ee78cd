import { newStripeProvider } from '../../../lambdas/adapters/providers/stripe/stripe-provider';
import type { Credentials } from '../../../lambdas/domain/providers/credentials';
import { webhookSecretsOf } from '../../../lambdas/domain/providers/ports';
import type { ConnectRefusal, Provider, ProviderName } from '../../../lambdas/domain/providers/provider';
import type { Result } from '../../../lambdas/kernel/result';
import { connection as connectionSchema } from '../../../lambdas/routes/connections';
import { ask } from '../../support/service-world';
import { aProvider } from '../../domain/payments/a-payment';
import { aShop } from '../payments/a-shop';

type Registered = Result<{ readonly secret: string | undefined; readonly endpoint?: string }, ConnectRefusal>;

const told = (secret: string | undefined, endpoint?: string): Registered => ({
  ok: true,
  value: { secret, ...(endpoint === undefined ? {} : { endpoint }) },
});
const refused: Registered = { ok: false, error: 'credentials-refused' };

const firstKey = { apiKey: 'rk_test_first0123456789' };
const secondKey = { apiKey: 'rk_test_second0123456789' };
const adyenOf = (apiKey: string, merchantAccount: string) => ({ apiKey, merchantAccount, environment: 'test' });
const paypalOf = (clientId: string, clientSecret: string) => ({ clientId, clientSecret, environment: 'sandbox' });

interface Replacement {
  readonly provider: ProviderName;
  readonly from: Credentials;
  readonly to: Credentials;
  readonly first?: Registered;
  readonly then: Registered;
  /** What the provider says of the account behind credentials. */
  readonly accountOf?: (credentials: Credentials) => string | undefined;
}

/** A connection whose provider signs with `first`; then other credentials come, with which registering ends as told. */
async function replacing(given: Replacement) {
  const { provider, from, to, accountOf } = given;
  let registered = given.first ?? told('first');
  const clientOf = (credentials: Credentials): Provider => ({
    ...aProvider(),
    name: provider,
    ...(accountOf === undefined ? {} : { account: async () => accountOf(credentials) }),
    registerWebhook: async () => registered,
  });
  const shop = await aShop({
    connected: false,
    offered: [provider],
    providers: { of: (_, secret) => clientOf(secret.credentials) },
  });
  const connected = await shop.connect('k1', from, provider);
  expect(connected.status).toBe(201);
  registered = given.then;
  const answer = await ask(shop.connections, {
    method: 'PATCH',
    resource: '/v1/tenants/{tenantId}/provider-connections/{connectionId}',
    params: { tenantId: shop.tenant, connectionId: connectionSchema.parse(connected.body).id },
    body: { credentials: to },
  });
  const [secret] = [...shop.stored.values()];
  const believedIn = (hours: number) => webhookSecretsOf(secret!, shop.now().getTime() + hours * 3_600_000);
  return { answer, secret: secret!, believedIn, shop };
}

const webhooksIn = (body: unknown) => connectionSchema.parse(body).webhooks;

describe('credentials of another account', () => {
  test.each<{ why: string } & Omit<Replacement, 'then'>>([
    {
      why: 'Adyen names it in the credentials',
      provider: 'adyen',
      from: adyenOf('AQEfirst0123', 'Shop'),
      to: adyenOf('AQEsecond0123', 'Other'),
    },
    { why: 'Stripe says so', provider: 'stripe', from: firstKey, to: secondKey, accountOf: ({ apiKey }) => apiKey },
  ])('are refused where that is known, and nothing is stored: $why', async ({ why: _, ...given }) => {
    const { answer, secret, shop } = await replacing({ ...given, then: told('second') });
    expect(answer).toMatchObject({ status: 422, body: { reason: 'account-differs' } });
    expect(secret).toMatchObject({ credentials: given.from, webhookSecret: 'first' });
    expect(shop.store.commits.at(-1)?.events.map(({ type }) => type)).toEqual(['ConnectionActivated']);
  });

  test('may not be told apart: what the provider tells then counts, and what was before is believed for a day', async () => {
    const { answer, secret, believedIn } = await replacing({
      provider: 'paypal',
      from: paypalOf('AVfirst0', 'EHfirst0'),
      to: paypalOf('AVsecond', 'EHsecond'),
      then: told('second'),
    });
    expect(answer.status).toBe(200);
    expect([believedIn(0), believedIn(23), believedIn(24)]).toEqual([
      ['second', 'first'],
      ['second', 'first'],
      ['second'],
    ]);
    expect(webhooksIn(answer.body)).toMatchObject({
      signing: 'ready',
      previousSecretUntil: secret.previous?.[0]?.until,
    });
  });

  test('may not be told apart, and the provider tells nothing: what was before ends in a day, and the step is shown', async () => {
    const { answer, secret, believedIn } = await replacing({
      provider: 'paypal',
      from: paypalOf('AVfirst0', 'EHfirst0'),
      to: paypalOf('AVsecond', 'EHsecond'),
      then: refused,
    });
    expect([believedIn(0), believedIn(24)]).toEqual([['first'], []]);
    const body = connectionSchema.parse(answer.body);
    expect(body.webhooks).toMatchObject({
      registration: 'manual',
      signing: 'missing',
      previousSecretUntil: secret.previous?.[0]?.until,
    });
    expect(body.webhookSetup.join('\n')).toContain('rotate-webhook-secret');
  });
});

describe('credentials of the same account', () => {
  test.each<{ why: string } & Replacement>([
    {
      why: 'Adyen, by the merchant account',
      provider: 'adyen',
      from: adyenOf('AQEfirst0123', 'Shop'),
      to: adyenOf('AQEsecond0123', 'Shop'),
      then: refused,
    },
    {
      why: 'PayPal, by the app',
      provider: 'paypal',
      from: paypalOf('AVfirst0', 'EHfirst0'),
      to: paypalOf('AVfirst0', 'EHsecond'),
      then: refused,
    },
    {
      why: 'Stripe, by what it says',
      provider: 'stripe',
      from: firstKey,
      to: secondKey,
      then: refused,
      accountOf: () => 'acct_1',
    },
    {
      why: 'Stripe, by the endpoint that it has on record',
      provider: 'stripe',
      from: firstKey,
      to: secondKey,
      first: told('first', 'we_1'),
      then: told(undefined, 'we_1'),
    },
  ])('leave what deliveries are checked against as it is: $why', async ({ why: _, ...given }) => {
    const { answer, secret, believedIn } = await replacing(given);
    expect(answer.status).toBe(200);
    expect(secret.credentials).toEqual(given.to);
    expect([believedIn(0), believedIn(1000)]).toEqual([['first'], ['first']]);
    expect(webhooksIn(answer.body)).toMatchObject({ signing: 'ready', previousSecretUntil: null });
  });
});

describe("Stripe's account", () => {
  const askedOf = async (status: number, body: object) => {
    const paths: string[] = [];
    const fetch = async (input: string | URL | Request) => {
      paths.push(new URL(input instanceof Request ? input.url : input).pathname);
      return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
    };
    const account = await newStripeProvider({ apiKey: 'sk_test_0123456789', fetch, timeoutMs: 50 }).account?.();
    expect(paths).toEqual(['/v1/account']);
    return account;
  };

  test('is told to a secret key, and to a restricted one is unknown', async () => {
    expect(await askedOf(200, { id: 'acct_1', object: 'account' })).toBe('acct_1');
    expect(await askedOf(403, { error: { type: 'invalid_request_error', message: 'no permission' } })).toBeUndefined();
  });
});
