import { resetAddresses, tenantPolicyStream } from '../../domain/policies';
import type { NoAddresses } from '../../domain/policies';
import {
  parseTenantView,
  provisionTenant,
  reactivateTenant,
  renameTenant,
  suspendTenant,
  tenantEntity,
  tenantStream,
} from '../../domain/tenants';
import type { Tenant, TenantRefusal } from '../../domain/tenants';
import type { CommandRefusal, Executed } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import { deriveId } from '../../kernel/ids';
import { platform } from '../../kernel/journal';
import type { Result } from '../../kernel/result';
import { pageOf } from '../../middleware/lists';
import type { Problem } from '../../middleware/problem';
import { commandProblem, isCommandRefusal, notFound } from '../../middleware/refusals';
import { newService } from '../../middleware/service';
import type { Endpoints, Service } from '../../middleware/service';
import { ownersRoutes } from '../../routes/owners';
import { platformRoutes } from '../../routes/platform';
import { tenantsRoutes } from '../../routes/tenants';
import type { TenantsDependencies } from './dependencies';
import { bindDependencies } from './dependencies';
import { ownersEndpoints } from './owners-endpoints';
import { platformEndpoints } from './platform-endpoints';

const routes = { ...tenantsRoutes, ...ownersRoutes, ...platformRoutes };

/** Super Admins provision, see, rename, suspend and reactivate tenants, and answer for their Owners. They see no payments. */
export function newTenants(deps: TenantsDependencies): Service {
  const { journal, views } = deps.platform;
  const ports = { ...deps, journal };

  const endpoints: Endpoints<typeof routes> = {
    ...ownersEndpoints(deps),
    ...platformEndpoints(deps),

    'tenants.create': async ({ createdId, body, context }) => {
      const ids = { tenant: createdId, invitation: deriveId('invitation', [createdId, 'first-owner']) };
      const provisioned = await provisionTenant(ports, ids, body, context);
      if (!provisioned.ok) return { problem: commandProblem(provisioned.error) };
      const { state, version, replayed } = provisioned.value;
      return { status: 201, body: present(state, version), version, replayed };
    },

    'tenants.list': async ({ query }) =>
      pageOf({
        cursors: await deps.cursors(),
        scope: ['tenants'],
        query,
        read: (page) => views.list(platform, 'tenant', page),
        present: ({ data, version }) => present(parseTenantView(data), version),
      }),

    'tenants.get': async ({ params }) => {
      const { state, version } = fold(tenantEntity, await journal.read(tenantStream(params.tenantId)));
      if (state === undefined) return { problem: notFound };
      return { status: 200, body: present(state, version), version };
    },

    'tenants.rename': async ({ params, body, context, ifMatch }) =>
      changed(await renameTenant(ports, params.tenantId, body.name, context, ifMatch)),

    'tenants.suspend': async ({ params, body, context, ifMatch }) =>
      changed(await suspendTenant(ports, params.tenantId, body.reason, context, ifMatch)),

    'tenants.reactivate': async ({ params, context, ifMatch }) =>
      changed(await reactivateTenant(ports, params.tenantId, context, ifMatch)),

    'tenants.reset-addresses': async ({ params, body, context }) => {
      if ((await journal.read(tenantStream(params.tenantId))).length === 0) return { problem: notFound };
      const reset = await resetAddresses(ports, tenantPolicyStream(params.tenantId), body.reason, context);
      return reset.ok ? { status: 204, body: undefined } : { problem: problemOf(reset.error) };
    },
  };
  return newService(routes, endpoints, deps);
}

function changed(result: Result<Executed<Tenant>, TenantRefusal | CommandRefusal>) {
  if (!result.ok) return { problem: problemOf(result.error) };
  const { state, version } = result.value;
  return { status: 200 as const, body: present(state, version), version };
}

function problemOf(refusal: TenantRefusal | NoAddresses | CommandRefusal): Problem {
  if (isCommandRefusal(refusal)) return commandProblem(refusal);
  switch (refusal.reason) {
    case 'tenant-absent':
      return notFound;
    case 'already-suspended':
      return { slug: 'conflict', detail: 'The tenant is suspended already.' };
    case 'not-suspended':
      return { slug: 'conflict', detail: 'The tenant is active already.' };
    case 'no-addresses':
      return { slug: 'conflict', detail: 'The tenant has set no allowed addresses.' };
  }
}

function present(tenant: Tenant, version: number) {
  const { id, name, status, suspendedReason, createdAt } = tenant;
  return { id, name, status, createdAt, version, ...(suspendedReason === undefined ? {} : { suspendedReason }) };
}

export const handler = newTenants(bindDependencies());
