import * as fc from 'fast-check';

import {
  appointPlatformAdmin,
  bootstrapPlatform,
  breakGlass,
  guestPermissions,
  memberEntity,
  mendGlass,
  permissions,
  readPermissions,
  removePlatformAdmin,
} from '../../../lambdas/domain/identity';
import type { Permission } from '../../../lambdas/domain/identity';
import { isOpen } from '../../../lambdas/domain/identity/break-glass';
import { fold } from '../../../lambdas/kernel/entity';
import { deriveId } from '../../../lambdas/kernel/ids';
import { memberOf } from '../../../lambdas/kernel/views';
import { aServiceWorld } from '../../support/service-world';

const hourMs = 3_600_000;

const reason = 'the Owner called: payouts are stuck';

const contextOf = (user: string, level: 'super-admin' | 'operator' = 'super-admin') => ({
  actor: { user, level },
  request: { id: 'r', route: 'test' },
  command: { name: 'test' },
});

const operator = contextOf('platform-admins', 'operator');

async function aPlatform() {
  const world = aServiceWorld();
  const ports = { ...world.deps, journal: world.store.journal, views: world.store.views };
  expect((await bootstrapPlatform(ports, 'root', operator)).ok).toBe(true);
  expect((await appointPlatformAdmin(ports, 'ada', operator)).ok).toBe(true);
  const tenant = await world.tenant();
  const stay = async (user: string, place = tenant) =>
    fold(memberEntity, await world.store.journal.read(memberOf(place, user))).state;
  return {
    ...world,
    tenant,
    open: (user: string, wish: { permissions?: readonly Permission[] } = {}, place = tenant) =>
      breakGlass(ports, { tenant: place, user }, { reason, ...wish }, contextOf(user)),
    close: (user: string) => mendGlass(ports, { tenant, user }, contextOf(user)),
    remove: (user: string) => removePlatformAdmin(ports, user, 'left the company last week', operator),
    appoint: (user: string) => appointPlatformAdmin(ports, user, operator),
    stay,
    isGuest: async (user: string, place = tenant) => isOpen(await stay(user, place), world.now()),
  };
}

