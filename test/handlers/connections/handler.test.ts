import { connectionsRoutes } from '../../../lambdas/routes/connections';
import { gateOf } from '../../../lambdas/kernel/views';
import { ask } from '../../support/service-world';
import { aShop, apiKey } from '../payments/a-shop';

describe('connecting a provider', () => {
  test('registers our address with it, stores its secret, opens the gate, and shows no secret', async () => {
    const shop = await aShop();
    const { connectionId, tenant } = shop;
    expect(shop.connected).toMatchObject({
      status: 201,
      body: {
        provider: 'sandbox',
        displayName: 'Sandbox',
        status: 'active',
        webhookUrl: `https://hooks.example/${tenant}/${connectionId}`,
        version: 2,
        webhookSetup: [],
        webhooks: { registration: 'registered', signing: 'ready' },
        health: { credentials: { result: 'accepted' }, unfinishedSince: null },
      },
    });
    const [secret] = shop.stored.values();
    expect(secret?.credentials.apiKey).toBe(apiKey);
    expect(Buffer.from(secret!.webhookSecret!.replace('whsec_', ''), 'base64')).toHaveLength(32);
    const [endpoints] = shop.sandbox.endpoints.values();
    expect(endpoints).toEqual([
      expect.objectContaining({ url: shop.connected!.body.webhookUrl, secret: secret!.webhookSecret }),
    ]);
    expect((await shop.store.views.slots(gateOf(tenant)))[`connection#${connectionId}`]).toEqual({
      version: 2,
      data: { provider: 'sandbox', status: 'active', displayName: 'Sandbox' },
    });
    const written = JSON.stringify([shop.connected, shop.store.commits, shop.telemetry.lines]);
    for (const planted of [apiKey, secret!.webhookSecret, 'whsec_']) expect(written).not.toContain(planted);
  });

  test('again under its key answers the same and does nothing', async () => {
    const shop = await aShop();
    const calls = shop.providerCalls();
    const again = await shop.connect('connect-1');
    expect([again.status, again.body]).toEqual([201, shop.connected!.body]);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(shop.providerCalls()).toBe(calls);
  });

  test('many times at once ends with one connection, whose two sides have the same secret', async () => {
    const shop = await aShop({ connected: false });
    const answers = await Promise.all(Array.from({ length: 5 }, () => shop.connect('k1')));
    const [done, ...others] = answers.toSorted((a, b) => a.status - b.status);
    expect(done).toMatchObject({ status: 201, body: { status: 'active' } });
    // Whoever came while the first was at work is told to come again, and then finds its result.
    for (const { status, headers } of others) {
      if (status === 409) expect(Number(headers['retry-after'])).toBeGreaterThan(0);
      else expect(status).toBe(201);
    }
    const after = await shop.connect('k1');
    expect([after.status, after.body]).toEqual([201, done!.body]);
    expect(shop.stored.size).toBe(1);
    const [secret] = shop.stored.values();
    const [endpoints] = shop.sandbox.endpoints.values();
    expect(endpoints?.map((endpoint) => endpoint.secret)).toEqual([secret!.webhookSecret]);
    const events = shop.store.commits.flatMap(({ stream, events: all }) => (stream.kind === 'connection' ? all : []));
    expect(events.map(({ type }) => type)).toEqual(['ConnectionRequested', 'ConnectionActivated']);
  });

  test('of two different requests under one key does nothing for the second', async () => {
    const shop = await aShop({ connected: false });
    const other = 'sk_sandbox_fedcba9876543210';
    const [first, second] = await Promise.all([shop.connect('k1'), shop.connect('k1', { apiKey: other })]);
    expect([first.status, second.status].sort()).toEqual([201, 422]);
    expect([first, second].find(({ status }) => status === 422)?.body.type).toMatch(/idempotency-key-reused$/);
    expect(shop.stored.size).toBe(1);
    expect(shop.sandbox.endpoints.size).toBe(1);
    const [secret] = shop.stored.values();
    expect(secret!.credentials.apiKey).toBe(first.status === 201 ? apiKey : other);
  });

  test.each([
    ['the request is journaled', 'append', 0],
    ['the secret is stored', 'set', 0],
    ['what the provider drew is stored', 'set', 1],
    ['the end is journaled', 'append', 1],
  ] as const)('that crashed before %s is completed by its repetition', async (_, step, nth) => {
    const shop = await aShop({ connected: false });
    const { set } = shop.stored;
    const { append } = shop.store.journal;
    // From then on nothing can be written, as after a crash.
    const counts = { append: 0, set: 0 };
    const alive = () => counts[step] <= nth;
    const guarded = (kind: 'append' | 'set', work: () => unknown) => {
      counts[kind] += 1;
      if (!alive()) throw new Error('crash');
      return work();
    };
    shop.stored.set = (...args) => guarded('set', () => set.apply(shop.stored, args)) as typeof shop.stored;
    Object.assign(shop.store.journal, {
      append: async (...args: Parameters<typeof append>) => guarded('append', () => append(...args)),
    });
    expect((await shop.connect('k1')).status).toBe(500);
    shop.stored.set = set;
    Object.assign(shop.store.journal, { append });
    // Nothing goes through it before it is complete.
    expect((await shop.create('p0', {})).status).toBe(422);

    const soon = await shop.connect('k1');
    if (soon.status !== 201) {
      expect(soon).toMatchObject({ status: 409, headers: { 'retry-after': '30' } });
      shop.pass(31_000);
      expect((await shop.connect('k1')).status).toBe(201);
    }
    expect((await shop.create('p1', {})).status).toBe(201);
    const [endpoints] = shop.sandbox.endpoints.values();
    expect(endpoints).toHaveLength(1);
  });

  test('with credentials that the provider refuses stores nothing', async () => {
    const shop = await aShop({ connected: false });
    const answer = await shop.connect('k1', { apiKey: 'sk_sandbox_revoked0123456789' });
    expect(answer).toMatchObject({ status: 422, body: { reason: 'credentials-refused' } });
    expect(shop.stored.size).toBe(0);
    expect(shop.sandbox.endpoints.size).toBe(0);
    const events = shop.store.commits.flatMap(({ stream, events: all }) => (stream.kind === 'connection' ? all : []));
    expect(events.map(({ type }) => type)).toEqual(['ConnectionRequested', 'ConnectionFailed']);
    // The answer stays what it was, and nothing asks the provider again.
    const calls = shop.providerCalls();
    expect(await shop.connect('k1', { apiKey: 'sk_sandbox_revoked0123456789' })).toMatchObject({
      status: 422,
      body: { reason: 'credentials-refused' },
    });
    expect(shop.providerCalls()).toBe(calls);
    expect(await shop.create('p1')).toMatchObject({ status: 422, body: { reason: 'no-connection' } });
  });

  test.each([
    ['stripe', { apiKey: 'sk_live_0123456789abcdef' }],
    [
      'adyen',
      {
        apiKey: 'AQElive0123456789',
        merchantAccount: 'Shop',
        environment: 'live',
        liveUrlPrefix: '1797a841fbb37ca7-Shop',
      },
    ],
    ['paypal', { clientId: 'AaBbCcDdEeFf', clientSecret: 'EeFfGgHhIiJj', environment: 'live' }],
  ])('takes no live credentials of %s in a test stage', async (provider, credentials) => {
    const shop = await aShop({ connected: false, offered: ['sandbox', 'stripe', 'adyen', 'paypal'] });
    expect(await shop.connect('k1', credentials, provider)).toMatchObject({
      status: 422,
      body: { reason: 'credentials-of-wrong-mode' },
    });
    expect(shop.store.commits.some(({ stream }) => stream.kind === 'connection')).toBe(false);
  });

  test('is listed and read, for this tenant alone', async () => {
    const shop = await aShop();
    await shop.project();
    const { tenant, connectionId, connections } = shop;
    const list = await ask(connections, {
      resource: connectionsRoutes['connections.list'].path,
      params: { tenantId: tenant },
    });
    expect(list.body).toEqual({ data: [shop.connected!.body], nextCursor: null });
    const get = (id: string, user?: string) =>
      ask(connections, {
        resource: connectionsRoutes['connections.get'].path,
        params: { tenantId: tenant, connectionId: id },
        ...(user === undefined ? {} : { user }),
      });
    expect((await get(connectionId)).body).toEqual(shop.connected!.body);
    expect((await get('con_0000000000000000000z')).status).toBe(404);
    expect((await get(connectionId, 'stranger')).status).toBe(404);
  });
});
