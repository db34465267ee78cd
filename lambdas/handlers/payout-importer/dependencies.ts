import { dynamoDbClient, secretsManagerClient, sqsClient, stsClient } from '../../adapters/clients';
import { newDynamoJournal } from '../../adapters/dynamodb/dynamo-journal';
import { newDynamoViews } from '../../adapters/dynamodb/dynamo-views';
import { newProviderClients } from '../../adapters/providers/provider-clients';
import { newConnectionSecrets } from '../../adapters/secrets/connection-secrets';
import type { SqsVisibility } from '../../adapters/sqs/sqs-visibility';
import { newSqsVisibility } from '../../adapters/sqs/sqs-visibility';
import { newTenantCredentials, perTenant } from '../../adapters/sts/tenant-credentials';
import type { ConnectionSecrets, ProviderClients } from '../../domain/providers/ports';
import { systemClock, systemSleep } from '../../kernel/clock';
import type { CommandPorts } from '../../kernel/command';
import { newCommitIds, systemRandomness } from '../../kernel/ids';
import type { Journal } from '../../kernel/journal';
import type { Views } from '../../kernel/views';
import { newLog } from '../../middleware/log';
import type { Log } from '../../middleware/log';
import { newMetrics } from '../../middleware/metrics';
import type { Metrics } from '../../middleware/metrics';
import { tellingRefusedCredentials } from '../refused-credentials';
import { readConfig } from './config';

export interface PayoutImporterDependencies extends Omit<CommandPorts, 'journal'> {
  /** Journal and views of one tenant, by its tenant role. */
  forTenant(tenant: string): { readonly journal: Journal; readonly views: Pick<Views, 'slots'> };
  readonly secrets: Pick<ConnectionSecrets, 'read'>;
  readonly providers: ProviderClients;
  readonly visibility: SqsVisibility;
  /** After which the queue gives a message up. */
  readonly maxReceiveCount: number;
  readonly log: Log;
  readonly metrics: Metrics;
}

export function bindDependencies(): PayoutImporterDependencies {
  const {
    journalTable,
    viewsTable,
    tenantRoleArn,
    connectionSecretPrefix,
    queueUrl,
    maxReceiveCount,
    providerEndpoints,
  } = readConfig();
  const clock = systemClock;
  const log = newLog();
  const metrics = newMetrics();
  const sleep = systemSleep;
  const credentials = newTenantCredentials({ client: stsClient(), roleArn: tenantRoleArn, clock });
  return {
    forTenant: perTenant(credentials, (source) => {
      const client = dynamoDbClient(source);
      return {
        // No lease guards the lines of a payout, so there is no coordination table to look at.
        journal: newDynamoJournal({ client, journalTable, viewsTable, coordinationTable: '' }),
        views: newDynamoViews({ client, viewsTable, journalTable, sleep }),
      };
    }),
    secrets: newConnectionSecrets({
      clientOf: perTenant(credentials, secretsManagerClient),
      prefix: connectionSecretPrefix,
      clock,
      randomness: systemRandomness,
    }),
    providers: newProviderClients({
      endpoints: providerEndpoints,
      onCredentialsRefused: tellingRefusedCredentials({ log, metrics }),
    }),
    visibility: newSqsVisibility({ client: sqsClient(), queueUrl }),
    maxReceiveCount,
    clock,
    commitIds: newCommitIds(clock, systemRandomness),
    randomness: systemRandomness,
    sleep,
    log,
    metrics,
  };
}
