import '../../support/function-env';

import { readPermissions } from '../../../lambdas/domain/identity';
import { newTenants } from '../../../lambdas/handlers/tenants/handler';
import { memberOf } from '../../../lambdas/kernel/views';
import { ask, aServiceWorld } from '../../support/service-world';

const reason = 'the Owner called: payouts are stuck';

async function aPlatform() {
  const world = aServiceWorld();
  await world.superAdmin('root');
  await world.stepUp('root');
  const tenantId = await world.tenant();
  const service = newTenants(world.deps);
  const glass = { resource: '/v1/tenants/{tenantId}/break-glass', params: { tenantId }, user: 'root' };
  return {
    world,
    tenantId,
    service,
    open: (body: object = { reason }, more: object = {}) =>
      ask(service, { ...glass, headers: { 'Idempotency-Key': 'emergency' }, body, ...more }),
    close: (more: object = {}) => ask(service, { ...glass, method: 'DELETE', ...more }),
  };
}

describe('break-glass', () => {
  test('makes the Super Admin a guest for an hour, once under one key', async () => {
    const { open, world, tenantId } = await aPlatform();
    const opened = await open();
    expect(opened).toMatchObject({
      status: 201,
      headers: { etag: '"1"' },
      body: { tenantId, userId: 'root', until: '2026-11-22T13:00:00.000Z', version: 1 },
    });
    expect(opened.body).toMatchObject({ permissions: [...readPermissions] });
    expect(await open()).toMatchObject({ status: 201, body: opened.body, headers: { 'idempotent-replayed': 'true' } });
    expect(await world.store.views.record(memberOf(tenantId, 'root'))).toMatchObject({
      data: { role: 'super-admin', status: 'active', until: '2026-11-22T13:00:00.000Z' },
    });
    const [guest] = world.store.commits.filter(({ stream }) => stream.kind === 'member');
    expect(guest).toMatchObject({
      actor: { user: 'root', session: 'session-1', level: 'super-admin' },
      request: { ip: '192.0.2.1', route: 'break-glass.open' },
      events: [{ type: 'BreakGlassOpened', data: { reason } }],
    });
  });

  test('is not extended, but left and entered again', async () => {
    const { open, close } = await aPlatform();
    await open();
    const again = { headers: { 'Idempotency-Key': 'longer' } };
    expect(await open({ reason }, again)).toMatchObject({ status: 409 });
    expect(await close()).toMatchObject({ status: 204, body: undefined });
    expect(await close()).toMatchObject({ status: 404 });
    expect(await open({ reason }, again)).toMatchObject({ status: 201 });
  });

  test('gives more than reading when it is asked for, and never what is the tenant’s to decide', async () => {
    const { open } = await aPlatform();
    expect(await open({ reason, permissions: ['payments:read', 'members:manage'] })).toMatchObject({
      status: 422,
      body: { detail: 'No guest is given members:manage.' },
    });
    const given = { reason, permissions: ['payments:read', 'payments:cancel'] };
    expect(await open(given, { headers: { 'Idempotency-Key': 'other' } })).toMatchObject({
      status: 201,
      body: { permissions: ['payments:read', 'payments:cancel'] },
    });
  });

  test.each([
    ['no reason', {}],
    ['a reason that says nothing', { reason: 'because   ' }],
    ['a reason without an end', { reason: 'x'.repeat(501) }],
    ['nothing that they could do', { reason, permissions: [] }],
    ['an hour of their own', { reason, until: '2027-01-01T00:00:00.000Z' }],
  ])('is refused with %s', async (_name, body) => {
    const { open, world } = await aPlatform();
    const written = world.store.commits.length;
    expect(await open(body)).toMatchObject({ status: 400 });
    expect(world.store.commits).toHaveLength(written);
  });

  test('is for Super Admins who have stepped up, in tenants that exist and that they do not belong to', async () => {
    const { open, close, world, tenantId } = await aPlatform();
    expect(await open({ reason }, { user: 'somebody' })).toMatchObject({ status: 403 });
    expect(await open({ reason }, { session: 'another' })).toMatchObject({ status: 401 });
    expect(await close({ session: 'another' })).toMatchObject({ status: 401 });
    expect(await open({ reason }, { headers: {} })).toMatchObject({ status: 400 });
    expect(await open({ reason }, { params: { tenantId: `ten_${'0'.repeat(20)}` } })).toMatchObject({ status: 404 });
    await world.member(tenantId, 'root', 'auditor');
    expect(await open()).toMatchObject({ status: 409 });
  });
});

test('Super Admins see who else is one', async () => {
  const { world, service } = await aPlatform();
  world.pass(1_000);
  await world.superAdmin('ada');
  const list = (user: string) => ask(service, { resource: '/v1/platform/admins', user });
  expect(await list('root')).toMatchObject({
    status: 200,
    body: {
      data: [
        { userId: 'ada', status: 'active', since: '2026-11-22T12:00:01.000Z', version: 1 },
        { userId: 'root', status: 'active' },
      ],
      nextCursor: null,
    },
  });
  expect((await list('somebody')).status).toBe(403);
});
