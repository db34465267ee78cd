import { apiDocsRoutes } from './routes/api-docs';
import { apiKeysRoutes } from './routes/api-keys';
import { auditEventsRoutes } from './routes/audit-events';
import { connectionsRoutes } from './routes/connections';
import { ledgerRoutes } from './routes/ledger';
import { meRoutes } from './routes/me';
import { membersRoutes } from './routes/members';
import { ownersRoutes } from './routes/owners';
import { mfaResetsRoutes } from './routes/mfa-resets';
import { paymentsRoutes } from './routes/payments';
import { platformPolicyRoutes, securityPolicyRoutes } from './routes/policies';
import { platformRoutes } from './routes/platform';
import type { Route } from './routes/route';
import { settlementsRoutes } from './routes/settlements';
import { tenantsRoutes } from './routes/tenants';
import { webhookEventsRoutes } from './routes/webhook-events';

/**
 * The route table: every route of the REST API, classified. A function's handler imports its own part only, so that a
 * bundle carries the schemas it serves and no more.
 */
export const routes: readonly Route[] = [
  ...Object.values(tenantsRoutes),
  ...Object.values(ownersRoutes),
  ...Object.values(platformRoutes),
  ...Object.values(membersRoutes),
  ...Object.values(meRoutes),
  ...Object.values(mfaResetsRoutes),
  ...Object.values(apiKeysRoutes),
  ...Object.values(connectionsRoutes),
  ...Object.values(paymentsRoutes),
  ...Object.values(settlementsRoutes),
  ...Object.values(ledgerRoutes),
  ...Object.values(webhookEventsRoutes),
  ...Object.values(auditEventsRoutes),
  ...Object.values(securityPolicyRoutes),
  ...Object.values(platformPolicyRoutes),
  ...Object.values(apiDocsRoutes),
];

export type { Route } from './routes/route';
