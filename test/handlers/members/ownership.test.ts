import { ownersEntity, ownersStream, rolePermissions } from '../../../lambdas/domain/identity';
import { fold } from '../../../lambdas/kernel/entity';
import { ada, admin, aTeam, auditor, owner, problemIn, second } from './a-team';

type Team = Awaited<ReturnType<typeof aTeam>>;

async function ownersOf({ world, tenant }: Team): Promise<readonly string[]> {
  return fold(ownersEntity, await world.store.journal.read(ownersStream(tenant))).state?.users ?? [];
}

describe('ownership', () => {
  test('passes in two steps: the member becomes Owner, and the Owner an Admin, at once', async () => {
    const team = await aTeam();
    const offered = await team.offer(admin);
    expect(offered).toMatchObject({
      status: 201,
      body: { from: owner, to: admin, status: 'pending', expiresAt: '2026-11-25T12:00:00.000Z', version: 1 },
    });
    expect((await team.member(admin)).body).toMatchObject({ role: 'admin' });
    expect((await team.ownership('GET', { user: auditor })).body).toEqual(offered.body);

    const commits = team.world.store.commits.length;
    expect(await team.take(admin)).toMatchObject({ status: 200, body: { status: 'accepted', version: 2 } });
    expect(team.world.store.commits.slice(commits).map(({ stream }) => stream.kind)).toEqual([
      'ownership-transfer',
      'member',
      'member',
      'owners',
    ]);
    const after = (await team.member(admin)).body;
    expect(after).toMatchObject({ role: 'owner', permissions: rolePermissions.owner });
    expect((await team.member(owner)).body).toMatchObject({ role: 'admin', permissions: rolePermissions.admin });
    expect(await ownersOf(team)).toEqual([second, admin]);
    // From the next request on: the one manages members, the other does not.
    expect((await team.suspend(owner, { user: admin })).status).toBe(200);
  });

  test('accepted again by the same person gives the same answer', async () => {
    const { world, offer, take } = await aTeam();
    await offer(admin);
    const first = await take(admin);
    const commits = world.store.commits.length;
    expect((await take(admin)).body).toEqual(first.body);
    expect(world.store.commits).toHaveLength(commits);
  });

  test('passes as it was held: a narrow Owner makes no full one', async () => {
    const { world, tenant, offer, take, member } = await aTeam();
    const narrow = 'aaaaaaaa-0000-4000-8000-000000000000';
    await world.member(tenant, narrow, 'owner', ['members:manage', 'payments:read']);
    await world.stepUp(narrow);
    await offer(auditor, { user: narrow });
    expect((await take(auditor)).status).toBe(200);
    expect((await member(auditor)).body).toMatchObject({
      role: 'owner',
      permissions: ['members:manage', 'payments:read'],
    });
    expect((await member(narrow)).body).toMatchObject({ role: 'admin', permissions: ['payments:read'] });
  });

  test('is offered by Owners only, under a second factor that no policy waives', async () => {
    const { world, tenant, offer, take } = await aTeam();
    expect(problemIn(await offer(auditor, { user: admin }))).toEqual({ status: 403, slug: 'forbidden' });
    expect((await offer(admin, { session: 'another' })).status).toBe(401);
    await offer(admin);
    expect((await take(admin, { session: 'another' })).status).toBe(401);
    expect(await world.store.journal.read(ownersStream(tenant))).toHaveLength(2);
  });

  test.each([
    ['oneself', owner, { status: 403, slug: 'forbidden' }],
    ['another Owner', second, { status: 422, slug: 'refused', reason: 'recipient-not-eligible' }],
    ['who is no member', ada, { status: 422, slug: 'refused', reason: 'recipient-not-eligible' }],
  ])('is not offered to %s', async (_, to, problem) => {
    const { offer, ownership } = await aTeam();
    expect(problemIn(await offer(to))).toEqual(problem);
    expect((await ownership('GET')).status).toBe(404);
  });

  test('is not offered to who is suspended', async () => {
    const { offer, suspend } = await aTeam();
    await suspend(admin);
    expect(problemIn(await offer(admin))).toMatchObject({ reason: 'recipient-not-eligible' });
  });

  test('is offered by one Owner at a time, who may think again', async () => {
    const { offer, ownership, take } = await aTeam();
    await offer(admin);
    expect(problemIn(await offer(auditor, { user: second }))).toEqual({ status: 409, slug: 'conflict' });
    expect(await offer(auditor)).toMatchObject({ status: 201, body: { to: auditor } });
    expect((await take(admin)).status).toBe(404);
    expect(problemIn(await ownership('DELETE', { user: second }))).toEqual({ status: 403, slug: 'beyond-authority' });
    expect((await ownership('DELETE')).status).toBe(204);
    expect((await ownership('DELETE')).status).toBe(204);
    expect(problemIn(await take(auditor))).toMatchObject({ reason: 'offer-withdrawn' });
    expect((await offer(auditor, { user: second })).status).toBe(201);
  });

  test('again under the same key is the same offer', async () => {
    const { offer } = await aTeam();
    const headers = { 'Idempotency-Key': 'once' };
    const first = await offer(admin, { headers });
    expect(await offer(admin, { headers })).toMatchObject({
      status: 201,
      body: first.body,
      headers: { 'idempotent-replayed': 'true' },
    });
    expect((await offer(auditor, { headers })).status).toBe(422);
  });

  test('is offered for 72 hours', async () => {
    const { world, offer, take, ownership } = await aTeam();
    await offer(admin);
    world.pass(72 * 3_600_000);
    await world.stepUp(admin);
    expect(problemIn(await take(admin))).toMatchObject({ status: 422, reason: 'offer-expired' });
    expect((await ownership('GET')).body).toMatchObject({ status: 'expired' });
  });

  test.each([
    ['the Owner was suspended', owner, { kind: 'suspend', reason: 'left' }],
    ['the Owner was removed', owner, { kind: 'remove' }],
    ['the Owner was made an Admin', owner, { kind: 'grant', role: 'admin' }],
    ['the member was made an Owner', admin, { kind: 'grant', role: 'owner' }],
  ] as const)('is not accepted once %s', async (_, user, change) => {
    const team = await aTeam();
    await team.offer(admin);
    expect(await team.bySuperAdmin(user, change)).toMatchObject({ ok: true });
    expect(problemIn(await team.take(admin))).toMatchObject({ status: 422, reason: 'offer-void' });
  });

  test('is not accepted by who was suspended or removed since', async () => {
    const { offer, take, suspend, remove } = await aTeam();
    await offer(admin);
    await suspend(admin);
    expect(problemIn(await take(admin))).toEqual({ status: 403, slug: 'member-suspended' });
    await remove(admin);
    expect((await take(admin)).status).toBe(404);
  });

  test('passes, or the Owner is removed: never both', async () => {
    const team = await aTeam();
    await team.offer(admin);
    const [taken] = await Promise.all([team.take(admin), team.bySuperAdmin(owner, { kind: 'remove' })]);
    const owners = await ownersOf(team);
    expect(owners).toEqual(taken.status === 200 ? [second, admin] : [second]);
    expect((await team.member(owner)).status).toBe(404);
  });
});

