import * as z from 'zod';

import type { ViewSlots } from '../../kernel/views';
import type { RateLimit } from '../../kernel/rate-limit';
import { rateClasses, stepUpPurposes } from './security-policy';
import type { RateClass, SecurityPolicy, StepUpPurpose } from './security-policy';

const limit = z.object({ burst: z.int().min(1).max(10_000), intervalMs: z.int().min(1).max(3_600_000) });

/** A tenant's own policy, as the gate's slot `policy` holds it. What it leaves out is as the platform has it. */
const tenantPolicy = z.object({
  require2faFor: z.partialRecord(z.enum(stepUpPurposes), z.boolean()).optional(),
  stepUpWindowSeconds: z.int().min(30).max(86_400).optional(),
  rateLimits: z.partialRecord(z.enum(rateClasses), limit).optional(),
});

export type TenantPolicy = z.output<typeof tenantPolicy>;

/** The policy of a tenant from its gate. A slot that cannot be read throws: better no access than access under a guess. */
export function policyOf(gate: ViewSlots, floor: SecurityPolicy): SecurityPolicy {
  const slot = gate.policy;
  return slot === undefined ? floor : tightened(floor, tenantPolicy.parse(slot.data));
}

/** The platform's policy is a floor: whatever a tenant says can only demand more, never less. */
export function tightened(floor: SecurityPolicy, tenant: TenantPolicy): SecurityPolicy {
  return {
    require2faFor: require2faFor((purpose) => floor.require2faFor[purpose] || tenant.require2faFor?.[purpose] === true),
    stepUpWindowSeconds: Math.min(floor.stepUpWindowSeconds, tenant.stepUpWindowSeconds ?? Infinity),
    rateLimits: rateLimits((rateClass) => stricter(floor.rateLimits[rateClass], tenant.rateLimits?.[rateClass])),
  };
}

function stricter(
  floor: RateLimit,
  own: { readonly burst: number; readonly intervalMs: number } | undefined,
): RateLimit {
  if (own === undefined) return floor;
  return {
    name: floor.name,
    burst: Math.min(floor.burst, own.burst),
    intervalMs: Math.max(floor.intervalMs, own.intervalMs),
  };
}

function require2faFor(demanded: (purpose: StepUpPurpose) => boolean): SecurityPolicy['require2faFor'] {
  return {
    SignIn: demanded('SignIn'),
    Payments: demanded('Payments'),
    Refunds: demanded('Refunds'),
    Settlements: demanded('Settlements'),
    Members: demanded('Members'),
    ProviderCredentials: demanded('ProviderCredentials'),
    Policy: demanded('Policy'),
    Exports: demanded('Exports'),
    Redrive: demanded('Redrive'),
  };
}

function rateLimits(limitOf: (rateClass: RateClass) => RateLimit): SecurityPolicy['rateLimits'] {
  return {
    read: limitOf('read'),
    write: limitOf('write'),
    money: limitOf('money'),
    mfa: limitOf('mfa'),
    'sign-in': limitOf('sign-in'),
    public: limitOf('public'),
  };
}
