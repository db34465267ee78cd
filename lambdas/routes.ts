import { apiDocsRoutes } from './routes/api-docs';
import { auditEventsRoutes } from './routes/audit-events';
import { connectionsRoutes } from './routes/connections';
import { meRoutes } from './routes/me';
import { membersRoutes } from './routes/members';
import { paymentsRoutes } from './routes/payments';
import type { Route } from './routes/route';
import { tenantsRoutes } from './routes/tenants';
import { webhookEventsRoutes } from './routes/webhook-events';

/**
 * The route table: every route of the REST API, classified. A function's handler imports its own part only, so that a
 * bundle carries the schemas it serves and no more.
 */
export const routes: readonly Route[] = [
  ...Object.values(tenantsRoutes),
  ...Object.values(membersRoutes),
  ...Object.values(meRoutes),
  ...Object.values(connectionsRoutes),
  ...Object.values(paymentsRoutes),
  ...Object.values(webhookEventsRoutes),
  ...Object.values(auditEventsRoutes),
  ...Object.values(apiDocsRoutes),
];

export type { Route } from './routes/route';
