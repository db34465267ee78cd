import '../../support/function-env';

import { readKeyToken } from '../../../lambdas/domain/api-keys';
import { rolePermissions } from '../../../lambdas/domain/identity';
import { commitAuditView } from '../../../lambdas/domain/audit';
import { newApiKeys } from '../../../lambdas/handlers/api-keys/handler';
import { deriveId } from '../../../lambdas/kernel/ids';
import { gateOf } from '../../../lambdas/kernel/views';
import { ask, aServiceWorld } from '../../support/service-world';

const resource = '/v1/tenants/{tenantId}/api-keys';
const expiresAt = '2026-12-22T12:00:00.000Z';
const wish = { name: 'Shop server', scopes: ['payments:read', 'payments:create'], expiresAt };

async function aKeyRing() {
  const world = aServiceWorld();
  const tenant = await world.tenant();
  await world.member(tenant, 'owner');
  await world.stepUp('owner');
  const service = newApiKeys(world.deps);
  const issue = (more: object = {}, key = 'k1') =>
    ask(service, {
      resource,
      params: { tenantId: tenant },
      user: 'owner',
      headers: { 'Idempotency-Key': key },
      body: { ...wish, ...more },
    });
  const on = (id: string, method: string, more: object = {}) =>
    ask(service, {
      resource: `${resource}/{apiKeyId}`,
      method,
      params: { tenantId: tenant, apiKeyId: id },
      user: 'owner',
      ...more,
    });
  const rotate = (id: string, overlapSeconds: number, key = 'r1', more: object = {}) =>
    ask(service, {
      resource: `${resource}/{apiKeyId}/rotate`,
      params: { tenantId: tenant, apiKeyId: id },
      user: 'owner',
      headers: { 'Idempotency-Key': key },
      body: { overlapSeconds },
      ...more,
    });
  const list = (more: object = {}) => ask(service, { resource, params: { tenantId: tenant }, user: 'owner', ...more });
  return { world, tenant, service, issue, on, rotate, list };
}

const secretOf = (answer: { readonly body: { readonly [field: string]: unknown } }): string =>
  String(answer.body['secret']);

