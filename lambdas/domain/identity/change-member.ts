import type { CommandContext, CommandPorts, CommandRefusal, Executed } from '../../kernel/command';
import { executeJointly, openPart } from '../../kernel/joint-command';
import { redactText } from '../../kernel/redaction';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import { memberOf } from '../../kernel/views';
import { decideGrant, decideReach } from './authority';
import type { Granter, GrantRefusal, Oneself } from './authority';
import { hasPlace, memberEntity } from './member';
import type { Member, MemberEvent } from './member';
import { decideOwners, ownersEntity, ownersStream } from './owners';
import type { LastOwner, Owners, OwnersEvent } from './owners';
import type { Permission, Role } from './permissions';

/** What somebody above may do with a member. A role without permissions gives what that role may hold, as an invitation does. */
export type MemberChange =
  | {
      readonly kind: 'grant';
      readonly role?: Role | undefined;
      readonly permissions?: readonly Permission[] | undefined;
    }
  | { readonly kind: 'suspend'; readonly reason: string }
  | { readonly kind: 'reactivate' }
  | { readonly kind: 'remove'; readonly reason?: string | undefined };

export type MemberRefusal =
  | { readonly reason: 'member-absent' }
  | Oneself
  | GrantRefusal
  | LastOwner
  | { readonly reason: 'already-suspended' }
  | { readonly reason: 'not-suspended' };

/**
 * Changes a member's grant, or suspends, reactivates or removes them. It holds from the member's next request: their record is
 * written in the transaction of the commit. The owners are written with it when it changes who is an active one, so that of two
 * changes that together would leave none, one is refused.
 *
 * The actor is that of the context. A Super Admin may act on Owners, too.
 */
export function changeMember(
  ports: CommandPorts,
  /** With a role: only for as long as they hold it. */
  target: { readonly tenant: string; readonly userId: string; readonly role?: Role },
  granter: Granter,
  change: MemberChange,
  context: CommandContext,
  ifMatch?: number,
): Promise<Result<Executed<Member>, MemberRefusal | CommandRefusal>> {
  const member = openPart(memberEntity, memberOf(target.tenant, target.userId));
  const owners = openPart(ownersEntity, ownersStream(target.tenant));
  return executeJointly<Member, MemberEvent, MemberRefusal>(
    ports,
    [member, owners],
    context,
    () => {
      const by = { granter, actor: context.actor.user, now: ports.clock.now() };
      // Whoever held it when they were looked up may hold another one by now.
      const role = member.state()?.role;
      if (target.role !== undefined && role !== undefined && role !== target.role) return err({ reason: 'not-above' });
      const decided = decideMemberChange(by, member.state(), owners.state(), change);
      if (!decided.ok) return decided;
      member.decide(decided.value.member);
      owners.decide(decided.value.owners);
      return ok(undefined);
    },
    { ifMatch },
  );
}

/** The rule behind `changeMember`, on what is known of the member and the owners. */
export function decideMemberChange(
  by: { readonly granter: Granter; readonly actor: string; readonly now: Date },
  member: Member | undefined,
  owners: Owners | undefined,
  change: MemberChange,
): Result<{ readonly member: readonly MemberEvent[]; readonly owners: readonly OwnersEvent[] }, MemberRefusal> {
  if (!hasPlace(member, by.now)) return err({ reason: 'member-absent' });
  const reach = decideReach(by.granter, by.actor, member);
  if (!reach.ok) return reach;
  const changed = decideChange(by.granter, member, change);
  if (!changed.ok) return changed;
  if (changed.value === undefined) return ok({ member: [], owners: [] });
  const { event, after } = changed.value;
  const counted = decideOwners(owners, [{ before: member, after }]);
  return counted.ok ? ok({ member: [event], owners: counted.value }) : counted;
}

/** The event, and as far as Owners are concerned the member after it; undefined when nothing would change. */
function decideChange(
  granter: Granter,
  member: Member,
  change: MemberChange,
): Result<{ readonly event: MemberEvent; readonly after: Member } | undefined, MemberRefusal> {
  switch (change.kind) {
    case 'grant': {
      // A guest has no grant that could be changed; nobody stands above them, so this is not reached.
      if (member.role === 'super-admin') return err({ reason: 'not-above' });
      const isWishless = change.role === undefined && change.permissions === undefined;
      const grant = decideGrant(
        granter,
        change.role ?? member.role,
        isWishless ? member.permissions : change.permissions,
      );
      if (!grant.ok) return grant;
      if (isSameGrant(member, grant.value)) return ok(undefined);
      return ok({ event: { type: 'MemberGrantChanged', data: grant.value }, after: { ...member, ...grant.value } });
    }
    case 'suspend':
      if (member.status === 'suspended') return err({ reason: 'already-suspended' });
      return ok({
        event: { type: 'MemberSuspended', data: { reason: redactText(change.reason) } },
        after: { ...member, status: 'suspended' },
      });
    case 'reactivate':
      if (member.status === 'active') return err({ reason: 'not-suspended' });
      return ok({ event: { type: 'MemberReactivated', data: {} }, after: { ...member, status: 'active' } });
    case 'remove': {
      const data = change.reason === undefined ? {} : { reason: redactText(change.reason) };
      return ok({ event: { type: 'MemberRemoved', data }, after: { ...member, status: 'removed' } });
    }
  }
}

function isSameGrant(member: Member, grant: { readonly role: Role; readonly permissions: readonly Permission[] }) {
  return (
    member.role === grant.role &&
    member.permissions.length === grant.permissions.length &&
    grant.permissions.every((permission) => member.permissions.includes(permission))
  );
}
