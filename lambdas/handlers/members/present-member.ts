import type { Member } from '../../domain/identity';

export function presentMember(member: Member, version: number) {
  const { userId, tenantId, role, permissions, status, createdAt } = member;
  return { userId, tenantId, role, permissions: [...permissions], status, createdAt, version };
}
