import { hasPlace } from '../../domain/identity';
import type { Member } from '../../domain/identity';

/** The place of a guest ends by itself; nothing is written when it does. */
export function presentMember(member: Member, version: number, now: Date) {
  const { userId, tenantId, role, permissions, status, suspendedReason, createdAt, until } = member;
  return {
    userId,
    tenantId,
    role,
    permissions: [...permissions],
    status: hasPlace(member, now) ? status : ('removed' as const),
    ...(suspendedReason === undefined ? {} : { suspendedReason }),
    createdAt,
    ...(until === undefined ? {} : { until }),
    version,
  };
}
