import type { CommandContext, CommandPorts, CommandRefusal, Executed } from '../../kernel/command';
import { newCommit } from '../../kernel/command';
import { executeJointly, openPart } from '../../kernel/joint-command';
import type { NewCommit } from '../../kernel/journal';
import { ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import type { KeyedMac, Sealer } from '../../kernel/sealing';
import { decideGrant, levelOf } from './authority';
import type { Grant, GrantRefusal, Granter } from './authority';
import { hideContact } from './contact';
import type { Contact } from './contact';
import { invitationEntity, invitationStream, issueInvitation } from './invitation';
import type { Invitation, InvitationEvent, Sender } from './invitation';
import { addressInvited, invitedAddressEntity, invitedAddressStream, openAddress } from './invited-address';
import type { AlreadyInvited } from './invited-address';
import type { TooManyMails } from './mail-pace';
import type { Permission, Role } from './permissions';

export interface InviteMemberPorts extends CommandPorts {
  readonly sealer: Sealer;
  readonly macs: KeyedMac;
}

/**
 * Invites a person to a tenant, under an id that admission has found unused. The e-mail goes out when the commit arrives at the
 * notifier, never from here.
 */
export async function inviteMember(
  ports: InviteMemberPorts,
  { tenant, id }: { readonly tenant: string; readonly id: string },
  granter: Granter,
  wish: { readonly email: string; readonly role: Role; readonly permissions?: readonly Permission[] | undefined },
  context: CommandContext,
): Promise<Result<Executed<Invitation>, GrantRefusal | AlreadyInvited | TooManyMails | CommandRefusal>> {
  const grant = decideGrant(granter, wish.role, wish.permissions);
  if (!grant.ok) return grant;
  const contact = await hideContact(wish.email, { tenant, id }, ports);
  const invitation = openPart(invitationEntity, invitationStream(tenant, id));
  const address = openAddress(invitedAddressStream(tenant, contact));
  return executeJointly<Invitation, InvitationEvent, AlreadyInvited | TooManyMails>(
    ports,
    [invitation, ...address.parts],
    context,
    () => {
      const now = ports.clock.now();
      const sent = address.send({ ...grant.value, id }, granter, now);
      if (!sent.ok) return sent;
      invitation.decide([issueInvitation(grant.value, contact, senderOf(granter, context), now)]);
      return ok(undefined);
    },
  );
}

/** The commits of an invitation to a tenant that comes to be in the same transaction. */
export function firstInvitation(
  ports: CommandPorts,
  { tenant, id }: { readonly tenant: string; readonly id: string },
  grant: Grant,
  contact: Contact,
  context: CommandContext,
): readonly NewCommit[] {
  const nothing = { state: undefined, version: 0 };
  const issued = issueInvitation(grant, contact, senderOf('super-admin', context), ports.clock.now());
  const address = invitedAddressStream(tenant, contact);
  return [
    newCommit(ports, invitationEntity, invitationStream(tenant, id), context, nothing, [issued]).commit,
    newCommit(ports, invitedAddressEntity, address, context, nothing, [addressInvited(id, 'super-admin')]).commit,
  ];
}

export function senderOf(granter: Granter, context: CommandContext): Sender {
  return { user: context.actor.user, level: levelOf(granter) };
}
