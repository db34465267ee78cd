import type { CountedCall } from '../../../local/front-door/contract';
import type { FrontDoor } from '../../../local/front-door/front-door';
import { newMetricFeed } from '../../../local/runtime/metric-feed';
import { newMetricStore } from '../../../local/runtime/metrics/metric-store';

const call = (sequence: number, changes: Partial<CountedCall>) =>
  ({ sequence, service: 'dynamodb', action: 'PutItem', resource: 'journal', status: 200, ...changes }) as CountedCall;

function feedOf(calls: readonly CountedCall[]) {
  const metrics = newMetricStore();
  const frontDoor = {
    clock: { nowMs: () => 1000 },
    calls: ({ since = 0 }: { since?: number }) => calls.filter(({ sequence }) => sequence > since),
    services: {
      sqs: { queueNames: () => ['dlq'], depth: () => ({ visible: 2, inFlight: 1, delayed: 0, oldestAgeMs: 61_500 }) },
    },
  } as unknown as FrontDoor;
  const value = (namespace: string, name: string, dimensions: Record<string, string>) =>
    metrics.values({ namespace, name, dimensions }, 0, 2000);
  return { feed: newMetricFeed(metrics, frontDoor), value };
}

it('counts what DynamoDB refused, by table, once', () => {
  const { feed, value } = feedOf([
    call(1, {}),
    call(2, {
      status: 400,
      errorCode: 'ProvisionedThroughputExceededException',
      resource: 'views,journal',
      action: 'BatchGetItem',
    }),
    call(3, { status: 400, errorCode: 'ThrottlingException' }),
    call(4, { status: 500, errorCode: 'InternalServerError' }),
    call(5, { status: 400, errorCode: 'ConditionalCheckFailedException' }),
  ]);
  feed.sample();
  feed.sample();

  expect(value('AWS/DynamoDB', 'ReadThrottleEvents', { TableName: 'views' })).toEqual([1]);
  expect(value('AWS/DynamoDB', 'ReadThrottleEvents', { TableName: 'journal' })).toEqual([1]);
  expect(value('AWS/DynamoDB', 'WriteThrottleEvents', { TableName: 'journal' })).toEqual([1]);
  expect(value('AWS/DynamoDB', 'SystemErrors', { TableName: 'journal', Operation: 'PutItem' })).toEqual([1]);
});

it('takes depth and age of queues', () => {
  const { feed, value } = feedOf([]);
  feed.sample();

  expect(value('AWS/SQS', 'ApproximateNumberOfMessagesVisible', { QueueName: 'dlq' })).toEqual([2]);
  expect(value('AWS/SQS', 'ApproximateAgeOfOldestMessage', { QueueName: 'dlq' })).toEqual([62]);
});

it('counts invocations and errors of a function, and over all functions', () => {
  const { feed, value } = feedOf([]);
  const invocation = {
    invocationId: 'i',
    traceId: 't',
    functionName: 'f',
    coldStart: false,
    startedMs: 10,
    endedMs: 30,
    payload: 'null',
  };
  feed.invocation({ ...invocation, failure: undefined });
  feed.invocation({ ...invocation, failure: { errorType: 'Error', errorMessage: 'x' } });

  expect(value('AWS/Lambda', 'Errors', { FunctionName: 'f' })).toEqual([0, 1]);
  expect(value('AWS/Lambda', 'Duration', { FunctionName: 'f' })).toEqual([20, 20]);
  expect(value('AWS/Lambda', 'Invocations', {})).toEqual([1, 1]);
});

it('counts answers of the API by class', () => {
  const { feed, value } = feedOf([]);
  [200, 404, 502].forEach((status) => feed.apiResponse('api', 'dev', status, 5));

  expect(value('AWS/ApiGateway', '4XXError', { ApiName: 'api', Stage: 'dev' })).toEqual([0, 1, 0]);
  expect(value('AWS/ApiGateway', '5XXError', { ApiName: 'api', Stage: 'dev' })).toEqual([0, 0, 1]);
});
