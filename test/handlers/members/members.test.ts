import '../../support/function-env';

import { invitationToken } from '../../../lambdas/domain/identity';
import type { Role } from '../../../lambdas/domain/identity';
import { newMembers } from '../../../lambdas/handlers/members/handler';
import { ask, aServiceWorld } from '../../support/service-world';

async function aTeam() {
  const world = aServiceWorld();
  const tenant = await world.tenant();
  await world.member(tenant, 'owner');
  await world.stepUp('owner');
  const { macs, sealer } = world.deps;
  const service = newMembers({
    ...world.deps,
    checking: { tokens: macs, addresses: macs },
    hiding: () => ({ macs, sealer }),
  });
  const invite = (more: object = {}) =>
    ask(service, {
      resource: '/v1/tenants/{tenantId}/members',
      params: { tenantId: tenant },
      user: 'owner',
      headers: { 'Idempotency-Key': 'ada' },
      body: { email: 'ada@example.com', role: 'admin' },
      ...more,
    });
  const accept = (token: string, more: object = {}) =>
    ask(service, { resource: '/v1/invitations/accept', user: 'ada', body: { token }, ...more });
  const invited = async (email = 'ada@example.com', key = email) => {
    const answer = await invite({ headers: { 'Idempotency-Key': key }, body: { email, role: 'admin' } });
    expect(answer.status).toBe(201);
    return invitationToken({ tenant, invitationId: answer.body.id, issue: 1 }, macs);
  };
  const list = (user: string) =>
    ask(service, { resource: '/v1/tenants/{tenantId}/members', params: { tenantId: tenant }, user });
  return { world, tenant, service, invite, accept, invited, list };
}

test('who invites beyond what they hold is refused even if that cannot be noted, which is counted', async () => {
  const { world, tenant, invite } = await aTeam();
  await world.member(tenant, 'admin', 'admin', ['members:manage']);
  await world.stepUp('admin');
  world.breakObservations();
  expect((await invite({ user: 'admin', body: { email: 'ada@example.com', role: 'admin' } })).status).toBe(403);
  expect(world.telemetry.counted).toEqual(expect.arrayContaining(['AccessRefused', 'ObservationFailed']));
});

describe('an invitation', () => {
  test('is issued with the address masked, and stored without it', async () => {
    const { world, tenant, invite } = await aTeam();
    expect(await invite()).toMatchObject({
      status: 201,
      body: {
        id: expect.stringMatching(/^inv_/),
        tenantId: tenant,
        role: 'admin',
        permissions: expect.not.arrayContaining(['members:manage']),
        email: 'a***@example.com',
        status: 'pending',
        expiresAt: '2026-11-25T12:00:00.000Z',
        version: 1,
      },
    });
    expect(JSON.stringify(world.store.commits)).not.toContain('ada@example.com');
  });

  test('again under the same key is the same one', async () => {
    const { world, invite } = await aTeam();
    const first = await invite();
    const commits = world.store.commits.length;
    expect(await invite()).toMatchObject({ status: 201, body: first.body, headers: { 'idempotent-replayed': 'true' } });
    expect(world.store.commits).toHaveLength(commits);
    expect((await invite({ body: { email: 'bob@example.com', role: 'admin' } })).status).toBe(422);
  });

  test('many times at once under one key is one', async () => {
    const { world, invite } = await aTeam();
    const answers = await Promise.all(Array.from({ length: 20 }, () => invite()));
    expect(new Set(answers.map(({ status, body }) => `${String(status)} ${body.id}`)).size).toBe(1);
    expect(world.store.commits.filter(({ stream }) => stream.kind === 'invitation')).toHaveLength(1);
  });

  test('needs a second factor', async () => {
    const { invite } = await aTeam();
    expect((await invite({ session: 'another' })).status).toBe(401);
  });

  test.each([
    ['an Owner invites no Owner', { email: 'a@example.com', role: 'owner' }, 403],
    ['no role holds more than it may', { email: 'a@example.com', role: 'admin', permissions: ['members:manage'] }, 422],
    ['a permission must exist', { email: 'a@example.com', role: 'admin', permissions: ['all'] }, 400],
  ])('%s', async (_, body, status) => {
    const { invite } = await aTeam();
    expect((await invite({ body })).status).toBe(status);
  });

  test('beyond the authority of its sender is remembered as a refused access', async () => {
    const { world, tenant, invite } = await aTeam();
    await invite({ body: { email: 'a@example.com', role: 'owner' } });
    expect(world.store.observations).toMatchObject([
      {
        owner: { tenant },
        type: 'AccessRefused',
        outcome: 'refused',
        actor: { user: 'owner' },
        request: { route: 'members.invite' },
        data: { reason: 'not-above' },
      },
    ]);
  });

  test('grants nothing that the granter does not hold', async () => {
    const { world, tenant, invite } = await aTeam();
    await world.member(tenant, 'narrow', 'owner', ['members:manage', 'payments:read']);
    await world.stepUp('narrow');
    const beyond = { email: 'a@example.com', role: 'admin', permissions: ['payments:refund'] };
    expect((await invite({ user: 'narrow', body: beyond })).status).toBe(403);
    expect(await invite({ user: 'narrow' })).toMatchObject({ status: 201, body: { permissions: ['payments:read'] } });
  });
});

