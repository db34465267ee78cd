import * as z from 'zod';

import type { Entity } from '../../kernel/entity';
import { InvariantViolation } from '../../kernel/invariant';
import type { DomainEvent, StreamId } from '../../kernel/journal';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import type { Contact } from './contact';
import { isPermission, roles } from './permissions';
import type { Permission, Role } from './permissions';

/** An offer of a place in a tenant, to one e-mail address, for 72 hours, once. */
export interface Invitation {
  readonly id: string;
  readonly tenantId: string;
  readonly role: Role;
  readonly permissions: readonly Permission[];
  readonly contact: Contact;
  readonly expiresAt: string;
  readonly createdAt: string;
  /** Who took it; undefined while it is open. */
  readonly acceptedBy?: string;
}

const invitationEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('InvitationIssued'),
    data: z.object({
      role: z.enum(roles),
      permissions: z.array(z.string().refine(isPermission)).readonly(),
      contact: z.object({ sealed: z.string(), masked: z.string(), hash: z.string() }),
      expiresAt: z.string(),
    }),
  }),
  z.object({ type: z.literal('InvitationAccepted'), data: z.object({ user: z.string() }) }),
]);

export type InvitationEvent = z.output<typeof invitationEvent>;

export const invitationEntity: Entity<Invitation, InvitationEvent> = {
  kind: 'invitation',
  evolve: (state, event, { at, stream }) => {
    if (event.type === 'InvitationIssued') {
      if (state !== undefined) throw new InvariantViolation('an invitation is issued once');
      if (stream.owner === 'platform') throw new InvariantViolation('an invitation belongs to a tenant');
      return { id: stream.id, tenantId: stream.owner.tenant, createdAt: at, ...event.data };
    }
    if (state === undefined || state.acceptedBy !== undefined) {
      throw new InvariantViolation('an invitation is accepted once, after it was issued');
    }
    return { ...state, acceptedBy: event.data.user };
  },
  parseEvent: (event: DomainEvent) => invitationEvent.parse(event),
  audited: ({ role, permissions, contact, acceptedBy }) => ({ role, permissions, invited: contact.masked, acceptedBy }),
};

export function invitationStream(tenant: string, invitationId: string): StreamId {
  return { owner: { tenant }, kind: 'invitation', id: invitationId };
}

/** An invitation is read by its stream; no list shows it. */
export function invitationViews(): readonly never[] {
  return [];
}

export type InvitationStatus = 'pending' | 'accepted' | 'expired';

export function invitationStatus(invitation: Invitation, now: Date): InvitationStatus {
  if (invitation.acceptedBy !== undefined) return 'accepted';
  return now.getTime() < Date.parse(invitation.expiresAt) ? 'pending' : 'expired';
}

const lifetimeMs = 72 * 60 * 60 * 1000;

export function issueInvitation(
  grant: { readonly role: Role; readonly permissions: readonly Permission[] },
  contact: Contact,
  now: Date,
): InvitationEvent {
  const expiresAt = new Date(now.getTime() + lifetimeMs).toISOString();
  return { type: 'InvitationIssued', data: { ...grant, contact, expiresAt } };
}

export type AcceptanceRefusal = { readonly reason: 'invitation-used' } | { readonly reason: 'invitation-expired' };

/** Single use. The same person accepting again changes nothing and is told the same: the first answer may have been lost. */
export function acceptInvitation(
  invitation: Invitation,
  user: string,
  now: Date,
): Result<readonly InvitationEvent[], AcceptanceRefusal> {
  if (invitation.acceptedBy === user) return ok([]);
  switch (invitationStatus(invitation, now)) {
    case 'accepted':
      return err({ reason: 'invitation-used' });
    case 'expired':
      return err({ reason: 'invitation-expired' });
    case 'pending':
      return ok([{ type: 'InvitationAccepted', data: { user } }]);
  }
}
