import {
  changeTenantPolicy,
  platformPolicyOf,
  platformPolicyStream,
  readOwnPolicy,
  sourcesOf,
  tenantPolicyStream,
  tightened,
} from '../../domain/policies';
import type { ChangedPolicy, OwnPolicy } from '../../domain/policies';
import type { ViewRecord } from '../../kernel/views';
import { newService } from '../../middleware/service';
import type { Endpoints, Service } from '../../middleware/service';
import { securityPolicyRoutes } from '../../routes/policies';
import { policyHistory, policyProblem } from '../policy-answers';
import type { SecurityPolicyDependencies } from './dependencies';
import { bindDependencies } from './dependencies';

/** The security policy of a tenant: what it has set above the platform's floor. */
export function newSecurityPolicy(deps: SecurityPolicyDependencies): Service {
  /** As it is now, and not as the function remembers it: what is answered and decided here is of one moment. */
  const readFloor = () => deps.platform.views.record(platformPolicyStream);

  const endpoints: Endpoints<typeof securityPolicyRoutes> = {
    'security-policy.get': async ({ tenant }) => {
      const slot = tenant.gate.policy;
      const own = slot === undefined ? {} : readOwnPolicy(slot.data);
      return replyOf({ own, version: slot?.version ?? 0 }, await readFloor());
    },

    'security-policy.change': async ({ tenant, body, context, ifMatch }) => {
      const { journal } = deps.forTenant(tenant.id);
      const record = await readFloor();
      const changed = await changeTenantPolicy(
        { ...deps, journal },
        tenant.id,
        platformPolicyOf(record),
        body,
        { ip: context.request.ip, stageOrigins: deps.allowedOrigins },
        context,
        ifMatch,
      );
      return changed.ok ? replyOf(changed.value, record) : { problem: policyProblem(changed.error) };
    },

    'security-policy.history': async ({ tenant, query }) =>
      policyHistory({
        cursors: await deps.cursors(),
        scope: ['security-policy', tenant.id],
        query,
        commits: await deps.forTenant(tenant.id).journal.read(tenantPolicyStream(tenant.id)),
      }),
  };
  return newService(securityPolicyRoutes, endpoints, deps);
}

function replyOf({ own, version }: ChangedPolicy, platformRecord: ViewRecord | undefined) {
  const platform: OwnPolicy = platformRecord === undefined ? {} : readOwnPolicy(platformRecord.data);
  const floor = platformPolicyOf(platformRecord);
  return {
    status: 200 as const,
    body: { policy: tightened(floor, own), sources: sourcesOf(platform, own), own, floor, version },
    version,
  };
}

export const handler = newSecurityPolicy(bindDependencies());
