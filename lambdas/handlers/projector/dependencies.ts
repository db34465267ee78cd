import { dynamoDbClient, sqsClient } from '../../adapters/clients';
import { newDynamoJournalReader } from '../../adapters/dynamodb/dynamo-journal';
import { newDynamoViewWriter } from '../../adapters/dynamodb/dynamo-views';
import { newSqsNotificationQueue } from '../../adapters/sqs/sqs-notification-queue';
import { newSqsPayoutImports } from '../../adapters/sqs/sqs-payout-imports';
import type { NotificationQueue } from '../../domain/notifications';
import type { PayoutImportQueue } from '../../domain/settlements';
import { systemSleep } from '../../kernel/clock';
import type { Journal } from '../../kernel/journal';
import type { ViewWriter } from '../../kernel/views';
import type { Log } from '../../middleware/log';
import { newLog } from '../../middleware/log';
import type { Metrics } from '../../middleware/metrics';
import { newMetrics } from '../../middleware/metrics';
import { readConfig } from './config';

export interface ProjectorDependencies {
  readonly journal: Pick<Journal, 'read'>;
  readonly views: ViewWriter;
  readonly notifications: NotificationQueue;
  readonly payoutImports: PayoutImportQueue;
  readonly log: Log;
  readonly metrics: Metrics;
}

export function bindDependencies(): ProjectorDependencies {
  const { journalTable, viewsTable, notificationsQueueUrl, payoutImportsQueueUrl } = readConfig();
  const client = dynamoDbClient();
  const sqs = { client: sqsClient(), sleep: systemSleep };
  return {
    journal: newDynamoJournalReader({ client, journalTable }),
    views: newDynamoViewWriter({ client, viewsTable }),
    notifications: newSqsNotificationQueue({ ...sqs, queueUrl: notificationsQueueUrl }),
    payoutImports: newSqsPayoutImports({ ...sqs, queueUrl: payoutImportsQueueUrl }),
    log: newLog(),
    metrics: newMetrics(),
  };
}
