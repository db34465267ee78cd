import '../support/function-env';

import { randomUUID } from 'node:crypto';

import type { KeyScope } from '../../lambdas/domain/identity';
import { newApiKeys } from '../../lambdas/handlers/api-keys/handler';
import { deriveId } from '../../lambdas/kernel/ids';
import { ask, aServiceWorld } from '../support/service-world';
import { anExampleService } from './a-route-table';

const resource = '/server/v1/tenants/{tenantId}/payments';
const minuteMs = 60_000;

async function aShopServer() {
  const world = aServiceWorld();
  const tenant = await world.tenant();
  await world.member(tenant, 'owner');
  await world.stepUp('owner');
  const keys = newApiKeys(world.deps);
  const manage = (path: string, method: string, body: object | undefined, params: object = {}) =>
    ask(keys, {
      resource: `/v1/tenants/{tenantId}/api-keys${path}`,
      method,
      params: { tenantId: tenant, ...params },
      user: 'owner',
      headers: { 'Idempotency-Key': randomUUID() },
      ...(body === undefined ? {} : { body }),
    });
  const issue = async (scopes: readonly KeyScope[], more: object = {}) => {
    const expiresAt = new Date(world.now().getTime() + 3_600_000).toISOString();
    const issued = await manage('', 'POST', { name: 'Server', scopes, expiresAt, ...more });
    expect(issued.status).toBe(201);
    return { id: issued.body.id, secret: String(issued.body['secret']) };
  };
  const { service, seen } = anExampleService(world);
  const call = (secret: string | undefined, more: object = {}, headers: Readonly<Record<string, string>> = {}) =>
    ask(service, {
      resource,
      method: 'GET',
      params: { tenantId: tenant },
      claims: null,
      headers: { ...(secret === undefined ? {} : { Authorization: `Bearer ${secret}` }), ...headers },
      ...more,
    });
  const pay = (secret: string, key = 'p1', more: object = {}) =>
    call(secret, { method: 'POST', body: { amount: 1 }, ...more }, { 'Idempotency-Key': key });
  return { world, tenant, service, seen, manage, issue, call, pay };
}

