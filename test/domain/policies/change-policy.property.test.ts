import fc from 'fast-check';

import { changePlatformPolicy, changeTenantPolicy, looserThan, withDefaults } from '../../../lambdas/domain/policies';
import type { OwnPolicy } from '../../../lambdas/domain/policies';
import { at, leavesOf } from '../../../lambdas/domain/policies/fields';
import { policyFields } from '../../../lambdas/domain/policies/security-policy';
import { aServiceWorld } from '../../support/service-world';
import { nested, ownPolicies, stageOrigins } from './a-policy';

const leaves = leavesOf(policyFields);

/** One change, by a tenant or by the platform: values that are set, and paths that are taken back. */
const changes = fc.record({
  by: fc.constantFrom('tenant', 'platform'),
  sets: ownPolicies,
  takesBack: fc.subarray(
    leaves.map(({ path }) => path),
    { maxLength: 5 },
  ),
});

const context = {
  actor: { user: 'ada', level: 'owner' },
  request: { id: 'request-1', ip: '10.1.2.3', route: 'test' },
  command: { name: 'test' },
} as const;

const who = { ip: '10.1.2.3', stageOrigins };

function patchOf({ sets, takesBack }: { readonly sets: OwnPolicy; readonly takesBack: readonly string[] }) {
  const values = leaves.flatMap(({ path }) => (at(sets, path) === undefined ? [] : [[path, at(sets, path)] as const]));
  return nested({ ...Object.fromEntries(values), ...Object.fromEntries(takesBack.map((path) => [path, null])) });
}

test('after any sequence of changes, each side has what its accepted changes say, and a tenant never got below the floor of the moment', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(changes, { maxLength: 8 }), async (sequence) => {
      const { deps, store } = aServiceWorld();
      const ports = { ...deps, journal: store.journal };
      const sides = { tenant: new Map<string, unknown>(), platform: new Map<string, unknown>() };
      const ownOf = (side: ReadonlyMap<string, unknown>) => nested(Object.fromEntries(side)) as OwnPolicy;

      for (const change of sequence) {
        const patch = patchOf(change);
        const floor = withDefaults(ownOf(sides.platform));
        const changed =
          change.by === 'tenant'
            ? await changeTenantPolicy(ports, 'ten_00000000000000000000', floor, patch, who, context)
            : await changePlatformPolicy(ports, patch, who, context);
        if (!changed.ok) {
          // Only a rule refuses, and a refused change leaves no trace.
          expect(['below-floor', 'shuts-you-out']).toContain(changed.error.reason);
          continue;
        }
        for (const { path } of leaves) {
          const value = at(patch, path);
          if (value === null) sides[change.by].delete(path);
          else if (value !== undefined) sides[change.by].set(path, value);
        }
        expect(changed.value.own).toEqual(ownOf(sides[change.by]));
        if (change.by === 'tenant') {
          const wish = nested(
            Object.fromEntries(
              leaves.flatMap(({ path }) => ((at(patch, path) ?? null) === null ? [] : [[path, at(patch, path)]])),
            ),
          );
          expect(looserThan(floor, wish)).toEqual([]);
        }
      }
    }),
    { numRuns: 60 },
  );
});
