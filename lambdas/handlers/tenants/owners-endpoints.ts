import {
  changeMember,
  invitationEntity,
  invitationStream,
  inviteMember,
  listOwners,
  normaliseEmail,
  ownerOf,
  resendInvitation,
  revokeInvitation,
} from '../../domain/identity';
import type {
  AlreadyInvited,
  GrantRefusal,
  Invitation,
  MemberChange,
  Member,
  MemberRefusal,
  ResendRefusal,
  RevokeRefusal,
} from '../../domain/identity';
import { tenantStream } from '../../domain/tenants';
import type { CommandContext, CommandRefusal } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import { InvariantViolation } from '../../kernel/invariant';
import type { Problem } from '../../middleware/problem';
import { commandProblem, isCommandRefusal, notFound } from '../../middleware/refusals';
import type { Endpoints } from '../../middleware/service';
import type { ownersRoutes } from '../../routes/owners';
import type { TenantsDependencies } from './dependencies';

/** Super Admins stand above Owners: they invite further ones, and suspend, reactivate and remove them. */
export function ownersEndpoints(deps: TenantsDependencies): Endpoints<typeof ownersRoutes> {
  const { journal, views } = deps.platform;
  const ports = { ...deps, journal };
  const exists = async (tenantId: string) => (await journal.read(tenantStream(tenantId))).length > 0;

  /** Whoever else is invited is for the Owners to deal with. */
  const isToOwner = async ({ tenant, id }: { readonly tenant: string; readonly id: string }) =>
    fold(invitationEntity, await journal.read(invitationStream(tenant, id))).state?.role === 'owner';

  const change = async (
    { tenantId, userId }: { readonly tenantId: string; readonly userId: string },
    wish: MemberChange,
    context: CommandContext,
    ifMatch: number | undefined,
  ) => {
    // Whoever is no Owner is for the Owners to deal with.
    const found = await ownerOf({ views }, tenantId, userId);
    if (found === undefined) return { problem: notFound };
    const target = { tenant: tenantId, userId, role: 'owner' } as const;
    const changed = await changeMember(ports, target, 'super-admin', wish, context, ifMatch);
    if (!changed.ok) return { problem: problemOf(changed.error) };
    const { state, version } = changed.value;
    return { status: 200 as const, body: present(state, version), version };
  };

  return {
    'owners.list': async ({ params }) => {
      const [owners, isThere] = await Promise.all([
        listOwners({ journal, views }, params.tenantId),
        exists(params.tenantId),
      ]);
      if (!isThere) return { problem: notFound };
      return { status: 200, body: { data: owners.map((each) => present(each.owner, each.version)), nextCursor: null } };
    },

    'owners.invite': async ({ params, createdId, caller, body, context }) => {
      if (!(await exists(params.tenantId))) return { problem: notFound };
      if (caller.email !== undefined && normaliseEmail(body.email) === normaliseEmail(caller.email)) {
        return { problem: { ...oneself, detail: 'Nobody invites themselves.' } };
      }
      const place = { tenant: params.tenantId, id: createdId };
      const invited = await inviteMember(ports, place, 'super-admin', { ...body, role: 'owner' }, context);
      if (!invited.ok) return { problem: problemOf(invited.error) };
      const { state, version, replayed } = invited.value;
      return { status: 201, body: presentInvitation(state, version), version, replayed };
    },

    'owners.resendInvitation': async ({ params, context, ifMatch }) => {
      const which = { tenant: params.tenantId, id: params.invitationId };
      if (!(await isToOwner(which))) return { problem: notFound };
      const resent = await resendInvitation(ports, which, 'super-admin', context, ifMatch);
      if (!resent.ok) return { problem: problemOf(resent.error) };
      const { state, version, replayed } = resent.value;
      return { status: 200, body: presentInvitation(state, version), version, replayed };
    },

    'owners.revokeInvitation': async ({ params, context, ifMatch }) => {
      const which = { tenant: params.tenantId, id: params.invitationId };
      if (!(await isToOwner(which))) return { problem: notFound };
      const revoked = await revokeInvitation(ports, which, 'super-admin', context, ifMatch);
      return revoked.ok ? { status: 204, body: undefined } : { problem: problemOf(revoked.error) };
    },

    'owners.suspend': async ({ params, body, context, ifMatch }) =>
      change(params, { kind: 'suspend', reason: body.reason }, context, ifMatch),

    'owners.reactivate': async ({ params, context, ifMatch }) =>
      change(params, { kind: 'reactivate' }, context, ifMatch),

    'owners.remove': async ({ params, context, ifMatch }) => {
      const removed = await change(params, { kind: 'remove' }, context, ifMatch);
      return removed.problem === undefined ? { status: 204, body: undefined } : { problem: removed.problem };
    },
  };
}

const oneself: Problem = {
  slug: 'beyond-authority',
  detail: 'Nobody acts on themselves.',
  refusedAccess: 'oneself',
};

function problemOf(
  refusal: MemberRefusal | GrantRefusal | AlreadyInvited | ResendRefusal | RevokeRefusal | CommandRefusal,
): Problem {
  if (isCommandRefusal(refusal)) return commandProblem(refusal);
  switch (refusal.reason) {
    // Not above: somebody who was an Owner a moment ago is a guest now.
    case 'member-absent':
    case 'not-above':
      return notFound;
    case 'oneself':
      return oneself;
    case 'last-owner':
      return {
        slug: 'refused',
        detail: 'This is the last Owner. Invite another one first.',
        extensions: { reason: 'last-owner' },
      };
    case 'already-suspended':
      return { slug: 'conflict', detail: 'This Owner is suspended already.' };
    case 'not-suspended':
      return { slug: 'conflict', detail: 'This Owner is active already.' };
    case 'invitation-absent':
      return notFound;
    case 'invitation-used':
      return { slug: 'conflict', detail: 'This invitation has been used.' };
    case 'invitation-revoked':
      return { slug: 'conflict', detail: 'This invitation has been revoked.' };
    case 'already-invited':
      return { slug: 'conflict', detail: 'This address has an open invitation already.' };
    case 'too-many-mails':
      return {
        slug: 'refused',
        detail: `This address has been sent as many mails as we send. The next one can be sent at ${refusal.notBefore}.`,
        extensions: { reason: refusal.reason },
      };
    case 'beyond-role':
    case 'beyond-own':
      throw new InvariantViolation('an Owner may hold every permission');
  }
}

function present(member: Member, version: number) {
  const { userId, tenantId, permissions, status, suspendedReason, createdAt } = member;
  return {
    userId,
    tenantId,
    permissions: [...permissions],
    status: status === 'suspended' ? status : ('active' as const),
    createdAt,
    version,
    ...(suspendedReason === undefined ? {} : { suspendedReason }),
  };
}

function presentInvitation({ id, tenantId, contact, expiresAt, createdAt }: Invitation, version: number) {
  return { id, tenantId, email: contact.masked, expiresAt, createdAt, version };
}
