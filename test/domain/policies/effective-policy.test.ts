import fc from 'fast-check';

import {
  defaultSecurityPolicy,
  failsClosed,
  looserThan,
  policyOf,
  rateClasses,
  sourcesOf,
  stepUpPurposes,
  tightened,
  withDefaults,
} from '../../../lambdas/domain/policies';
import { addresses as addressesField, at } from '../../../lambdas/domain/policies/fields';
import { isWithin } from '../../../lambdas/kernel/addresses';
import { floors, leaves, nested, ownPolicies } from './a-policy';

/** Addresses on both sides of the borders of the blocks that policies are made of here. */
const addresses = [
  '10.0.0.1',
  '10.1.0.1',
  '10.1.2.3',
  '10.2.3.4',
  '192.0.2.1',
  '192.0.2.2',
  '::ffff:10.1.2.3',
  '::ffff:192.0.2.2',
  '2001:db8::1',
  '2001:db8:1::1',
  '::1',
];

const admits = (list: readonly string[], address: string) => list.length === 0 || isWithin(address, list);

describe('whatever a tenant says, under any floor', () => {
  test('no value is looser than the floor, nor looser than what the tenant has asked for', () => {
    fc.assert(
      fc.property(floors, ownPolicies, (floor, tenant) => {
        const policy = tightened(floor, tenant);
        for (const purpose of stepUpPurposes) {
          const isAsked = floor.require2faFor[purpose] || tenant.require2faFor?.[purpose] === true;
          expect(policy.require2faFor[purpose]).toBe(isAsked);
        }
        for (const { path, field } of leaves.filter(({ path }) => typeof at(floor, path) === 'number')) {
          const values = [at(policy, path), at(floor, path), at(tenant, path) ?? at(floor, path)].map(Number);
          const strictest = field.tighter === 'lower' ? Math.min(...values) : Math.max(...values);
          expect([path, values[0]]).toEqual([path, strictest]);
        }
        for (const address of addresses) {
          const own = tenant.consoleIpAllowlist ?? [];
          const isAdmitted = admits(floor.consoleIpAllowlist, address) && admits(own, address);
          expect([address, admits(policy.consoleIpAllowlist, address)]).toEqual([address, isAdmitted]);
        }
        for (const origin of policy.allowedOrigins ?? []) {
          expect(floor.allowedOrigins ?? [origin]).toContain(origin);
          expect(tenant.allowedOrigins ?? [origin]).toContain(origin);
        }
        if (policy.allowedOrigins === null)
          expect([floor.allowedOrigins, tenant.allowedOrigins ?? null]).toEqual([null, null]);
      }),
    );
  });

  test('tightening twice changes nothing more', () => {
    fc.assert(
      fc.property(floors, ownPolicies, (floor, tenant) => {
        const once = tightened(floor, tenant);
        expect(tightened(once, tenant)).toEqual(once);
      }),
    );
  });

  test('every field is named that is looser than the floor, and no other', () => {
    fc.assert(
      fc.property(floors, ownPolicies, (floor, tenant) => {
        const policy = tightened(floor, tenant);
        const ignored = leaves.filter(
          ({ path }) =>
            at(tenant, path) !== undefined && JSON.stringify(at(policy, path)) !== JSON.stringify(at(tenant, path)),
        );
        const looser = looserThan(floor, tenant);
        for (const { path, floor: named } of looser) expect(named).toEqual(at(floor, path));
        expect(looser.map(({ path }) => path)).toEqual(ignored.map(({ path }) => path));
      }),
    );
  });

  test('a value is said to be the tenant’s only where the tenant has set it, and to be a default only where nobody has', () => {
    fc.assert(
      fc.property(ownPolicies, ownPolicies, (platform, tenant) => {
        const sources = sourcesOf(platform, tenant);
        const policy = tightened(withDefaults(platform), tenant);
        for (const { path, field } of leaves) {
          const source = at(sources, path);
          if (source === 'tenant') expect(at(tenant, path)).toBeDefined();
          else expect(at(policy, path)).toEqual(source === 'platform' ? at(platform, path) : field.initial);
        }
      }),
    );
  });
});

