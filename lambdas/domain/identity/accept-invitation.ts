import type { CommandContext, CommandPorts, CommandRefusal } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import { InvariantViolation } from '../../kernel/invariant';
import { executeJointly, openPart } from '../../kernel/joint-command';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import type { KeyedMac } from '../../kernel/sealing';
import { memberOf } from '../../kernel/views';
import { decideGrant } from './authority';
import type { Oneself } from './authority';
import type { InvitationAbsent } from './change-invitation';
import { isContact } from './contact';
import { acceptInvitation, invitationEntity, invitationStream } from './invitation';
import type { AcceptanceRefusal, Invitation, InvitationEvent } from './invitation';
import { hasPlace, memberEntity } from './member';
import type { Member } from './member';
import { decideOwners, ownersEntity, ownersStream } from './owners';
import type { LastOwner } from './owners';

/** The person who accepts: as the directory has verified them. */
export interface Acceptor {
  readonly user: string;
  readonly email: string | undefined;
  readonly emailVerified: boolean;
}

export type AcceptInvitationRefusal =
  | AcceptanceRefusal
  | CommandRefusal
  | InvitationAbsent
  /** The signed-in person's verified address is not the invited one. */
  | { readonly reason: 'not-invited' }
  /** The invitation was sent again since: only the token of the last mail counts. */
  | { readonly reason: 'invitation-superseded' }
  /** Its sender may no longer give what it offers, or the invited person has been removed since it was sent. */
  | { readonly reason: 'invitation-void' }
  | { readonly reason: 'already-member' }
  /** A Super Admin is a member of no tenant: they break the glass. */
  | { readonly reason: 'super-admin' }
  | Oneself;

export interface AcceptInvitationPorts extends CommandPorts {
  readonly macs: Pick<KeyedMac, 'verify'>;
  /** Since when a person is a Super Admin, without a break; undefined of who is none now. */
  readonly superAdminSince: (user: string) => Promise<string | undefined>;
}

/**
 * Makes the signed-in person a member, if the invitation is theirs. The invitation, the member and, for an Owner, the owners are
 * written in one transaction, so that none stands without the others. The caller has checked the token, which is of one issue.
 */
export async function acceptInvitationAs(
  ports: AcceptInvitationPorts,
  { tenant, invitationId, issue }: { readonly tenant: string; readonly invitationId: string; readonly issue: number },
  acceptor: Acceptor,
  context: CommandContext,
): Promise<Result<{ readonly member: Member; readonly version: number }, AcceptInvitationRefusal>> {
  const invitation = openPart(invitationEntity, invitationStream(tenant, invitationId));
  const member = openPart(memberEntity, memberOf(tenant, acceptor.user));
  const owners = openPart(ownersEntity, ownersStream(tenant));

  const executed = await executeJointly<Invitation, InvitationEvent, AcceptInvitationRefusal | LastOwner>(
    ports,
    [invitation, member, owners],
    context,
    async () => {
      const now = ports.clock.now();
      const offer = invitation.state();
      if (offer === undefined) return err({ reason: 'invitation-absent' });
      const isTheirs =
        acceptor.emailVerified &&
        acceptor.email !== undefined &&
        (await isContact(offer.contact, acceptor.email, tenant, ports.macs));
      if (!isTheirs) return err({ reason: 'not-invited' });
      if (issue !== offer.issue) return err({ reason: 'invitation-superseded' });

      const before = member.state();
      // The first answer may have been lost: the same person accepting again changes nothing and is told the same.
      if (offer.acceptedBy === acceptor.user && hasPlace(before, now)) return ok(undefined);
      const accepted = acceptInvitation(offer, acceptor.user, now);
      if (!accepted.ok) return accepted;
      if (offer.sender.user === acceptor.user) return err({ reason: 'oneself' });
      const isRaised = isRaise(offer, before, now);
      if (hasPlace(before, now) && !isRaised) return err({ reason: 'already-member' });
      if ((await ports.superAdminSince(acceptor.user)) !== undefined) return err({ reason: 'super-admin' });
      if (wasRemovedSince(offer, before) || !(await isStillGiven(ports, offer, now))) {
        return err({ reason: 'invitation-void' });
      }

      const { role, permissions } = offer;
      const after = { userId: acceptor.user, role, status: 'active' } as const;
      const counted = decideOwners(owners.state(), [{ before, after }]);
      if (!counted.ok) return counted;
      invitation.decide([accepted.value]);
      member.decide(
        isRaised
          ? [
              ...(before?.status === 'suspended' ? [{ type: 'MemberReactivated', data: {} } as const] : []),
              { type: 'MemberGrantChanged', data: { role, permissions } },
            ]
          : [{ type: 'MemberJoined', data: { role, permissions, invitationId } }],
      );
      owners.decide(counted.value);
      return ok(undefined);
    },
  );
  if (!executed.ok) {
    if (executed.error.reason === 'last-owner') throw new InvariantViolation('who joins takes no Owner away');
    return err(executed.error);
  }
  const state = member.state();
  if (state === undefined) throw new InvariantViolation('an accepted invitation without its member');
  return ok({ member: state, version: member.version() });
}

/**
 * A Super Admin's invitation to an Owner also raises a member of a lower role, even a suspended one, to whom it was sent: nobody in
 * the tenant can keep another Owner out by making them something less.
 */
function isRaise({ role, sender, issuedAt }: Invitation, before: Member | undefined, now: Date): boolean {
  if (role !== 'owner' || sender.level !== 'super-admin' || !hasPlace(before, now)) return false;
  const isLower = before.role !== 'owner' && before.role !== 'super-admin';
  return isLower && Date.parse(before.createdAt) <= Date.parse(issuedAt);
}

/** An open invitation of before is no way back for who was removed. */
function wasRemovedSince(offer: Invitation, before: Member | undefined): boolean {
  return before?.removedAt !== undefined && Date.parse(offer.issuedAt) < Date.parse(before.removedAt);
}

/**
 * An invitation does not outlive the authority of its sender: a Super Admin must be one still, and who sent it as a member a
 * member, either without a break; a member could give the same today.
 */
async function isStillGiven(
  ports: Pick<AcceptInvitationPorts, 'journal' | 'superAdminSince'>,
  { tenantId, sender, role, permissions, issuedAt }: Invitation,
  now: Date,
): Promise<boolean> {
  if (sender.level === 'super-admin') {
    const since = await ports.superAdminSince(sender.user);
    return since !== undefined && Date.parse(since) <= Date.parse(issuedAt);
  }
  const { state } = fold(memberEntity, await ports.journal.read(memberOf(tenantId, sender.user)));
  if (!hasPlace(state, now) || state.status !== 'active') return false;
  if (Date.parse(issuedAt) < Date.parse(state.createdAt)) return false;
  return state.permissions.includes('members:manage') && decideGrant(state, role, permissions).ok;
}
