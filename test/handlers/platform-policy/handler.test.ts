import '../../support/function-env';

import { newPlatformPolicy } from '../../../lambdas/handlers/platform-policy/handler';
import { ask, aServiceWorld } from '../../support/service-world';

async function aPlatform() {
  const world = aServiceWorld();
  await world.superAdmin('root');
  await world.stepUp('root');
  const service = newPlatformPolicy(world.deps);
  const resource = '/v1/platform/security-policy';
  return {
    world,
    get: (more: object = {}) => ask(service, { resource, user: 'root', ...more }),
    patch: (body: object, more: object = {}) =>
      ask(service, { resource, user: 'root', method: 'PATCH', body, ...more }),
    history: () => ask(service, { resource: `${resource}/history`, user: 'root' }),
  };
}

test("the platform's policy is the defaults until a Super Admin changes it, in either direction", async () => {
  const { get, patch } = await aPlatform();
  expect((await get()).body).toMatchObject({ policy: { stepUpWindowSeconds: 600 }, own: {}, version: 0 });
  expect((await patch({ stepUpWindowSeconds: 3_600, require2faFor: { Payments: true } })).status).toBe(200);
  expect(await get()).toMatchObject({
    headers: { etag: '"1"' },
    body: {
      policy: { stepUpWindowSeconds: 3_600, require2faFor: { Payments: true } },
      sources: { stepUpWindowSeconds: 'platform', require2faFor: { Payments: 'platform', Refunds: 'default' } },
      own: { stepUpWindowSeconds: 3_600, require2faFor: { Payments: true } },
      version: 1,
    },
  });
  expect((await patch({ stepUpWindowSeconds: null })).body).toMatchObject({ policy: { stepUpWindowSeconds: 600 } });
});

test.each([
  [{ stepUpWindowSeconds: 86_401 }, 400],
  [{ stepUpWindowSeconds: 29 }, 400],
  [{ sessionMaxAgeSeconds: 86_401 }, 400],
  [{ rateLimits: { mfa: { burst: 101 } } }, 400],
  [{ rateLimits: { 'sign-in': { intervalMs: 199 } } }, 400],
  [{ rateLimits: { money: { intervalMs: 60_001 } } }, 400],
  [{ addressRateLimits: { mfa: { burst: 9 } } }, 400],
  [{ addressRateLimits: { server: { intervalMs: 19 } } }, 400],
  [{ expensiveConcurrency: 51 }, 400],
  [{ unheardOf: true }, 400],
  [{ allowedOrigins: ['https://evil.example.com'] }, 422],
  [{ consoleIpAllowlist: ['198.51.100.0/24'] }, 422],
])('%j is beyond what even a Super Admin may set: %i', async (body, status) => {
  const { patch, get } = await aPlatform();
  expect((await patch(body)).status).toBe(status);
  expect((await get()).body.version).toBe(0);
});

test('what an address may do is for the platform to say', async () => {
  const { patch } = await aPlatform();
  expect(await patch({ addressRateLimits: { mfa: { burst: 100 } } })).toMatchObject({
    status: 200,
    body: {
      policy: { addressRateLimits: { mfa: { burst: 100, intervalMs: 200 }, server: { burst: 300, intervalMs: 100 } } },
      sources: { addressRateLimits: { mfa: { burst: 'platform', intervalMs: 'default' } } },
    },
  });
});

test('no policy waives the second factor of its own change', async () => {
  const { patch } = await aPlatform();
  expect((await patch({ require2faFor: { Policy: false } })).status).toBe(200);
  expect((await patch({}, { session: 'session-2' })).status).toBe(401);
});

test('it is for Super Admins alone', async () => {
  const { world, get, patch } = await aPlatform();
  await world.stepUp('ada');
  expect((await get({ user: 'ada' })).status).toBe(403);
  expect((await patch({}, { user: 'ada' })).status).toBe(403);
});

test('its history tells who changed what', async () => {
  const { history, patch } = await aPlatform();
  await patch({ consoleIpAllowlist: ['192.0.2.0/24'] });
  expect((await history()).body.data).toMatchObject([
    {
      version: 1,
      actor: { user: 'root', level: 'super-admin' },
      changes: [{ path: 'consoleIpAllowlist', to: ['192.0.2.0/24'] }],
    },
  ]);
});
