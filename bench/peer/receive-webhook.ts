import { makeHandlerIdempotent } from '@aws-lambda-powertools/idempotency/middleware';
import { IdempotencyConfig } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import { Webhook } from 'standardwebhooks';

/**
 * The peer: a webhook received the usual way. The tenant's secret from its row, the signature by the scheme's own library,
 * Powertools idempotency for duplicates, and a message into a queue.
 */
const logger = new Logger({ serviceName: 'peer' });
const metrics = new Metrics({ namespace: 'Peer', serviceName: 'peer' });
const tracer = new Tracer({ serviceName: 'peer' });
const documents = DynamoDBDocumentClient.from(tracer.captureAWSv3Client(new DynamoDBClient({})));
const queue = tracer.captureAWSv3Client(new SQSClient({}));
const persistenceStore = new DynamoDBPersistenceLayer({ tableName: 'peer-idempotency' });
const config = new IdempotencyConfig({ eventKeyJmesPath: 'headers."webhook-id"', throwOnNoIdempotencyKey: true });

async function receiveWebhook(event: LambdaFunctionURLEvent): Promise<LambdaFunctionURLResult> {
  const [, tenant] = event.rawPath.split('/');
  const connection = await documents.send(
    new GetCommand({ TableName: 'peer-connections', Key: { id: `${String(tenant)}#default` } }),
  );
  const content = event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString() : (event.body ?? '');
  try {
    new Webhook(String(connection.Item?.['webhookSecret'])).verify(content, {
      'webhook-id': event.headers['webhook-id'] ?? '',
      'webhook-timestamp': event.headers['webhook-timestamp'] ?? '',
      'webhook-signature': event.headers['webhook-signature'] ?? '',
    });
  } catch {
    return { statusCode: 401 };
  }
  await queue.send(
    new SendMessageCommand({
      QueueUrl: String(connection.Item?.['queueUrl']),
      MessageBody: content,
      MessageGroupId: String(tenant),
    }),
  );
  metrics.addMetric('WebhookReceived', MetricUnit.Count, 1);
  logger.info('webhook received');
  return { statusCode: 200 };
}

export const handler = middy(receiveWebhook)
  .use(captureLambdaHandler(tracer))
  .use(injectLambdaContext(logger))
  .use(logMetrics(metrics))
  .use(makeHandlerIdempotent({ persistenceStore, config }));
