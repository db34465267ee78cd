import { ask, aServiceWorld } from '../support/service-world';
import { anExampleService } from './a-route-table';

async function aGuardedWorld(window?: number) {
  const world = aServiceWorld();
  const tenant = await world.tenant();
  await world.member(tenant, 'owner');
  const stepUpWindowSeconds = window === undefined ? {} : { stepUpWindowSeconds: window };
  await world.policy(tenant, { require2faFor: { Payments: true }, ...stepUpWindowSeconds });
  const { service } = anExampleService(world);
  const create = (more: object = {}) =>
    ask(service, {
      resource: '/v1/tenants/{tenantId}/payments',
      params: { tenantId: tenant },
      user: 'owner',
      body: { amount: 1 },
      headers: { 'Idempotency-Key': 'k' },
      ...more,
    });
  return { world, tenant, create };
}

test('without a fresh second factor the answer is the challenge of RFC 9470', async () => {
  const { world, tenant, create } = await aGuardedWorld();
  const answer = await create();
  expect(answer).toMatchObject({
    status: 401,
    body: {
      type: 'https://countinghouse.example/problems/step-up-required',
      error: 'insufficient_user_authentication',
      maxAgeSeconds: 600,
    },
  });
  expect(answer.headers['www-authenticate']).toMatch(
    /^Bearer error="insufficient_user_authentication", error_description="[\x20\x21\x23-\x5b\x5d-\x7e]+", max_age="600"$/,
  );
  expect(world.store.observations).toMatchObject([
    { owner: { tenant }, type: 'StepUpRefused', outcome: 'refused', data: { reason: 'Payments' } },
  ]);
  expect(world.telemetry.counted).toContain('StepUpRefused');
});

test('a second factor of this session admits until the window ends', async () => {
  const { world, create } = await aGuardedWorld();
  await world.stepUp('owner');
  world.pass(600_000);
  expect((await create()).status).toBe(201);
  world.pass(1);
  expect((await create()).status).toBe(401);
});

test('a tenant can make the window shorter', async () => {
  const { world, create } = await aGuardedWorld(60);
  await world.stepUp('owner');
  world.pass(60_001);
  const answer = await create();
  expect(answer.headers['www-authenticate']).toContain('max_age="60"');
});

test('the second factor of another session, or of another user, counts for nothing', async () => {
  const { world, create } = await aGuardedWorld();
  await world.stepUp('owner', 'session-2');
  await world.stepUp('user-9', 'session-1');
  expect((await create()).status).toBe(401);
  expect((await create({ session: 'session-2' })).status).toBe(201);
});

test('a request that cannot succeed is refused before anyone fetches a code', async () => {
  const { world, create } = await aGuardedWorld();
  world.calls.length = 0;
  expect((await create({ body: { amount: 'x' } })).status).toBe(400);
  expect(world.calls).not.toContain('stepUps.read');
});

describe('a route that always needs a second factor', () => {
  const waived = Object.fromEntries(
    ['Payments', 'Refunds', 'Settlements', 'Members', 'ProviderCredentials', 'Policy', 'Exports', 'Redrive'].map(
      (purpose) => [purpose, false],
    ),
  );

  test('asks for it whatever the policy waives, and only in this session', async () => {
    const { world, tenant } = await aGuardedWorld();
    await world.superAdmin('root');
    await world.platformPolicy({ require2faFor: waived });
    const { service } = anExampleService(world);
    const force = (session: string) =>
      ask(service, {
        resource: '/v1/tenants/{tenantId}/force',
        method: 'POST',
        params: { tenantId: tenant },
        user: 'root',
        session,
      });
    expect(await force('session-1')).toMatchObject({ status: 401, body: { maxAgeSeconds: 600 } });
    await world.stepUp('root', 'session-1');
    expect((await force('session-1')).status).toBe(200);
    expect((await force('session-2')).status).toBe(401);
    world.pass(600_001);
    expect((await force('session-1')).status).toBe(401);
  });
});
