import '../../support/function-env';

import { fold } from '../../../lambdas/kernel/entity';
import { deriveId } from '../../../lambdas/kernel/ids';
import { invitationEntity, inviteMember, rolePermissions } from '../../../lambdas/domain/identity';
import { newTenants } from '../../../lambdas/handlers/tenants/handler';
import { ask, aServiceWorld } from '../../support/service-world';

const olivia = '0a1b2c3d-0000-4000-8000-000000000001';
const otto = '0a1b2c3d-0000-4000-8000-000000000002';

async function aShop() {
  const world = aServiceWorld();
  await world.superAdmin('root');
  await world.stepUp('root');
  const tenantId = await world.tenant();
  await world.member(tenantId, olivia);
  const service = newTenants(world.deps);
  const resource = '/v1/tenants/{tenantId}/owners';
  const act = (userId: string, action: string, more: object = {}) =>
    ask(service, {
      resource: `${resource}/{userId}${action}`,
      method: 'POST',
      params: { tenantId, userId },
      user: 'root',
      ...more,
    });
  return {
    world,
    tenantId,
    list: async () => (await ask(service, { resource, params: { tenantId }, user: 'root' })).body.data,
    invite: (more: object = {}) =>
      ask(service, {
        resource,
        params: { tenantId },
        user: 'root',
        headers: { 'Idempotency-Key': 'second-owner' },
        body: { email: 'Otto@Example.com' },
        ...more,
      }),
    suspend: (userId: string) => act(userId, '/suspend', { body: { reason: 'under investigation' } }),
    reactivate: (userId: string) => act(userId, '/reactivate'),
    remove: (userId: string, headers = {}) => act(userId, '', { method: 'DELETE', headers }),
    request: (request: object) => ask(service, { resource, params: { tenantId }, user: 'root', ...request }),
  };
}

const lastOwner = { status: 422, body: { type: expect.stringMatching(/refused$/), reason: 'last-owner' } };

test('a further Owner is invited, once under one key, and the address is kept from everybody', async () => {
  const { invite, world, tenantId } = await aShop();
  const first = await invite();
  expect(first).toMatchObject({ status: 201, body: { tenantId, email: 'o***@example.com' } });
  expect(await invite()).toMatchObject({ status: 201, body: first.body, headers: { 'idempotent-replayed': 'true' } });
  const issued = world.store.commits.filter(({ stream }) => stream.kind === 'invitation');
  expect(issued).toHaveLength(1);
  expect(issued[0]?.actor).toMatchObject({ user: 'root', level: 'super-admin' });
  expect(fold(invitationEntity, issued).state).toMatchObject({ role: 'owner', sender: { level: 'super-admin' } });
  expect(JSON.stringify(world.store.commits)).not.toMatch(/otto@example/i);
});

test('a Super Admin does not make themselves an Owner', async () => {
  const { invite, world } = await aShop();
  const written = world.store.commits.length;
  expect(await invite({ body: { email: 'ROOT@example.com' } })).toMatchObject({ status: 403 });
  expect(world.store.commits).toHaveLength(written);
});

test('the last Owner is neither suspended nor removed', async () => {
  const { suspend, remove, list } = await aShop();
  expect(await suspend(olivia)).toMatchObject(lastOwner);
  expect(await remove(olivia)).toMatchObject(lastOwner);
  expect(await list()).toMatchObject([{ userId: olivia, status: 'active' }]);
});

test('one of two is suspended with a reason, taken back, and removed', async () => {
  const { suspend, reactivate, remove, list, world, tenantId } = await aShop();
  world.pass(1_000);
  await world.member(tenantId, otto);
  expect(await suspend(olivia)).toMatchObject({
    status: 200,
    headers: { etag: '"2"' },
    body: { userId: olivia, status: 'suspended', suspendedReason: 'under investigation', version: 2 },
  });
  expect(await list()).toMatchObject([
    { userId: otto, status: 'active' },
    { userId: olivia, status: 'suspended' },
  ]);
  expect(await remove(otto)).toMatchObject(lastOwner);
  expect(await suspend(olivia)).toMatchObject({ status: 409 });
  expect(await reactivate(olivia)).toMatchObject({ status: 200, body: { status: 'active', version: 3 } });
  expect(await reactivate(olivia)).toMatchObject({ status: 409 });
  expect(await remove(olivia, { 'If-Match': '"2"' })).toMatchObject({ status: 412 });
  expect(await remove(olivia)).toMatchObject({ status: 204, body: undefined });
  expect(await list()).toMatchObject([{ userId: otto }]);
  expect(await remove(olivia)).toMatchObject({ status: 404 });
  expect(world.store.commits.at(-1)?.actor).toMatchObject({ user: 'root', level: 'super-admin' });
});

