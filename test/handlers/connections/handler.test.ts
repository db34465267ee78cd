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
        version: 1,
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
      version: 1,
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
    expect(new Set(answers.map(({ status, body }) => `${String(status)} ${body.id}`)).size).toBe(1);
    const [secret, ...others] = shop.stored.values();
    expect(others).toEqual([]);
    const [endpoints] = shop.sandbox.endpoints.values();
    expect(endpoints?.map((endpoint) => endpoint.secret)).toEqual([secret!.webhookSecret]);
    expect(shop.store.commits.filter(({ stream }) => stream.kind === 'connection')).toHaveLength(1);
  });

  test.each(['secret', 'commit'])('that crashed before the %s is completed by its repetition', async (before) => {
    const shop = await aShop({ connected: false });
    const { set } = shop.stored;
    const { append } = shop.store.journal;
    const crash = () => {
      throw new Error('crash');
    };
    if (before === 'secret') shop.stored.set = crash;
    else Object.assign(shop.store.journal, { append: crash });
    expect((await shop.connect('k1')).status).toBe(500);
    shop.stored.set = set;
    Object.assign(shop.store.journal, { append });
    expect((await shop.connect('k1')).status).toBe(201);
    expect((await shop.create('p1', {})).status).toBe(201);
    const [endpoints] = shop.sandbox.endpoints.values();
    expect(endpoints).toHaveLength(1);
  });

  test('with credentials that the provider refuses stores nothing', async () => {
    const shop = await aShop({ connected: false });
    const answer = await shop.connect('k1', { apiKey: 'sk_sandbox_revoked0123456789' });
    expect(answer).toMatchObject({ status: 422, body: { reason: 'credentials-refused' } });
    expect(shop.stored.size).toBe(0);
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
