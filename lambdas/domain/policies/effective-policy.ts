import * as z from 'zod';

import { canonicalJson } from '../../kernel/canonical-json';
import { InvariantViolation } from '../../kernel/invariant';
import type { ViewRecord, ViewSlots } from '../../kernel/views';
import { at, leavesOf, schemaOf, shapeOf, valuesOf } from './fields';
import type { Leaf, ShapeOf } from './fields';
import { defaultSecurityPolicy, policyFields } from './security-policy';
import type { OwnPolicy, SecurityPolicy } from './security-policy';

const ownSchema = schemaOf(policyFields, ({ field }) => field.schema.optional());

/** What a side has set, as it is stored. It throws on what cannot be read: better no access than access under a guess. */
export function readOwnPolicy(data: unknown): OwnPolicy;
export function readOwnPolicy(data: unknown): unknown {
  return ownSchema.parse(data);
}

/** The policy of a tenant from its gate. */
export function policyOf(gate: ViewSlots, floor: SecurityPolicy): SecurityPolicy {
  return gate.policy === undefined ? floor : tightened(floor, readOwnPolicy(gate.policy.data));
}

/** The platform's policy from its record: what it has set, and the defaults for the rest. */
export function platformPolicyOf(record: ViewRecord | undefined): SecurityPolicy {
  return record === undefined ? defaultSecurityPolicy : withDefaults(readOwnPolicy(record.data));
}

/** The platform may set a value anywhere within its bounds. */
export function withDefaults(own: OwnPolicy): SecurityPolicy {
  return valuesOf(policyFields, ({ path, field }) => at(own, path) ?? field.initial);
}

/** The platform's policy is a floor: whatever a tenant says can only demand more, never less. */
export function tightened(floor: SecurityPolicy, tenant: OwnPolicy): SecurityPolicy {
  return valuesOf(policyFields, (leaf) => tightenedAt(leaf, floor, tenant));
}

/** Where a value that holds comes from. */
export const policySources = ['default', 'platform', 'tenant'] as const;

export type PolicySource = (typeof policySources)[number];

export type PolicySources = ShapeOf<typeof policyFields, PolicySource>;

/** For each value: whether the tenant has set it, or the platform, or nobody. */
export function sourcesOf(platform: OwnPolicy, tenant: OwnPolicy = {}): PolicySources {
  const floor = withDefaults(platform);
  return shapeOf(policyFields, (leaf): PolicySource => {
    const own = at(tenant, leaf.path);
    const holds = tightenedAt(leaf, floor, tenant);
    // A tenant's value that the floor has since risen above is its own no longer.
    if (own !== undefined && (same(holds, own) || !same(holds, at(floor, leaf.path)))) return 'tenant';
    return at(platform, leaf.path) === undefined ? 'default' : 'platform';
  });
}

/** The fields in which a tenant's wish is looser than the floor, each with the floor. */
export function looserThan(floor: SecurityPolicy, wish: OwnPolicy): readonly LooserField[] {
  return leavesOf(policyFields).flatMap((leaf) => {
    const own = at(wish, leaf.path);
    if (own === undefined || same(tightenedAt(leaf, floor, wish), own)) return [];
    return [{ path: leaf.path, floor: at(floor, leaf.path), tighter: leaf.field.tighter }];
  });
}

export interface LooserField {
  readonly path: string;
  readonly floor: unknown;
  readonly tighter: string;
}

function tightenedAt({ path, field }: Leaf, floor: SecurityPolicy, tenant: OwnPolicy): unknown {
  const least = at(floor, path);
  if (least === undefined) throw new InvariantViolation(`a policy without ${path}`);
  const own = at(tenant, path);
  return own === undefined ? least : field.tighten(least, own);
}

function same(one: unknown, other: unknown): boolean {
  return canonicalJson(one) === canonicalJson(other);
}

/** A change of the platform's policy: what is left out stays; null takes back what was set. */
export const platformPolicyPatch = schemaOf(policyFields, changeOf);

/** A change of a tenant's. It has none of the fields that only the platform sets. */
export const tenantPolicyPatch = schemaOf(policyFields, (leaf) =>
  leaf.field.isPlatformsAlone === true ? undefined : changeOf(leaf),
);

function changeOf({ field }: Leaf): z.ZodType {
  // Where null is itself a value, it means the same: nothing of one's own.
  return field.schema.nullable().optional();
}

/** What one side has set, as it is answered. */
export const ownShape = ownSchema;

/** A policy in full, as it is answered. */
export const policyShape = schemaOf(policyFields, ({ field }) => field.schema);

/** Where each of its values comes from. */
export const sourcesShape = schemaOf(policyFields, () => z.enum(policySources));
