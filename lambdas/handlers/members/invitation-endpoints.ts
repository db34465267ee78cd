import {
  inviteMember,
  invitationEntity,
  parseInvitationView,
  resendInvitation,
  revokeInvitation,
  summaryOf,
} from '../../domain/identity';
import type { Invitation } from '../../domain/identity';
import type { CommandContext } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import { InvariantViolation } from '../../kernel/invariant';
import { pageOf } from '../../middleware/lists';
import type { Endpoints } from '../../middleware/service';
import type { membersRoutes } from '../../routes/members';
import type { MembersDependencies } from './dependencies';
import { presentInvitation } from './present-invitation';
import type { Refusal } from './refused-reach';
import { newRefuse } from './refused-reach';

type Own = 'members.invite' | 'invitations.list' | 'invitations.resend' | 'invitations.revoke';

/** Invitations as their senders see them; who is invited has an endpoint of their own. */
export function invitationEndpoints(deps: MembersDependencies): Pick<Endpoints<typeof membersRoutes>, Own> {
  const refuse = newRefuse(deps);
  const refused = (refusal: Refusal, tenant: string, context: CommandContext, id: string) =>
    refuse(refusal, { tenant, context, entity: { kind: 'invitation', id } });
  const present = (invitation: Invitation, version: number) =>
    presentInvitation(summaryOf(invitation), version, deps.clock.now());

  return {
    'members.invite': async ({ tenant, createdId, firstCommit, body, context }) => {
      if (firstCommit !== undefined) {
        // A repetition is answered from the invitation as it was issued, whatever its sender may grant today.
        const { state } = fold(invitationEntity, [firstCommit]);
        if (state === undefined) throw new InvariantViolation('an invitation without its first commit');
        return { status: 201, body: present(state, 1), version: 1, replayed: true };
      }
      const ports = { ...deps, ...deps.hiding(tenant.id), journal: deps.forTenant(tenant.id).journal };
      const invited = await inviteMember(ports, { tenant: tenant.id, id: createdId }, tenant.principal, body, context);
      if (!invited.ok) return refuse(invited.error, { tenant: tenant.id, context });
      const { state, version, replayed } = invited.value;
      return { status: 201, body: present(state, version), version, replayed };
    },

    'invitations.list': async ({ tenant, query }) =>
      pageOf({
        cursors: await deps.cursors(),
        scope: ['invitations', tenant.id],
        query,
        read: (page) => deps.forTenant(tenant.id).views.list({ tenant: tenant.id }, 'invitation', page),
        present: ({ data, version }) => presentInvitation(parseInvitationView(data), version, deps.clock.now()),
      }),

    'invitations.resend': async ({ tenant, params, context, ifMatch }) => {
      const ports = { ...deps, journal: deps.forTenant(tenant.id).journal };
      const which = { tenant: tenant.id, id: params.invitationId };
      const resent = await resendInvitation(ports, which, tenant.principal, context, ifMatch);
      if (!resent.ok) return refused(resent.error, tenant.id, context, params.invitationId);
      const { state, version, replayed } = resent.value;
      return { status: 200, body: present(state, version), version, replayed };
    },

    'invitations.revoke': async ({ tenant, params, context, ifMatch }) => {
      const ports = { ...deps, journal: deps.forTenant(tenant.id).journal };
      const which = { tenant: tenant.id, id: params.invitationId };
      const revoked = await revokeInvitation(ports, which, tenant.principal, context, ifMatch);
      if (!revoked.ok) return refused(revoked.error, tenant.id, context, params.invitationId);
      return { status: 204, body: undefined };
    },
  };
}
