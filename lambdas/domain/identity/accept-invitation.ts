import type { CommandContext, CommandPorts, CommandRefusal } from '../../kernel/command';
import { execute, newCommit } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import { InvariantViolation } from '../../kernel/invariant';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import type { KeyedMac } from '../../kernel/sealing';
import { memberOf } from '../../kernel/views';
import { isContact } from './contact';
import { acceptInvitation, invitationEntity, invitationStream } from './invitation';
import type { AcceptanceRefusal, Invitation, InvitationEvent } from './invitation';
import { memberEntity } from './member';
import type { Member, MemberEvent } from './member';

/** The person who accepts: as the directory has verified them. */
export interface Acceptor {
  readonly user: string;
  readonly email: string | undefined;
  readonly emailVerified: boolean;
}

export type AcceptInvitationRefusal =
  | AcceptanceRefusal
  | CommandRefusal
  | { readonly reason: 'invitation-absent' }
  /** The signed-in person's verified address is not the invited one. */
  | { readonly reason: 'not-invited' }
  | { readonly reason: 'already-member' };

/**
 * Makes the signed-in person a member, if the invitation is theirs. The invitation and the member are written in one
 * transaction, so that neither stands without the other. The caller has checked the token.
 */
export async function acceptInvitationAs(
  ports: CommandPorts & { readonly macs: KeyedMac },
  { tenant, invitationId }: { readonly tenant: string; readonly invitationId: string },
  acceptor: Acceptor,
  context: CommandContext,
): Promise<Result<{ readonly member: Member; readonly version: number }, AcceptInvitationRefusal>> {
  const stream = invitationStream(tenant, invitationId);
  const memberStream = memberOf(tenant, acceptor.user);
  const [commits, memberCommits] = await Promise.all([ports.journal.read(stream), ports.journal.read(memberStream)]);
  const loaded = fold(invitationEntity, commits);
  const existing = fold(memberEntity, memberCommits);
  if (loaded.state === undefined) return err({ reason: 'invitation-absent' });

  const isTheirs =
    acceptor.emailVerified &&
    acceptor.email !== undefined &&
    (await isContact(loaded.state.contact, acceptor.email, tenant, ports.macs));
  if (!isTheirs) return err({ reason: 'not-invited' });

  const { role, permissions } = loaded.state;
  const joined: MemberEvent = { type: 'MemberJoined', data: { role, permissions, invitationId } };
  const executed = await execute<Invitation, InvitationEvent, AcceptInvitationRefusal>(
    ports,
    invitationEntity,
    stream,
    context,
    (invitation) => {
      if (invitation === undefined) return err({ reason: 'invitation-absent' });
      const decision = acceptInvitation(invitation, acceptor.user, ports.clock.now());
      const joins = decision.ok && decision.value.length > 0;
      return joins && existing.state !== undefined ? err({ reason: 'already-member' }) : decision;
    },
    {
      loaded,
      alongside: () => {
        const { commit, state } = newCommit(ports, memberEntity, memberStream, context, nobody, [joined]);
        return { commits: [commit], views: memberEntity.immediateViews?.(state, commit) ?? [] };
      },
    },
  );
  if (!executed.ok) return executed;
  const member =
    executed.value.commits.length === 0 ? existing : fold(memberEntity, await ports.journal.read(memberStream));
  if (member.state === undefined) throw new InvariantViolation('an accepted invitation without its member');
  return ok({ member: member.state, version: member.version });
}

const nobody = { state: undefined, version: 0 };
