import { Unavailable } from '../../lambdas/adapters/unavailable';
import type { ApiAnswer } from '../support/api-request';
import { breakGlass } from '../../lambdas/domain/identity';
import { ask, aServiceWorld } from '../support/service-world';
import { anExampleService } from './a-route-table';

const signedInAt = new Date('2026-11-22T12:00:00.000Z');

async function aWorld(tenantPolicy: object = {}, platformPolicy: object = {}) {
  const world = aServiceWorld();
  const tenant = await world.tenant();
  await world.member(tenant, 'ada');
  await world.superAdmin('root');
  await world.policy(tenant, tenantPolicy);
  await world.platformPolicy(platformPolicy);
  const { service } = anExampleService(world);
  const inTenant = { resource: '/v1/tenants/{tenantId}/payments', params: { tenantId: tenant } };
  return {
    world,
    tenant,
    list: (more: object = {}) => ask(service, { ...inTenant, user: 'ada', ...more }),
    act: (more: object = {}) =>
      ask(service, {
        resource: '/v1/tenants/{tenantId}/act',
        method: 'POST',
        params: { tenantId: tenant },
        user: 'root',
        ...more,
      }),
    me: (more: object = {}) => ask(service, { resource: '/v1/me', user: 'ada', ...more }),
    enrolled: (user: string) =>
      world.store.viewWriter.write([
        {
          type: 'record',
          entity: { owner: 'platform', kind: 'mfa', id: user },
          version: 1,
          data: { totp: 'active', passkeys: 0, recoveryCodesLeft: 0 },
        },
      ]),
  };
}

