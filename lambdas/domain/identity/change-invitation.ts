import type { CommandContext, CommandPorts, CommandRefusal, Executed } from '../../kernel/command';
import { execute } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import { executeJointly, openPart } from '../../kernel/joint-command';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import { decideGrant, standsAbove } from './authority';
import type { Granter, GrantRefusal, NotAbove } from './authority';
import { invitationEntity, invitationStream, resend, revoke } from './invitation';
import type { Invitation, InvitationEnded, InvitationEvent } from './invitation';
import { senderOf } from './invite-member';
import { invitedAddressStream, openAddress } from './invited-address';
import type { AlreadyInvited } from './invited-address';
import type { TooManyMails } from './mail-pace';

interface Which {
  readonly tenant: string;
  readonly id: string;
}

export type InvitationAbsent = { readonly reason: 'invitation-absent' };

export type ResendRefusal = InvitationAbsent | InvitationEnded | GrantRefusal | AlreadyInvited | TooManyMails;

/**
 * Sends an invitation again: another mail, another 72 hours, and the token of the mail before is worth nothing. It is a grant like
 * the first one, so whoever sends it must be able to give it today.
 */
export async function resendInvitation(
  ports: CommandPorts,
  { tenant, id }: Which,
  granter: Granter,
  context: CommandContext,
  ifMatch?: number,
): Promise<Result<Executed<Invitation>, ResendRefusal | CommandRefusal>> {
  const stream = invitationStream(tenant, id);
  const known = fold(invitationEntity, await ports.journal.read(stream)).state;
  if (known === undefined) return err({ reason: 'invitation-absent' });
  const invitation = openPart(invitationEntity, stream);
  const address = openAddress(invitedAddressStream(tenant, known.contact));
  return executeJointly<Invitation, InvitationEvent, ResendRefusal>(
    ports,
    [invitation, ...address.parts],
    context,
    () => {
      const now = ports.clock.now();
      const state = invitation.state() ?? known;
      const grant = decideGrant(granter, state.role, state.permissions);
      if (!grant.ok) return grant;
      const resent = resend(state, senderOf(granter, context), now);
      if (!resent.ok) return resent;
      const sent = address.send(state, granter, now);
      if (!sent.ok) return sent;
      invitation.decide([resent.value]);
      return ok(undefined);
    },
    { ifMatch },
  );
}

export type RevokeRefusal = InvitationAbsent | NotAbove | { readonly reason: 'invitation-used' };

/** Takes an invitation back, whoever sent it: by anyone who stands above the role that it gives. */
export function revokeInvitation(
  ports: CommandPorts,
  { tenant, id }: Which,
  granter: Granter,
  context: CommandContext,
  ifMatch?: number,
): Promise<Result<Executed<Invitation>, RevokeRefusal | CommandRefusal>> {
  return execute<Invitation, InvitationEvent, RevokeRefusal>(
    ports,
    invitationEntity,
    invitationStream(tenant, id),
    context,
    (invitation) => {
      if (invitation === undefined) return err({ reason: 'invitation-absent' });
      return standsAbove(granter, invitation.role) ? revoke(invitation) : err({ reason: 'not-above' });
    },
    ifMatch === undefined ? {} : { ifMatch },
  );
}
