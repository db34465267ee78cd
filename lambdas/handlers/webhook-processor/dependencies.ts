import { dynamoDbClient, secretsManagerClient, sqsClient, stsClient } from '../../adapters/clients';
import { newDynamoJournal } from '../../adapters/dynamodb/dynamo-journal';
import { newProviderClients } from '../../adapters/providers/provider-clients';
import { newConnectionSecrets } from '../../adapters/secrets/connection-secrets';
import type { SqsVisibility } from '../../adapters/sqs/sqs-visibility';
import { newSqsVisibility } from '../../adapters/sqs/sqs-visibility';
import { newTenantCredentials, perTenant } from '../../adapters/sts/tenant-credentials';
import type { Provider } from '../../domain/providers/provider';
import type { WebhookMessage } from '../../domain/webhooks/ports';
import { systemClock, systemSleep } from '../../kernel/clock';
import type { CommandPorts } from '../../kernel/command';
import { newCommitIds, systemRandomness } from '../../kernel/ids';
import type { Journal } from '../../kernel/journal';
import { newLog } from '../../middleware/log';
import type { Log } from '../../middleware/log';
import { newMetrics } from '../../middleware/metrics';
import type { Metrics } from '../../middleware/metrics';
import { readConfig } from './config';

export interface WebhookProcessorDeps extends Omit<CommandPorts, 'journal'> {
  /** The journal of one tenant, by its tenant role. */
  journalOf(tenant: string): Journal;
  /** The client of an event's connection; undefined where its secret is gone. Asked only which payment an event is about. */
  providerOf(message: WebhookMessage): Promise<Pick<Provider, 'paymentOf'> | undefined>;
  readonly visibility: SqsVisibility;
  /** After this many receipts the queue moves a message to its dead-letter queue. */
  readonly maxReceiveCount: number;
  readonly log: Log;
  readonly metrics: Metrics;
}

export function bindDependencies(): WebhookProcessorDeps {
  const config = readConfig();
  const { journalTable, viewsTable, tenantRoleArn, queueUrl, maxReceiveCount } = config;
  const clock = systemClock;
  const credentials = newTenantCredentials({ client: stsClient(), roleArn: tenantRoleArn, clock });
  const secrets = newConnectionSecrets({
    clientOf: perTenant(credentials, secretsManagerClient),
    prefix: config.connectionSecretPrefix,
    clock,
    randomness: systemRandomness,
  });
  const providers = newProviderClients({ endpoints: config.providerEndpoints });
  return {
    // No lease guards the commits of a webhook, so there is no coordination table to look at.
    journalOf: perTenant(credentials, (source) =>
      newDynamoJournal({ client: dynamoDbClient(source), journalTable, viewsTable, coordinationTable: '' }),
    ),
    providerOf: async ({ tenant, connectionId, provider }) => {
      const secret = await secrets.read(tenant, connectionId);
      return secret === undefined ? undefined : providers.of(provider, secret);
    },
    visibility: newSqsVisibility({ client: sqsClient(), queueUrl }),
    maxReceiveCount,
    clock,
    commitIds: newCommitIds(clock, systemRandomness),
    randomness: systemRandomness,
    sleep: systemSleep,
    log: newLog(),
    metrics: newMetrics(),
  };
}
