import fc from 'fast-check';

import type { TenantPolicy } from '../../../lambdas/domain/policies';
import {
  defaultSecurityPolicy,
  failsClosed,
  policyOf,
  rateClasses,
  stepUpPurposes,
  tightened,
} from '../../../lambdas/domain/policies';

const limits = fc.record({
  burst: fc.integer({ min: 1, max: 10_000 }),
  intervalMs: fc.integer({ min: 1, max: 3_600_000 }),
});

const tenantPolicies: fc.Arbitrary<TenantPolicy> = fc
  .record({
    require2faFor: fc.dictionary(fc.constantFrom(...stepUpPurposes), fc.boolean()),
    stepUpWindowSeconds: fc.integer({ min: 30, max: 86_400 }),
    rateLimits: fc.dictionary(fc.constantFrom(...rateClasses), limits),
  })
  .map((policy) => policy as TenantPolicy);

test('whatever a tenant says, its policy is at least as strict as the platform', () => {
  fc.assert(
    fc.property(tenantPolicies, (tenant) => {
      const policy = tightened(defaultSecurityPolicy, tenant);
      for (const purpose of stepUpPurposes) {
        if (defaultSecurityPolicy.require2faFor[purpose]) expect(policy.require2faFor[purpose]).toBe(true);
        if (tenant.require2faFor?.[purpose] === true) expect(policy.require2faFor[purpose]).toBe(true);
      }
      expect(policy.stepUpWindowSeconds).toBeLessThanOrEqual(defaultSecurityPolicy.stepUpWindowSeconds);
      for (const rateClass of rateClasses) {
        const [floor, own] = [defaultSecurityPolicy.rateLimits[rateClass], policy.rateLimits[rateClass]];
        expect(own.burst).toBeLessThanOrEqual(floor.burst);
        expect(own.intervalMs).toBeGreaterThanOrEqual(floor.intervalMs);
        expect(own.name).toBe(floor.name);
      }
    }),
  );
});

test('tightening twice with the same policy changes nothing more', () => {
  fc.assert(
    fc.property(tenantPolicies, (tenant) => {
      const once = tightened(defaultSecurityPolicy, tenant);
      expect(tightened(once, tenant)).toEqual(once);
    }),
  );
});

test('a gate without a policy means the platform policy', () => {
  expect(policyOf({}, defaultSecurityPolicy)).toBe(defaultSecurityPolicy);
});

test.each([{ stepUpWindowSeconds: 0 }, { require2faFor: { Refunds: 'no' } }, { rateLimits: { money: { burst: 0 } } }])(
  'a policy that cannot be read throws: %j',
  (data) => {
    expect(() => policyOf({ policy: { version: 1, data } }, defaultSecurityPolicy)).toThrow();
  },
);

describe('a failing limiter', () => {
  test.each(rateClasses)('opens only what a member reads or writes (%s)', (rateClass) => {
    expect(failsClosed(rateClass)).toBe(!['read', 'write'].includes(rateClass));
  });
});
