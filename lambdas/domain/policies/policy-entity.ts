import * as z from 'zod';

import type { Entity, Head } from '../../kernel/entity';
import type { DomainEvent, ViewWrite } from '../../kernel/journal';
import { gateOf } from '../../kernel/views';
import { readOwnPolicy } from './effective-policy';
import { objectOf } from './fields';
import { policyKind } from './policy-stream';
import { policyFields } from './security-policy';
import type { OwnPolicy } from './security-policy';

/** What the platform, or a tenant, has set: values by path (`rateLimits.money.burst`), so that each is audited by itself. */
export interface PolicyState {
  readonly values: Readonly<Record<string, unknown>>;
}

export type PolicyEvent =
  | {
      readonly type: 'SecurityPolicyChanged';
      /** The values that are new; null where one's own was taken back. */
      readonly data: { readonly values: Readonly<Record<string, unknown>> };
    }
  /** The allowed addresses were taken back from above, for those whom they locked out. */
  | { readonly type: 'AllowedAddressesReset'; readonly data: { readonly reason: string } };

const policyEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('SecurityPolicyChanged'),
    data: z.object({ values: z.record(z.string(), z.unknown()) }),
  }),
  z.object({ type: z.literal('AllowedAddressesReset'), data: z.object({ reason: z.string() }) }),
]);

export const securityPolicyEntity: Entity<PolicyState, PolicyEvent> = {
  kind: policyKind,
  evolve: afterChange,
  parseEvent: (event: DomainEvent) => policyEvent.parse(event),
  audited: ({ values }) => values,
  immediateViews: securityPolicyViews,
};

/** The path of the allowed addresses. */
const addressesPath = 'consoleIpAllowlist';

export function afterChange(state: PolicyState | undefined, event: PolicyEvent): PolicyState {
  const news = event.type === 'AllowedAddressesReset' ? { [addressesPath]: null } : event.data.values;
  const values: Readonly<Record<string, unknown>> = { ...state?.values, ...news };
  return { values: Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) };
}

/** What is set, in the shape of a policy. */
export function ownPolicyOf(state: PolicyState | undefined): OwnPolicy {
  return readOwnPolicy(objectOf(policyFields, new Map(Object.entries(state?.values ?? {}))));
}

/** The platform's is a record that every function reads; a tenant's a slot of its gate, so that it holds from the next request. */
export function securityPolicyViews(state: PolicyState, { stream, version }: Head): readonly ViewWrite[] {
  const data = ownPolicyOf(state);
  return stream.owner === 'platform'
    ? [{ type: 'record', entity: stream, version, data }]
    : [{ type: 'slot', entity: gateOf(stream.owner.tenant), slot: 'policy', version, data }];
}