describe('issuing a key', () => {
  test('shows the whole key once, and keeps a hash', async () => {
    const { world, tenant, issue, on } = await aKeyRing();
    const issued = await issue();
    expect(issued).toMatchObject({
      status: 201,
      headers: { etag: '"1"' },
      body: {
        id: expect.stringMatching(/^key_/),
        tenantId: tenant,
        status: 'active',
        scopes: ['payments:read', 'payments:create'],
        ipAllowlist: [],
        issuedBy: 'owner',
        lastUsedAt: null,
        version: 1,
      },
    });
    const presented = readKeyToken(secretOf(issued));
    expect(presented).toMatchObject({ tenant, keyId: issued.body.id });
    const kept = JSON.stringify([world.store.commits, world.telemetry.lines]);
    expect(kept).not.toContain(secretOf(issued).slice(-43));
    expect(kept).toContain(presented!.secretHash);

    const { secret: _, ...shown } = issued.body;
    const read = await on(issued.body.id, 'GET');
    expect(read.body).toEqual(shown);
    expect(JSON.stringify(read)).not.toContain(presented!.secretHash);
  });

  test('again under its Idempotency-Key shows the key without a secret, and makes no other', async () => {
    const { world, issue } = await aKeyRing();
    const { secret: _, ...shown } = (await issue()).body;
    const again = await issue();
    expect(again).toMatchObject({ status: 201, headers: { 'idempotent-replayed': 'true' } });
    expect(again.body).toEqual(shown);
    expect(world.store.commits.filter(({ stream }) => stream.kind === 'api-key')).toHaveLength(1);
    expect((await issue({ name: 'Other' })).status).toBe(422);
  });

  test('many times at once under one Idempotency-Key shows one secret in one of the answers', async () => {
    const { issue } = await aKeyRing();
    const answers = await Promise.all(Array.from({ length: 10 }, () => issue()));
    expect(new Set(answers.map(({ status, body }) => `${String(status)} ${body.id}`)).size).toBe(1);
    expect(answers.filter(({ body }) => 'secret' in body)).toHaveLength(1);
    expect(answers.filter(({ headers }) => headers['idempotent-replayed'] === 'true')).toHaveLength(9);
  });

  test('whose answer was lost leaves a key that a rotation opens', async () => {
    const { world, issue, rotate } = await aKeyRing();
    const { append } = world.store.journal;
    Object.assign(world.store.journal, {
      append: async (...args: Parameters<typeof append>) => {
        await append(...args);
        throw new Error('the answer is lost');
      },
    });
    expect((await issue()).status).toBe(500);
    Object.assign(world.store.journal, { append });
    const again = await issue();
    expect(again.status).toBe(201);
    expect(again.body).not.toHaveProperty('secret');
    expect(readKeyToken(secretOf(await rotate(again.body.id, 0)))).toMatchObject({ keyId: again.body.id });
  });

  test.each([
    ['no scope', { scopes: [] }, 400],
    ['a scope that no key may have', { scopes: ['members:manage'] }, 400],
    ['the right to make keys', { scopes: ['api-keys:manage'] }, 400],
    ['an unknown scope', { scopes: ['payments:*'] }, 400],
    ['no end', { expiresAt: undefined }, 400],
    ['an end in the past', { expiresAt: '2026-11-22T11:59:59.999Z' }, 422],
    ['an end in two years', { expiresAt: '2028-11-22T12:00:00.000Z' }, 422],
    ['an allowlist of the whole internet', { ipAllowlist: ['0.0.0.0/0'] }, 400],
    ['an allowlist of what is no block', { ipAllowlist: ['192.0.2.1'] }, 400],
    ['an allowlist of a zone', { ipAllowlist: ['fe80::1%eth0/64'] }, 400],
    ['an allowlist of all of IPv4, written as IPv6', { ipAllowlist: ['::ffff:0:0/96'] }, 400],
    ['an allowlist of IPv6 that holds all of IPv4', { ipAllowlist: ['::/20'] }, 400],
    ['an allowlist with a broken block', { ipAllowlist: ['192.0.2.0/33'] }, 400],
  ])('with %s is refused', async (_, more, status) => {
    const { world, issue } = await aKeyRing();
    expect((await issue(more)).status).toBe(status);
    expect(world.store.commits.some(({ stream }) => stream.kind === 'api-key')).toBe(false);
  });

  test("holds to the tenant's policy", async () => {
    const { world, tenant, issue } = await aKeyRing();
    await world.policy(tenant, { apiKeys: { maxLifetimeDays: 7, requireIpAllowlist: true } });
    expect(await issue()).toMatchObject({ status: 422, body: { reason: 'expiry-too-late' } });
    const soon = '2026-11-25T12:00:00.000Z';
    expect(await issue({ expiresAt: soon })).toMatchObject({ status: 422, body: { reason: 'allowlist-required' } });
    expect((await issue({ expiresAt: soon, ipAllowlist: ['192.0.2.0/24'] })).status).toBe(201);
  });

  test('gets no new secret once the policy would not let it be issued', async () => {
    const { world, tenant, issue, rotate } = await aKeyRing();
    const { id } = (await issue()).body;
    await world.policy(tenant, { apiKeys: { requireIpAllowlist: true } });
    expect(await rotate(id, 0)).toMatchObject({ status: 422, body: { reason: 'allowlist-required' } });
    await world.store.viewWriter.write([
      { type: 'slot', entity: gateOf(tenant), slot: 'policy', version: 2, data: { apiKeys: { maxLifetimeDays: 1 } } },
    ]);
    expect(await rotate(id, 0)).toMatchObject({ status: 422, body: { reason: 'lives-too-long' } });
  });

  test('needs a second factor, which no policy waives', async () => {
    const { service, tenant, issue, rotate, on } = await aKeyRing();
    const { id } = (await issue()).body;
    const session = 'another';
    const answers = await Promise.all([
      ask(service, {
        resource,
        params: { tenantId: tenant },
        user: 'owner',
        session,
        headers: { 'Idempotency-Key': 'k2' },
        body: wish,
      }),
      rotate(id, 0, 'r1', { session }),
      on(id, 'PATCH', { session, body: { name: 'Other' } }),
      on(id, 'DELETE', { session }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    expect((await on(id, 'GET', { session })).body).toMatchObject({ status: 'active', version: 1 });
  });

  test('beyond what its issuer holds is refused and remembered', async () => {
    const { world, tenant, service, issue, rotate, on } = await aKeyRing();
    const { id } = (await issue({ scopes: ['payments:refund'] })).body;
    const held = rolePermissions.owner.filter((permission) => permission !== 'payments:refund');
    await world.member(tenant, 'narrow', 'owner', held);
    await world.stepUp('narrow');
    const refused = { status: 403, body: { detail: 'You do not hold payments:refund yourself.' } };
    const wider = await ask(service, {
      resource,
      params: { tenantId: tenant },
      user: 'narrow',
      headers: { 'Idempotency-Key': 'k1' },
      body: { ...wish, scopes: ['payments:read', 'payments:refund'] },
    });
    expect(wider).toMatchObject(refused);
    expect(await rotate(id, 0, 'r1', { user: 'narrow' })).toMatchObject(refused);
    expect(await on(id, 'PATCH', { user: 'narrow', body: { ipAllowlist: [] } })).toMatchObject(refused);
    expect(world.store.observations).toMatchObject(
      ['api-keys.issue', 'api-keys.rotate', 'api-keys.change'].map((route) => ({
        owner: { tenant },
        type: 'AccessRefused',
        actor: { user: 'narrow' },
        request: { route },
        data: { reason: 'beyond-own' },
      })),
    );
    world.breakObservations();
    expect(await rotate(id, 0, 'r2', { user: 'narrow' })).toMatchObject(refused);
    expect(world.telemetry.counted).toContain('ObservationFailed');
    expect((await on(id, 'DELETE', { user: 'narrow' })).status).toBe(200);
  });

  test('is for those who may manage keys', async () => {
    const { world, tenant, service, list } = await aKeyRing();
    await world.member(tenant, 'admin', 'admin');
    await world.stepUp('admin');
    const asAdmin = { params: { tenantId: tenant }, user: 'admin', headers: { 'Idempotency-Key': 'k1' } };
    expect((await ask(service, { resource, ...asAdmin, body: wish })).status).toBe(403);
    expect((await list({ user: 'admin' })).status).toBe(200);
    expect((await list({ user: 'stranger' })).status).toBe(404);
  });
});

describe('a key', () => {
  test('is rotated under an Idempotency-Key once, and shows its new secret once', async () => {
    const { issue, rotate } = await aKeyRing();
    const { id } = (await issue()).body;
    const first = await rotate(id, 60);
    expect(first).toMatchObject({ status: 200, body: { version: 2, rotatedAt: '2026-11-22T12:00:00.000Z' } });
    const again = await rotate(id, 60);
    expect(again).toMatchObject({ status: 200, body: { version: 2 }, headers: { 'idempotent-replayed': 'true' } });
    expect(again.body).not.toHaveProperty('secret');
    expect(secretOf(await rotate(id, 60, 'r2'))).not.toBe(secretOf(first));
    expect((await rotate(id, 8 * 86_400, 'r3')).status).toBe(400);
  });

  test('changes its name and its addresses, if nobody was faster', async () => {
    const { issue, on } = await aKeyRing();
    const { id } = (await issue()).body;
    const ifMatch = (version: number) => ({ headers: { 'If-Match': `"${String(version)}"` } });
    const changed = await on(id, 'PATCH', { body: { name: 'New', ipAllowlist: ['192.0.2.0/24'] }, ...ifMatch(1) });
    expect(changed).toMatchObject({ status: 200, body: { name: 'New', ipAllowlist: ['192.0.2.0/24'], version: 2 } });
    expect((await on(id, 'PATCH', { body: { name: 'Newer' }, ...ifMatch(1) })).status).toBe(412);
    expect((await on(id, 'PATCH', { body: { scopes: ['payments:refund'] } })).status).toBe(400);
    expect((await on(id, 'PATCH', { body: {} })).body).toMatchObject({ version: 2 });
  });

  test('that is revoked stays in the list, and comes back by nothing', async () => {
    const { issue, on, rotate, list } = await aKeyRing();
    const { id } = (await issue()).body;
    const revoked = await on(id, 'DELETE', { query: { reason: 'leaked' } });
    expect(revoked).toMatchObject({ status: 200, body: { status: 'revoked', revokedAt: expect.any(String) } });
    expect((await on(id, 'DELETE')).body).toEqual(revoked.body);
    expect((await rotate(id, 0)).status).toBe(409);
    expect((await on(id, 'PATCH', { body: { name: 'New' } })).status).toBe(409);
    expect((await list()).body.data).toEqual([revoked.body]);
  });

  test('is listed with its last use, newest first, by pages', async () => {
    const { world, tenant, issue, list } = await aKeyRing();
    const older = (await issue()).body;
    world.pass(1_000);
    const newer = (await issue({}, 'k2')).body;
    const use = { at: '2026-11-22T12:05:00.000Z', ip: '192.0.2.9' };
    await world.deps.forTenant(tenant).keyUses.record(older.id, use);
    const first = (await list({ query: { limit: '1' } })).body;
    expect(first.data).toMatchObject([{ id: newer.id, lastUsedAt: null, lastUsedFrom: null }]);
    const second = (await list({ query: { limit: '1', cursor: String(first.nextCursor) } })).body;
    expect(second).toMatchObject({
      data: [{ id: older.id, lastUsedAt: use.at, lastUsedFrom: use.ip }],
      nextCursor: null,
    });
    expect(JSON.stringify([first, second])).not.toMatch(/hash|secret/);
  });

  test.each(['GET', 'PATCH', 'DELETE'])('that does not exist is not found by %s', async (method) => {
    const { on } = await aKeyRing();
    const answer = await on(deriveId('apiKey', ['none']), method, method === 'PATCH' ? { body: { name: 'New' } } : {});
    expect(answer.status).toBe(404);
  });

  test('shows no hash in the audit log', async () => {
    const { world, issue, rotate } = await aKeyRing();
    await rotate((await issue()).body.id, 60);
    const views = world.store.commits.filter(({ stream }) => stream.kind === 'api-key').map(commitAuditView);
    expect(views).toHaveLength(2);
    expect(JSON.stringify(views)).not.toContain('hash');
  });
});
