import { createHash } from 'node:crypto';

import { asObject, asString, isObject, listOf, parseJson, type Json, type JsonObject } from '../../assembly/json';
import type { AwsClient } from '../aws-client';
import type { Activity } from '../activity';
import { newSleeper, type EventSource, type InvokeFunction } from './event-source';
import { passesFilters } from './filter-criteria';
import { failedItems } from './partial-failures';

export interface QueueSourceSettings {
  readonly functionName: string;
  readonly queueArn: string;
  readonly queueUrl: string;
  readonly batchSize: number;
  readonly windowMs: number;
  readonly maxConcurrency: number;
  readonly reportsFailures: boolean;
  readonly filters: readonly JsonObject[];
}

/** What waits in the queue, as its engine counts it. */
export interface QueueState {
  readonly visible: number;
  /** Until the next hidden message appears. */
  readonly nextVisibleInMs: number | undefined;
}

/** A hidden message that appears this soon counts as work to come, not as put off. */
const soonMs = 3000;

interface Message {
  readonly id: string;
  readonly receiptHandle: string;
  readonly record: JsonObject;
}

/**
 * Polls a queue for a function, with the rights of the function's role, as Lambda does. What fails is left to the queue:
 * it comes back after its visibility timeout and goes to the dead-letter queue at its receive limit.
 */
export function newQueueSource(
  settings: QueueSourceSettings,
  client: AwsClient,
  depth: () => QueueState,
  invoke: InvokeFunction,
  activity: Activity,
): EventSource {
  const name = `queue ${settings.queueArn.split(':').at(-1) ?? ''} → ${settings.functionName}`;
  const stopper = new AbortController();
  const sleeper = newSleeper();
  let problem: string | undefined;
  let active = 0;
  let running: Promise<void> = Promise.resolve();
  let freed: (() => void) | undefined;

  const receive = async (limit: number, waitSeconds: number): Promise<Message[]> => {
    const answer = await client.json(
      'sqs',
      'ReceiveMessage',
      {
        QueueUrl: settings.queueUrl,
        MaxNumberOfMessages: Math.min(10, limit),
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      },
      { signal: stopper.signal },
    );
    return listOf(answer['Messages'], asObject, 'Messages').map((message) => messageOf(message, settings.queueArn));
  };

  /** A batch larger than one receive, or one with a window, is filled by further receives. */
  const receiveBatch = async (): Promise<Message[]> => {
    const messages = await receive(settings.batchSize, 20);
    const untilMs = Date.now() + settings.windowMs;
    while (messages.length > 0 && messages.length < settings.batchSize) {
      const more = await receive(settings.batchSize - messages.length, 0);
      messages.push(...more);
      if (more.length === 0 && Date.now() >= untilMs) break;
      if (more.length === 0) await sleeper.sleep(Math.min(50, settings.windowMs));
    }
    return messages;
  };

  const handle = async (received: readonly Message[]): Promise<void> => {
    const wanted = received.filter((message) => passesFilters(filterable(message.record), settings.filters));
    const dropped = received.filter((message) => !wanted.includes(message));
    if (wanted.length > 0) {
      const invocation = await invoke({ Records: wanted.map((message) => message.record) });
      const failed = failedItems(
        invocation,
        wanted.map((message) => message.id),
        settings.reportsFailures,
      );
      await remove([...dropped, ...wanted.filter((message) => !failed.has(message.id))]);
    } else {
      await remove(dropped);
    }
  };

  const remove = async (messages: readonly Message[]): Promise<void> => {
    for (let index = 0; index < messages.length; index += 10) {
      const entries = messages
        .slice(index, index + 10)
        .map((message, at) => ({ Id: String(at), ReceiptHandle: message.receiptHandle }));
      await client.json('sqs', 'DeleteMessageBatch', { QueueUrl: settings.queueUrl, Entries: entries });
    }
  };

  const work = async (): Promise<void> => {
    while (!stopper.signal.aborted) {
      if (active >= settings.maxConcurrency) await new Promise<void>((resolve) => (freed = resolve));
      try {
        const messages = await receiveBatch();
        problem = undefined;
        if (messages.length === 0) continue;
        const end = activity.begin(name);
        active += 1;
        void handle(messages)
          .catch((error: unknown) => (problem = String(error)))
          .finally(() => {
            active -= 1;
            end();
            freed?.();
          });
      } catch (error) {
        problem = String(error);
        await sleeper.sleep(500);
      }
    }
  };

  return {
    name,
    start() {
      running = work();
    },
    async stop() {
      stopper.abort();
      freed?.();
      sleeper.wake();
      await running;
    },
    async settle() {
      const { visible, nextVisibleInMs } = depth();
      return active > 0 || visible > 0 || (nextVisibleInMs !== undefined && nextVisibleInMs <= soonMs);
    },
    deferred() {
      const { nextVisibleInMs } = depth();
      return nextVisibleInMs === undefined
        ? undefined
        : `${name}: the next message appears in ${Math.ceil(nextVisibleInMs / 1000)} s`;
    },
    problem: () => problem,
  };
}

/** A record as Lambda hands it over (AWS Lambda Developer Guide, "Example Amazon SQS message event"). */
function messageOf(message: JsonObject, queueArn: string): Message {
  const body = asString(message['Body'], 'Body');
  const id = asString(message['MessageId'], 'MessageId');
  const receiptHandle = asString(message['ReceiptHandle'], 'ReceiptHandle');
  const attributes = isObject(message['MessageAttributes']) ? message['MessageAttributes'] : {};
  return {
    id,
    receiptHandle,
    record: {
      messageId: id,
      receiptHandle,
      body,
      attributes: isObject(message['Attributes']) ? message['Attributes'] : {},
      messageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([key, value]) => [key, messageAttribute(asObject(value, key))]),
      ),
      md5OfBody: createHash('md5').update(body).digest('hex'),
      eventSource: 'aws:sqs',
      eventSourceARN: queueArn,
      awsRegion: queueArn.split(':')[3] ?? '',
    },
  };
}

function messageAttribute(value: JsonObject): JsonObject {
  return {
    ...(value['StringValue'] === undefined ? {} : { stringValue: value['StringValue'] }),
    ...(value['BinaryValue'] === undefined ? {} : { binaryValue: value['BinaryValue'] }),
    stringListValues: [],
    binaryListValues: [],
    dataType: value['DataType'],
  };
}

/** Patterns look into the body where it is JSON. */
function filterable(record: JsonObject): Json {
  const body = record['body'];
  try {
    return { ...record, body: typeof body === 'string' ? parseJson(body) : '' };
  } catch {
    return record;
  }
}
