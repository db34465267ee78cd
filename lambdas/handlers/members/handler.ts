import { inviteMember, invitationEntity, invitationStatus, parseMemberView } from '../../domain/identity';
import type { GrantRefusal, Invitation } from '../../domain/identity';
import type { CommandRefusal } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import { pageOf } from '../../middleware/lists';
import { observationBy } from '../../middleware/observations';
import type { Problem } from '../../middleware/problem';
import { commandProblem, isCommandRefusal } from '../../middleware/refusals';
import { newService } from '../../middleware/service';
import type { Endpoints, Service } from '../../middleware/service';
import { membersRoutes } from '../../routes/members';
import { acceptEndpoint } from './accept-endpoint';
import type { MembersDependencies } from './dependencies';
import { bindDependencies } from './dependencies';
import { presentMember } from './present-member';

/** Who belongs to a tenant, and how one comes to. */
export function newMembers(deps: MembersDependencies): Service {
  const endpoints: Endpoints<typeof membersRoutes> = {
    'members.list': async ({ tenant, query }) =>
      pageOf({
        cursors: await deps.cursors(),
        scope: ['members', tenant.id],
        query,
        read: (page) => deps.forTenant(tenant.id).views.list({ tenant: tenant.id }, 'member', page),
        present: ({ data, version }) => presentMember(parseMemberView(data), version),
      }),

    'members.invite': async ({ tenant, createdId, firstCommit, body, context }) => {
      const { journal } = deps.forTenant(tenant.id);
      if (firstCommit !== undefined) {
        // A repetition is answered from the invitation as it was issued, whatever its sender may grant today.
        const { state } = fold(invitationEntity, [firstCommit]);
        return { status: 201, body: present(state, 1, deps.clock.now()), version: 1, replayed: true };
      }
      const ports = { ...deps, ...deps.hiding(tenant.id), journal };
      const invited = await inviteMember(ports, { tenant: tenant.id, id: createdId }, tenant.principal, body, context);
      if (!invited.ok) {
        if (!isCommandRefusal(invited.error)) {
          // Someone reaches for more than they, or the role, may hold [PCI DSS 10.2.1.4].
          deps.metrics.count('AccessRefused');
          await journal.observe(
            observationBy(deps, context, {
              owner: { tenant: tenant.id },
              type: 'AccessRefused',
              outcome: 'refused',
              data: { reason: invited.error.reason },
            }),
          );
        }
        return { problem: problemOf(invited.error) };
      }
      const { state, version, replayed } = invited.value;
      return { status: 201, body: present(state, version, deps.clock.now()), version, replayed };
    },

    'invitations.accept': acceptEndpoint(deps),
  };
  return newService(membersRoutes, endpoints, deps);
}

function problemOf(refusal: GrantRefusal | CommandRefusal): Problem {
  if (isCommandRefusal(refusal)) return commandProblem(refusal);
  switch (refusal.reason) {
    case 'not-above':
      return { slug: 'beyond-authority', detail: 'You may invite only to roles strictly below your own.' };
    case 'beyond-own':
      return { slug: 'beyond-authority', detail: `You do not hold ${refusal.permissions.join(', ')} yourself.` };
    case 'beyond-role':
      return { slug: 'refused', detail: `This role cannot hold ${refusal.permissions.join(', ')}.` };
  }
}

function present(invitation: Invitation | undefined, version: number, now: Date) {
  if (invitation === undefined) throw new Error('an invitation without its first commit');
  const { id, tenantId, role, permissions, contact, expiresAt, createdAt } = invitation;
  return {
    id,
    tenantId,
    role,
    permissions: [...permissions],
    email: contact.masked,
    status: invitationStatus(invitation, now),
    expiresAt,
    createdAt,
    version,
  };
}

export const handler = newMembers(bindDependencies());
