import '../../support/function-env';

import { newSecurityPolicy } from '../../../lambdas/handlers/security-policy/handler';
import { ask, aServiceWorld } from '../../support/service-world';

async function aTenant() {
  const world = aServiceWorld();
  const tenant = await world.tenant();
  await world.member(tenant, 'ada');
  await world.stepUp('ada');
  const service = newSecurityPolicy(world.deps);
  const resource = '/v1/tenants/{tenantId}/security-policy';
  const request = { resource, params: { tenantId: tenant }, user: 'ada' };
  return {
    world,
    tenant,
    get: () => ask(service, request),
    patch: (body: object, more: object = {}) => ask(service, { ...request, method: 'PATCH', body, ...more }),
    history: (query: Readonly<Record<string, string>> = {}) =>
      ask(service, { ...request, resource: `${resource}/history`, query }),
    service,
    request,
  };
}

describe('the security policy of a tenant', () => {
  test('is the default until somebody sets something', async () => {
    const { get } = await aTenant();
    const { status, headers, body } = await get();
    expect([status, headers.etag]).toEqual([200, '"0"']);
    expect(body).toMatchObject({
      policy: { stepUpWindowSeconds: 600, require2faFor: { SignIn: false }, allowedOrigins: null },
      sources: { stepUpWindowSeconds: 'default', require2faFor: { SignIn: 'default' }, allowedOrigins: 'default' },
      own: {},
      version: 0,
    });
    expect(body.policy).toEqual(body.floor);
  });

  test('says of each value whether it comes from the tenant, the platform, or nobody', async () => {
    const { world, get, patch } = await aTenant();
    await world.platformPolicy({ stepUpWindowSeconds: 300, rateLimits: { money: { burst: 50 } } });
    await patch({ require2faFor: { SignIn: true }, rateLimits: { money: { intervalMs: 1_000 } } });
    expect((await get()).body).toMatchObject({
      policy: {
        stepUpWindowSeconds: 300,
        require2faFor: { SignIn: true },
        rateLimits: { money: { burst: 50, intervalMs: 1_000 } },
      },
      sources: {
        stepUpWindowSeconds: 'platform',
        require2faFor: { SignIn: 'tenant', Refunds: 'default' },
        rateLimits: { money: { burst: 'platform', intervalMs: 'tenant' }, read: { burst: 'default' } },
      },
      own: { require2faFor: { SignIn: true }, rateLimits: { money: { intervalMs: 1_000 } } },
      floor: { require2faFor: { SignIn: false }, rateLimits: { money: { burst: 50, intervalMs: 100 } } },
      version: 1,
    });
  });

  test('holds from the very next request', async () => {
    const { patch, get } = await aTenant();
    expect((await patch({ consoleIpAllowlist: ['192.0.2.0/24'] })).status).toBe(200);
    expect((await patch({ require2faFor: { SignIn: true } })).status).toBe(200);
    expect((await get()).status).toBe(200);
  });

  test('takes what is sent and leaves the rest; null takes a value back', async () => {
    const { patch } = await aTenant();
    await patch({ stepUpWindowSeconds: 60, exportLimits: { maxRows: 10, maxPerDay: 1 } });
    const { body } = await patch({ stepUpWindowSeconds: null, exportLimits: { maxRows: 20 } });
    expect(body.own).toEqual({ exportLimits: { maxRows: 20, maxPerDay: 1 } });
    expect(body.version).toBe(2);
  });

  test('cannot be loosened below the floor: every such field is named, with the floor', async () => {
    const { world, get, patch } = await aTenant();
    await world.platformPolicy({ consoleIpAllowlist: ['192.0.2.0/24'], apiKeys: { maxLifetimeDays: 30 } });
    const answer = await patch({
      stepUpWindowSeconds: 601,
      require2faFor: { Refunds: false, Payments: true },
      rateLimits: { money: { burst: 101, intervalMs: 99 } },
      consoleIpAllowlist: ['192.0.0.0/16'],
      apiKeys: { maxLifetimeDays: 31 },
    });
    expect(answer).toMatchObject({
      status: 422,
      body: {
        type: 'https://countinghouse.example/problems/refused',
        reason: 'below-floor',
        floor: {
          stepUpWindowSeconds: 600,
          'require2faFor.Refunds': true,
          'rateLimits.money.burst': 100,
          'rateLimits.money.intervalMs': 100,
          consoleIpAllowlist: ['192.0.2.0/24'],
          'apiKeys.maxLifetimeDays': 30,
        },
      },
    });
    const errors = (answer.body as unknown as { errors: { pointer: string; detail: string }[] }).errors;
    expect(errors.map(({ pointer }) => pointer)).toEqual([
      '#/require2faFor/Refunds',
      '#/stepUpWindowSeconds',
      '#/rateLimits/money/burst',
      '#/rateLimits/money/intervalMs',
      '#/consoleIpAllowlist',
      '#/apiKeys/maxLifetimeDays',
    ]);
    expect(errors[1]?.detail).toBe("looser than the platform's 600: stricter is lower");
    expect((await get()).body.version).toBe(0);
  });

  test('yields when the floor rises above it, and comes back when the floor falls', async () => {
    const { world, get, patch } = await aTenant();
    await patch({ stepUpWindowSeconds: 500 });
    await world.platformPolicy({ stepUpWindowSeconds: 100 });
    expect((await get()).body).toMatchObject({
      policy: { stepUpWindowSeconds: 100 },
      sources: { stepUpWindowSeconds: 'platform' },
      own: { stepUpWindowSeconds: 500 },
    });
    await world.platformPolicy({}, 2);
    expect((await get()).body).toMatchObject({
      policy: { stepUpWindowSeconds: 500 },
      sources: { stepUpWindowSeconds: 'tenant' },
    });
  });

  test.each([
    [{ unheardOf: 1 }, '#/unheardOf'],
    [{ rateLimits: { money: { burts: 1 } } }, '#/rateLimits/money/burts'],
    // Where addresses count, no tenant is known.
    [{ addressRateLimits: { mfa: { burst: 10 } } }, '#/addressRateLimits'],
    [{ stepUpWindowSeconds: 29 }, '#/stepUpWindowSeconds'],
    [{ sessionMaxAgeSeconds: 299 }, '#/sessionMaxAgeSeconds'],
    [{ expensiveConcurrency: 0 }, '#/expensiveConcurrency'],
    [{ consoleIpAllowlist: ['192.0.2.1'] }, '#/consoleIpAllowlist/0'],
    [{ consoleIpAllowlist: ['::ffff:10.0.0.0/96'] }, '#/consoleIpAllowlist/0'],
    [{ consoleIpAllowlist: ['::/0'] }, '#/consoleIpAllowlist/0'],
    [{ allowedOrigins: ['https://console.example.com/path'] }, '#/allowedOrigins/0'],
    [{ require2faFor: null }, '#/require2faFor'],
  ])('does not take %j', async (body, pointer) => {
    const { patch } = await aTenant();
    const answer = await patch(body);
    expect(answer).toMatchObject({ status: 400, body: { errors: [expect.objectContaining({ pointer })] } });
  });

  test('does not take an origin that the stage does not have', async () => {
    const { patch } = await aTenant();
    expect(await patch({ allowedOrigins: ['https://evil.example.com'] })).toMatchObject({
      status: 422,
      body: { reason: 'foreign-origin', errors: [{ pointer: '#/allowedOrigins' }] },
    });
    expect((await patch({ allowedOrigins: ['https://console.example.com'] })).status).toBe(200);
  });

  test('does not shut out who changes it', async () => {
    const { patch } = await aTenant();
    expect(await patch({ consoleIpAllowlist: ['198.51.100.0/24'] })).toMatchObject({
      status: 422,
      body: { reason: 'shuts-you-out', errors: [{ pointer: '#/consoleIpAllowlist' }] },
    });
    expect((await patch({ consoleIpAllowlist: ['198.51.100.0/24', '192.0.2.1/32'] })).status).toBe(200);
  });

  test('is changed only as it was read, where If-Match says so', async () => {
    const { patch } = await aTenant();
    expect((await patch({ stepUpWindowSeconds: 60 }, { headers: { 'If-Match': '"0"' } })).status).toBe(200);
    expect(await patch({ stepUpWindowSeconds: 90 }, { headers: { 'If-Match': '"0"' } })).toMatchObject({
      status: 412,
      headers: { etag: '"1"' },
    });
  });

  test('has no new version by a change that changes nothing', async () => {
    const { world, patch } = await aTenant();
    const commits = world.store.commits.length;
    expect((await patch({})).body).toMatchObject({ version: 0 });
    expect((await patch({ stepUpWindowSeconds: null })).body).toMatchObject({ version: 0 });
    expect(world.store.commits).toHaveLength(commits);
    await patch({ stepUpWindowSeconds: 60 });
    expect((await patch({ stepUpWindowSeconds: 60 })).body).toMatchObject({ version: 1 });
  });

  test('is changed with a fresh second factor only, and by who may manage it', async () => {
    const { world, tenant, service, request } = await aTenant();
    await world.member(tenant, 'eve', 'admin');
    await world.stepUp('eve');
    const patch = (more: object) => ask(service, { ...request, method: 'PATCH', body: {}, ...more });
    expect((await patch({ session: 'session-2' })).status).toBe(401);
    expect((await patch({ user: 'eve' })).status).toBe(403);
    expect((await ask(service, { ...request, user: 'eve' })).status).toBe(200);
  });

  test('that a rebuild of the views makes is the one that the changes made', async () => {
    const { world, get, patch } = await aTenant();
    await patch({ stepUpWindowSeconds: 60, consoleIpAllowlist: ['192.0.2.0/24'] });
    await patch({ stepUpWindowSeconds: null });
    const before = (await get()).body;
    await world.project();
    expect((await get()).body).toEqual(before);
  });
});

