import { sandboxWebhookReader } from '../../../lambdas/adapters/providers/sandbox/sandbox-webhook-reader';
import { webhookSecretsOf } from '../../../lambdas/domain/providers/ports';
import { applyWebhook } from '../../../lambdas/domain/webhooks';
import { connection as connectionSchema } from '../../../lambdas/routes/connections';
import { ask } from '../../support/service-world';
import { aShop, apiKey } from '../payments/a-shop';

type Shop = Awaited<ReturnType<typeof aShop>>;

const base = '/v1/tenants/{tenantId}/provider-connections/{connectionId}';
const otherKey = 'sk_sandbox_fedcba9876543210';

const on = ({ connections, tenant, connectionId }: Shop) => {
  const params = { tenantId: tenant, connectionId };
  return {
    get: () => ask(connections, { resource: base, params }),
    patch: (body: object, headers = {}) => ask(connections, { method: 'PATCH', resource: base, params, body, headers }),
    rotate: (key: string, body: object = {}) =>
      ask(connections, {
        resource: `${base}/rotate-webhook-secret`,
        params,
        headers: { 'Idempotency-Key': key },
        body,
      }),
    test: (key: string) =>
      ask(connections, { resource: `${base}/test`, params, headers: { 'Idempotency-Key': key }, body: {} }),
  };
};

const healthIn = (connection: unknown) => connectionSchema.parse(connection).health;

const typesOf = (shop: Shop) =>
  shop.store.commits.flatMap(({ stream, events }) =>
    stream.kind === 'connection' ? events.map(({ type }) => type) : [],
  );

const secretOf = (shop: Shop) => {
  const [secret] = shop.stored.values();
  return secret!;
};

const signedBy = (shop: Shop, secret: string) =>
  sandboxWebhookReader
    .read(
      sandboxWebhookReader.signTest!('t1', secret, shop.now()),
      webhookSecretsOf(secretOf(shop), shop.now().getTime()),
      shop.now().getTime(),
    )
    .then(({ ok }) => ok);

