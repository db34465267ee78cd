import {
  isActivePlatformAdmin,
  parseListedMembership,
  parseMembership,
  platformAdminStream,
} from '../../domain/identity';
import { decideReset, resetFactors } from '../../domain/mfa';
import type { ResetAuthorityRefusal, ResetRefusal, ResetTarget } from '../../domain/mfa';
import type { CommandRefusal } from '../../kernel/command';
import { platform } from '../../kernel/journal';
import { memberOf } from '../../kernel/views';
import { observationBy } from '../../middleware/observations';
import type { Problem } from '../../middleware/problem';
import { commandProblem, isCommandRefusal, notFound } from '../../middleware/refusals';
import { newService } from '../../middleware/service';
import type { Endpoints, Service } from '../../middleware/service';
import { mfaResetsRoutes } from '../../routes/mfa-resets';
import type { MfaResetsDependencies } from './dependencies';
import { bindDependencies } from './dependencies';

/** More memberships than a person whom one tenant may reset can have. */
const maxMemberships = 100;

/** Second factors taken away by someone above: the one way back for who has lost them all, and for nobody by themselves. */
export function newMfaResets(deps: MfaResetsDependencies): Service {
  const { journal, views } = deps.platform;
  const ports = { ...deps, journal };

  const endpoints: Endpoints<typeof mfaResetsRoutes> = {
    'members.mfaReset': async ({ tenant, params, body, context }) => {
      const may = decideReset(tenant.principal, await targetIn(tenant.id, params.userId));
      if (!may.ok) return refused(may.error);
      const reset = await resetFactors(ports, params.userId, body.evidence, context);
      if (!reset.ok) return refused(reset.error);
      // The commit lies in the platform's log; this is what the tenant's own log has of it. What a crash before it leaves out is
      // written when the request is repeated.
      await deps.forTenant(tenant.id).journal.observe(
        observationBy(deps, context, {
          owner: { tenant: tenant.id },
          type: 'SecondFactorsReset',
          outcome: 'succeeded',
          entity: { kind: 'member', id: params.userId },
        }),
      );
      return { status: 204, body: undefined };
    },

    'platform.mfaReset': async ({ caller, params, body, context }) => {
      if (params.userId === caller.user) return refused({ reason: 'oneself' });
      const admin = await views.record(platformAdminStream(params.userId));
      if (admin !== undefined && isActivePlatformAdmin(admin)) return refused({ reason: 'super-admin' });
      const reset = await resetFactors(ports, params.userId, body.evidence, context);
      return reset.ok ? { status: 204, body: undefined } : refused(reset.error);
    },
  };

  function refused(refusal: Refusal | CommandRefusal): { readonly problem: Problem } {
    const problem = problemOf(refusal);
    if (problem.refusedAccess !== undefined) deps.metrics.count('AccessRefused');
    return { problem };
  }

  async function targetIn(tenant: string, user: string): Promise<ResetTarget> {
    const [member, admin, listed] = await Promise.all([
      deps.forTenant(tenant).views.record(memberOf(tenant, user)),
      views.record(platformAdminStream(user)),
      views.list(platform, 'membership', { limit: maxMemberships, under: user }),
    ]);
    return {
      tenant,
      member: member === undefined ? undefined : parseMembership(member),
      isKnownToPlatform: admin !== undefined,
      memberships: listed.records.map(({ data }) => parseListedMembership(data)),
      hasMore: listed.next !== undefined,
    };
  }

  return newService(mfaResetsRoutes, endpoints, deps);
}

type Refusal = ResetAuthorityRefusal | ResetRefusal | { readonly reason: 'super-admin' };

function problemOf(refusal: Refusal | CommandRefusal): Problem {
  if (isCommandRefusal(refusal)) return commandProblem(refusal);
  switch (refusal.reason) {
    case 'member-absent':
      return notFound;
    case 'oneself':
      return beyond(refusal.reason, 'Nobody resets their own second factors. Ask someone above you.');
    case 'not-above':
      return beyond(refusal.reason, 'You may reset only members strictly below you.');
    case 'beyond-tenant':
      return beyond(refusal.reason, 'Only a Super Admin may reset the second factors of this person.');
    case 'super-admin':
      return beyond(refusal.reason, 'Second factors of a Super Admin are reset by the operator.');
    case 'unsettled':
      return {
        slug: 'in-progress',
        detail: 'This membership is too young to judge by. Send the request again.',
        retryAfterSeconds: 2,
      };
    case 'nothing-to-reset':
      return { slug: 'conflict', detail: 'This person has never had a second factor.' };
  }
}

/** Someone reaches for more than they may: it is remembered [PCI DSS 10.2.1.4]. */
function beyond(reason: string, detail: string): Problem {
  return { slug: 'beyond-authority', detail, refusedAccess: reason };
}

export const handler = newMfaResets(bindDependencies());
