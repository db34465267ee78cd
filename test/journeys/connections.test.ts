import { randomBytes } from 'node:crypto';

import { localAccounts } from '../../local/providers/serve';
import { signWebhook } from '../../lambdas/sandbox/webhook';
import { sharedCloud, type Parsed } from '../support/local-cloud';
import { aConnectedTenant, must, newKey, paymentBody, problemOf, type ConnectedTenant } from '../support/people';
import { plant } from '../support/planted';
import { anAuthorizationEvent, deliver, webhookSecret, webhookUrl } from '../support/sandbox';

const cloud = sharedCloud();

describe('connections to providers', () => {
  let tenant: ConnectedTenant;
  const place = (id = tenant.connectionId): string => `${tenant.path}/provider-connections/${id}`;
  const connect = (body: object, headers = newKey()) =>
    tenant.owner.api.post(`${tenant.path}/provider-connections`, { displayName: 'Provider', ...body }, headers);
  const read = async (id?: string): Promise<Parsed> => must(await tenant.owner.api.get(place(id)), 200);
  /** A test of a connection, and its health once everything that came of it is done. */
  const tested = async (id?: string): Promise<Parsed> => {
    // Its door knows a new connection after five seconds; a new instance knows it at once.
    if (id !== undefined) await cloud.kill('countinghouse-dev-webhook-ingest');
    const { testId } = must(await tenant.owner.api.post(`${place(id)}/test`, {}, newKey()), 202);
    await cloud.idle();
    const { health } = await read(id);
    expect(health.webhookTest.testId).toBe(testId);
    return health;
  };
  const anApiKey = () => plant('API key', `sk_sandbox_${randomBytes(16).toString('hex')}`);
  const pay = () => {
    const body = { ...paymentBody(), connectionId: tenant.connectionId };
    return tenant.owner.api.post(`${tenant.path}/payments`, body, newKey());
  };
  const anEvent = async () => anAuthorizationEvent(must(await pay(), 201));

  beforeAll(async () => {
    tenant = await aConnectedTenant(cloud, 'Connected Shop');
    for (const secret of ['apiKey', 'reportPassword', 'clientSecret']) {
      for (const account of Object.values(localAccounts)) {
        const value: unknown = Reflect.get(account, secret);
        if (typeof value === 'string') plant('API key', value);
      }
    }
  });

  it('are proved by a test webhook that takes the way of all others', async () => {
    expect((await read()).health.webhookTest).toBeNull();
    expect(await tested()).toMatchObject({
      credentials: { result: 'accepted' },
      subscription: { registered: true, enabled: true, missingEvents: [] },
      webhookTest: { passedAt: expect.any(String) as string, failure: null },
    });
    const { data } = must(await tenant.owner.api.get(`${tenant.path}/webhook-events`), 200);
    expect(data[0]).toMatchObject({
      connectionId: tenant.connectionId,
      eventType: 'connection.test',
      status: 'applied',
    });
  });

  describe.each(['stripe', 'adyen', 'paypal'] as const)('to %s', (provider) => {
    it('register our address, and are tested as far as the provider can be', async () => {
      const connected = must(await connect({ provider, credentials: localAccounts[provider] }), 201);
      expect(connected).toMatchObject({
        status: 'active',
        webhooks: { registration: 'registered', signing: 'ready' },
        webhookSetup: [],
      });
      expect(await tested(connected.id)).toMatchObject({
        credentials: { result: 'accepted' },
        subscription: { registered: true, enabled: true, missingEvents: [] },
        // Only PayPal can sign as PayPal, and it sends no test at wish.
        webhookTest: provider === 'paypal' ? { failure: 'not-testable' } : { passedAt: expect.any(String) as string },
      });
    });

    it('are refused with credentials that the provider refuses', async () => {
      const wrong = {
        stripe: { apiKey: 'sk_test_revoked0000000' },
        adyen: { ...localAccounts.adyen, apiKey: 'AQErevoked0000000' },
        paypal: { ...localAccounts.paypal, clientSecret: 'revoked0000000' },
      }[provider];
      expect(problemOf(await connect({ provider, credentials: wrong }))).toEqual({
        status: 422,
        type: 'refused',
        reason: 'credentials-refused',
      });
    });
  });

  it('show which events the provider is not subscribed to, and are brought up to date by their credentials', async () => {
    const credentials = localAccounts.stripe;
    const { id } = must(await connect({ provider: 'stripe', credentials }), 201);
    const stripe = cloud.description.providers?.['stripe'];
    const headers = {
      authorization: `Bearer ${credentials.apiKey}`,
      'content-type': 'application/x-www-form-urlencoded',
    };
    const listed = (await (
      await fetch(`${String(stripe)}/v1/webhook_endpoints?limit=100`, { headers })
    ).json()) as Parsed;
    const endpoint = listed.data.find(({ url }: Parsed) => String(url).endsWith(id));
    // As somebody does in the provider's dashboard.
    await fetch(`${String(stripe)}/v1/webhook_endpoints/${String(endpoint.id)}`, {
      method: 'POST',
      headers,
      body: new URLSearchParams({ 'enabled_events[0]': 'payment_intent.succeeded' }),
    });
    const { subscription } = await tested(id);
    expect(subscription.missingEvents).toContain('charge.dispute.created');
    must(await tenant.owner.api.patch(place(id), { credentials }), 200);
    expect((await tested(id)).subscription).toMatchObject({ missingEvents: [] });
  });

  it('do nothing for the second of two different requests under one key', async () => {
    const headers = newKey();
    const [first, second] = [anApiKey(), anApiKey()];
    const answers = await Promise.all(
      [first, second].map((apiKey) => connect({ provider: 'sandbox', credentials: { apiKey } }, headers)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 422]);
  });

  it('that broke off are completed by the same request', async () => {
    const restore = await cloud.deny({
      functionName: 'countinghouse-dev-connections',
      action: 'secretsmanager:CreateSecret',
    });
    const headers = newKey();
    const body = { provider: 'sandbox', credentials: { apiKey: anApiKey() } };
    const broken = await connect(body, headers);
    await restore();
    expect(broken.status).toBeGreaterThanOrEqual(500);
    const { id } = must(await connect(body, headers), 201);
    expect((await tested(id)).webhookTest.passedAt).not.toBeNull();
  });

  it('rotate: both secrets are believed for the overlap, and the old one is refused after it', async () => {
    const old = webhookSecret(tenant);
    const rotate = async (overlapHours: number) =>
      must(await tenant.owner.api.post(`${place()}/rotate-webhook-secret`, { overlapHours }, newKey()), 200);
    expect((await deliver(cloud, tenant, await anEvent())).status).toBe(200);
    expect((await rotate(1)).webhooks.previousSecretUntil).not.toBeNull();
    // The instance that takes deliveries remembers the old secret alone; the new one is believed at once all the same.
    expect((await tested()).webhookTest.passedAt).not.toBeNull();
    expect((await deliver(cloud, tenant, await anEvent())).status).toBe(200);
    expect((await rotate(0)).webhooks.previousSecretUntil).toBeNull();
    // What it remembers ends with the instance; otherwise it would after three minutes.
    await cloud.kill('countinghouse-dev-webhook-ingest');
    const event = await anEvent();
    const { headers, body } = signWebhook(event, old, new Date());
    expect((await cloud.api().request('POST', webhookUrl(cloud, tenant), body, headers)).status).toBe(401);
    expect((await tested()).webhookTest.passedAt).not.toBeNull();
  });

  it('that are disabled take no payment from the next request on, and no webhook after a minute', async () => {
    const change = async (status: string) => must(await tenant.owner.api.patch(place(), { status }), 200);
    await change('disabled');
    expect(problemOf(await pay())).toMatchObject({ reason: 'connection-disabled' });
    await cloud.kill('countinghouse-dev-webhook-ingest');
    const answer = await cloud.api().request('POST', webhookUrl(cloud, tenant), '{}', {});
    expect(answer.status).toBe(404);
    await change('active');
    must(await pay(), 201);
  });
});
