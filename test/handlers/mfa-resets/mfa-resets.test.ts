import '../../support/function-env';

import { factorsEntity, factorsStream } from '../../../lambdas/domain/mfa';
import { newMfaResets } from '../../../lambdas/handlers/mfa-resets/handler';
import { fold } from '../../../lambdas/kernel/entity';
import { ask, aServiceWorld } from '../../support/service-world';
import { withPasskey } from '../../support/a-passkey';

const [owner, admin, auditor, stranger, root, second] = ['1', '2', '3', '4', '5', '6'].map(
  (digit) => `00000000-0000-4000-8000-${digit.repeat(12)}`,
) as [string, string, string, string, string, string];

const evidence = 'Called back on the number on file, case 4711';

async function aWorld() {
  const world = aServiceWorld();
  const service = newMfaResets(world.deps);
  const tenant = await world.tenant();
  await world.member(tenant, owner, 'owner');
  await world.member(tenant, admin, 'admin');
  await world.member(tenant, auditor, 'auditor');
  await world.superAdmin(root);
  await world.superAdmin(second);
  await world.project();
  for (const user of [owner, admin, root]) await world.stepUp(user);
  const inTenant = (target: string, more: object = {}) =>
    ask(service, {
      resource: '/v1/tenants/{tenantId}/members/{userId}/mfa-reset',
      params: { tenantId: tenant, userId: target },
      body: { evidence },
      user: owner,
      ...more,
    });
  const onPlatform = (target: string, more: object = {}) =>
    ask(service, {
      resource: '/v1/platform/users/{userId}/mfa-reset',
      params: { userId: target },
      body: { evidence },
      user: root,
      ...more,
    });
  const factorsOf = async (user: string) =>
    fold(factorsEntity, await world.store.journal.read(factorsStream(user))).state;
  return { world, tenant, inTenant, onPlatform, factorsOf };
}

