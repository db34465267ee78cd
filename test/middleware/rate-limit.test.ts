import { apiKeyStream, keySecretHash, keyToken, newKeySecret } from '../../lambdas/domain/api-keys';
import { deriveId } from '../../lambdas/kernel/ids';
import type { RateLimiter } from '../../lambdas/kernel/rate-limit';
import type { ApiRequest } from '../support/api-request';
import { ask, aServiceWorld } from '../support/service-world';
import { anExampleService } from './a-route-table';

async function aWorld(rateLimiter?: RateLimiter) {
  const world = aServiceWorld();
  const tenant = await world.tenant();
  await world.member(tenant, 'owner');
  const limited = rateLimiter === undefined ? world : { ...world, deps: { ...world.deps, rateLimiter } };
  const { service } = anExampleService(limited);
  const list = (user = 'owner') =>
    ask(service, { resource: '/v1/tenants/{tenantId}/payments', params: { tenantId: tenant }, user });
  const create = (amount: unknown = 1, more: Partial<ApiRequest> = {}) =>
    ask(service, {
      resource: '/v1/tenants/{tenantId}/payments',
      params: { tenantId: tenant },
      user: 'owner',
      body: { amount },
      headers: { 'Idempotency-Key': 'k' },
      ...more,
    });
  const me = () => ask(service, { resource: '/v1/me', user: 'owner' });
  return { world, tenant, service, list, create, me };
}

/** A key that may read payments; `call` may also name another with its secret. */
async function aReadingKey({ world, tenant, service }: Awaited<ReturnType<typeof aWorld>>) {
  const keyId = deriveId('apiKey', ['genuine']);
  const secret = newKeySecret(world.deps.randomness);
  await world.store.viewWriter.write([
    {
      type: 'record',
      entity: apiKeyStream(tenant, keyId),
      version: 1,
      data: {
        id: keyId,
        status: 'active',
        scopes: ['payments:read'],
        secrets: [{ hash: keySecretHash(secret) }],
        expiresAt: '2027-11-22T12:00:00.000Z',
        ipAllowlist: [],
      },
    },
  ]);
  const call = (method: 'GET' | 'POST', id = keyId) =>
    ask(service, {
      resource: '/server/v1/tenants/{tenantId}/payments',
      params: { tenantId: tenant },
      claims: null,
      headers: { Authorization: `Bearer ${keyToken(tenant, id, secret)}`, 'Idempotency-Key': 'k' },
      ...(method === 'GET' ? {} : { body: { amount: 1 } }),
    });
  return { keyId, call };
}

const brokenStore: RateLimiter = {
  take: async () => {
    throw new Error('the store is down');
  },
};

