import type { FunctionName } from '../../lambdas/env';
import type { StageConfig } from './stage-config';

/**
 * Names of deployed things that people type and alarms point at. Alarms and dashboards use names instead of references
 * across stacks: an export that another stack imports cannot be removed, and a function must stay removable.
 */
export type QueueName =
  | 'webhooks'
  | 'webhook-redrives'
  | 'webhook-redrives-dlq'
  | 'notifications'
  | 'payout-imports'
  | 'payout-imports-dlq'
  | 'sandbox-webhooks'
  | 'webhooks-dlq'
  | 'notifications-dlq'
  | 'sandbox-webhooks-dlq'
  | 'payment-sweeper-failures'
  | 'projector-failures'
  | 'audit-sequencer-failures'
  | 'audit-sweep-failures'
  | 'ledger'
  | 'ledger-dlq'
  | 'ledger-sweep-failures';

export type StackName = 'data' | 'identity' | 'webhooks' | 'audit' | 'api' | 'operations';

export type TableName = 'journal' | 'views' | 'coordination' | 'sandbox';

type Staged = Pick<StageConfig, 'stage'>;

export const deployedName = (config: Staged, name: string): string => `countinghouse-${config.stage}-${name}`;

export const functionNameOf = (config: Staged, name: FunctionName): string => deployedName(config, name);

export const queueNameOf = (config: Staged, name: QueueName): string => deployedName(config, name);

export const tableNameOf = (config: Staged, name: TableName): string => deployedName(config, name);

export const stackNameOf = (config: Staged, name: StackName): string => deployedName(config, name);

export const apiNameOf = (config: Staged): string => deployedName(config, 'api');

/** The role a tenant-plane function assumes to reach one tenant's rows. */
export const tenantRoleNameOf = (config: Staged, name: FunctionName): string => deployedName(config, `${name}-tenant`);

/** Secrets: `countinghouse/<stage>/…`; a tenant's connections: `countinghouse/<stage>/tenants/<tenantId>/connections/<connectionId>`. */
export const secretNameOf = (config: Staged, name: string): string => `countinghouse/${config.stage}/${name}`;

/** CloudWatch namespace of the product's own metrics, and the `service` dimension that Powertools puts on each. */
export const metricNamespace = 'Countinghouse';

export const metricServiceOf = (config: Staged): string => `countinghouse-${config.stage}`;
