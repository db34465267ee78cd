import { deriveId } from '../../lambdas/kernel/ids';
import { ask, aServiceWorld } from '../support/service-world';
import { anExampleService } from './a-route-table';

const resource = '/v1/tenants/{tenantId}/payments';

async function aWorld() {
  const world = aServiceWorld();
  const tenant = await world.tenant();
  await world.member(tenant, 'owner');
  const { service } = anExampleService(world);
  const list = (user: string, tenantId = tenant, more: object = {}) =>
    ask(service, { resource, params: { tenantId }, user, ...more });
  const create = (user: string, more: object = {}) =>
    ask(service, {
      resource,
      params: { tenantId: tenant },
      user,
      body: { amount: 1 },
      headers: { 'Idempotency-Key': 'k' },
      ...more,
    });
  return { world, tenant, service, list, create };
}

describe('a tenant', () => {
  test("of others and one that does not exist are answered alike, by the same calls, and noted in the platform's log alone", async () => {
    const { world, tenant, list } = await aWorld();
    const absent = deriveId('tenant', ['nobody']);
    world.calls.length = 0;
    const foreign = await list('stranger');
    const callsOfForeign = world.calls.splice(0);
    world.pass(60_000);
    const missing = await list('stranger', absent);
    const callsOfMissing = world.calls.splice(0);

    expect(foreign.status).toBe(404);
    expect(missing).toEqual(foreign);
    expect(callsOfMissing).toEqual(callsOfForeign);
    expect(callsOfForeign).toEqual(['limiter.take', 'tenant.views.access', 'platform.journal.observe']);
    expect(world.store.observations).toMatchObject([
      { owner: 'platform', type: 'AccessRefused', outcome: 'refused', data: { reason: 'not-a-member', tenant } },
      {
        owner: 'platform',
        type: 'AccessRefused',
        actor: { user: 'stranger', level: 'user' },
        data: { tenant: absent },
      },
    ]);
  });

  test('with a malformed id is absent too, and nothing is read for it', async () => {
    const { world, list } = await aWorld();
    world.calls.length = 0;
    expect((await list('stranger', 'ten_*')).status).toBe(404);
    expect(world.calls).toEqual([]);
  });

  test('tells a stranger nothing by what it thinks of the rest of the request', async () => {
    const { create } = await aWorld();
    const answers = [
      await create('stranger'),
      await create('stranger', { headers: {} }),
      await create('stranger', { body: { nonsense: true } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
  });

  test('that is suspended refuses its members', async () => {
    const { world, tenant, list } = await aWorld();
    await world.suspend(tenant);
    expect(await list('owner')).toMatchObject({
      status: 403,
      body: { type: 'https://countinghouse.example/problems/tenant-suspended' },
    });
    expect(world.store.observations).toMatchObject([{ owner: { tenant }, data: { reason: 'tenant-suspended' } }]);
  });

  test('whose gate says nothing of it lets nobody in', async () => {
    const { world, service } = await aWorld();
    const ungated = deriveId('tenant', ['ungated']);
    await world.member(ungated, 'owner');
    expect((await ask(service, { resource, params: { tenantId: ungated }, user: 'owner' })).status).toBe(500);
  });
});

describe('a member', () => {
  test('who is suspended gets 403', async () => {
    const { world, tenant, list } = await aWorld();
    await world.memberStatus(tenant, 'owner', 'suspended');
    expect(await list('owner')).toMatchObject({
      status: 403,
      body: { type: 'https://countinghouse.example/problems/member-suspended' },
    });
    // Their authority counts for nothing while they are suspended; who they are, and in which session, is known all the same.
    expect(world.store.observations).toMatchObject([
      {
        owner: { tenant },
        actor: { user: 'owner', session: 'session-1', level: 'user' },
        data: { reason: 'member-suspended' },
      },
    ]);
  });

  test('who was removed is a stranger', async () => {
    const { world, tenant, list } = await aWorld();
    await world.memberStatus(tenant, 'owner', 'removed');
    expect((await list('owner')).body).toEqual((await list('stranger')).body);
    expect(world.store.observations.map(({ owner }) => owner)).toEqual(['platform', 'platform']);
  });

  test('without the permission gets 403, noted in the log of the tenant', async () => {
    const { world, tenant, list, create } = await aWorld();
    await world.member(tenant, 'reader', 'admin', ['payments:read']);
    expect((await list('reader')).status).toBe(200);
    expect((await create('reader')).status).toBe(403);
    expect(world.store.observations).toMatchObject([
      { owner: { tenant }, actor: { user: 'reader', level: 'admin' }, data: { reason: 'payments:create' } },
    ]);
    expect(world.telemetry.counted).toContain('AccessRefused');
  });

  test('is refused even if the refusal cannot be noted', async () => {
    const { world, tenant } = await aWorld();
    await world.member(tenant, 'reader', 'admin', []);
    const broken = { ...world, deps: { ...world.deps, forTenant: brokenObserver(world) } };
    const { service } = anExampleService(broken);
    expect((await ask(service, { resource, params: { tenantId: tenant }, user: 'reader' })).status).toBe(403);
    expect(world.telemetry.counted).toEqual(expect.arrayContaining(['AccessRefused', 'ObservationFailed']));
  });
});

describe('a Super Admin', () => {
  const act = { resource: '/v1/tenants/{tenantId}/act', method: 'POST' };

  test('is admitted by a standing record, and acts as one', async () => {
    const { world, tenant, service } = await aWorld();
    await world.superAdmin('root');
    expect((await ask(service, { ...act, params: { tenantId: tenant }, user: 'root' })).status).toBe(200);
  });

  test('is nobody else: an Owner gets 403', async () => {
    const { world, tenant, service } = await aWorld();
    expect((await ask(service, { ...act, params: { tenantId: tenant }, user: 'owner' })).status).toBe(403);
    expect(world.store.observations).toMatchObject([
      { owner: 'platform', actor: { user: 'owner', level: 'user' }, data: { reason: 'not-a-super-admin', tenant } },
    ]);
  });

  test('has no access to what lies in a tenant', async () => {
    const { world, list } = await aWorld();
    await world.superAdmin('root');
    expect((await list('root')).status).toBe(404);
  });
});

function brokenObserver(world: ReturnType<typeof aServiceWorld>) {
  return (tenant: string) => ({
    ...world.deps.forTenant(tenant),
    journal: {
      ...world.store.journal,
      observe: async () => {
        throw new Error('no store');
      },
    },
  });
}
