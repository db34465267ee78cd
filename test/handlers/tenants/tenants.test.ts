import '../../support/function-env';

import { invitationEntity } from '../../../lambdas/domain/identity';
import { changeTenantPolicy, defaultSecurityPolicy } from '../../../lambdas/domain/policies';
import { newTenants } from '../../../lambdas/handlers/tenants/handler';
import { fold } from '../../../lambdas/kernel/entity';
import { memberOf } from '../../../lambdas/kernel/views';
import { ask, aServiceWorld } from '../../support/service-world';

async function aPlatform() {
  const world = aServiceWorld();
  await world.superAdmin('root');
  await world.stepUp('root');
  const service = newTenants(world.deps);
  const provision = (more: object = {}) =>
    ask(service, {
      resource: '/v1/tenants',
      user: 'root',
      headers: { 'Idempotency-Key': 'acme' },
      body: { name: 'Acme', ownerEmail: 'Ada@Example.com' },
      ...more,
    });
  const act = (action: string, tenantId: string, body?: object, headers: Record<string, string> = {}) =>
    ask(service, {
      resource: `/v1/tenants/{tenantId}/${action}`,
      method: 'POST',
      params: { tenantId },
      user: 'root',
      body,
      headers,
    });
  const get = (tenantId: string) =>
    ask(service, { resource: '/v1/tenants/{tenantId}', params: { tenantId }, user: 'root' });
  const list = (query = {}) => ask(service, { resource: '/v1/tenants', user: 'root', query });
  return { world, service, provision, act, get, list };
}

describe('provisioning', () => {
  test('makes the tenant and the invitation of its first Owner in one transaction, and opens the gate', async () => {
    const { world, provision, get } = await aPlatform();
    const answer = await provision();
    expect(answer).toMatchObject({
      status: 201,
      headers: { etag: '"1"' },
      body: { id: expect.stringMatching(/^ten_/), name: 'Acme', status: 'active', version: 1 },
    });
    const [, tenant, invitation] = world.store.commits;
    expect(tenant?.stream).toMatchObject({ kind: 'tenant', owner: { tenant: answer.body.id } });
    expect(tenant?.actor).toMatchObject({ user: 'root', level: 'super-admin' });
    expect(fold(invitationEntity, [invitation!]).state).toMatchObject({
      tenantId: answer.body.id,
      role: 'owner',
      contact: { masked: 'a***@example.com' },
      expiresAt: '2026-11-25T12:00:00.000Z',
    });
    expect(JSON.stringify(world.store.commits)).not.toMatch(/ada@example/i);
    expect((await get(answer.body.id)).body).toEqual(answer.body);
  });

  test('again under the same key gives the same tenant and writes nothing', async () => {
    const { world, provision } = await aPlatform();
    const first = await provision();
    const commits = world.store.commits.length;
    expect(await provision()).toMatchObject({
      status: 201,
      body: first.body,
      headers: { 'idempotent-replayed': 'true' },
    });
    expect(world.store.commits).toHaveLength(commits);
    const other = await provision({ body: { name: 'Other', ownerEmail: 'ada@example.com' } });
    expect(other.status).toBe(422);
  });

  test('many times at once under one key makes one tenant', async () => {
    const { world, provision } = await aPlatform();
    const answers = await Promise.all(Array.from({ length: 20 }, () => provision()));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(world.store.commits.filter(({ stream }) => stream.kind === 'tenant')).toHaveLength(1);
  });

  test('is for Super Admins', async () => {
    const { provision } = await aPlatform();
    expect((await provision({ user: 'somebody' })).status).toBe(403);
  });
});

