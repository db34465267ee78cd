import { auditEventKind } from '../../domain/audit';
import { pageOf } from '../../middleware/lists';
import { observationBy } from '../../middleware/observations';
import { newService } from '../../middleware/service';
import type { Endpoints, Service } from '../../middleware/service';
import { auditEvent, auditEventsRoutes } from '../../routes/audit-events';
import type { AuditEventsDependencies } from './dependencies';
import { bindDependencies } from './dependencies';

/** The audit log of a tenant, as a list. Proof of it is in the WORM bucket; this is for looking. */
export function newAuditEvents(deps: AuditEventsDependencies): Service {
  const endpoints: Endpoints<typeof auditEventsRoutes> = {
    'auditEvents.list': async ({ tenant, query, context }) => {
      const owner = { tenant: tenant.id };
      const { journal, views } = deps.forTenant(tenant.id);
      // Before the read: who has seen the log is in it, even if the answer is lost on its way [PCI DSS 10.2.1.3].
      await journal.observe(
        observationBy(deps, context, {
          owner,
          type: 'AuditLogRead',
          outcome: 'succeeded',
          data: { limit: query.limit, continued: query.cursor !== undefined },
        }),
      );
      return pageOf({
        cursors: await deps.cursors(),
        scope: [auditEventKind, tenant.id],
        query,
        read: (page) => views.list(owner, auditEventKind, page),
        present: ({ data }) => auditEvent.parse(data),
      });
    },
  };
  return newService(auditEventsRoutes, endpoints, deps);
}

export const handler = newAuditEvents(bindDependencies());
