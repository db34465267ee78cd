import { admin, ada, aTeam, auditor, owner, problemIn, second } from './a-team';

describe('a member', () => {
  test('is read with what they may do', async () => {
    const { tenant, member } = await aTeam();
    const read = await member(auditor);
    expect(read).toMatchObject({ status: 200, headers: { etag: '"1"' } });
    expect(read.body).toMatchObject({
      userId: auditor,
      tenantId: tenant,
      role: 'auditor',
      status: 'active',
      version: 1,
    });
  });

  test('who is none is answered like any absent resource, also under a malformed id', async () => {
    const { member, change, remove } = await aTeam();
    const { requestId: _, ...absent } = (await member(ada)).body;
    expect(absent).toMatchObject({ status: 404 });
    for (const id of ['constructor', '..', `${ada}x`, ada.toUpperCase(), 'T#*', 'ada']) {
      const { requestId: __, ...body } = (await member(id)).body;
      expect(body).toEqual(absent);
    }
    expect((await change(ada, { role: 'auditor' })).status).toBe(404);
    expect((await remove(ada)).status).toBe(404);
  });
});

describe('a change of grant', () => {
  test('narrows permissions, and holds from the next request', async () => {
    const { change, call } = await aTeam();
    expect((await call('GET', '/members', {}, { user: admin })).status).toBe(200);
    const changed = await change(admin, { permissions: ['payments:read'] });
    expect(changed).toMatchObject({ status: 200, body: { role: 'admin', permissions: ['payments:read'], version: 2 } });
    expect((await call('GET', '/members', {}, { user: admin })).status).toBe(403);
  });

  test('of a role gives what that role may hold', async () => {
    const { change } = await aTeam();
    const changed = await change(admin, { role: 'auditor' });
    expect(changed.body).toMatchObject({
      role: 'auditor',
      permissions: expect.not.arrayContaining(['payments:create']),
    });
    expect((await change(auditor, { role: 'admin' })).body).toMatchObject({
      role: 'admin',
      permissions: expect.arrayContaining(['payments:refund']),
    });
  });

  test('to what is the case already changes nothing', async () => {
    const { world, change } = await aTeam();
    const commits = world.store.commits.length;
    expect((await change(admin, { role: 'admin' })).body).toMatchObject({ version: 1 });
    expect(world.store.commits).toHaveLength(commits);
  });

  test('must name something', async () => {
    const { change } = await aTeam();
    expect((await change(admin, {})).status).toBe(400);
  });

  test('keeps to the version in If-Match', async () => {
    const { change } = await aTeam();
    expect((await change(admin, { role: 'auditor' }, { headers: { 'If-Match': '"7"' } })).status).toBe(412);
    expect((await change(admin, { role: 'auditor' }, { headers: { 'If-Match': '"1"' } })).status).toBe(200);
  });

  test('needs a second factor', async () => {
    const { change } = await aTeam();
    expect((await change(admin, { role: 'auditor' }, { session: 'another' })).status).toBe(401);
  });
});

