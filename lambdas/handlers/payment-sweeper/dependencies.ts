import { dynamoDbClient, secretsManagerClient, stsClient } from '../../adapters/clients';
import { newDynamoJournal } from '../../adapters/dynamodb/dynamo-journal';
import { newDynamoDueList } from '../../adapters/dynamodb/dynamo-views';
import { newProviderClients } from '../../adapters/providers/provider-clients';
import { newConnectionSecrets } from '../../adapters/secrets/connection-secrets';
import { newTenantCredentials, perTenant } from '../../adapters/sts/tenant-credentials';
import type { ConnectionSecrets, ProviderClients } from '../../domain/providers/ports';
import { systemClock, systemSleep } from '../../kernel/clock';
import type { CommandPorts } from '../../kernel/command';
import { newCommitIds, systemRandomness } from '../../kernel/ids';
import type { Journal } from '../../kernel/journal';
import type { DueList } from '../../kernel/views';
import { newLog } from '../../middleware/log';
import type { Log } from '../../middleware/log';
import { newMetrics } from '../../middleware/metrics';
import type { Metrics } from '../../middleware/metrics';
import { tellingRefusedCredentials } from '../refused-credentials';
import { readConfig } from './config';

export interface PaymentSweeperDependencies extends Omit<CommandPorts, 'journal'> {
  /** By its own role, which reads the lists of open payments and nothing else. */
  readonly list: DueList;
  /** The journal of one tenant, by its tenant role. */
  journalOf(tenant: string): Journal;
  readonly secrets: Pick<ConnectionSecrets, 'read'>;
  readonly providers: ProviderClients;
  readonly log: Log;
  readonly metrics: Metrics;
}

export function bindDependencies(): PaymentSweeperDependencies {
  const { journalTable, viewsTable, tenantRoleArn, connectionSecretPrefix, providerEndpoints } = readConfig();
  const clock = systemClock;
  const log = newLog();
  const metrics = newMetrics();
  const credentials = newTenantCredentials({ client: stsClient(), roleArn: tenantRoleArn, clock });
  return {
    list: newDynamoDueList({ client: dynamoDbClient(), viewsTable }),
    // No lease guards a look-up, so there is no coordination table to look at.
    journalOf: perTenant(credentials, (source) =>
      newDynamoJournal({ client: dynamoDbClient(source), journalTable, viewsTable, coordinationTable: '' }),
    ),
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
    clock,
    commitIds: newCommitIds(clock, systemRandomness),
    randomness: systemRandomness,
    sleep: systemSleep,
    log,
    metrics,
  };
}
