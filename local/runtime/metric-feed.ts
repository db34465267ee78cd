import type { FrontDoor } from '../front-door/front-door';
import { metricsOfLine } from './metrics/emf';
import type { MetricStore } from './metrics/metric-store';
import type { Invocation } from './worker/function-runtime';

/** Brings to the metric store what AWS and the functions would have sent to CloudWatch. */
export interface MetricFeed {
  logLine(line: string): void;
  invocation(invocation: Invocation): void;
  iteratorAge(functionName: string, ageMs: number): void;
  apiResponse(apiName: string, stage: string, status: number, latencyMs: number): void;
  /** Takes the depth and age of every queue, and what DynamoDB refused since the last time, as AWS does once a minute. */
  sample(): void;
}

const throttlingErrors = new Set(['ProvisionedThroughputExceededException', 'ThrottlingException']);
const readActions = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan', 'TransactGetItems']);

export function newMetricFeed(metrics: MetricStore, frontDoor: FrontDoor): MetricFeed {
  const now = (): number => frontDoor.clock.nowMs();
  const put = (
    namespace: string,
    dimensions: Readonly<Record<string, string>>,
    values: Readonly<Record<string, number>>,
  ): void => {
    for (const [name, value] of Object.entries(values))
      metrics.put({ namespace, name, dimensions, value, atMs: now() });
  };
  let lastSequence = 0;
  const takeTableErrors = (): void => {
    for (const call of frontDoor.calls({ since: lastSequence })) {
      lastSequence = call.sequence;
      if (call.service !== 'dynamodb' || call.status < 400) continue;
      for (const TableName of call.resource.split(',')) {
        if (call.status >= 500) put('AWS/DynamoDB', { TableName, Operation: call.action }, { SystemErrors: 1 });
        if (throttlingErrors.has(call.errorCode ?? '')) {
          put(
            'AWS/DynamoDB',
            { TableName },
            { [readActions.has(call.action) ? 'ReadThrottleEvents' : 'WriteThrottleEvents']: 1 },
          );
        }
      }
    }
  };
  return {
    logLine: (line) => metricsOfLine(line, now()).forEach((datum) => metrics.put(datum)),
    invocation({ functionName, failure, startedMs, endedMs }) {
      const values = {
        Invocations: 1,
        Errors: failure === undefined ? 0 : 1,
        Throttles: 0,
        Duration: endedMs - startedMs,
      };
      put('AWS/Lambda', { FunctionName: functionName }, values);
      // The same without dimensions: the total over all functions.
      put('AWS/Lambda', {}, values);
    },
    iteratorAge: (functionName, ageMs) => put('AWS/Lambda', { FunctionName: functionName }, { IteratorAge: ageMs }),
    apiResponse(apiName, stage, status, latencyMs) {
      const values = {
        Count: 1,
        '4XXError': status >= 400 && status < 500 ? 1 : 0,
        '5XXError': status >= 500 ? 1 : 0,
        Latency: latencyMs,
      };
      put('AWS/ApiGateway', { ApiName: apiName }, values);
      put('AWS/ApiGateway', { ApiName: apiName, Stage: stage }, values);
    },
    sample() {
      takeTableErrors();
      for (const name of frontDoor.services.sqs.queueNames()) {
        const depth = frontDoor.services.sqs.depth(name);
        if (depth === undefined) continue;
        put(
          'AWS/SQS',
          { QueueName: name },
          {
            ApproximateNumberOfMessagesVisible: depth.visible,
            ApproximateNumberOfMessagesNotVisible: depth.inFlight,
            ApproximateNumberOfMessagesDelayed: depth.delayed,
            ApproximateAgeOfOldestMessage: Math.round(depth.oldestAgeMs / 1000),
          },
        );
      }
    },
  };
}
