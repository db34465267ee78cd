import fc from 'fast-check';

import {
  decideGrant,
  decideReach,
  memberRoles,
  permissions,
  readPermissions,
  rolePermissions,
  roles,
} from '../../../lambdas/domain/identity';
import type { Granter, MemberRole, Role } from '../../../lambdas/domain/identity';

const somePermissions = fc.subarray([...permissions]);

/** Written out, so that the order of the roles is told twice. */
const below: Readonly<Record<MemberRole, readonly Role[]>> = {
  'super-admin': ['owner', 'admin', 'auditor'],
  owner: ['admin', 'auditor'],
  admin: ['auditor'],
  auditor: [],
};

const granters: fc.Arbitrary<Granter> = fc.oneof(
  fc.constant('super-admin' as const),
  fc.record({ role: fc.constantFrom(...memberRoles), permissions: somePermissions }),
);

describe('a grant', () => {
  test('is only to those strictly below, within the role, and of what the granter holds', () => {
    fc.assert(
      fc.property(
        granters,
        fc.constantFrom(...roles),
        fc.option(somePermissions, { nil: undefined }),
        (granter, role, wish) => {
          const decided = decideGrant(granter, role, wish);
          if (!decided.ok) return;
          if (granter !== 'super-admin') expect(below[granter.role]).toContain(role);
          for (const permission of decided.value.permissions) {
            expect(rolePermissions[role]).toContain(permission);
            if (granter !== 'super-admin') expect(granter.permissions).toContain(permission);
            if (wish !== undefined) expect(wish).toContain(permission);
          }
        },
      ),
    );
  });

  test('gives exactly what was wished, or is refused', () => {
    fc.assert(
      fc.property(granters, fc.constantFrom(...roles), somePermissions, (granter, role, wish) => {
        const decided = decideGrant(granter, role, wish);
        if (decided.ok) expect([...decided.value.permissions].sort()).toEqual([...wish].sort());
      }),
    );
  });

  test('by a Super Admin makes an Owner with all permissions', () => {
    expect(decideGrant('super-admin', 'owner')).toEqual({ ok: true, value: { role: 'owner', permissions } });
  });

  test.each([
    ['an Owner makes no Owner', 'owner', 'owner'],
    ['an Admin makes no Admin', 'admin', 'admin'],
    ['an Admin makes no Owner', 'admin', 'owner'],
    ['an Auditor makes no Auditor', 'auditor', 'auditor'],
  ] as const)('%s', (_, own, role) => {
    expect(decideGrant({ role: own, permissions }, role)).toEqual({ ok: false, error: { reason: 'not-above' } });
  });

  test('says what went too far', () => {
    const owner = { role: 'owner', permissions: ['members:manage', 'payments:read'] } as const;
    expect(decideGrant(owner, 'admin', ['members:manage'])).toMatchObject({
      error: { reason: 'beyond-role', permissions: ['members:manage'] },
    });
    expect(decideGrant(owner, 'admin', ['payments:read', 'payments:refund'])).toMatchObject({
      error: { reason: 'beyond-own', permissions: ['payments:refund'] },
    });
    expect(decideGrant(owner, 'admin')).toEqual({ ok: true, value: { role: 'admin', permissions: ['payments:read'] } });
  });
});

describe('reach', () => {
  test('is over those strictly below, and never over oneself', () => {
    fc.assert(
      fc.property(granters, fc.constantFrom(...memberRoles), fc.boolean(), (granter, role, isOneself) => {
        const reached = decideReach(granter, 'ann', { userId: isOneself ? 'ann' : 'bob', role });
        const own = granter === 'super-admin' ? granter : granter.role;
        const isBelow = below[own].some((each) => each === role);
        expect(reached.ok).toBe(!isOneself && isBelow);
      }),
    );
  });
});

test('an Auditor changes nothing', () => {
  expect(rolePermissions.auditor).toEqual(readPermissions);
  expect(readPermissions.filter((permission) => !permission.endsWith(':read'))).toEqual([]);
});
