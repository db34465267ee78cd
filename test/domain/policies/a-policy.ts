import fc from 'fast-check';

import type { OwnPolicy, SecurityPolicy } from '../../../lambdas/domain/policies';
import { readOwnPolicy, withDefaults } from '../../../lambdas/domain/policies';
import type { Leaf } from '../../../lambdas/domain/policies/fields';
import { leavesOf } from '../../../lambdas/domain/policies/fields';
import { policyFields } from '../../../lambdas/domain/policies/security-policy';

export const leaves = leavesOf(policyFields);

/** Nested and disjoint blocks of both families, so that some lie in others. */
const blocks = [
  '10.0.0.0/8',
  '10.1.0.0/16',
  '10.1.2.0/24',
  '10.2.0.0/16',
  '192.0.2.1/32',
  '2001:db8::/32',
  '2001:db8:1::/48',
];

export const stageOrigins = ['https://console.example.com', 'https://admin.example.com', 'https://third.example.com'];

/** Any value within the bounds of a field, found by what its schema admits. */
function valueOf({ field: { schema } }: Leaf): fc.Arbitrary<unknown> {
  const candidates: readonly fc.Arbitrary<unknown>[] = [
    fc.boolean(),
    fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 100, max: 90_000 })),
    fc.uniqueArray(fc.constantFrom(...stageOrigins), { minLength: 1 }),
    fc.uniqueArray(fc.constantFrom(...blocks)),
  ];
  const fitting = candidates.filter((candidate) =>
    fc.sample(candidate, 30).some((value) => schema.safeParse(value).success),
  );
  return fc.oneof(...fitting).filter((value) => schema.safeParse(value).success);
}

/** What somebody may have set: any of the fields, each within its bounds. */
export const ownPolicies: fc.Arbitrary<OwnPolicy> = fc
  .record(Object.fromEntries(leaves.map((leaf) => [leaf.path, valueOf(leaf)])), { requiredKeys: [] })
  .map((values) => readOwnPolicy(nested(values)));

/** A floor: what a platform may have set. */
export const floors: fc.Arbitrary<SecurityPolicy> = ownPolicies.map(withDefaults);

/** Values by path, in the shape of a policy. */
export function nested(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(values)) {
    const names = path.split('.');
    let place = root;
    for (const name of names.slice(0, -1)) place = (place[name] ??= {}) as Record<string, unknown>;
    place[names.at(-1) ?? ''] = value;
  }
  return root;
}
