import type { platformPolicyStream } from '../../lambdas/domain/policies';
import { newPlatformPolicies } from '../../lambdas/middleware/platform-policy';
import { ask, aServiceWorld } from '../support/service-world';
import { anExampleService } from './a-route-table';

/** A service whose reads of the platform's policy are counted, and can be made to fail. */
async function aWorld() {
  const world = aServiceWorld();
  const tenant = await world.tenant();
  await world.member(tenant, 'owner');
  const reads = { count: 0, fail: false };
  const views = {
    record: async (entity: typeof platformPolicyStream) => {
      reads.count += 1;
      if (reads.fail) throw new Error('the store is down');
      return world.store.views.record(entity);
    },
  };
  const policies = newPlatformPolicies({ views, clock: world.deps.clock });
  const { service } = anExampleService({ ...world, deps: { ...world.deps, policies } });
  const list = () =>
    ask(service, { resource: '/v1/tenants/{tenantId}/payments', params: { tenantId: tenant }, user: 'owner' });
  const me = () => ask(service, { resource: '/v1/me', user: 'owner' });
  const limits = async () => (await list()).headers['ratelimit-policy'];
  return { world, tenant, policies, reads, list, me, limits };
}

describe("the platform's policy in a warm function", () => {
  test('is read once in half a minute, however many requests there are', async () => {
    const { world, reads, list } = await aWorld();
    await Promise.all([list(), list(), list()]);
    world.pass(29_999);
    await list();
    expect(reads.count).toBe(1);
    world.pass(1);
    await list();
    expect(reads.count).toBe(2);
  });

  test('is the new one within a minute of its change', async () => {
    const { world, limits } = await aWorld();
    expect(await limits()).toBe('"read";q=200;w=10');
    await world.platformPolicy({ rateLimits: { read: { burst: 7, intervalMs: 1_000 } } });
    expect(await limits()).toBe('"read";q=200;w=10');
    world.pass(30_000);
    // This request is measured by the old one, while it fetches the new one beside its admission.
    await limits();
    expect(await limits()).toBe('"read";q=7;w=7');
  });

  test('holds for what the request itself is judged by as soon as it is read', async () => {
    const { world, list } = await aWorld();
    await list();
    await world.platformPolicy({ consoleIpAllowlist: ['198.51.100.0/24'] });
    world.pass(30_000);
    expect((await list()).status).toBe(403);
  });

  test('is the default while nobody has set one', async () => {
    const { policies } = await aWorld();
    expect(policies.lastKnown()).toEqual(await policies.platform());
  });
});

describe('while the store of policies fails', () => {
  test('a cold function refuses everybody, counts it and logs it', async () => {
    const { world, reads, list, me } = await aWorld();
    reads.fail = true;
    for (const answer of [await list(), await me()]) {
      expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    }
    expect(world.telemetry.counted.filter((name) => name === 'PolicyStoreFailed')).toHaveLength(2);
    expect(world.telemetry.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'the platform policy cannot be read' }),
    );
  });

  test('reads go on by the last known policy, for a minute', async () => {
    const { world, reads, list } = await aWorld();
    await list();
    reads.fail = true;
    world.pass(59_999);
    expect((await list()).status).toBe(200);
    world.pass(1);
    expect((await list()).status).toBe(503);
  });

  test('what fails closed does not', async () => {
    const { world, reads, me } = await aWorld();
    await me();
    reads.fail = true;
    world.pass(29_999);
    expect((await me()).status).toBe(200);
    world.pass(1);
    expect((await me()).status).toBe(503);
  });

  test('and comes back, everybody is admitted again', async () => {
    const { reads, list } = await aWorld();
    reads.fail = true;
    await list();
    reads.fail = false;
    expect((await list()).status).toBe(200);
  });

  test('a policy that cannot be read admits nobody', async () => {
    const { world, list } = await aWorld();
    await world.platformPolicy({ stepUpWindowSeconds: 'soon' });
    expect((await list()).status).toBe(503);
  });
});
