import type { ConcurrencyLimiter } from '../../lambdas/kernel/concurrency';
import { newService } from '../../lambdas/middleware/service';
import { ask, aServiceWorld } from '../support/service-world';
import { exampleRoutes } from './a-route-table';

const expensiveRoutes = { 'pay.list': { ...exampleRoutes['pay.list'], expensive: true } } as const;

type List = () => Promise<{ readonly status: 200; readonly body: { readonly saw: string } }>;

const answered = { status: 200, body: { saw: 'pay.list' } } as const;

async function aWorld(list: List = async () => answered, places?: Partial<ConcurrencyLimiter>) {
  const world = aServiceWorld();
  const tenant = await world.tenant();
  await world.member(tenant, 'owner');
  await world.policy(tenant, { expensiveConcurrency: 2 });
  const forTenant = (id: string) => {
    const ports = world.deps.forTenant(id);
    return { ...ports, places: { ...ports.places, ...places } };
  };
  const service = newService(expensiveRoutes, { 'pay.list': list }, { ...world.deps, forTenant });
  const call = (query: Readonly<Record<string, string>> = {}) =>
    ask(service, {
      resource: '/v1/tenants/{tenantId}/payments',
      params: { tenantId: tenant },
      user: 'owner',
      query,
    });
  return { world, tenant, call };
}

/** An endpoint that runs until it is told to end. */
function aSlowEndpoint() {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return {
    list: async () => {
      await ended;
      return answered;
    },
    end: () => end(),
  };
}

const failing = (): Promise<never> => Promise.reject(new Error('no store'));

describe('an expensive route', () => {
  test('runs for a tenant as often at once as its policy says, and says when to try again', async () => {
    const slow = aSlowEndpoint();
    const { world, tenant, call } = await aWorld(slow.list);
    const running = [call(), call()];
    await new Promise((resolve) => setImmediate(resolve));
    expect(await call()).toMatchObject({
      status: 429,
      headers: { 'retry-after': '1' },
      body: { type: 'https://countinghouse.example/problems/too-many-concurrent' },
    });
    expect((await call()).status).toBe(429);
    slow.end();
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await call()).status).toBe(200);
    expect(world.telemetry.counted).toEqual(['ConcurrencyRefused', 'ConcurrencyRefused']);
    expect(world.store.observations).toMatchObject([
      { owner: { tenant }, type: 'RateLimited', data: { reason: 'too-many-concurrent' } },
    ]);
  });

  test('gives its place back when the endpoint fails', async () => {
    const { call } = await aWorld(() => Promise.reject(new Error('broken')));
    for (let count = 0; count < 4; count += 1) expect((await call()).status).toBe(500);
  });

  test('takes no place for a request that is refused before', async () => {
    const { world, call } = await aWorld();
    expect((await call({ limit: 'many' })).status).toBe(400);
    expect(world.calls).not.toContain('tenant.places.acquire');
  });

  test('is served, and counted, when the places cannot be counted', async () => {
    const { world, call } = await aWorld(undefined, { acquire: failing });
    expect((await call()).status).toBe(200);
    expect(world.telemetry.counted).toEqual(['RateLimitStoreFailed']);
  });

  test('answers although its place cannot be given back', async () => {
    const { world, call } = await aWorld(undefined, { release: failing });
    expect((await call()).status).toBe(200);
    expect(world.telemetry.counted).toEqual(['RateLimitStoreFailed']);
  });
});

test('a route that is not expensive takes no place', async () => {
  const world = aServiceWorld();
  const tenant = await world.tenant();
  await world.member(tenant, 'owner');
  const service = newService(
    { 'pay.list': exampleRoutes['pay.list'] },
    { 'pay.list': async () => answered },
    world.deps,
  );
  await ask(service, { resource: '/v1/tenants/{tenantId}/payments', params: { tenantId: tenant }, user: 'owner' });
  expect(world.calls.filter((call) => call.startsWith('tenant.places'))).toEqual([]);
});