describe('a caller over the limit', () => {
  test('gets 429 with Retry-After no earlier than RateLimit says', async () => {
    const { me } = await aWorld();
    for (let count = 0; count < 20; count += 1) expect((await me()).status).toBe(200);
    expect(await me()).toMatchObject({
      status: 429,
      headers: { 'retry-after': '3', ratelimit: '"mfa";r=0;t=3', 'ratelimit-policy': '"mfa";q=20;w=60' },
      body: { type: 'https://countinghouse.example/problems/rate-limited' },
    });
  });

  test('is admitted when the time that was told has passed', async () => {
    const { me, world } = await aWorld();
    for (let count = 0; count < 21; count += 1) await me();
    world.pass(3_000);
    expect((await me()).status).toBe(200);
  });

  test('costs no read and no second observation until the time comes', async () => {
    const { list, tenant, world } = await aWorld();
    // The first is measured by the platform's policy: that of the tenant is not known yet.
    for (let count = 0; count < 201; count += 1) await list();
    expect((await list()).status).toBe(429);
    expect(world.store.observations).toMatchObject([
      { owner: { tenant }, type: 'RateLimited', actor: { user: 'owner' }, data: { reason: 'read' } },
    ]);
    world.calls.length = 0;
    expect((await list()).status).toBe(429);
    expect(world.calls).toEqual([]);
    expect(world.store.observations).toHaveLength(1);
  });

  test('who is no member is noted with the platform', async () => {
    const { list, world } = await aWorld();
    for (let count = 0; count < 201; count += 1) await list('stranger');
    expect(world.store.observations.filter(({ type }) => type === 'RateLimited')).toMatchObject([
      { owner: 'platform' },
    ]);
  });

  test('does not hold up others, nor another class of routes', async () => {
    const { me, list } = await aWorld();
    for (let count = 0; count < 21; count += 1) await me();
    expect((await list()).status).toBe(200);
  });

  test('naming ever other tenants is still one caller', async () => {
    const { service, world } = await aWorld();
    const statuses = new Set<number>();
    for (let count = 0; count < 201; count += 1) {
      const tenantId = `ten_${String(count).padStart(20, '0')}`;
      statuses.add((await ask(service, { resource: '/v1/tenants/{tenantId}/payments', params: { tenantId } })).status);
    }
    expect([...statuses]).toEqual([404, 429]);
    expect(world.store.observations.every(({ owner }) => owner === 'platform')).toBe(true);
  });

  test('cannot send malformed requests for free', async () => {
    const { create, list } = await aWorld();
    await list();
    for (let count = 0; count < 100; count += 1) expect((await create('x')).status).toBe(400);
    expect((await create('x')).status).toBe(429);
  });

  test("is measured by the tenant's own policy once it has been seen", async () => {
    const { list, tenant, world } = await aWorld();
    await world.policy(tenant, { rateLimits: { read: { burst: 2, intervalMs: 60_000 } } });
    const answers = [await list(), await list(), await list(), await list()];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(answers.map(({ headers }) => headers['ratelimit-policy'])).toEqual([
      '"read";q=200;w=10',
      '"read";q=2;w=120',
      '"read";q=2;w=120',
      '"read";q=2;w=120',
    ]);
  });

  test("is not held up in another tenant, nor on the platform's routes, by what one tenant demands", async () => {
    const { service, list, tenant, world } = await aWorld();
    const other = await world.tenant('other');
    await world.member(other, 'owner');
    await world.policy(tenant, { rateLimits: { read: { burst: 200, intervalMs: 60_000 } } });
    const elsewhere = () =>
      ask(service, { resource: '/v1/tenants/{tenantId}/payments', params: { tenantId: other }, user: 'owner' });
    await elsewhere();
    // One is measured before the tenant's policy is known.
    for (let count = 0; count < 201; count += 1) expect((await list()).status).toBe(200);
    expect((await list()).status).toBe(429);
    world.pass(1_000);
    const { status, headers } = await elsewhere();
    expect([status, headers.ratelimit, headers['ratelimit-policy']]).toEqual([
      200,
      '"read";r=199;t=1',
      '"read";q=200;w=10',
    ]);

    // A function that has seen neither asks the cell of the person, in which the platform's policy alone counts.
    const { service: fresh } = anExampleService(world);
    for (const tenantId of [tenant, other]) {
      const answer = await ask(fresh, {
        resource: '/v1/tenants/{tenantId}/payments',
        params: { tenantId },
        user: 'owner',
      });
      expect([answer.status, answer.headers['ratelimit-policy']]).toEqual([200, '"read";q=200;w=10']);
    }
  });

  test('is a stranger to the limits again when the tenant has them no longer', async () => {
    const { list, tenant, world } = await aWorld();
    await world.member(tenant, 'leaver');
    await world.policy(tenant, { rateLimits: { read: { burst: 3, intervalMs: 60_000 } } });
    await list('leaver');
    await world.memberStatus(tenant, 'leaver', 'removed');
    const answers = [await list('leaver'), await list('leaver')];
    expect(answers.map(({ status }) => status)).toEqual([404, 404]);
    expect(answers[1]?.headers['ratelimit-policy']).toBe('"read";q=200;w=10');
  });
});

test('tells a stranger nothing of the limits of a tenant, nor that there is one', async () => {
  const { list, tenant, service, world } = await aWorld();
  await world.policy(tenant, { rateLimits: { read: { burst: 2, intervalMs: 60_000 } } });
  await list();
  await list();
  const absent = { resource: '/v1/tenants/{tenantId}/payments', params: { tenantId: deriveId('tenant', ['absent']) } };
  const answers = [await list('stranger'), await ask(service, { ...absent, user: 'stranger-2' })];
  expect(answers.map(({ status, headers }) => [status, headers.ratelimit, headers['ratelimit-policy']])).toEqual([
    [404, '"read";r=199;t=1', '"read";q=200;w=10'],
    [404, '"read";r=199;t=1', '"read";q=200;w=10'],
  ]);
});

