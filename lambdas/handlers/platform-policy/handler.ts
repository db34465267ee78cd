import {
  changePlatformPolicy,
  ownPolicyOf,
  platformPolicyStream,
  securityPolicyEntity,
  sourcesOf,
  withDefaults,
} from '../../domain/policies';
import type { ChangedPolicy } from '../../domain/policies';
import { fold } from '../../kernel/entity';
import { newService } from '../../middleware/service';
import type { Endpoints, Service } from '../../middleware/service';
import { platformPolicyRoutes } from '../../routes/policies';
import { policyHistory, policyProblem } from '../policy-answers';
import type { PlatformPolicyDependencies } from './dependencies';
import { bindDependencies } from './dependencies';

/** The platform's security policy: the floor of every tenant's, and what holds for the platform's own routes. */
export function newPlatformPolicy(deps: PlatformPolicyDependencies): Service {
  const { journal } = deps.platform;

  const endpoints: Endpoints<typeof platformPolicyRoutes> = {
    'platform-policy.get': async () => {
      const { state, version } = fold(securityPolicyEntity, await journal.read(platformPolicyStream));
      return replyOf({ own: ownPolicyOf(state), version });
    },

    'platform-policy.change': async ({ body, context, ifMatch }) => {
      const who = { ip: context.request.ip, stageOrigins: deps.allowedOrigins };
      const changed = await changePlatformPolicy({ ...deps, journal }, body, who, context, ifMatch);
      return changed.ok ? replyOf(changed.value) : { problem: policyProblem(changed.error) };
    },

    'platform-policy.history': async ({ query }) =>
      policyHistory({
        cursors: await deps.cursors(),
        scope: ['platform-policy'],
        query,
        commits: await journal.read(platformPolicyStream),
      }),
  };
  return newService(platformPolicyRoutes, endpoints, deps);
}

function replyOf({ own, version }: ChangedPolicy) {
  return {
    status: 200 as const,
    body: { policy: withDefaults(own), sources: sourcesOf(own), own, version },
    version,
  };
}

export const handler = newPlatformPolicy(bindDependencies());
