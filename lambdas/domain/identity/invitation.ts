import * as z from 'zod';

import type { Entity, Head } from '../../kernel/entity';
import { InvariantViolation } from '../../kernel/invariant';
import type { DomainEvent, StreamId, ViewWrite } from '../../kernel/journal';
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
  /** Who answers for it: whoever sent it last. */
  readonly sender: Sender;
  /** How often it was sent. A token is of one issue, so the mails before the last are worth nothing. */
  readonly issue: number;
  /** When it was sent last. */
  readonly issuedAt: string;
  readonly expiresAt: string;
  readonly createdAt: string;
  /** Who took it; undefined while it is open. */
  readonly acceptedBy?: string;
  readonly revokedAt?: string;
}

/** Who sends: as a member of the tenant, whose authority must last until the invitation is accepted, or as a Super Admin. */
export interface Sender {
  readonly user: string;
  readonly level: 'super-admin' | 'member';
}

const sender = z.object({ user: z.string(), level: z.enum(['super-admin', 'member']) });

const permissionList = z.array(z.string().refine(isPermission)).readonly();

const invitationEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('InvitationIssued'),
    data: z.object({
      role: z.enum(roles),
      permissions: permissionList,
      contact: z.object({ sealed: z.string(), masked: z.string(), hash: z.string() }),
      sender,
      expiresAt: z.string(),
    }),
  }),
  z.object({ type: z.literal('InvitationResent'), data: z.object({ sender, expiresAt: z.string() }) }),
  z.object({ type: z.literal('InvitationRevoked'), data: z.object({}) }),
  z.object({ type: z.literal('InvitationAccepted'), data: z.object({ user: z.string() }) }),
]);

export type InvitationEvent = z.output<typeof invitationEvent>;

export const invitationEntity: Entity<Invitation, InvitationEvent> = {
  kind: 'invitation',
  evolve: (state, event, { at, stream }) => {
    if (event.type === 'InvitationIssued') {
      if (state !== undefined) throw new InvariantViolation('an invitation is issued once');
      if (stream.owner === 'platform') throw new InvariantViolation('an invitation belongs to a tenant');
      return { id: stream.id, tenantId: stream.owner.tenant, createdAt: at, issuedAt: at, issue: 1, ...event.data };
    }
    if (state === undefined || state.acceptedBy !== undefined || state.revokedAt !== undefined) {
      throw new InvariantViolation(`${event.type} of an invitation that is not open`);
    }
    switch (event.type) {
      case 'InvitationResent':
        return { ...state, ...event.data, issuedAt: at, issue: state.issue + 1 };
      case 'InvitationRevoked':
        return { ...state, revokedAt: at };
      case 'InvitationAccepted':
        return { ...state, acceptedBy: event.data.user };
    }
  },
  parseEvent: (event: DomainEvent) => invitationEvent.parse(event),
  audited: ({ role, permissions, contact, issue, acceptedBy, revokedAt }) => ({
    role,
    permissions,
    invited: contact.masked,
    issue,
    acceptedBy,
    revokedAt,
  }),
};

export function invitationStream(tenant: string, invitationId: string): StreamId {
  return { owner: { tenant }, kind: 'invitation', id: invitationId };
}

/** What people see of an invitation: of its address no more than the mask. */
export type InvitationSummary = Omit<Invitation, 'contact' | 'sender' | 'issue' | 'issuedAt'> & {
  readonly email: string;
};

export function summaryOf(invitation: Invitation): InvitationSummary {
  const { contact, sender: _sender, issue: _issue, issuedAt: _issuedAt, ...rest } = invitation;
  return { ...rest, email: contact.masked };
}

/** The invitation in the tenant's list. */
export function invitationViews(state: Invitation, head: Head): readonly ViewWrite[] {
  return [
    {
      type: 'record',
      entity: head.stream,
      version: head.version,
      data: summaryOf(state),
      listed: { at: state.createdAt },
    },
  ];
}

const summaryData = z.object({
  id: z.string(),
  tenantId: z.string(),
  role: z.enum(roles),
  permissions: permissionList,
  email: z.string(),
  expiresAt: z.string(),
  createdAt: z.string(),
  acceptedBy: z.string().exactOptional(),
  revokedAt: z.string().exactOptional(),
});

/** Reads a record of the tenant's list of invitations. */
export function parseInvitationView(data: unknown): InvitationSummary {
  return summaryData.parse(data);
}

export type InvitationStatus = 'pending' | 'accepted' | 'revoked' | 'expired';

export function invitationStatus(
  invitation: Pick<Invitation, 'acceptedBy' | 'revokedAt' | 'expiresAt'>,
  now: Date,
): InvitationStatus {
  if (invitation.acceptedBy !== undefined) return 'accepted';
  if (invitation.revokedAt !== undefined) return 'revoked';
  return now.getTime() < Date.parse(invitation.expiresAt) ? 'pending' : 'expired';
}

const lifetimeMs = 72 * 60 * 60 * 1000;

function endOf(now: Date): string {
  return new Date(now.getTime() + lifetimeMs).toISOString();
}

export function issueInvitation(
  grant: { readonly role: Role; readonly permissions: readonly Permission[] },
  contact: Contact,
  by: Sender,
  now: Date,
): InvitationEvent {
  return { type: 'InvitationIssued', data: { ...grant, contact, sender: by, expiresAt: endOf(now) } };
}

export type InvitationEnded = { readonly reason: 'invitation-used' } | { readonly reason: 'invitation-revoked' };

/** Begins the 72 hours anew, of an expired invitation as well. Whoever sends it again answers for it from now on. */
export function resend(invitation: Invitation, by: Sender, now: Date): Result<InvitationEvent, InvitationEnded> {
  switch (invitationStatus(invitation, now)) {
    case 'accepted':
      return err({ reason: 'invitation-used' });
    case 'revoked':
      return err({ reason: 'invitation-revoked' });
    case 'pending':
    case 'expired':
      return ok({ type: 'InvitationResent', data: { sender: by, expiresAt: endOf(now) } });
  }
}

/** Revoking once more changes nothing. */
export function revoke(
  invitation: Invitation,
): Result<readonly InvitationEvent[], { readonly reason: 'invitation-used' }> {
  if (invitation.acceptedBy !== undefined) return err({ reason: 'invitation-used' });
  return ok(invitation.revokedAt === undefined ? [{ type: 'InvitationRevoked', data: {} }] : []);
}

export type AcceptanceRefusal = InvitationEnded | { readonly reason: 'invitation-expired' };

/** Single use. */
export function acceptInvitation(
  invitation: Invitation,
  user: string,
  now: Date,
): Result<InvitationEvent, AcceptanceRefusal> {
  switch (invitationStatus(invitation, now)) {
    case 'accepted':
      return err({ reason: 'invitation-used' });
    case 'revoked':
      return err({ reason: 'invitation-revoked' });
    case 'expired':
      return err({ reason: 'invitation-expired' });
    case 'pending':
      return ok({ type: 'InvitationAccepted', data: { user } });
  }
}
