import { createHash, randomUUID } from 'node:crypto';

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
import { DynamoDBDocumentClient, GetCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import * as z from 'zod';

/**
 * The peer: "create a payment" composed the usual way, from the libraries and recipes of their own documentation. Member and
 * tenant checks, a fixed-window rate limiter in DynamoDB, Powertools idempotency, the provider, then payment and audit record
 * in one transaction. It does the same work for the caller, apart from what the journal gives beyond it.
 */
const logger = new Logger({ serviceName: 'peer' });
const metrics = new Metrics({ namespace: 'Peer', serviceName: 'peer' });
const tracer = new Tracer({ serviceName: 'peer' });
const documents = DynamoDBDocumentClient.from(tracer.captureAWSv3Client(new DynamoDBClient({})));
const persistenceStore = new DynamoDBPersistenceLayer({ tableName: 'peer-idempotency' });
const config = new IdempotencyConfig({
  eventKeyJmesPath: '[headers."idempotency-key", body]',
  throwOnNoIdempotencyKey: true,
});

const body = z.object({
  amount: z.object({ amount: z.int().positive(), currency: z.string().length(3) }),
  paymentMethod: z.object({ token: z.string() }),
});

async function createPayment(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const tenant = event.pathParameters?.['tenantId'] ?? '';
  const user = callerOf(event);
  const now = Date.now();

  const window = String(Math.floor(now / 60_000));
  const limited = await documents.send(
    new UpdateCommand({
      TableName: 'peer-limits',
      Key: { id: `${user}#${window}` },
      UpdateExpression: 'ADD #count :one SET expiresAt = :expires',
      ExpressionAttributeNames: { '#count': 'count' },
      ExpressionAttributeValues: { ':one': 1, ':expires': Math.floor(now / 1000) + 120 },
      ReturnValues: 'ALL_NEW',
    }),
  );
  if (Number(limited.Attributes?.['count']) > 600) return answer(429, { message: 'Too many requests' });

  const read = { ConsistentRead: true };
  const member = await documents.send(
    new GetCommand({ TableName: 'peer-members', Key: { id: `${tenant}#${user}` }, ...read }),
  );
  if (member.Item === undefined) return answer(404, { message: 'Not found' });
  const settings = await documents.send(new GetCommand({ TableName: 'peer-tenants', Key: { id: tenant }, ...read }));
  if (settings.Item?.['status'] !== 'active') return answer(403, { message: 'Suspended' });
  const connection = await documents.send(
    new GetCommand({ TableName: 'peer-connections', Key: { id: `${tenant}#default` }, ...read }),
  );

  const request = body.parse(JSON.parse(event.body ?? ''));
  const id = randomUUID();
  const operation = createHash('sha256').update(id).digest('hex');
  const provider = await fetch(`${String(connection.Item?.['url'])}/v1/authorizations`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${String(connection.Item?.['apiKey'])}`,
      'content-type': 'application/json',
      'idempotency-key': operation,
    },
    body: JSON.stringify({
      paymentId: id,
      ...request.amount,
      token: request.paymentMethod.token,
      capture: 'automatic',
      pageBaseUrl: String(connection.Item?.['url']),
    }),
  });
  const payment = { id, tenant, status: provider.ok ? 'captured' : 'failed', ...request.amount, createdAt: now };

  await documents.send(
    new TransactWriteCommand({
      TransactItems: [
        {
          Put: { TableName: 'peer-payments', Item: { ...payment }, ConditionExpression: 'attribute_not_exists(id)' },
        },
        {
          Put: {
            TableName: 'peer-audit',
            Item: {
              id: randomUUID(),
              tenant,
              at: now,
              actor: user,
              ip: event.requestContext.identity.sourceIp,
              userAgent: event.headers['user-agent'],
              action: 'payment.create',
              after: payment,
            },
          },
        },
      ],
    }),
  );
  metrics.addMetric('PaymentCreated', MetricUnit.Count, 1);
  logger.info('payment created', { id });
  return answer(201, payment);
}

function callerOf(event: APIGatewayProxyEvent): string {
  const claims: unknown = event.requestContext.authorizer?.['claims'];
  return claims !== null && typeof claims === 'object' && 'sub' in claims ? String(claims.sub) : '';
}

function answer(statusCode: number, content: object): APIGatewayProxyResult {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(content) };
}

export const handler = middy(createPayment)
  .use(captureLambdaHandler(tracer))
  .use(injectLambdaContext(logger))
  .use(logMetrics(metrics))
  .use(makeHandlerIdempotent({ persistenceStore, config }));