describe('a reset in a tenant', () => {
  it('takes all factors, locks and step-ups of a member below away', async () => {
    const { world, tenant, inTenant, factorsOf } = await aWorld();
    await withPasskey(world, admin);
    for (let guess = 0; guess < 10; guess += 1) await world.deps.counters.beginAttempt(admin, world.now().getTime());
    await world.stepUp(admin, 'elsewhere');
    expect((await inTenant(admin)).status).toBe(204);
    expect(await factorsOf(admin)).toEqual({
      totp: undefined,
      enrolment: undefined,
      recoveryCodes: undefined,
      passkeys: [],
      resetAt: world.now().toISOString(),
    });
    expect(await world.deps.stepUps.read(admin, 'session-1')).toBeUndefined();
    expect(await world.deps.stepUps.read(admin, 'elsewhere')).toBeUndefined();
    expect(await world.deps.counters.beginAttempt(admin, world.now().getTime())).toMatchObject({ allowed: true });
    expect(await world.deps.stepUps.read(owner, 'session-1')).toBeDefined();
    expect(world.store.commits.at(-1)).toMatchObject({
      stream: factorsStream(admin),
      actor: { user: owner, level: 'owner' },
      events: [{ type: 'SecondFactorsReset', data: { evidence } }],
    });
    expect(world.store.observations.at(-1)).toMatchObject({
      owner: { tenant },
      type: 'SecondFactorsReset',
      outcome: 'succeeded',
      entity: { kind: 'member', id: admin },
    });
  });

  it('lets the person begin anew, and step up by what is new', async () => {
    const { world, inTenant } = await aWorld();
    await withPasskey(world, admin);
    expect((await inTenant(admin)).status).toBe(204);
    world.pass(2_000);
    await world.stepUp(admin);
    expect(await world.deps.stepUps.read(admin, 'session-1')).toBeDefined();
  });

  it('may be repeated after a crash, which finishes what was left out', async () => {
    const { world, inTenant } = await aWorld();
    await withPasskey(world, admin);
    const { stepUps } = world.deps;
    const unreachable = {
      read: stepUps.read.bind(stepUps),
      record: stepUps.record.bind(stepUps),
      revoke: () => Promise.reject(new Error('out of reach')),
    };
    const service = newMfaResets({ ...world.deps, stepUps: unreachable });
    const request = {
      resource: '/v1/platform/users/{userId}/mfa-reset',
      params: { userId: admin },
      body: { evidence },
      user: root,
    };
    expect((await ask(service, request)).status).toBe(500);
    expect(await stepUps.read(admin, 'session-1')).toBeDefined();
    expect((await inTenant(admin)).status).toBe(204);
    expect(await stepUps.read(admin, 'session-1')).toBeUndefined();
  });

  it('redacts its evidence', async () => {
    const { world, inTenant } = await aWorld();
    await withPasskey(world, admin);
    expect((await inTenant(admin, { body: { evidence: 'mail of ada@example.com, 4111 1111 1111 1111' } })).status).toBe(
      204,
    );
    const kept = JSON.stringify(world.store.commits);
    expect(kept).not.toContain('ada@example.com');
    expect(kept).not.toContain('4111 1111');
  });

  it.each([
    ['oneself', owner, {}, 403, 'oneself'],
    ['somebody of the same role', admin, { user: admin }, 403, 'members:manage'],
    ['a stranger', stranger, {}, 404, 'not-found'],
    ['a Super Admin', root, {}, 404, 'not-found'],
  ])('is refused of %s', async (_who, target, more, status, reason) => {
    const { world, inTenant } = await aWorld();
    await withPasskey(world, target);
    const before = world.store.commits.length;
    expect((await inTenant(target, more)).status).toBe(status);
    expect(world.store.commits).toHaveLength(before);
    expect(world.store.observations.at(-1)).toMatchObject({ type: 'AccessRefused', data: { reason } });
  });

  it('is refused of whoever counts in another tenant, whatever their standing there, and does not tell where', async () => {
    const { world, inTenant, factorsOf } = await aWorld();
    const elsewhere = await world.tenant('elsewhere');
    await world.member(elsewhere, admin, 'auditor');
    await withPasskey(world, admin);
    await world.project();
    const answer = await inTenant(admin);
    expect(answer).toMatchObject({ status: 403, body: { type: expect.stringMatching(/beyond-authority$/) } });
    expect(JSON.stringify(answer)).toContain('Super Admin');
    expect(JSON.stringify(answer)).not.toContain(elsewhere);
    expect((await factorsOf(admin))?.passkeys).toHaveLength(1);
  });

  it('is refused of a member who is a Super Admin as well, by whom only the operator stands', async () => {
    const { world, inTenant } = await aWorld();
    await world.superAdmin(auditor);
    await withPasskey(world, auditor);
    expect((await inTenant(auditor)).status).toBe(403);
  });

  it('waits for the list of memberships, which follows the journal', async () => {
    const { world, tenant, inTenant } = await aWorld();
    await world.member(tenant, stranger, 'auditor');
    await withPasskey(world, stranger);
    expect(await inTenant(stranger)).toMatchObject({ status: 409, headers: { 'retry-after': '2' } });
    await world.project();
    expect((await inTenant(stranger)).status).toBe(204);
  });

  it('needs a step-up and evidence', async () => {
    const { world, inTenant } = await aWorld();
    await withPasskey(world, admin);
    expect((await inTenant(admin, { session: 'another' })).status).toBe(401);
    expect((await inTenant(admin, { body: {} })).status).toBe(400);
    expect((await inTenant(admin, { body: { evidence: 'too short' } })).status).toBe(400);
    expect((await inTenant(admin, { body: { evidence: 'x'.repeat(501) } })).status).toBe(400);
  });

  it('of whoever never had a factor says so', async () => {
    const { inTenant } = await aWorld();
    expect((await inTenant(admin)).status).toBe(409);
  });
});

describe('a reset by a Super Admin', () => {
  it('reaches whoever counts in several tenants', async () => {
    const { world, onPlatform, factorsOf } = await aWorld();
    await world.member(await world.tenant('elsewhere'), admin, 'owner');
    await withPasskey(world, admin);
    expect((await onPlatform(admin)).status).toBe(204);
    expect((await factorsOf(admin))?.passkeys).toEqual([]);
    expect(await world.deps.stepUps.read(admin, 'session-1')).toBeUndefined();
  });

  it.each([
    ['oneself', root, 'oneself'],
    ['another Super Admin', second, 'super-admin'],
  ])('is refused of %s', async (_who, target, reason) => {
    const { world, onPlatform, factorsOf } = await aWorld();
    await withPasskey(world, target);
    expect((await onPlatform(target)).status).toBe(403);
    expect((await factorsOf(target))?.passkeys).toHaveLength(1);
    expect(world.store.observations.at(-1)).toMatchObject({ owner: 'platform', data: { reason } });
  });

  it('is for Super Admins who have stepped up', async () => {
    const { world, onPlatform } = await aWorld();
    await withPasskey(world, admin);
    expect((await onPlatform(admin, { user: owner })).status).toBe(403);
    expect((await onPlatform(admin, { session: 'another' })).status).toBe(401);
  });

  it('of whoever never had a factor says so', async () => {
    const { onPlatform } = await aWorld();
    expect((await onPlatform(stranger)).status).toBe(409);
  });
});
