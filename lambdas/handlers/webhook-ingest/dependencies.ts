import { dynamoDbClient, secretsManagerClient, sqsClient, stsClient } from '../../adapters/clients';
import { newDynamoRateLimiter } from '../../adapters/dynamodb/dynamo-rate-limiter';
import { newDynamoViews } from '../../adapters/dynamodb/dynamo-views';
import { newWebhookReaders } from '../../adapters/providers/provider-clients';
import { newConnectionSecrets } from '../../adapters/secrets/connection-secrets';
import { newSqsWebhookQueue } from '../../adapters/sqs/sqs-webhook-queue';
import { newTenantCredentials, perTenant } from '../../adapters/sts/tenant-credentials';
import type { ConnectionSecrets, WebhookReaders } from '../../domain/providers/ports';
import type { WebhookQueue } from '../../domain/webhooks/ports';
import { systemClock, systemSleep } from '../../kernel/clock';
import type { Clock } from '../../kernel/clock';
import { systemRandomness } from '../../kernel/ids';
import type { RateLimiter } from '../../kernel/rate-limit';
import type { Views } from '../../kernel/views';
import { newLog } from '../../middleware/log';
import type { Log } from '../../middleware/log';
import { newMetrics } from '../../middleware/metrics';
import type { Metrics } from '../../middleware/metrics';
import { readConfig } from './config';

export interface WebhookIngestDeps {
  /** Views of one tenant, by its tenant role. */
  viewsOf(tenant: string): Pick<Views, 'slots'>;
  readonly secrets: Pick<ConnectionSecrets, 'read' | 'readNewer'>;
  readonly readers: WebhookReaders;
  readonly queue: WebhookQueue;
  readonly rateLimiter: RateLimiter;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

export function bindDependencies(): WebhookIngestDeps {
  const { viewsTable, coordinationTable, tenantRoleArn, connectionSecretPrefix, queueUrl, ...config } = readConfig();
  const clock = systemClock;
  const sleep = systemSleep;
  const credentials = newTenantCredentials({ client: stsClient(), roleArn: tenantRoleArn, clock });
  return {
    // This function reads the gate alone; the journal is no affair of its role.
    viewsOf: perTenant(credentials, (source) =>
      newDynamoViews({ client: dynamoDbClient(source), viewsTable, journalTable: '', sleep }),
    ),
    secrets: newConnectionSecrets({
      clientOf: perTenant(credentials, secretsManagerClient),
      prefix: connectionSecretPrefix,
      clock,
      randomness: systemRandomness,
    }),
    readers: newWebhookReaders({
      endpoints: config.providerEndpoints,
      ...(config.paypalRoots === undefined ? {} : { paypalRoots: config.paypalRoots }),
    }),
    queue: newSqsWebhookQueue({ client: sqsClient(), queueUrl, sleep }),
    rateLimiter: newDynamoRateLimiter({ client: dynamoDbClient(), coordinationTable, clock }),
    clock,
    log: newLog(),
    metrics: newMetrics(),
  };
}
