import { invitationStatus } from '../../domain/identity';
import type { InvitationSummary } from '../../domain/identity';

export function presentInvitation(invitation: InvitationSummary, version: number, now: Date) {
  const { id, tenantId, role, permissions, email, expiresAt, createdAt } = invitation;
  const status = invitationStatus(invitation, now);
  return { id, tenantId, role, permissions: [...permissions], email, status, expiresAt, createdAt, version };
}
