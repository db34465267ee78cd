import * as z from 'zod';

import { defineRoutes } from './route';
import { instant, listOf, listQuery, tenantParams } from './schemas';

export const auditEvent = z
  .object({
    id: z.string().meta({ description: 'Commit id (ULID)' }),
    at: instant,
    actor: z.object({ user: z.string(), session: z.string().optional(), level: z.string() }),
    request: z.object({
      id: z.string(),
      ip: z.string().optional(),
      userAgent: z.string().optional(),
      route: z.string(),
    }),
    action: z.string().meta({ description: 'Command, or type of an observation' }),
    outcome: z.enum(['succeeded', 'refused', 'failed']),
    entity: z.object({ kind: z.string(), id: z.string(), version: z.int().optional() }).optional(),
    events: z.array(z.object({ type: z.string(), data: z.record(z.string(), z.unknown()) })),
    changes: z.array(z.object({ path: z.string(), from: z.unknown().optional(), to: z.unknown().optional() })),
  })
  .meta({ id: 'AuditEvent' });

export const auditEventsRoutes = defineRoutes({
  'auditEvents.list': {
    id: 'auditEvents.list',
    method: 'GET',
    path: '/v1/tenants/{tenantId}/audit-events',
    function: 'audit-events',
    summary: 'List audit events; reading them is itself recorded',
    principal: 'tenant-member',
    permission: 'audit:read',
    apiKeys: true,
    stepUp: null,
    rateClass: 'read',
    expensive: true,
    idempotency: 'none',
    creates: null,
    params: tenantParams,
    query: listQuery,
    body: null,
    get responses() {
      return { 200: listOf(auditEvent) };
    },
    problems: [],
  },
});