describe('a tenant', () => {
  test('is suspended with a reason and taken back, by versions', async () => {
    const { provision, act, get } = await aPlatform();
    const { id } = (await provision()).body;
    expect(await act('suspend', id, { reason: 'unpaid' }, { 'If-Match': '"1"' })).toMatchObject({
      status: 200,
      headers: { etag: '"2"' },
      body: { status: 'suspended', suspendedReason: 'unpaid' },
    });
    expect(await act('suspend', id, { reason: 'again' })).toMatchObject({ status: 409 });
    expect(await act('reactivate', id, undefined, { 'If-Match': '"1"' })).toMatchObject({
      status: 412,
      headers: { etag: '"2"' },
    });
    expect(await act('reactivate', id)).toMatchObject({ status: 200, body: { status: 'active', version: 3 } });
    expect((await get(id)).body).not.toHaveProperty('suspendedReason');
  });

  test('is given another name, by its version, with what identifies a card taken out of it', async () => {
    const { service, provision, get } = await aPlatform();
    const { id } = (await provision()).body;
    const rename = (name: string, version: number) =>
      ask(service, {
        resource: '/v1/tenants/{tenantId}',
        method: 'PATCH',
        params: { tenantId: id },
        user: 'root',
        headers: { 'If-Match': `"${String(version)}"` },
        body: { name },
      });
    expect(await rename('Acme Ltd', 1)).toMatchObject({ status: 200, body: { name: 'Acme Ltd', version: 2 } });
    expect(await rename('Acme Inc', 1)).toMatchObject({ status: 412 });
    expect(await rename('Acme Ltd', 2)).toMatchObject({ status: 200, body: { version: 2 } });
    expect((await rename('4111111111111111', 2)).body.name).not.toContain('4111111111111111');
    expect((await get(id)).body).toMatchObject({ status: 'active', version: 3 });
  });

  test('that does not exist is absent', async () => {
    const { act, get } = await aPlatform();
    const absent = `ten_${'0'.repeat(20)}`;
    expect((await get(absent)).status).toBe(404);
    expect((await act('suspend', absent, { reason: 'x' })).status).toBe(404);
  });

  test('is listed newest first, page by page', async () => {
    const { world, provision, list } = await aPlatform();
    for (const name of ['one', 'two', 'three']) {
      world.pass(1_000);
      await provision({ headers: { 'Idempotency-Key': name }, body: { name, ownerEmail: 'a@example.com' } });
    }
    await world.project();
    const first = await list({ limit: '2' });
    const second = await list({ limit: '2', cursor: first.body.nextCursor });
    const names = [...first.body.data, ...second.body.data].map(({ name }) => name);
    expect(names).toEqual(['three', 'two', 'one']);
    expect(second.body.nextCursor).toBeNull();
    expect((await list({ cursor: 'made-up' })).status).toBe(400);
  });
});

describe('addresses that lock out everybody in a tenant', () => {
  const allowed = { consoleIpAllowlist: ['203.0.113.9/32'], sessionMaxAgeSeconds: 3_600 };
  const aLockedTenant = async () => {
    const platform = await aPlatform();
    const tenantId = await platform.world.tenant();
    const ports = { ...platform.world.deps, journal: platform.world.store.journal };
    const who = { ip: '203.0.113.9', stageOrigins: [] };
    const changed = await changeTenantPolicy(ports, tenantId, defaultSecurityPolicy, allowed, who, {
      actor: { user: 'olivia', level: 'owner' },
      request: { id: 'r', route: 'security-policy.change' },
      command: { name: 'security-policy.change' },
    });
    expect(changed.ok).toBe(true);
    const reset = (more: object = {}) =>
      ask(platform.service, {
        resource: '/v1/tenants/{tenantId}/security-policy/reset-addresses',
        method: 'POST',
        params: { tenantId },
        user: 'root',
        body: { reason: 'the Owners are locked out' },
        ...more,
      });
    return { ...platform, tenantId, reset };
  };

  test('are taken back by a Super Admin, and nothing else of the policy, at once and in the log of the tenant', async () => {
    const { world, tenantId, reset } = await aLockedTenant();
    expect(await reset()).toMatchObject({ status: 204, body: undefined });
    expect(world.store.commits.at(-1)).toMatchObject({
      stream: { owner: { tenant: tenantId }, kind: 'security-policy' },
      actor: { user: 'root', level: 'super-admin' },
      events: [{ type: 'AllowedAddressesReset', data: { reason: 'the Owners are locked out' } }],
      changes: [{ path: 'consoleIpAllowlist', from: allowed.consoleIpAllowlist }],
    });
    const { gate } = await world.store.views.access(tenantId, memberOf(tenantId, 'olivia'));
    expect(gate.policy?.data).toEqual({ sessionMaxAgeSeconds: 3_600 });
    expect(await reset()).toMatchObject({ status: 409 });
  });

  test('are no affair of anybody else’s, and not without a reason and a second factor', async () => {
    const { world, reset } = await aLockedTenant();
    const written = world.store.commits.length;
    expect(await reset({ user: 'olivia' })).toMatchObject({ status: 403 });
    expect(await reset({ session: 'session-2' })).toMatchObject({ status: 401 });
    expect(await reset({ body: {} })).toMatchObject({ status: 400 });
    expect(await reset({ params: { tenantId: `ten_${'0'.repeat(20)}` } })).toMatchObject({ status: 404 });
    expect(world.store.commits).toHaveLength(written);
  });
});
