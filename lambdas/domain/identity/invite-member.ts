import type { CommandContext, CommandPorts, CommandRefusal, Executed } from '../../kernel/command';
import { execute } from '../../kernel/command';
import type { Result } from '../../kernel/result';
import { ok } from '../../kernel/result';
import type { KeyedMac, Sealer } from '../../kernel/sealing';
import { decideGrant } from './authority';
import type { GrantRefusal, Granter } from './authority';
import { hideContact } from './contact';
import { invitationEntity, invitationStream, issueInvitation } from './invitation';
import type { Invitation } from './invitation';
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
  invitation: { readonly tenant: string; readonly id: string },
  granter: Granter,
  wish: { readonly email: string; readonly role: Role; readonly permissions?: readonly Permission[] | undefined },
  context: CommandContext,
): Promise<Result<Executed<Invitation>, GrantRefusal | CommandRefusal>> {
  const grant = decideGrant(granter, wish.role, wish.permissions);
  if (!grant.ok) return grant;
  const contact = await hideContact(wish.email, invitation, ports);
  return execute(
    ports,
    invitationEntity,
    invitationStream(invitation.tenant, invitation.id),
    context,
    () => ok([issueInvitation(grant.value, contact, ports.clock.now())]),
    { loaded: { state: undefined, version: 0, commits: [] } },
  );
}