test('of two Owners who are removed at the same moment one stays', async () => {
  const { remove, list, world, tenantId } = await aShop();
  await world.member(tenantId, otto);
  const answers = await Promise.all([remove(olivia), remove(otto)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([204, 422]);
  expect(await list()).toHaveLength(1);
});

test('whoever is no Owner is none of a Super Admin’s business, and neither is a tenant that does not exist', async () => {
  const { suspend, remove, request, invite, world, tenantId } = await aShop();
  await world.member(tenantId, 'anna', 'admin');
  expect(await suspend('anna')).toMatchObject({ status: 404 });
  expect(await remove('nobody')).toMatchObject({ status: 404 });
  const absent = { tenantId: `ten_${'0'.repeat(20)}` };
  expect(await request({ params: absent })).toMatchObject({ status: 404 });
  expect(await invite({ params: absent })).toMatchObject({ status: 404 });
  expect(world.store.commits.filter(({ stream }) => stream.kind === 'invitation')).toEqual([]);
});

test('it takes a Super Admin, and a second factor of theirs', async () => {
  const { invite, world } = await aShop();
  expect(await invite({ user: olivia })).toMatchObject({ status: 403 });
  expect(await invite({ session: 'another' })).toMatchObject({
    status: 401,
    body: { error: 'insufficient_user_authentication' },
  });
  expect(world.store.commits.filter(({ stream }) => stream.kind === 'invitation')).toEqual([]);
});

describe('the invitation of an Owner', () => {
  const anInvitation = async () => {
    const shop = await aShop();
    const { id } = (await shop.invite()).body;
    const about = (method: string, action: string, invitationId: string, more: object = {}) =>
      shop.request({
        resource: `/v1/tenants/{tenantId}/owners/invitations/{invitationId}${action}`,
        method,
        params: { tenantId: shop.tenantId, invitationId },
        ...more,
      });
    const again = { headers: { 'Idempotency-Key': 'again' } };
    return {
      ...shop,
      id,
      resend: (invitationId: string, more: object = again) => about('POST', '/resend', invitationId, more),
      revoke: (invitationId: string) => about('DELETE', '', invitationId),
    };
  };

  test('is sent again, once under one key, and is taken back', async () => {
    const { id, resend, revoke, invite, world } = await anInvitation();
    expect(await resend(id)).toMatchObject({ status: 200, body: { id, email: 'o***@example.com', version: 2 } });
    expect(await resend(id)).toMatchObject({ status: 200, headers: { 'idempotent-replayed': 'true' } });
    expect(await revoke(id)).toMatchObject({ status: 204 });
    expect(await revoke(id)).toMatchObject({ status: 204 });
    expect(await resend(id, { headers: { 'Idempotency-Key': 'once-more' } })).toMatchObject({ status: 409 });
    const types = world.store.commits.filter(({ stream }) => stream.id === id).flatMap(({ events }) => events);
    expect(types.map(({ type }) => type)).toEqual(['InvitationIssued', 'InvitationResent', 'InvitationRevoked']);
    const third = () => invite({ headers: { 'Idempotency-Key': 'third' } });
    expect(await third()).toMatchObject({ status: 422, body: { reason: 'too-many-mails' } });
    world.pass(60_000);
    expect(await third()).toMatchObject({ status: 201 });
  });

  test('is all that a Super Admin sends again or takes back', async () => {
    const { resend, revoke, world, tenantId } = await anInvitation();
    const lower = deriveId('invitation', ['lower']);
    const granter = { role: 'owner', permissions: rolePermissions.owner } as const;
    const ports = { ...world.deps, journal: world.store.journal };
    const wish = { email: 'anna@example.com', role: 'admin' } as const;
    const invited = await inviteMember(ports, { tenant: tenantId, id: lower }, granter, wish, {
      actor: { user: olivia, level: 'owner' },
      request: { id: 'r', route: 'members.invite' },
      command: { name: 'members.invite' },
    });
    expect(invited.ok).toBe(true);
    for (const id of [lower, deriveId('invitation', ['nowhere'])]) {
      expect(await resend(id)).toMatchObject({ status: 404 });
      expect(await revoke(id)).toMatchObject({ status: 404 });
    }
  });
});
