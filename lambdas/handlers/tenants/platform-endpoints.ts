import { breakGlass, mendGlass, parsePlatformAdminView } from '../../domain/identity';
import type { Member, MendGlassRefusal, OpenGlassRefusal } from '../../domain/identity';
import { tenantStream } from '../../domain/tenants';
import type { CommandRefusal } from '../../kernel/command';
import { InvariantViolation } from '../../kernel/invariant';
import { platform } from '../../kernel/journal';
import { pageOf } from '../../middleware/lists';
import type { Problem } from '../../middleware/problem';
import { commandProblem, isCommandRefusal, notFound } from '../../middleware/refusals';
import type { Endpoints } from '../../middleware/service';
import type { platformRoutes } from '../../routes/platform';
import type { TenantsDependencies } from './dependencies';

/** Who the Super Admins are, and their way into a tenant when there is no other. */
export function platformEndpoints(deps: TenantsDependencies): Endpoints<typeof platformRoutes> {
  const { journal, views } = deps.platform;
  const ports = { ...deps, journal };

  return {
    'platform-admins.list': async ({ query }) =>
      pageOf({
        cursors: await deps.cursors(),
        scope: ['platform-admins'],
        query,
        read: (page) => views.list(platform, 'platform-admin', page),
        present: ({ data, version }) => ({ ...parsePlatformAdminView(data), version }),
      }),

    'break-glass.open': async ({ params, caller, body, context }) => {
      const tenant = params.tenantId;
      if ((await journal.read(tenantStream(tenant))).length === 0) return { problem: notFound };
      const broken = await breakGlass(ports, { tenant, user: caller.user }, body, context);
      if (!broken.ok) return { problem: problemOf(broken.error) };
      const { state, version, replayed } = broken.value;
      deps.log.warn('glass broken', { requestId: context.request.id, tenantId: tenant, userId: caller.user });
      return { status: 201, body: present(state, version), version, replayed };
    },

    'break-glass.close': async ({ params, caller, context }) => {
      const mended = await mendGlass(ports, { tenant: params.tenantId, user: caller.user }, context);
      return mended.ok ? { status: 204, body: undefined } : { problem: problemOf(mended.error) };
    },
  };
}

function problemOf(refusal: OpenGlassRefusal | MendGlassRefusal | CommandRefusal): Problem {
  if (isCommandRefusal(refusal)) return commandProblem(refusal);
  switch (refusal.reason) {
    case 'no-glass-open':
      return notFound;
    case 'not-a-super-admin':
      return { slug: 'forbidden', detail: 'Only a Super Admin may do this.', refusedAccess: refusal.reason };
    case 'is-a-member':
      return { slug: 'conflict', detail: 'You belong to this tenant yourself.' };
    case 'glass-open':
      return {
        slug: 'conflict',
        detail: `You are a guest of this tenant until ${refusal.until}; that is not extended.`,
      };
    case 'too-many-glasses':
      return { slug: 'refused', detail: 'You are a guest of too many tenants. Leave one first.' };
    case 'beyond-guest':
      return {
        slug: 'refused',
        detail: `No guest is given ${refusal.permissions.join(', ')}.`,
        refusedAccess: refusal.reason,
      };
  }
}

function present({ tenantId, userId, permissions, until }: Member, version: number) {
  if (until === undefined) throw new InvariantViolation('a guest without an end');
  return { tenantId, userId, permissions: [...permissions], until, version };
}
