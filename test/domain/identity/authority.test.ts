import fc from 'fast-check';

import { decideGrant, permissions, rolePermissions, roles } from '../../../lambdas/domain/identity';
import type { Granter } from '../../../lambdas/domain/identity';

const somePermissions = fc.subarray([...permissions]);

const granters: fc.Arbitrary<Granter> = fc.oneof(
  fc.constant('super-admin' as const),
  fc.record({ role: fc.constantFrom(...roles), permissions: somePermissions }),
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
          if (granter !== 'super-admin') expect([granter.role, role]).toEqual(['owner', 'admin']);
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