describe('a broken glass', () => {
  test('makes a guest who only reads, for an hour, on record with the tenant and with the platform', async () => {
    const { open, isGuest, store, tenant, now } = await aPlatform();
    const until = new Date(now().getTime() + hourMs).toISOString();
    expect(await open('ada')).toMatchObject({
      ok: true,
      value: { state: { role: 'super-admin', permissions: readPermissions, status: 'active', until } },
    });
    expect(await isGuest('ada')).toBe(true);
    expect(store.commits.slice(-2)).toMatchObject([
      {
        stream: { owner: { tenant }, kind: 'member', id: 'ada' },
        actor: { user: 'ada', level: 'super-admin' },
        events: [{ type: 'BreakGlassOpened', data: { reason, permissions: readPermissions, until } }],
      },
      { stream: { owner: 'platform', kind: 'glasses', id: 'ada' }, events: [{ type: 'GlassBroken' }] },
    ]);
  });

  test('is over after its hour, to the millisecond, and is then broken anew for a reason of its own', async () => {
    const { open, isGuest, pass } = await aPlatform();
    await open('ada');
    pass(hourMs - 1);
    expect(await isGuest('ada')).toBe(true);
    expect(await open('ada')).toMatchObject({ ok: false, error: { reason: 'glass-open' } });
    pass(1);
    expect(await isGuest('ada')).toBe(false);
    expect(await open('ada')).toMatchObject({ ok: true });
  });

  test('is mended at will, once', async () => {
    const { open, close, isGuest } = await aPlatform();
    expect(await close('ada')).toMatchObject({ ok: false, error: { reason: 'no-glass-open' } });
    await open('ada');
    expect(await close('ada')).toMatchObject({ ok: true });
    expect(await isGuest('ada')).toBe(false);
    expect(await close('ada')).toMatchObject({ ok: false, error: { reason: 'no-glass-open' } });
    expect(await open('ada')).toMatchObject({ ok: true });
  });

  test('never gives what decides who may do what, nor what takes money, and never more than was asked', async () => {
    const withheld = ['members:manage', 'connections:manage', 'policy:manage', 'api-keys:manage', 'payments:create'];
    expect(permissions.filter((permission) => !guestPermissions.includes(permission)).sort()).toEqual(withheld.sort());
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.constantFrom(...permissions), { minLength: 1 }), async (asked) => {
        const { open } = await aPlatform();
        const beyond = asked.filter((permission) => withheld.includes(permission));
        const opened = await open('ada', { permissions: asked });
        if (opened.ok) expect([...opened.value.state.permissions].sort()).toEqual([...asked].sort());
        else expect(opened.error).toEqual({ reason: 'beyond-guest', permissions: beyond });
        expect(opened.ok).toBe(beyond.length === 0);
      }),
      { numRuns: 50 },
    );
  });

  test('is no way around a membership, nor around its suspension', async () => {
    const { open, member, tenant, remove } = await aPlatform();
    await member(tenant, 'ada', 'admin');
    expect(await open('ada')).toMatchObject({ ok: false, error: { reason: 'is-a-member' } });
    expect(await remove('ada')).toMatchObject({ ok: true });
  });

  test('opens once of many tries at the same moment', async () => {
    const { open } = await aPlatform();
    const opened = await Promise.all(Array.from({ length: 5 }, () => open('ada')));
    expect(opened.filter(({ ok }) => ok)).toHaveLength(1);
  });

  test('keeps what identifies a card out of the reason', async () => {
    const world = await aPlatform();
    const ports = { ...world.deps, journal: world.store.journal };
    const told = { reason: 'customer with card 4111 1111 1111 1111 complains' };
    await breakGlass(ports, { tenant: world.tenant, user: 'ada' }, told, contextOf('ada'));
    expect(JSON.stringify(world.store.commits)).not.toContain('4111 1111');
  });

  test('stands in ten tenants at most', async () => {
    const { open } = await aPlatform();
    const place = (at: number) => deriveId('tenant', [String(at)]);
    for (let at = 0; at < 10; at += 1) expect((await open('ada', {}, place(at))).ok).toBe(true);
    expect(await open('ada', {}, place(10))).toMatchObject({ ok: false, error: { reason: 'too-many-glasses' } });
  });
});

describe('a Super Admin who is removed', () => {
  test('is a guest nowhere from that moment, in any tenant', async () => {
    const { open, remove, isGuest, tenant } = await aPlatform();
    const elsewhere = deriveId('tenant', ['elsewhere']);
    await open('ada');
    await open('ada', {}, elsewhere);
    expect(await remove('ada')).toMatchObject({ ok: true, value: { state: { status: 'removed' } } });
    expect([await isGuest('ada', tenant), await isGuest('ada', elsewhere)]).toEqual([false, false]);
  });

  test('breaks no glass any more, until they are appointed again', async () => {
    const { open, remove, appoint } = await aPlatform();
    await remove('ada');
    expect(await open('ada')).toMatchObject({ ok: false, error: { reason: 'not-a-super-admin' } });
    expect(await appoint('ada')).toMatchObject({ ok: true });
    expect(await open('ada')).toMatchObject({ ok: true });
  });

  test('is no guest, whichever of a removal and a broken glass at the same moment comes first', async () => {
    for (let run = 0; run < 20; run += 1) {
      const { open, remove, isGuest } = await aPlatform();
      const late = run % 2 === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, 0));
      const [removed] = await Promise.all([remove('ada'), late.then(() => open('ada'))]);
      expect({ run, removed: removed.ok, isGuest: await isGuest('ada') }).toEqual({
        run,
        removed: true,
        isGuest: false,
      });
    }
  });
});