describe('the history of a policy', () => {
  test('tells who changed which value from what to what, and when, newest first', async () => {
    const { world, history, patch } = await aTenant();
    await patch({ stepUpWindowSeconds: 60, retentionDays: { exports: 3 } }, { requestId: 'request-1' });
    world.pass(1_000);
    await patch({ stepUpWindowSeconds: null }, { requestId: 'request-2' });
    expect((await history()).body).toEqual({
      data: [
        {
          version: 2,
          at: '2026-11-22T12:00:01.000Z',
          actor: { user: 'ada', level: 'owner' },
          requestId: 'request-2',
          changes: [{ path: 'stepUpWindowSeconds', from: 60 }],
        },
        {
          version: 1,
          at: '2026-11-22T12:00:00.000Z',
          actor: { user: 'ada', level: 'owner' },
          requestId: 'request-1',
          changes: [
            { path: 'retentionDays.exports', to: 3 },
            { path: 'stepUpWindowSeconds', to: 60 },
          ],
        },
      ],
      nextCursor: null,
    });
  });

  test('comes in pages', async () => {
    const { history, patch } = await aTenant();
    for (const stepUpWindowSeconds of [60, 90, 120]) await patch({ stepUpWindowSeconds });
    const first = await history({ limit: '2' });
    const second = await history({ limit: '2', cursor: String(first.body.nextCursor) });
    expect([first, second].map(({ body }) => body.data.map(({ version }) => version))).toEqual([[3, 2], [1]]);
    expect(second.body.nextCursor).toBeNull();
  });

  test('is empty while nobody has set anything', async () => {
    const { history } = await aTenant();
    expect((await history()).body).toEqual({ data: [], nextCursor: null });
  });
});