test('a value that the floor has risen above is the platform’s again', () => {
  const tenant = { stepUpWindowSeconds: 500 };
  expect(sourcesOf({}, tenant).stepUpWindowSeconds).toBe('tenant');
  expect(sourcesOf({ stepUpWindowSeconds: 300 }, tenant).stepUpWindowSeconds).toBe('platform');
  expect(tightened(withDefaults({ stepUpWindowSeconds: 300 }), tenant).stepUpWindowSeconds).toBe(300);
});

test('address lists that have nothing in common admit nobody, instead of everybody', () => {
  const floor = withDefaults({ consoleIpAllowlist: ['10.0.0.0/8'] });
  const policy = tightened(floor, { consoleIpAllowlist: ['192.0.2.0/24'] });
  expect(addresses.filter((address) => admits(policy.consoleIpAllowlist, address))).toEqual([]);
});

test('what tightened address lists admit, the floor admits, whatever family a block is written in', () => {
  const { tighten } = addressesField();
  const parts = fc.tuple(fc.constantFrom(10, 11), fc.nat(2), fc.nat(2), fc.nat(2));
  const ipv4 = parts.map((bytes) => bytes.join('.'));
  const ipv6 = fc.oneof(
    fc.constantFrom('::', '::ffff:0:0', '2001:db8::', '2001:db8:1::', '64:ff9b::'),
    ipv4.map((ip) => `::ffff:${ip}`),
  );
  const block = fc.oneof(
    fc.tuple(ipv4, fc.constantFrom(0, 8, 16, 24, 32)).map(([ip, bits]) => `${ip}/${String(bits)}`),
    fc.tuple(ipv6, fc.constantFrom(0, 20, 32, 80, 96, 104, 128)).map(([ip, bits]) => `${ip}/${String(bits)}`),
  );
  // Blocks that no schema lets in are among them: a list that is stored must not admit more by them either.
  const lists = fc.uniqueArray(block, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(lists, lists, fc.oneof(ipv4, ipv6), (floor, own, ip) => {
      // 0.0.0.0 stands for nobody.
      fc.pre(ip !== '::ffff:0:0' && admits(tighten(floor, own), ip));
      expect([ip, admits(floor, ip), admits(own, ip)]).toEqual([ip, true, true]);
    }),
    { numRuns: 500, maxSkipsPerRun: 1_000 },
  );
});

test('a gate without a policy means the platform policy', () => {
  expect(policyOf({}, defaultSecurityPolicy)).toBe(defaultSecurityPolicy);
});

test.each([
  { stepUpWindowSeconds: 0 },
  { require2faFor: { Refunds: 'no' } },
  { rateLimits: { money: { burst: 0 } } },
  { unheardOf: 1 },
])('a policy that cannot be read throws: %j', (data) => {
  expect(() => policyOf({ policy: { version: 1, data } }, defaultSecurityPolicy)).toThrow();
});

describe('the table of fields', () => {
  test.each(leaves)('has a default within the bounds for $path', ({ field }) => {
    expect(field.schema.safeParse(field.initial).success).toBe(true);
    expect(field.tighten(field.initial, field.initial)).toEqual(field.initial);
  });

  test('is what a policy is made of: nothing more, nothing less', () => {
    expect(defaultSecurityPolicy).toEqual(
      nested(Object.fromEntries(leaves.map(({ path, field }) => [path, field.initial]))),
    );
  });
});

describe('a failing limiter', () => {
  test.each(rateClasses)('opens only what a member reads or writes (%s)', (rateClass) => {
    expect(failsClosed(rateClass)).toBe(!['read', 'write'].includes(rateClass));
  });
});
