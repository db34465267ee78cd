import { ownersEntity, ownersStream, rolePermissions } from '../../../lambdas/domain/identity';
import { fold } from '../../../lambdas/kernel/entity';
import { ada, admin, aTeam, auditor, eve, owner, problemIn, second } from './a-team';

const adaAsAdmin = { email: `${ada}@example.com`, role: 'admin' };

describe('an open invitation', () => {
  test('is the only one of its address in the tenant', async () => {
    const { world, invite } = await aTeam();
    expect((await invite(adaAsAdmin)).status).toBe(201);
    expect(problemIn(await invite({ ...adaAsAdmin, role: 'auditor' }))).toEqual({ status: 409, slug: 'conflict' });
    // Another case is the same mailbox.
    const email = adaAsAdmin.email.toUpperCase();
    expect((await invite({ email, role: 'admin' })).status).toBe(409);
    world.pass(72 * 3_600_000);
    await world.stepUp(owner);
    expect((await invite(adaAsAdmin)).status).toBe(201);
  });

  test('is the only one also of two that are sent at the same moment', async () => {
    const { invite } = await aTeam();
    const answers = await Promise.all([1, 2, 3, 4].map(() => invite(adaAsAdmin)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
  });

  test('is not made a second one by sending an expired one again beside it', async () => {
    const { world, invite, resend } = await aTeam();
    const first = (await invite(adaAsAdmin)).body.id;
    world.pass(72 * 3_600_000);
    await world.stepUp(owner);
    const both = await Promise.all([invite(adaAsAdmin), resend(first)]);
    expect(both.map(({ status }) => status).filter((status) => status === 409)).toHaveLength(1);
  });

  test('is listed with its address masked, and with how it ended', async () => {
    const { world, invite, revoke, accept, tokenOf, invitations } = await aTeam();
    const pending = (await invite({ email: 'bob@example.com', role: 'auditor' })).body.id;
    world.pass(1000);
    const revoked = (await invite({ email: 'cyd@example.com', role: 'auditor' })).body.id;
    await revoke(revoked);
    world.pass(1000);
    const accepted = (await invite(adaAsAdmin)).body.id;
    await accept(await tokenOf(accepted));
    await world.project();
    const { data } = (await invitations()).body;
    expect(data.map(({ id, status }) => ({ id, status }))).toEqual([
      { id: accepted, status: 'accepted' },
      { id: revoked, status: 'revoked' },
      { id: pending, status: 'pending' },
    ]);
    expect(data.at(-1)).toMatchObject({ email: 'b***@example.com', role: 'auditor', version: 1 });
    expect(JSON.stringify(data)).not.toContain('bob@');
  });
});

describe('sending an invitation again', () => {
  test('begins the 72 hours anew, and the token of the mail before is worth nothing', async () => {
    const { world, invite, resend, tokenOf, accept } = await aTeam();
    const { id } = (await invite(adaAsAdmin)).body;
    world.pass(71 * 3_600_000);
    await world.stepUp(owner);
    expect(await resend(id)).toMatchObject({
      status: 200,
      body: { expiresAt: '2026-11-28T11:00:00.000Z', version: 2 },
    });
    expect(problemIn(await accept(await tokenOf(id, 1)))).toEqual({ status: 422, slug: 'refused' });
    expect(world.store.observations.at(-1)).toMatchObject({ data: { reason: 'invitation-superseded' } });
    world.pass(71 * 3_600_000);
    expect((await accept(await tokenOf(id, 2))).status).toBe(200);
  });

  test('under the same key sends one mail', async () => {
    const { world, invite, resend } = await aTeam();
    const { id } = (await invite(adaAsAdmin)).body;
    const headers = { 'Idempotency-Key': 'again' };
    const first = await resend(id, { headers });
    expect(await resend(id, { headers })).toMatchObject({
      body: first.body,
      headers: { 'idempotent-replayed': 'true' },
    });
    const events = world.store.commits.flatMap((commit) => commit.events);
    expect(events.filter(({ type }) => type === 'InvitationResent')).toHaveLength(1);
  });

  test('is a grant: who could not give it does not send it', async () => {
    const { world, tenant, invite, resend, refusals } = await aTeam();
    const { id } = (await invite(adaAsAdmin)).body;
    const narrow = 'aaaaaaaa-0000-4000-8000-000000000000';
    await world.member(tenant, narrow, 'owner', ['members:manage']);
    await world.stepUp(narrow);
    expect(problemIn(await resend(id, { user: narrow }))).toEqual({ status: 403, slug: 'beyond-authority' });
    expect(refusals()).toMatchObject([{ entity: { kind: 'invitation', id }, data: { reason: 'beyond-own' } }]);
  });

  test('is refused once it was accepted or revoked, and of one that is absent', async () => {
    const { invite, resend, revoke, accept, tokenOf } = await aTeam();
    const used = (await invite(adaAsAdmin)).body.id;
    await accept(await tokenOf(used));
    expect((await resend(used)).status).toBe(409);
    const revoked = (await invite({ email: 'bob@example.com', role: 'admin' })).body.id;
    await revoke(revoked);
    expect((await resend(revoked)).status).toBe(409);
    expect((await resend('inv_00000000000000000000')).status).toBe(404);
    expect((await revoke('inv_00000000000000000000')).status).toBe(404);
  });
});

describe('a revoked invitation', () => {
  test('is accepted by nobody, frees the address, and stays revoked', async () => {
    const { invite, revoke, accept, tokenOf } = await aTeam();
    const { id } = (await invite(adaAsAdmin)).body;
    expect((await revoke(id)).status).toBe(204);
    expect((await revoke(id)).status).toBe(204);
    expect(problemIn(await accept(await tokenOf(id)))).toEqual({ status: 422, slug: 'refused' });
    expect((await invite(adaAsAdmin)).status).toBe(201);
  });

  test('was not accepted at the same moment', async () => {
    const { world, invite, revoke, accept, tokenOf, member } = await aTeam();
    const { id } = (await invite(adaAsAdmin)).body;
    const [revoked, accepted] = await Promise.all([revoke(id), accept(await tokenOf(id))]);
    expect([revoked.status === 204, accepted.status === 200].filter(Boolean)).toHaveLength(1);
    expect((await member(ada)).status).toBe(accepted.status === 200 ? 200 : 404);
    expect(world.store.commits.filter(({ stream }) => stream.id === id)).toHaveLength(2);
  });
});

describe('an invitation does not outlive the authority of its sender', () => {
  test.each([
    ['suspended', { kind: 'suspend', reason: 'left' }],
    ['removed', { kind: 'remove' }],
    ['made an Admin', { kind: 'grant', role: 'admin' }],
    ['narrowed to less than it gives', { kind: 'grant', permissions: ['members:manage', 'payments:read'] }],
  ] as const)('who was %s', async (_, change) => {
    const team = await aTeam();
    const { id } = (await team.invite(adaAsAdmin, { user: second })).body;
    expect(await team.bySuperAdmin(second, change)).toMatchObject({ ok: true });
    expect((await team.accept(await team.tokenOf(id))).status).toBe(422);
    expect(team.world.store.observations.at(-1)).toMatchObject({ data: { reason: 'invitation-void' } });
    // Another Owner may still send it, and then answers for it.
    expect((await team.resend(id, { user: owner })).status).toBe(200);
    expect((await team.accept(await team.tokenOf(id, 2))).status).toBe(200);
  });

  test('who was narrowed, but could still give it', async () => {
    const team = await aTeam();
    const body = { ...adaAsAdmin, permissions: ['payments:read'] };
    const { id } = (await team.invite(body, { user: second })).body;
    expect(
      await team.bySuperAdmin(second, { kind: 'grant', permissions: ['members:manage', 'payments:read'] }),
    ).toMatchObject({ ok: true });
    expect((await team.accept(await team.tokenOf(id))).status).toBe(200);
  });

  test('nor come back with a sender who was removed and invited again', async () => {
    const team = await aTeam();
    const { id } = (await team.invite(adaAsAdmin, { user: second })).body;
    expect(await team.bySuperAdmin(second, { kind: 'remove' })).toMatchObject({ ok: true });
    team.world.pass(1000);
    await team.world.member(team.tenant, second, 'owner');
    expect((await team.accept(await team.tokenOf(id))).status).toBe(422);
  });
});

test('a suspended member does not come back by another invitation', async () => {
  const { world, invite, suspend, accept, tokenOf, member } = await aTeam();
  const { id } = (await invite({ email: `${admin}@example.com`, role: 'admin' })).body;
  await suspend(admin);
  expect((await accept(await tokenOf(id), admin)).status).toBe(409);
  expect((await member(admin)).body).toMatchObject({ status: 'suspended' });
  expect(world.store.observations.at(-1)).toMatchObject({ data: { reason: 'already-member' } });
});

test('who accepted, and was removed, is not let in by the same invitation again', async () => {
  const { world, invite, remove, accept, tokenOf } = await aTeam();
  const { id } = (await invite({ email: `${eve}@example.com`, role: 'admin' })).body;
  expect((await accept(await tokenOf(id), eve)).status).toBe(200);
  world.pass(1000);
  await remove(eve);
  expect((await accept(await tokenOf(id), eve)).status).toBe(409);
});

describe('a Super Admin’s invitation to an Owner', () => {
  const aTeamBelow = async () => {
    const team = await aTeam();
    await team.world.superAdmin('super');
    return team;
  };

  test('takes the place of an open one to a lower role, which is worth nothing from then on', async () => {
    const { invite, accept, tokenOf, member, invitedBySuperAdmin, world } = await aTeamBelow();
    const lower = (await invite(adaAsAdmin)).body.id;
    const offered = await invitedBySuperAdmin(ada);
    expect(problemIn(await accept(await tokenOf(lower)))).toEqual({ status: 422, slug: 'refused' });
    expect(world.store.observations.at(-1)).toMatchObject({ data: { reason: 'invitation-revoked' } });
    expect((await invite(adaAsAdmin)).status).toBe(409);
    expect((await accept(await tokenOf(offered))).status).toBe(200);
    expect((await member(ada)).body).toMatchObject({ role: 'owner', status: 'active' });
  });

  test('takes no other’s place: not of one to an Owner, nor for a lower role', async () => {
    const { invite, invitedBySuperAdmin } = await aTeamBelow();
    await invitedBySuperAdmin(ada);
    expect(await invitedBySuperAdmin(ada)).toBe('already-invited');
    await invite({ email: `${eve}@example.com`, role: 'auditor' });
    expect(await invitedBySuperAdmin(eve, 'admin')).toBe('already-invited');
  });

  test.each(['active', 'suspended'])('makes an Owner of an Admin who is %s', async (status) => {
    const { suspend, accept, tokenOf, member, invitedBySuperAdmin, world, tenant } = await aTeamBelow();
    if (status === 'suspended') await suspend(admin);
    const offered = await invitedBySuperAdmin(admin);
    expect((await accept(await tokenOf(offered), admin)).status).toBe(200);
    const { body } = await member(admin);
    expect(body).toMatchObject({ role: 'owner', status: 'active', permissions: rolePermissions.owner });
    expect(body).not.toHaveProperty('suspendedReason');
    const owners = fold(ownersEntity, await world.store.journal.read(ownersStream(tenant))).state;
    expect(owners?.users).toContain(admin);
    expect((await accept(await tokenOf(offered), admin)).status).toBe(200);
  });

  test('is void once they are none, also when they are appointed again', async () => {
    const { accept, tokenOf, invitedBySuperAdmin, world } = await aTeamBelow();
    const offered = await invitedBySuperAdmin(ada);
    for (const standing of ['removed', 'active']) {
      world.pass(1000);
      await world.superAdminStanding('super', standing);
      expect((await accept(await tokenOf(offered))).status).toBe(422);
      expect(world.store.observations.at(-1)).toMatchObject({ data: { reason: 'invitation-void' } });
    }
  });

  test('raises nobody who has joined anew since it was sent', async () => {
    const { remove, accept, tokenOf, member, invitedBySuperAdmin, world, tenant } = await aTeamBelow();
    const offered = await invitedBySuperAdmin(admin);
    world.pass(1000);
    await remove(admin);
    world.pass(1000);
    await world.member(tenant, admin, 'auditor');
    expect((await accept(await tokenOf(offered), admin)).status).toBe(409);
    expect((await member(admin)).body).toMatchObject({ role: 'auditor' });
  });

  test('of a lower role raises nobody, and neither does an Owner’s', async () => {
    const { invite, accept, tokenOf, invitedBySuperAdmin } = await aTeamBelow();
    const asAdmin = await invitedBySuperAdmin(auditor, 'admin');
    expect((await accept(await tokenOf(asAdmin), auditor)).status).toBe(409);
    const byOwner = (await invite({ email: `${admin}@example.com`, role: 'auditor' })).body.id;
    expect((await accept(await tokenOf(byOwner), admin)).status).toBe(409);
  });
});

describe('mails to one address', () => {
  const tooMany = { status: 422, slug: 'refused', reason: 'too-many-mails' };

  test('are two a minute and five a day, however they are come by', async () => {
    const { world, invite, resend, revoke } = await aTeam();
    const sendAnew = async (id: string) => {
      await revoke(id);
      return invite(adaAsAdmin);
    };
    const first = await invite(adaAsAdmin);
    const second = await sendAnew(first.body.id);
    expect(problemIn(await resend(second.body.id))).toEqual(tooMany);
    expect(problemIn(await sendAnew(second.body.id))).toEqual(tooMany);
    world.pass(60_000);
    const third = (await invite(adaAsAdmin)).body.id;
    expect((await resend(third)).status).toBe(200);
    world.pass(60_000);
    expect((await resend(third)).status).toBe(200);
    world.pass(60_000);
    const refused = await resend(third);
    expect(problemIn(refused)).toEqual(tooMany);
    expect(refused.body.detail).toContain('2026-11-23T12:00:00.000Z');
    world.pass(24 * 3_600_000 - 3 * 60_000);
    await world.stepUp(owner);
    expect((await resend(third)).status).toBe(200);
  });

  test('are no more of several at the same moment', async () => {
    const { invite, resend, world } = await aTeam();
    const { id } = (await invite(adaAsAdmin)).body;
    await Promise.all([1, 2, 3, 4].map(() => resend(id)));
    const events = world.store.commits.flatMap((commit) => commit.events);
    expect(events.filter(({ type }) => type === 'InvitationResent')).toHaveLength(1);
  });

  test('keep no Super Admin from inviting an Owner, and no other address waiting', async () => {
    const { invite, resend, invitedBySuperAdmin } = await aTeam();
    const { id } = (await invite(adaAsAdmin)).body;
    await resend(id);
    expect(problemIn(await resend(id))).toEqual(tooMany);
    expect(await invitedBySuperAdmin(ada)).toMatch(/^inv_/);
    expect((await invite({ email: `${eve}@example.com`, role: 'admin' })).status).toBe(201);
  });
});
