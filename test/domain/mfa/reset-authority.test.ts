import fc from 'fast-check';

import { decideReset } from '../../../lambdas/domain/mfa';
import type { ResetTarget } from '../../../lambdas/domain/mfa';
import { memberRoles, roles } from '../../../lambdas/domain/identity';

const statuses = ['active', 'suspended', 'removed'] as const;
const rank = (role: (typeof memberRoles)[number]): number => ['auditor', 'admin', 'owner', 'super-admin'].indexOf(role);

const target: ResetTarget = {
  tenant: 'ten_own',
  member: { userId: 'ada', role: 'admin', status: 'active' },
  isKnownToPlatform: false,
  memberships: [{ tenantId: 'ten_own', status: 'active' }],
  hasMore: false,
};
const owner = { userId: 'bob', role: 'owner' } as const;

describe('who may reset the factors of whom', () => {
  test('an Owner those of an Admin of theirs alone, also of one who was removed elsewhere', () => {
    expect(decideReset(owner, target).ok).toBe(true);
    const memberships = [...target.memberships, { tenantId: 'ten_other', status: 'removed' } as const];
    expect(decideReset(owner, { ...target, memberships }).ok).toBe(true);
  });

  test.each([
    ['a list that is not whole', { hasMore: true }, 'beyond-tenant'],
    ['a Super Admin, past ones too', { isKnownToPlatform: true }, 'beyond-tenant'],
    ['a list that lags behind', { memberships: [] }, 'unsettled'],
    ['nobody', { member: undefined }, 'member-absent'],
  ] satisfies readonly (readonly [string, Partial<ResetTarget>, string])[])('nobody of %s', (_what, part, reason) => {
    expect(decideReset(owner, { ...target, ...part })).toEqual({ ok: false, error: { reason } });
  });

  test('never one who is not strictly below, oneself, or one who counts elsewhere', () => {
    const membership = fc.record({
      tenantId: fc.constantFrom('ten_own', 'ten_a', 'ten_b'),
      status: fc.constantFrom(...statuses),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...memberRoles),
        fc.constantFrom(...roles),
        fc.constantFrom('ada', 'bob'),
        fc.constantFrom(...statuses),
        fc.boolean(),
        fc.boolean(),
        fc.array(membership, { maxLength: 4 }),
        (superior, role, userId, status, isKnownToPlatform, hasMore, memberships) => {
          const member = { userId, role, status };
          const may = decideReset(
            { userId: 'bob', role: superior },
            { tenant: 'ten_own', member, isKnownToPlatform, hasMore, memberships },
          ).ok;
          const elsewhere = memberships.some((each) => each.tenantId !== 'ten_own' && each.status !== 'removed');
          const forbidden =
            rank(superior) <= rank(role) || userId === 'bob' || status === 'removed' || elsewhere || isKnownToPlatform;
          if (forbidden) expect(may).toBe(false);
        },
      ),
      { numRuns: 500 },
    );
  });
});