describe('accepting', () => {
  test('makes a member who is let in at once, by one transaction', async () => {
    const { world, tenant, accept, invited, list } = await aTeam();
    const token = await invited();
    expect((await list('ada')).status).toBe(404);
    expect(await accept(token)).toMatchObject({
      status: 200,
      body: { userId: 'ada', tenantId: tenant, role: 'admin' satisfies Role, status: 'active', version: 1 },
    });
    expect((await list('ada')).status).toBe(200);
    expect(world.store.commits.slice(-2).map(({ stream }) => stream.kind)).toEqual(['invitation', 'member']);
    expect(JSON.stringify(world.store.commits)).not.toContain(token);
  });

  test('again by the same person gives the same answer', async () => {
    const { world, accept, invited } = await aTeam();
    const token = await invited();
    const first = await accept(token);
    const commits = world.store.commits.length;
    expect((await accept(token)).body).toEqual(first.body);
    expect(world.store.commits).toHaveLength(commits);
  });

  test.each([
    ['another address', { user: 'eve', email: 'eve@example.com' }, 422],
    ['the address unverified', { user: 'eve', email: 'ada@example.com', emailVerified: false }, 422],
  ])('by someone with %s is refused', async (_, who, status) => {
    const { world, accept, invited } = await aTeam();
    expect((await accept(await invited(), who)).status).toBe(status);
    expect(world.store.observations).toMatchObject([
      { owner: 'platform', type: 'InvitationRefused', actor: { user: 'eve' }, data: { reason: 'not-invited' } },
    ]);
  });

  test('is refused to somebody else even if that cannot be noted, which is counted', async () => {
    const { world, accept, invited } = await aTeam();
    const token = await invited();
    world.breakObservations();
    expect((await accept(token, { user: 'eve', email: 'eve@example.com' })).status).toBe(422);
    expect(world.telemetry.counted).toContain('ObservationFailed');
  });

  test('happens once: another account with the same address comes too late', async () => {
    const { accept, invited } = await aTeam();
    const token = await invited();
    const both = await Promise.all([accept(token), accept(token, { user: 'ada-2', email: 'ada@example.com' })]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  test('is refused after 72 hours', async () => {
    const { world, accept, invited } = await aTeam();
    const token = await invited();
    world.pass(72 * 3_600_000);
    expect((await accept(token)).status).toBe(422);
  });

  test('is refused with a token that is not genuine, before any tenant is touched', async () => {
    const { world, tenant, accept, invited } = await aTeam();
    const token = await invited();
    world.calls.length = 0;
    const answer = await accept(`${token.slice(0, -2)}AA`);
    expect(answer.status).toBe(422);
    expect(world.calls.filter((call) => call.startsWith('tenant.'))).toEqual([]);
    expect(JSON.stringify(answer.body)).not.toContain(tenant);
  });

  test('is refused while the tenant is suspended', async () => {
    const { world, tenant, accept, invited } = await aTeam();
    const token = await invited();
    await world.suspend(tenant);
    expect((await accept(token)).status).toBe(403);
  });

  test('a second invitation does not change who is a member already', async () => {
    const { accept, invited } = await aTeam();
    await accept(await invited('ada@example.com', 'first'));
    expect((await accept(await invited('ada@example.com', 'second'))).status).toBe(409);
  });
});

test('members are listed newest first, to those who may see them', async () => {
  const { world, tenant, list } = await aTeam();
  world.pass(1_000);
  await world.member(tenant, 'reader', 'admin', ['members:read']);
  await world.member(tenant, 'blind', 'admin', []);
  await world.project();
  const answer = await list('reader');
  expect(answer.body.data.map(({ userId }) => userId)).toContain('owner');
  expect(answer.body.data.at(-1)).toEqual({
    userId: 'owner',
    tenantId: tenant,
    role: 'owner',
    permissions: expect.arrayContaining(['members:manage']),
    status: 'active',
    createdAt: '2026-11-22T12:00:00.000Z',
    version: 1,
  });
  expect((await list('blind')).status).toBe(403);
});
