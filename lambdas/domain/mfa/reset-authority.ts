import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import type { Membership } from '../identity';
import { isAbove } from '../identity';

/** What is known of the person whose factors are to be reset within a tenant. */
export interface ResetTarget {
  readonly tenant: string;
  /** Their membership in the tenant, strongly consistent. */
  readonly member: Pick<Membership, 'userId' | 'role' | 'status'> | undefined;
  /** Whether there is a record of them as a Super Admin, active or not; strongly consistent. */
  readonly isKnownToPlatform: boolean;
  /** Their memberships everywhere, as the list has them: it follows the journal. */
  readonly memberships: readonly { readonly tenantId: string; readonly status: Membership['status'] }[];
  /** Whether the list holds more than was read. */
  readonly hasMore: boolean;
}

export type ResetAuthorityRefusal =
  | { readonly reason: 'member-absent' }
  | { readonly reason: 'oneself' }
  | { readonly reason: 'not-above' }
  /** They count elsewhere as well, or may: a Super Admin decides. */
  | { readonly reason: 'beyond-tenant' }
  /** The list has not caught up with a membership that stands: nothing can be said of the others. */
  | { readonly reason: 'unsettled' };

/**
 * Whether a member may reset the factors of another. One factor serves a person in all tenants, so whoever may weaken it must stand
 * above them in all places where they count. In doubt it is refused.
 */
export function decideReset(
  superior: Pick<Membership, 'userId' | 'role'>,
  target: ResetTarget,
): Result<void, ResetAuthorityRefusal> {
  const { member, tenant, memberships } = target;
  if (member === undefined || member.status === 'removed') return err({ reason: 'member-absent' });
  if (member.userId === superior.userId) return err({ reason: 'oneself' });
  if (member.role === 'super-admin' || target.isKnownToPlatform) return err({ reason: 'beyond-tenant' });
  if (!isAbove(superior.role, member.role)) return err({ reason: 'not-above' });
  const elsewhere = memberships.some(({ tenantId, status }) => tenantId !== tenant && status !== 'removed');
  if (elsewhere || target.hasMore) return err({ reason: 'beyond-tenant' });
  return memberships.some(({ tenantId }) => tenantId === tenant) ? ok(undefined) : err({ reason: 'unsettled' });
}
