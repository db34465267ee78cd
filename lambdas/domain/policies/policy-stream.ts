import type { StreamId } from '../../kernel/journal';
import { platform } from '../../kernel/journal';

export const policyKind = 'security-policy';

/** The platform's own policy: its stream, and the record that every function reads. */
export const platformPolicyStream: StreamId = { owner: platform, kind: policyKind, id: 'platform' };

/** A tenant's policy; it is read from the slot `policy` of the tenant's gate. */
export function tenantPolicyStream(tenant: string): StreamId {
  return { owner: { tenant }, kind: policyKind, id: 'policy' };
}