describe('changing a connection', () => {
  test('closes it to payments from the next request on, and opens it again', async () => {
    const shop = await aShop();
    const { patch } = on(shop);
    expect(await patch({ status: 'disabled', displayName: 'Old one' })).toMatchObject({
      status: 200,
      body: { status: 'disabled', displayName: 'Old one' },
    });
    expect(await shop.create('p1')).toMatchObject({ status: 422, body: { reason: 'no-connection' } });
    const named = { connectionId: shop.connectionId };
    expect(await shop.create('p2', named)).toMatchObject({ status: 422, body: { reason: 'connection-disabled' } });
    expect((await patch({ status: 'active' })).status).toBe(200);
    expect((await shop.create('p3')).status).toBe(201);
  });

  test('refuses a version that is not the newest, and changes nothing for what is so already', async () => {
    const shop = await aShop();
    const { patch } = on(shop);
    expect((await patch({ displayName: 'B' }, { 'If-Match': '"1"' })).status).toBe(412);
    expect(await patch({ displayName: 'Sandbox', status: 'active' }, { 'If-Match': '"2"' })).toMatchObject({
      status: 200,
      body: { version: 2 },
    });
  });

  test('replaces the credentials once the provider has accepted them, and registers our address with them', async () => {
    const shop = await aShop();
    const before = secretOf(shop);
    const answer = await on(shop).patch({ credentials: { apiKey: otherKey } });
    expect(answer).toMatchObject({ status: 200, body: { health: { credentials: { result: 'accepted' } } } });
    expect(secretOf(shop)).toEqual({
      ...before,
      credentials: { apiKey: otherKey },
      accountDoubtedAt: shop.now().toISOString(),
    });
    expect(shop.sandbox.endpoints.size).toBe(2);
    expect(typesOf(shop).slice(2)).toEqual(['SecretChangeRequested', 'WebhookSigningDoubted', 'CredentialsReplaced']);
    expect(JSON.stringify([answer, shop.store.commits, shop.telemetry.lines])).not.toContain(otherKey);
  });

  test.each([
    ['that the provider refuses', { apiKey: 'sk_sandbox_revoked0123456789' }, 'credentials-refused'],
    ['of another provider', { apiKey: 'sk_test_0123456789abcdef' }, 'credentials-malformed'],
  ])('takes no credentials %s', async (_, credentials, reason) => {
    const shop = await aShop();
    expect(await on(shop).patch({ credentials })).toMatchObject({ status: 422, body: { reason } });
    expect(secretOf(shop).credentials).toEqual({ apiKey });
    expect(typesOf(shop)).toHaveLength(2);
  });

  test('is done by one request at a time', async () => {
    const shop = await aShop();
    const { patch, rotate } = on(shop);
    const answers = await Promise.all([patch({ credentials: { apiKey: otherKey } }), rotate('r1')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  test('is not found where there is none', async () => {
    const shop = await aShop();
    const params = { tenantId: shop.tenant, connectionId: 'con_0000000000000000000z' };
    const body = { displayName: 'x' };
    expect((await ask(shop.connections, { method: 'PATCH', resource: base, params, body })).status).toBe(404);
  });
});

describe('rotating what webhooks are checked against', () => {
  test('believes both for the overlap, then the new one alone', async () => {
    const shop = await aShop();
    const old = secretOf(shop).webhookSecret!;
    const answer = await on(shop).rotate('r1', { overlapHours: 1 });
    const until = new Date(shop.now().getTime() + 3_600_000).toISOString();
    expect(answer).toMatchObject({ status: 200, body: { webhooks: { previousSecretUntil: until, signing: 'ready' } } });
    const { webhookSecret: fresh } = secretOf(shop);
    expect(fresh).not.toBe(old);
    expect(Buffer.from(fresh!.replace('whsec_', ''), 'base64')).toHaveLength(32);
    const [endpoints] = shop.sandbox.endpoints.values();
    expect(endpoints!.map(({ secret }) => secret)).toEqual([fresh]);
    expect(await Promise.all([signedBy(shop, old), signedBy(shop, fresh!)])).toEqual([true, true]);
    shop.pass(3_600_000);
    expect(await Promise.all([signedBy(shop, old), signedBy(shop, fresh!)])).toEqual([false, true]);
    expect(JSON.stringify([answer, shop.store.commits, shop.telemetry.lines])).not.toContain(fresh);
  });

  test('believes the new one alone where they do not overlap', async () => {
    const shop = await aShop();
    const old = secretOf(shop).webhookSecret!;
    expect(await on(shop).rotate('r1', { overlapHours: 0 })).toMatchObject({
      body: { webhooks: { previousSecretUntil: null } },
    });
    expect(await signedBy(shop, old)).toBe(false);
  });

  test('under one key is done once', async () => {
    const shop = await aShop();
    const { rotate } = on(shop);
    const first = await rotate('r1');
    const secret = secretOf(shop);
    const again = await rotate('r1');
    expect(again.body).toEqual(first.body);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(secretOf(shop)).toBe(secret);
    expect((await rotate('r1', { overlapHours: 2 })).status).toBe(422);
  });

  test.each([0, 1])('that crashed before write %i of the secret goes on with what it has drawn', async (nth) => {
    const shop = await aShop();
    const old = secretOf(shop).webhookSecret!;
    const { set } = shop.stored;
    let writes = 0;
    shop.stored.set = (...args) => {
      writes += 1;
      if (writes > nth) throw new Error('crash');
      return set.apply(shop.stored, args);
    };
    const { rotate } = on(shop);
    expect((await rotate('r1')).status).toBe(500);
    shop.stored.set = set;
    // Whatever the provider signs with by now is believed.
    const [registered] = shop.sandbox.endpoints.values();
    expect(await signedBy(shop, registered![0]!.secret)).toBe(true);
    expect(await signedBy(shop, old)).toBe(true);
    const drawn = secretOf(shop).webhookSecret!;

    expect((await rotate('r1')).status).toBe(200);
    expect(secretOf(shop).previous?.map(({ secret }) => secret)).toEqual([old]);
    if (nth === 1) expect(secretOf(shop).webhookSecret).toBe(drawn);
    const [endpoints] = shop.sandbox.endpoints.values();
    expect(endpoints!.map(({ secret }) => secret)).toEqual([secretOf(shop).webhookSecret]);
    expect(typesOf(shop).at(-1)).toBe('WebhookSigningRotated');
  });

  test('takes what has the form of the provider alone', async () => {
    const shop = await aShop();
    expect(await on(shop).rotate('r1', { webhookSecret: 'whsec_short' })).toMatchObject({
      status: 422,
      body: { reason: 'webhook-secret-malformed' },
    });
  });
});

describe('testing a connection', () => {
  const arrive = async (shop: Shop) => {
    for (const { delivery } of shop.tests.splice(0)) {
      const secrets = webhookSecretsOf(secretOf(shop), shop.now().getTime());
      const read = await sandboxWebhookReader.read(delivery, secrets, shop.now().getTime());
      if (!read.ok) throw new Error(read.error);
      const [event] = read.value;
      const { tenant, connectionId } = shop;
      const message = { tenant, connectionId, provider: 'sandbox', event: event! } as const;
      await applyWebhook(
        { ...shop.deps, journal: shop.store.journal },
        { ...message, receivedAt: shop.now().toISOString(), requestId: 'delivery' },
      );
    }
  };

  test('asks the provider, and is passed when its webhook has come through', async () => {
    const shop = await aShop();
    const { test: run, get } = on(shop);
    const tested = await run('t1');
    expect(tested).toMatchObject({
      status: 202,
      body: {
        connection: {
          health: {
            credentials: { result: 'accepted' },
            subscription: { registered: true, enabled: true, missingEvents: [] },
            webhookTest: { passedAt: null, failure: null },
          },
        },
      },
    });
    expect(shop.tests.map(({ url }) => url)).toEqual([shop.connected!.body.webhookUrl]);
    await arrive(shop);
    const { testId } = tested.body;
    expect(healthIn((await get()).body).webhookTest).toMatchObject({ testId, passedAt: shop.now().toISOString() });
    expect(typesOf(shop).slice(2)).toEqual(['ConnectionTested', 'WebhookTestReceived']);
  });

  test('under one key sends one webhook', async () => {
    const shop = await aShop();
    const { test: run } = on(shop);
    const first = await run('t1');
    const again = await run('t1');
    expect(again.body.testId).toBe(first.body.testId);
    expect(shop.tests).toHaveLength(1);
  });

  test('of an earlier test tells nothing of a later one', async () => {
    const shop = await aShop();
    const { test: run, get } = on(shop);
    await run('t1');
    const [first] = shop.tests.splice(0);
    await run('t2');
    shop.tests.splice(0, 1, first!);
    await arrive(shop);
    expect(healthIn((await get()).body).webhookTest?.passedAt).toBeNull();
  });

  test('shows credentials that are refused by now, and an address that the provider has forgotten', async () => {
    const shop = await aShop();
    const [name] = shop.stored.keys();
    shop.stored.set(name!, { ...secretOf(shop), credentials: { apiKey: 'sk_sandbox_revoked0123456789' } });
    const { test: run } = on(shop);
    expect(healthIn((await run('t1')).body.connection).credentials?.result).toBe('refused');
    shop.stored.set(name!, { ...secretOf(shop), credentials: { apiKey: otherKey } });
    expect(healthIn((await run('t2')).body.connection)).toMatchObject({
      credentials: { result: 'accepted' },
      subscription: { registered: false },
    });
  });

  test('is refused while the connection is disabled', async () => {
    const shop = await aShop();
    const { test: run, patch } = on(shop);
    await patch({ status: 'disabled' });
    expect(await run('t1')).toMatchObject({ status: 422, body: { reason: 'connection-not-active' } });
    expect(shop.tests).toEqual([]);
  });
});
