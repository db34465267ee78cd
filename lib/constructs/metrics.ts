import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';

import type { FunctionName } from '../../lambdas/env';
import {
  apiNameOf,
  functionNameOf,
  metricNamespace,
  metricServiceOf,
  type QueueName,
  queueNameOf,
  type TableName,
  tableNameOf,
} from '../config/names';
import type { StageConfig } from '../config/stage-config';

/** Metrics of deployed things by their names. See lib/config/names.ts for why not by reference. */

const metric = (
  namespace: string,
  metricName: string,
  statistic: string,
  dimensionsMap: Record<string, string>,
  minutes = 1,
): Metric => new Metric({ namespace, metricName, statistic, dimensionsMap, period: Duration.minutes(minutes) });

/** Messages that wait in a queue. */
export const queueDepth = (config: StageConfig, queue: QueueName): Metric =>
  metric('AWS/SQS', 'ApproximateNumberOfMessagesVisible', 'Maximum', { QueueName: queueNameOf(config, queue) });

/** Age in seconds of the oldest message that waits in a queue. */
export const queueAgeSeconds = (config: StageConfig, queue: QueueName): Metric =>
  metric('AWS/SQS', 'ApproximateAgeOfOldestMessage', 'Maximum', { QueueName: queueNameOf(config, queue) });

/** How far a stream consumer is behind, in milliseconds. */
export const iteratorAgeMs = (config: StageConfig, name: FunctionName): Metric =>
  metric('AWS/Lambda', 'IteratorAge', 'Maximum', { FunctionName: functionNameOf(config, name) });

export const invocations = (config: StageConfig, name: FunctionName, minutes: number): Metric =>
  metric('AWS/Lambda', 'Invocations', 'Sum', { FunctionName: functionNameOf(config, name) }, minutes);

/** `Errors` or `Throttles` of several functions together; CloudWatch lets an alarm add up ten metrics at most. */
export const ofFunctions = (
  config: StageConfig,
  metricName: 'Errors' | 'Throttles',
  names: readonly FunctionName[],
): IMetric =>
  sum(
    `${metricName} of ${names.length} functions`,
    names.map((name) => metric('AWS/Lambda', metricName, 'Sum', { FunctionName: functionNameOf(config, name) })),
  );

/** Failed and refused executions of functions together. */
export const failuresOf = (config: StageConfig, names: readonly FunctionName[]): IMetric =>
  sum(
    `Errors and throttles of ${names.length} functions`,
    names.flatMap((name) =>
      ['Errors', 'Throttles'].map((metricName) =>
        metric('AWS/Lambda', metricName, 'Sum', { FunctionName: functionNameOf(config, name) }),
      ),
    ),
  );

export const apiMetric = (
  config: StageConfig,
  metricName: '5XXError' | '4XXError' | 'Latency' | 'Count',
  statistic: string,
): Metric => metric('AWS/ApiGateway', metricName, statistic, { ApiName: apiNameOf(config), Stage: config.stage });

export const tableThrottles = (config: StageConfig, tables: readonly TableName[]): IMetric =>
  sum(
    'Throttled reads and writes',
    tables.flatMap((table) =>
      ['ReadThrottleEvents', 'WriteThrottleEvents'].map((name) =>
        metric('AWS/DynamoDB', name, 'Sum', { TableName: tableNameOf(config, table) }),
      ),
    ),
  );

/** Failures on DynamoDB's side, for the operations that requests depend on. */
export const tableSystemErrors = (
  config: StageConfig,
  operations: readonly (readonly [TableName, string])[],
): IMetric =>
  sum(
    'System errors',
    operations.map(([table, operation]) =>
      metric('AWS/DynamoDB', 'SystemErrors', 'Sum', { TableName: tableNameOf(config, table), Operation: operation }),
    ),
  );

/** Metrics that the functions count themselves, in embedded metric format. */
export type ProductMetric =
  | 'AccessRefused'
  | 'StepUpRefused'
  | 'MfaVerified'
  | 'MfaRefused'
  | 'RateLimited'
  | 'ConcurrencyRefused'
  | 'KeyUseNotNoted'
  | 'UnexpectedError'
  | 'RateLimitStoreFailed'
  | 'PolicyStoreFailed'
  | 'ObservationFailed'
  | 'StoreUnavailable'
  | 'LookupFailed'
  | 'SweepBehind'
  | 'ProviderCredentialsRefused'
  | 'OperationUnresolved'
  | 'WebhookIngestFailed'
  | 'WebhookMalformed'
  | 'WebhookSignatureRejected'
  | 'WebhookDead'
  | 'AuditGapFound'
  | 'JournalTampered'
  | 'ViewsProjectionFailed'
  | 'LedgerCorrupt'
  | 'LedgerBehind';

export const productMetric = (config: StageConfig, name: ProductMetric, minutes = 1): Metric =>
  metric(metricNamespace, name, 'Sum', { service: metricServiceOf(config) }, minutes);

/**
 * Deliveries that a provider was refused though it did nothing wrong. The function answers 503 where it can, which Lambda counts as a
 * success, so that its `Errors` alone would miss all but crashes.
 */
export const ingestFailures = (config: StageConfig): IMetric =>
  sum('Deliveries answered by 5xx', [
    metric('AWS/Lambda', 'Errors', 'Sum', { FunctionName: functionNameOf(config, 'webhook-ingest') }),
    productMetric(config, 'WebhookIngestFailed'),
  ]);

function sum(label: string, metrics: readonly Metric[]): MathExpression {
  const named = metrics.map((each, index) => [`m${index}`, each] as const);
  return new MathExpression({
    label,
    expression: named.map(([id]) => `FILL(${id}, 0)`).join(' + '),
    usingMetrics: Object.fromEntries(named),
    period: Duration.minutes(1),
  });
}