describe('the limit of a tenant', () => {
  const tight = { tenantRateLimits: { read: { burst: 3, intervalMs: 60_000 } } };

  test('holds for all its members and keys together, and says so in the headers', async () => {
    const { list, tenant, world } = await aWorld();
    await world.member(tenant, 'admin', 'admin');
    await world.policy(tenant, tight);
    const answers = [await list('owner'), await list('admin'), await list('owner'), await list('admin')];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(answers.map(({ headers }) => headers['ratelimit-policy'])).toEqual([
      '"read";q=200;w=10',
      '"read";q=200;w=10',
      '"read";q=200;w=10',
      '"tenant-read";q=3;w=180',
    ]);
    expect(answers[3]!.headers).toMatchObject({ ratelimit: '"tenant-read";r=0;t=60', 'retry-after': '60' });
    expect(world.telemetry.counted).toEqual(['RateLimited']);
  });

  test('refuses members from memory, without a call, until its time', async () => {
    const { list, tenant, world } = await aWorld();
    await world.policy(tenant, tight);
    for (let count = 0; count < 4; count += 1) await list();
    world.calls.length = 0;
    expect((await list()).status).toBe(429);
    expect(world.calls).toEqual([]);
    expect(world.store.observations).toMatchObject([
      { owner: { tenant }, type: 'RateLimited', data: { reason: 'tenant-read' } },
    ]);
    world.pass(60_000);
    expect((await list()).status).toBe(200);
  });

  test('counts no stranger, and tells none that there is such a tenant', async () => {
    const { list, tenant, world } = await aWorld();
    await world.policy(tenant, tight);
    for (let count = 0; count < 10; count += 1) expect((await list('stranger')).status).toBe(404);
    for (let count = 0; count < 3; count += 1) expect((await list()).status).toBe(200);
    expect((await list()).status).toBe(429);
    expect(await list('stranger')).toMatchObject({
      status: 404,
      headers: { 'ratelimit-policy': '"read";q=200;w=10' },
    });
  });

  describe('is not used up', () => {
    const money = { tenantRateLimits: { money: { burst: 3, intervalMs: 60_000 } } };

    /** Ten requests that are refused with `status`, and then as many of the Owner as the tenant has. */
    async function expectUnspent(
      { create }: Awaited<ReturnType<typeof aWorld>>,
      status: number,
      refused: () => ReturnType<typeof create>,
    ) {
      for (let count = 0; count < 10; count += 1) expect((await refused()).status).toBe(status);
      const statuses = [];
      for (let count = 0; count < 4; count += 1) statuses.push((await create()).status);
      expect(statuses).toEqual([201, 201, 201, 429]);
    }

    test('by a member without the permission', async () => {
      const shop = await aWorld();
      await shop.world.member(shop.tenant, 'auditor', 'auditor');
      await shop.world.policy(shop.tenant, money);
      await expectUnspent(shop, 403, () => shop.create(1, { user: 'auditor' }));
    });

    test('by a member from an address that is not allowed', async () => {
      const shop = await aWorld();
      await shop.world.policy(shop.tenant, { ...money, consoleIpAllowlist: ['192.0.2.0/24'] });
      await expectUnspent(shop, 403, () => shop.create(1, { sourceIp: '198.51.100.7' }));
    });

    test('by a session that has shown no second factor', async () => {
      const shop = await aWorld();
      await shop.world.policy(shop.tenant, { ...money, require2faFor: { Payments: true } });
      await shop.world.stepUp('owner');
      await expectUnspent(shop, 401, () => shop.create(1, { session: 'another' }));
    });

    test('by what is no request', async () => {
      const shop = await aWorld();
      await shop.world.policy(shop.tenant, money);
      await expectUnspent(shop, 400, () => shop.create('x'));
    });

    test('by a key without the scope', async () => {
      const shop = await aWorld();
      await shop.world.policy(shop.tenant, money);
      const { call } = await aReadingKey(shop);
      await expectUnspent(shop, 403, () => call('POST'));
    });
  });

  test('costs one call for many requests', async () => {
    const { list, world } = await aWorld();
    await list();
    world.calls.length = 0;
    for (let count = 0; count < 20; count += 1) expect((await list()).status).toBe(200);
    expect(world.calls.filter((call) => call === 'limiter.take')).toHaveLength(20);
  });
});