describe('the last active Owner', () => {
  test.each([
    ['suspended', { kind: 'suspend', reason: 'left' }],
    ['removed', { kind: 'remove' }],
    ['made an Admin', { kind: 'grant', role: 'admin' }],
  ] as const)('is not %s, even by a Super Admin', async (_, change) => {
    const team = await aTeam();
    expect(await team.bySuperAdmin(second, { kind: 'suspend', reason: 'left' })).toMatchObject({ ok: true });
    expect(await team.bySuperAdmin(owner, change)).toEqual({ ok: false, error: { reason: 'last-owner' } });
    expect(await team.bySuperAdmin(second, { kind: 'reactivate' })).toMatchObject({ ok: true });
    expect(await team.bySuperAdmin(owner, change)).toMatchObject({ ok: true });
    expect(await ownersOf(team)).toEqual([second]);
  });

  test('is left by any race of removals, suspensions and demotions', async () => {
    for (const change of [
      { kind: 'remove' },
      { kind: 'suspend', reason: 'x' },
      { kind: 'grant', role: 'admin' },
    ] as const) {
      const team = await aTeam();
      const both = await Promise.all([team.bySuperAdmin(owner, change), team.bySuperAdmin(second, { kind: 'remove' })]);
      expect(both.filter(({ ok }) => ok)).toHaveLength(1);
      expect(both.find(({ ok }) => !ok)).toEqual({ ok: false, error: { reason: 'last-owner' } });
      expect(await ownersOf(team)).toHaveLength(1);
    }
  });

  test('may hand over their ownership', async () => {
    const team = await aTeam();
    await team.bySuperAdmin(second, { kind: 'remove' });
    await team.offer(admin);
    expect((await team.take(admin)).status).toBe(200);
    expect(await ownersOf(team)).toEqual([admin]);
  });
});

test('offers to one person are two a minute and five a day, also when they are withdrawn between', async () => {
  const { world, offer, ownership } = await aTeam();
  const statuses: number[] = [];
  for (let minute = 0; minute < 4; minute += 1) {
    for (let each = 0; each < 3; each += 1) {
      const { status } = await offer(admin);
      statuses.push(status);
      await ownership('DELETE');
    }
    world.pass(60_000);
  }
  expect(statuses).toEqual([201, 201, 422, 201, 201, 422, 201, 422, 422, 422, 422, 422]);
  expect(problemIn(await offer(admin))).toEqual({ status: 422, slug: 'refused', reason: 'too-many-mails' });
  expect((await offer(auditor)).status).toBe(201);
});
