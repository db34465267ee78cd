import { dynamoDbClient, sqsClient } from '../../adapters/clients';
import { newDynamoJournalReader } from '../../adapters/dynamodb/dynamo-journal';
import { newDynamoViewWriter } from '../../adapters/dynamodb/dynamo-views';
import { newSqsNotificationQueue } from '../../adapters/sqs/sqs-notification-queue';
import type { NotificationQueue } from '../../domain/notifications';
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
  readonly log: Log;
  readonly metrics: Metrics;
}

export function bindDependencies(): ProjectorDependencies {
  const { journalTable, viewsTable, notificationsQueueUrl } = readConfig();
  const client = dynamoDbClient();
  return {
    journal: newDynamoJournalReader({ client, journalTable }),
    views: newDynamoViewWriter({ client, viewsTable }),
    notifications: newSqsNotificationQueue({
      client: sqsClient(),
      queueUrl: notificationsQueueUrl,
      sleep: systemSleep,
    }),
    log: newLog(),
    metrics: newMetrics(),
  };
}