describe('the limit of an address', () => {
  test('holds for second factors, whoever is guessed at', async () => {
    const { service } = await aWorld();
    const me = (user: string, sourceIp: string) => ask(service, { resource: '/v1/me', user, sourceIp });
    for (let count = 0; count < 300; count += 1) {
      expect((await me(`user-${String(count)}`, '198.51.100.7')).status).toBe(200);
    }
    expect(await me('user-300', '198.51.100.7')).toMatchObject({
      status: 429,
      headers: { 'ratelimit-policy': '"ip-mfa";q=300;w=60' },
    });
    expect((await me('user-300', '::ffff:198.51.100.7')).status).toBe(429);
    expect((await me('user-300', '198.51.100.8')).status).toBe(200);
  });

  test('holds for a /64 of IPv6, of which one sender has every address', async () => {
    const { service } = await aWorld();
    const me = (user: string, sourceIp: string) => ask(service, { resource: '/v1/me', user, sourceIp });
    for (let count = 0; count < 300; count += 1) {
      await me(`user-${String(count)}`, `2001:db8:0:1::${count.toString(16)}`);
    }
    expect((await me('user-300', '2001:db8:0:1:a:b:c:d')).status).toBe(429);
    expect((await me('user-300', '2001:db8:0:2::1')).status).toBe(200);
  });

  test("is what the platform's policy says, and no tenant's", async () => {
    const { service, tenant, world } = await aWorld();
    const tight = { burst: 10, intervalMs: 1_000 };
    await world.platformPolicy({ addressRateLimits: { mfa: tight } });
    await world.policy(tenant, { addressRateLimits: { mfa: { burst: 10, intervalMs: 2_000 } } });
    const me = (user: string) => ask(service, { resource: '/v1/me', user, sourceIp: '198.51.100.7' });
    // The first is measured by what this function knew before.
    await me('user-0');
    world.pass(10_000);
    for (let count = 1; count < 11; count += 1) expect((await me(`user-${String(count)}`)).status).toBe(200);
    expect(await me('user-11')).toMatchObject({
      status: 429,
      headers: { 'ratelimit-policy': '"ip-mfa";q=10;w=10', 'retry-after': '1' },
    });
  });

  test('is that of the gateway, whatever a header says', async () => {
    const { service } = await aWorld();
    const statuses = new Set<number>();
    for (let count = 0; count < 301; count += 1) {
      const headers = {
        'X-Forwarded-For': `203.0.113.${String(count % 250)}`,
        Forwarded: `for=10.0.0.${String(count)}`,
      };
      statuses.add((await ask(service, { resource: '/v1/me', user: `user-${String(count)}`, headers })).status);
    }
    expect([...statuses]).toEqual([200, 429]);
  });

  test('holds for keys that nobody has verified, and not for those that have opened their tenant', async () => {
    const { keyId, call } = await aReadingKey(await aWorld());
    const get = (id: string) => call('GET', id);
    expect((await get(keyId)).status).toBe(200);
    const answers = new Map<number, number>();
    for (let count = 0; count < 300; count += 1) {
      const { status } = await get(deriveId('apiKey', [`made up ${String(count)}`]));
      answers.set(status, (answers.get(status) ?? 0) + 1);
    }
    expect([...answers]).toEqual([
      [401, 299],
      [429, 1],
    ]);
    expect((await get(keyId)).status).toBe(200);
  });
});

describe("when the limiter's store fails", () => {
  test('money and second factors fail closed', async () => {
    const { create, me, world } = await aWorld(brokenStore);
    for (const answer of [await create(), await me()]) {
      expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
      expect(Object.keys(answer.body).sort()).toEqual(['requestId', 'status', 'title', 'type']);
    }
    // The payment's own cell; of the second factor, its own and the address's.
    expect(world.telemetry.counted).toEqual(Array(3).fill('RateLimitStoreFailed'));
  });

  test('reads stay open, are counted, and tell no limits', async () => {
    const { list, world } = await aWorld(brokenStore);
    const answer = await list();
    expect(answer.status).toBe(200);
    expect(answer.headers).not.toHaveProperty('ratelimit');
    // Their own cell and the tenant's.
    expect(world.telemetry.counted).toEqual(['RateLimitStoreFailed', 'RateLimitStoreFailed']);
  });
});