const slugOf = ({ body }: ApiAnswer) => String(body.type).replace(/^.*\//, '');

describe('where the policy demands a second factor at sign-in', () => {
  const demanded = { require2faFor: { SignIn: true } };

  test('a member who has one is asked to show it in this session', async () => {
    const { world, tenant, list, enrolled } = await aWorld(demanded);
    await enrolled('ada');
    const answer = await list();
    expect(answer).toMatchObject({ status: 401, body: { maxAgeSeconds: 43_200 } });
    expect(answer.headers['www-authenticate']).toContain('error="insufficient_user_authentication"');
    expect(answer.headers['www-authenticate']).toContain('max_age="43200"');
    expect(world.store.observations).toMatchObject([
      { owner: { tenant }, type: 'StepUpRefused', actor: { user: 'ada' }, data: { reason: 'SignIn' } },
    ]);
    await world.stepUp('ada', 'session-2');
    expect((await list()).status).toBe(401);
    expect((await list({ session: 'session-2' })).status).toBe(200);
  });

  test('a member who has none must first enrol one, and reaches what enrols it', async () => {
    const { world, tenant, list, me } = await aWorld(demanded);
    const answer = await list();
    expect([answer.status, slugOf(answer)]).toEqual([403, 'second-factor-enrolment-required']);
    expect(world.store.observations).toMatchObject([
      { owner: { tenant }, type: 'AccessRefused', data: { reason: 'second-factor-enrolment-required' } },
    ]);
    expect((await me()).status).toBe(200);
  });

  test('a factor shown counts for as long as a sign-in may be old', async () => {
    const { world, list, enrolled } = await aWorld({ ...demanded, sessionMaxAgeSeconds: 3_600 });
    await enrolled('ada');
    await world.stepUp('ada');
    world.pass(3_600_000);
    expect((await list()).status).toBe(200);
    world.pass(1);
    expect((await list()).status).toBe(401);
  });

  test('a warm function asks the store once in half a minute, so that a reset holds within a minute', async () => {
    const { world, list, enrolled } = await aWorld(demanded);
    await enrolled('ada');
    await world.stepUp('ada');
    world.calls.length = 0;
    await list();
    world.pass(29_999);
    await list();
    expect(world.calls.filter((call) => call === 'stepUps.read')).toHaveLength(1);
    await world.deps.stepUps.revoke('ada', world.now().getTime());
    world.pass(1);
    expect((await list()).status).toBe(401);
  });

  test('what counts long enough in one tenant is not taken for long enough in another', async () => {
    const { world, list, enrolled } = await aWorld(demanded);
    const strict = await world.tenant('strict');
    await world.member(strict, 'ada');
    await world.policy(strict, { ...demanded, sessionMaxAgeSeconds: 300 });
    await enrolled('ada');
    await world.stepUp('ada');
    world.pass(300_001);
    expect((await list()).status).toBe(200);
    expect((await list({ params: { tenantId: strict } })).status).toBe(401);
  });

  test('nothing but the one read is added to the round of an admitted request', async () => {
    const { world, list, enrolled } = await aWorld(demanded);
    await enrolled('ada');
    await world.stepUp('ada');
    await list();
    world.calls.length = 0;
    world.pass(30_000);
    expect((await list()).status).toBe(200);
    expect(world.calls.filter((call) => call !== 'limiter.take')).toEqual(['tenant.views.access', 'stepUps.read']);
    expect(world.calls).not.toContain('platform.views.record');
  });

  test('a stranger learns nothing of it', async () => {
    const { list } = await aWorld(demanded);
    expect((await list({ user: 'stranger' })).status).toBe(404);
  });

  test('by the platform alone, Super Admins and members are asked alike', async () => {
    const { list, act, enrolled } = await aWorld({}, demanded);
    await enrolled('root');
    await enrolled('ada');
    expect([(await list()).status, (await act()).status]).toEqual([401, 401]);
  });

  test('by a tenant alone, it is no affair of a Super Admin’s', async () => {
    const { act } = await aWorld(demanded);
    expect((await act()).status).toBe(200);
  });

  test('nobody passes while the store of step-ups fails', async () => {
    const { world, tenant } = await aWorld(demanded);
    const read = async () => {
      throw new Unavailable('no store');
    };
    const deps = { ...world.deps, stepUps: { ...world.deps.stepUps, read } };
    const { service } = anExampleService({ ...world, deps });
    const inTenant = { resource: '/v1/tenants/{tenantId}/payments', params: { tenantId: tenant } };
    const answer = await ask(service, { ...inTenant, user: 'ada' });
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
  });
});

describe('a sign-in', () => {
  test('ends when it is older than the policy allows', async () => {
    const { world, tenant, list } = await aWorld();
    world.pass(43_200_000);
    expect((await list({ signedInAt })).status).toBe(200);
    world.pass(1);
    const answer = await list({ signedInAt });
    expect([answer.status, slugOf(answer)]).toEqual([401, 'unauthenticated']);
    expect(answer.body.detail).toMatch(/Sign in again/);
    expect(world.store.observations).toMatchObject([{ owner: { tenant }, data: { reason: 'sign-in-too-old' } }]);
  });

  test('ends earlier where the tenant says so, and nowhere else', async () => {
    const { world, list, me } = await aWorld({ sessionMaxAgeSeconds: 300 });
    world.pass(300_001);
    expect((await list({ signedInAt })).status).toBe(401);
    expect((await me({ signedInAt })).status).toBe(200);
  });

  test('of which the token does not say when it was is not taken', async () => {
    const { me } = await aWorld();
    const claims = { token_use: 'id', sub: 'ada', origin_jti: 'session-1' };
    expect((await me({ claims })).status).toBe(401);
  });
});

describe('an address', () => {
  test.each([
    [[], 200],
    [['192.0.2.0/24'], 200],
    [['198.51.100.0/24', '192.0.2.1/32'], 200],
    [['198.51.100.0/24'], 403],
    [['2001:db8::/32'], 403],
  ])('by the list %j is answered %i', async (consoleIpAllowlist, status) => {
    const { list } = await aWorld({ consoleIpAllowlist });
    expect((await list()).status).toBe(status);
  });

  test('that is not allowed is told and noted', async () => {
    const { world, tenant, list } = await aWorld({ consoleIpAllowlist: ['198.51.100.0/24'] });
    expect(slugOf(await list())).toBe('address-not-allowed');
    expect(world.store.observations).toMatchObject([
      {
        owner: { tenant },
        type: 'AccessRefused',
        request: { ip: '192.0.2.1' },
        data: { reason: 'address-not-allowed' },
      },
    ]);
    expect(world.telemetry.counted).toContain('AccessRefused');
  });

  test('cannot be claimed by a header', async () => {
    const { list } = await aWorld({ consoleIpAllowlist: ['198.51.100.0/24'] });
    expect((await list({ headers: { 'X-Forwarded-For': '198.51.100.7' } })).status).toBe(403);
  });

  test('must satisfy platform and tenant both', async () => {
    const { list, act, me } = await aWorld(
      { consoleIpAllowlist: ['192.0.2.0/24'] },
      { consoleIpAllowlist: ['198.51.100.0/24'] },
    );
    expect([(await list()).status, (await act()).status, (await me()).status]).toEqual([403, 403, 403]);
  });
});

describe('a page of another origin', () => {
  const headers = { Origin: 'https://console.example.com' };
  const mayRead = ({ headers: sent }: { readonly headers: Readonly<Record<string, string>> }) =>
    sent['access-control-allow-origin'] !== undefined;

  test('reads answers where neither platform nor tenant say otherwise', async () => {
    const { list, me } = await aWorld();
    expect([mayRead(await list({ headers })), mayRead(await me({ headers }))]).toEqual([true, true]);
  });

  test('reads none of a tenant that does not allow it', async () => {
    const { list, me } = await aWorld({ allowedOrigins: ['https://other.example.com'] });
    expect([mayRead(await list({ headers })), mayRead(await me({ headers }))]).toEqual([false, true]);
  });

  test('reads nothing where the platform does not allow it, whatever a tenant says', async () => {
    const { list, me } = await aWorld(
      { allowedOrigins: [headers.Origin] },
      { allowedOrigins: ['https://other.example.com'] },
    );
    expect([mayRead(await list({ headers })), mayRead(await me({ headers }))]).toEqual([false, false]);
  });

  test('gets no more by a policy than the stage allows', async () => {
    const { me } = await aWorld({}, { allowedOrigins: ['https://evil.example.com'] });
    expect(mayRead(await me({ headers: { Origin: 'https://evil.example.com' } }))).toBe(false);
  });
});

describe('a guest, who has broken the glass', () => {
  const locked = { consoleIpAllowlist: ['203.0.113.9/32'], sessionMaxAgeSeconds: 300, require2faFor: { SignIn: true } };
  const aGuest = async (platformPolicy: object = {}) => {
    const { world, tenant, list } = await aWorld(locked, platformPolicy);
    const ports = { ...world.deps, journal: world.store.journal };
    const broken = await breakGlass(
      ports,
      { tenant, user: 'root' },
      { reason: 'everybody is locked out' },
      {
        actor: { user: 'root', level: 'super-admin' },
        request: { id: 'r', route: 'break-glass.open' },
        command: { name: 'break-glass.open' },
      },
    );
    expect(broken.ok).toBe(true);
    world.pass(301_000);
    return list;
  };

  test('is let in by the platform’s policy where the tenant’s lets in nobody', async () => {
    const list = await aGuest();
    expect(slugOf(await list())).toBe('address-not-allowed');
    expect((await list({ user: 'root', signedInAt })).status).toBe(200);
  });

  test('is held to the platform’s', async () => {
    const list = await aGuest({ consoleIpAllowlist: ['203.0.113.9/32'] });
    expect(slugOf(await list({ user: 'root' }))).toBe('address-not-allowed');
  });
});