describe('authority', () => {
  test.each([
    ['an Owner makes no Owner', admin, { role: 'owner' }, 'not-above'],
    ['an Owner does not touch an Owner', second, { role: 'auditor' }, 'not-above'],
    ['nobody changes their own place', owner, { permissions: ['payments:read'] }, 'oneself'],
    ['no role holds more than it may', admin, { permissions: ['members:manage'] }, 'beyond-role'],
  ])('%s, and the reach is remembered', async (_, target, body, reason) => {
    const { tenant, change, refusals, member } = await aTeam();
    const before = (await member(target)).body;
    const refused = await change(target, body);
    expect(problemIn(refused)).toEqual(
      reason === 'oneself'
        ? { status: 403, slug: 'forbidden' }
        : reason === 'beyond-role'
          ? { status: 422, slug: 'refused' }
          : { status: 403, slug: 'beyond-authority' },
    );
    expect(refusals()).toMatchObject([
      {
        owner: { tenant },
        outcome: 'refused',
        actor: { user: owner, level: 'owner' },
        request: { route: 'members.change' },
        entity: { kind: 'member', id: target },
        data: { reason },
      },
    ]);
    expect((await member(target)).body).toEqual(before);
  });

  test('a narrow Owner gives nothing that they do not hold', async () => {
    const { world, tenant, change } = await aTeam();
    const narrow = 'aaaaaaaa-0000-4000-8000-000000000000';
    await world.member(tenant, narrow, 'owner', ['members:manage', 'members:read', 'payments:read']);
    await world.stepUp(narrow);
    const beyond = await change(admin, { permissions: ['payments:refund'] }, { user: narrow });
    expect(problemIn(beyond)).toEqual({ status: 403, slug: 'beyond-authority' });
    const promoted = await change(auditor, { role: 'admin' }, { user: narrow });
    expect(promoted.body.permissions).toEqual(['members:read', 'payments:read']);
  });

  test.each([admin, auditor])('members are managed by Owners only', async (user) => {
    const { change, suspend, remove, invite } = await aTeam();
    const answers = await Promise.all([
      change(auditor, { role: 'admin' }, { user }),
      suspend(auditor, { user }),
      remove(auditor, { user }),
      invite({ email: 'a@example.com', role: 'auditor' }, { user }),
    ]);
    expect(answers.map(problemIn)).toEqual(answers.map(() => ({ status: 403, slug: 'forbidden' })));
  });
});

describe('a suspension', () => {
  test('shuts the member out at once, says why, and is lifted', async () => {
    const { suspend, reactivate, call } = await aTeam();
    expect((await suspend(admin)).body).toMatchObject({ status: 'suspended', suspendedReason: 'on leave', version: 2 });
    const shut = await call('GET', '/members', {}, { user: admin });
    expect(problemIn(shut)).toEqual({ status: 403, slug: 'member-suspended' });
    expect((await suspend(admin)).status).toBe(409);
    const back = await reactivate(admin);
    expect(back.body).toMatchObject({ status: 'active', version: 3 });
    expect(back.body).not.toHaveProperty('suspendedReason');
    expect((await call('GET', '/members', {}, { user: admin })).status).toBe(200);
    expect((await reactivate(admin)).status).toBe(409);
  });

  test('is not lifted by the suspended', async () => {
    const { suspend, reactivate } = await aTeam();
    await suspend(admin);
    expect((await reactivate(admin, { user: admin })).status).toBe(403);
  });
});

describe('a removal', () => {
  test('shuts the member out at once, as if they had never been one', async () => {
    const { world, remove, member, call } = await aTeam();
    const removed = await remove(admin);
    expect({ status: removed.status, body: removed.body }).toEqual({ status: 204, body: undefined });
    const shut = await call('GET', '/members', {}, { user: admin });
    expect(problemIn(shut)).toEqual({ status: 404, slug: 'not-found' });
    expect((await member(admin)).status).toBe(404);
    await world.project();
    const { data } = (await call('GET', '/members')).body;
    expect(data.map(({ userId }) => userId)).not.toContain(admin);
    expect((await remove(admin)).status).toBe(404);
  });

  test('is no bar to being invited again, with another role', async () => {
    const { world, remove, invite, tokenOf, accept, member } = await aTeam();
    await remove(admin);
    world.pass(1000);
    const { id } = (await invite({ email: `${admin}@example.com`, role: 'auditor' })).body;
    expect(await accept(await tokenOf(id), admin)).toMatchObject({
      status: 200,
      body: { role: 'auditor', version: 3 },
    });
    expect((await member(admin)).body).toMatchObject({ status: 'active', createdAt: '2026-11-22T12:00:01.000Z' });
  });

  test('ends the invitations that were open to the removed', async () => {
    const { world, remove, invite, tokenOf, accept } = await aTeam();
    const { id } = (await invite({ email: `${admin}@example.com`, role: 'admin' })).body;
    world.pass(1000);
    await remove(admin);
    const refused = await accept(await tokenOf(id), admin);
    expect(problemIn(refused)).toEqual({ status: 422, slug: 'refused' });
    expect(world.store.observations.at(-1)).toMatchObject({ data: { reason: 'invitation-void' } });
  });
});
