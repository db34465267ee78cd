import { changeMember, hasPlace, memberEntity, parseMemberView } from '../../domain/identity';
import type { MemberChange } from '../../domain/identity';
import type { CommandContext } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import { memberOf } from '../../kernel/views';
import { pageOf } from '../../middleware/lists';
import { notFound } from '../../middleware/refusals';
import type { TenantAccess } from '../../middleware/request';
import type { MemberPrincipal } from '../../middleware/request';
import type { Endpoints } from '../../middleware/service';
import type { membersRoutes } from '../../routes/members';
import type { MembersDependencies } from './dependencies';
import { presentMember } from './present-member';
import { newRefuse } from './refused-reach';

type Own =
  'members.list' | 'members.get' | 'members.change' | 'members.suspend' | 'members.reactivate' | 'members.remove';

interface ChangeRequest {
  readonly tenant: TenantAccess<MemberPrincipal>;
  readonly params: { readonly userId: string };
  readonly context: CommandContext;
  readonly ifMatch: number | undefined;
}

/** Who belongs to a tenant, and what those above them do with them. */
export function memberEndpoints(deps: MembersDependencies): Pick<Endpoints<typeof membersRoutes>, Own> {
  const refuse = newRefuse(deps);

  const change = async ({ tenant, params, context, ifMatch }: ChangeRequest, wish: MemberChange) => {
    const { journal } = deps.forTenant(tenant.id);
    const target = { tenant: tenant.id, userId: params.userId };
    const changed = await changeMember({ ...deps, journal }, target, tenant.principal, wish, context, ifMatch);
    if (!changed.ok) {
      const entity = { kind: 'member', id: params.userId };
      return refuse(changed.error, { tenant: tenant.id, context, entity });
    }
    const { state, version } = changed.value;
    return { status: 200 as const, body: presentMember(state, version, deps.clock.now()), version };
  };

  return {
    'members.list': async ({ tenant, query }) =>
      pageOf({
        cursors: await deps.cursors(),
        scope: ['members', tenant.id],
        query,
        read: (page) => deps.forTenant(tenant.id).views.list({ tenant: tenant.id }, 'member', page),
        present: ({ data, version }) => presentMember(parseMemberView(data), version, deps.clock.now()),
      }),

    'members.get': async ({ tenant, params }) => {
      const commits = await deps.forTenant(tenant.id).journal.read(memberOf(tenant.id, params.userId));
      const { state, version } = fold(memberEntity, commits);
      const now = deps.clock.now();
      if (!hasPlace(state, now)) return { problem: notFound };
      return { status: 200, body: presentMember(state, version, now), version };
    },

    'members.change': (request) => change(request, { kind: 'grant', ...request.body }),

    'members.suspend': (request) => change(request, { kind: 'suspend', reason: request.body.reason }),

    'members.reactivate': (request) => change(request, { kind: 'reactivate' }),

    'members.remove': async (request) => {
      const removed = await change(request, { kind: 'remove' });
      return 'problem' in removed ? removed : { status: 204, body: undefined };
    },
  };
}