describe('an API key', () => {
  test('does what its scopes name, with no claims and no second factor, and no more', async () => {
    const { world, issue, call, pay, seen, tenant } = await aShopServer();
    await world.policy(tenant, { require2faFor: { Payments: true } });
    const { id, secret } = await issue(['payments:create']);
    world.calls.length = 0;
    expect((await pay(secret)).status).toBe(201);
    expect(world.calls).not.toContain('stepUps.read');
    expect(seen[0]).toMatchObject({
      tenant: { principal: { kind: 'api-key', keyId: id, permissions: ['payments:create'] } },
      context: { actor: { user: id, level: 'api-key' } },
    });
    expect(seen[0]?.context.actor).not.toHaveProperty('session');
    expect(await call(secret)).toMatchObject({
      status: 403,
      body: { detail: 'This needs the permission payments:read.' },
    });
    expect(world.store.observations).toMatchObject([
      { owner: { tenant }, actor: { user: id, level: 'api-key' }, data: { reason: 'payments:read' } },
    ]);
  });

  test('on the path of another tenant is answered as on that of none, and nothing of either is read', async () => {
    const { world, issue, call } = await aShopServer();
    const { secret } = await issue(['payments:read']);
    const other = await world.tenant('another');
    world.calls.length = 0;
    const foreign = await call(secret, { params: { tenantId: other } });
    const callsOfForeign = world.calls.splice(0);
    world.pass(minuteMs);
    const missing = await call(secret, { params: { tenantId: deriveId('tenant', ['nobody']) } });
    expect(foreign.status).toBe(404);
    expect(missing).toEqual(foreign);
    expect(world.calls).toEqual(callsOfForeign);
    expect(new Set(callsOfForeign)).toEqual(new Set(['limiter.take', 'platform.journal.observe']));
    // Whose key it is has not been proved: it is nobody's.
    expect(world.store.observations).toMatchObject(
      [other, deriveId('tenant', ['nobody'])].map((claimed) => ({
        owner: 'platform',
        actor: { user: 'anonymous' },
        data: { reason: 'key-of-another-tenant', tenant: claimed },
      })),
    );
  });

  test('that is made up is measured by its address before any role is assumed, and a flood of them is no flood of records', async () => {
    const { world, issue, call } = await aShopServer();
    const { secret } = await issue(['payments:read']);
    const made = (index: number): string =>
      `${secret.slice(0, 25)}${String(index).padStart(20, '0')}${secret.slice(45)}`;
    let index = 0;
    let answer = await call(made(index));
    while (answer.status === 401) {
      expect(index).toBeLessThan(400);
      world.calls.length = 0;
      answer = await call(made((index += 1)));
    }
    expect(answer).toMatchObject({
      status: 429,
      headers: { 'ratelimit-policy': expect.stringContaining('ip-server') },
    });
    expect(new Set(world.calls)).toEqual(new Set(['limiter.take', 'platform.journal.observe']));
    expect(world.store.observations).toHaveLength(21);
    expect(world.store.observations.at(-1)).toMatchObject({ owner: 'platform', type: 'RateLimited' });

    // Another address is another matter, and the key that is one was never in doubt.
    expect((await call(secret, { sourceIp: '198.51.100.9' })).status).toBe(200);

    world.pass(minuteMs);
    for (const again of [made(0), made(0), made(1)]) expect((await call(again)).status).toBe(401);
    expect(world.store.observations.slice(21)).toMatchObject(
      ['0', '1'].map((last) => ({
        owner: 'platform',
        type: 'AccessRefused',
        actor: { user: 'anonymous' },
        data: { reason: 'key-absent', key: expect.stringMatching(new RegExp(`${last}$`)) },
      })),
    );
  });

  test.each<[string, (secret: string) => Readonly<Record<string, string>>]>([
    ['no header', () => ({})],
    ['another scheme', (secret) => ({ Authorization: `Basic ${secret}` })],
    ['no scheme', (secret) => ({ Authorization: secret })],
    ['a token twice in one header', (secret) => ({ Authorization: `Bearer ${secret}, Bearer ${secret}` })],
    ['two headers', (secret) => ({ Authorization: `Bearer ${secret}`, authorization: `Bearer ${secret}` })],
    ['a space behind', (secret) => ({ Authorization: `Bearer ${secret} ` })],
    ['a line behind', (secret) => ({ Authorization: `Bearer ${secret}\n` })],
    ['two spaces between', (secret) => ({ Authorization: `Bearer  ${secret}` })],
    ['another header', (secret) => ({ 'X-Api-Key': secret })],
    ['an ID token', () => ({ Authorization: 'Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln' })],
    ['a wrong secret', (secret) => ({ Authorization: `Bearer ${secret.slice(0, -43)}${'A'.repeat(43)}` })],
    [
      'an absent key',
      (secret) => ({ Authorization: `Bearer ${secret.slice(0, 25)}${'0'.repeat(20)}${secret.slice(45)}` }),
    ],
  ])('with %s opens nothing, by one and the same answer', async (_, headers) => {
    const { issue, call } = await aShopServer();
    const { secret } = await issue(['payments:read']);
    expect(await call(undefined, {}, headers(secret))).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Bearer' },
      body: {
        type: 'https://countinghouse.example/problems/unauthenticated',
        detail: 'Send a valid API key of this tenant in the Authorization header.',
      },
    });
    expect((await call(secret)).status).toBe(200);
  });

  test('is taken under any spelling of the scheme and the header, as HTTP has it', async () => {
    const { issue, call } = await aShopServer();
    const { secret } = await issue(['payments:read']);
    for (const headers of [{ authorization: `bearer ${secret}` }, { AUTHORIZATION: `BEARER ${secret}` }]) {
      expect((await call(undefined, {}, headers)).status).toBe(200);
    }
  });

  test('counts for nothing beside claims of a person, nor do claims beside a key', async () => {
    const { tenant, service, issue, call } = await aShopServer();
    const { secret } = await issue(['payments:read']);
    const claims = { token_use: 'id', sub: 'owner', origin_jti: 'session-1' };
    expect((await call(undefined, { claims })).status).toBe(401);
    const console_ = { resource: '/v1/tenants/{tenantId}/payments', params: { tenantId: tenant } };
    const authorization = { Authorization: `Bearer ${secret}` };
    expect((await ask(service, { ...console_, claims: null, headers: authorization })).status).toBe(401);
  });

  test.each(['/server/v1/me', '/server/v1/tenants/{tenantId}/act', '/server/server/v1/me', '/serverv1/me', '/server'])(
    'finds nothing at %s',
    async (path) => {
      const { issue, call } = await aShopServer();
      const { secret } = await issue(['payments:read']);
      const answers = await Promise.all([
        call(secret, { resource: path }),
        call(secret, { resource: path, method: 'POST' }),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([404, 404]);
    },
  );

  test('stops at the very next request once it is revoked, expired or kept to other addresses', async () => {
    const { world, tenant, manage, issue, call } = await aShopServer();
    const revoked = await issue(['payments:read']);
    const moved = await issue(['payments:read'], { ipAllowlist: ['192.0.2.0/24'] });
    const expiring = await issue(['payments:read'], { name: 'Expiring' });
    for (const { secret } of [revoked, moved, expiring]) expect((await call(secret)).status).toBe(200);

    await manage('/{apiKeyId}', 'DELETE', undefined, { apiKeyId: revoked.id });
    await manage('/{apiKeyId}', 'PATCH', { ipAllowlist: ['198.51.100.0/24'] }, { apiKeyId: moved.id });
    expect((await call(revoked.secret)).status).toBe(401);
    expect((await call(moved.secret)).status).toBe(401);
    world.pass(3_600_000 - 1);
    expect((await call(expiring.secret)).status).toBe(200);
    world.pass(1);
    expect((await call(expiring.secret)).status).toBe(401);
    // The refused learn no reason; the log has it.
    expect(world.store.observations).toMatchObject([
      { owner: 'platform', data: { reason: 'key-revoked', key: revoked.id, tenant } },
      { owner: { tenant }, data: { reason: 'address-not-allowed', key: moved.id } },
      { owner: { tenant }, data: { reason: 'key-expired', key: expiring.id } },
    ]);
  });

  test('of a suspended tenant is refused, and knows why', async () => {
    const { world, tenant, issue, call } = await aShopServer();
    const { secret } = await issue(['payments:read']);
    await world.suspend(tenant);
    expect(await call(secret)).toMatchObject({
      status: 403,
      body: { type: 'https://countinghouse.example/problems/tenant-suspended' },
    });
  });

  test('that may come from anywhere opens nothing once the policy demands an allowlist, until it has one', async () => {
    const { world, tenant, issue, call, manage } = await aShopServer();
    const { id, secret } = await issue(['payments:read']);
    expect((await call(secret)).status).toBe(200);
    await world.policy(tenant, { apiKeys: { requireIpAllowlist: true } });
    expect((await call(secret)).status).toBe(401);
    expect(world.store.observations.at(-1)).toMatchObject({
      owner: { tenant },
      type: 'AccessRefused',
      data: { reason: 'allowlist-required' },
    });
    await manage('/{apiKeyId}', 'PATCH', { ipAllowlist: ['192.0.2.0/24'] }, { apiKeyId: id });
    expect((await call(secret)).status).toBe(200);
  });

  test('has Idempotency-Keys of its own', async () => {
    const { issue, pay, seen } = await aShopServer();
    const [one, other] = [await issue(['payments:create']), await issue(['payments:create'], { name: 'Other' })];
    for (const { secret } of [one, other, one]) expect((await pay(secret, 'same')).status).toBe(201);
    expect(new Set(seen.map(({ createdId }) => createdId)).size).toBe(2);
  });

  test('has a limit of its own, which whoever knows its id alone cannot use up', async () => {
    const { world, tenant, issue, call } = await aShopServer();
    const [one, other] = [await issue(['payments:read']), await issue(['payments:read'], { name: 'Other' })];
    await world.policy(tenant, { rateLimits: { read: { burst: 3, intervalMs: 60_000 } } });
    // A function measures by the policy that it saw last.
    for (const { secret } of [one, other]) await call(secret);
    world.pass(60 * minuteMs - 1_000);
    const guessed = `${one.secret.slice(0, -43)}${'A'.repeat(43)}`;
    for (let count = 0; count < 10; count += 1) await call(guessed);
    const statuses = [];
    for (let count = 0; count < 4; count += 1) statuses.push((await call(one.secret)).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect((await call(other.secret)).status).toBe(200);
  });
});

describe('the last use of a key', () => {
  const usesOf = async ({ world, tenant }: Awaited<ReturnType<typeof aShopServer>>, id: string) =>
    (await world.deps.forTenant(tenant).keyUses.read([id])).get(id);

  test('is noted at most every five minutes, beside the endpoint', async () => {
    const shop = await aShopServer();
    const { world, issue, call } = shop;
    const { id, secret } = await issue(['payments:read']);
    const first = world.now().toISOString();
    await call(secret);
    expect(await usesOf(shop, id)).toEqual({ at: first, ip: '192.0.2.1' });
    world.pass(5 * minuteMs - 1);
    world.calls.length = 0;
    await call(secret);
    expect(world.calls).not.toContain('tenant.keyUses.record');
    world.pass(1);
    await call(secret);
    expect(await usesOf(shop, id)).toEqual({ at: world.now().toISOString(), ip: '192.0.2.1' });
  });

  test('is noted also of a request that its scopes refuse, and not of one that is nobody', async () => {
    const shop = await aShopServer();
    const { world, issue, call } = shop;
    const { id, secret } = await issue(['payments:create']);
    await call(`${secret.slice(0, -43)}${'A'.repeat(43)}`);
    expect(await usesOf(shop, id)).toBeUndefined();
    expect((await call(secret)).status).toBe(403);
    expect(await usesOf(shop, id)).toMatchObject({ at: world.now().toISOString() });
  });

  test('that cannot be noted fails no request, and is counted', async () => {
    const { world, issue, call } = await aShopServer();
    const { secret } = await issue(['payments:read']);
    const { forTenant } = world.deps;
    world.deps.forTenant = (tenant) => ({
      ...forTenant(tenant),
      keyUses: { record: () => Promise.reject(new Error('no store')), read: () => Promise.resolve(new Map()) },
    });
    expect((await call(secret)).status).toBe(200);
    expect(world.telemetry.counted).toContain('KeyUseNotNoted');
  });
});
