import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AwsCall, LocalService } from '../front-door/contract';
import { listOf, numberOf, parseRecord, textOf, textsOf, type JsonRecord } from '../front-door/json';
import { AwsFault, jsonReply } from '../front-door/wire';
import { batchEntries, md5Of, receivedMessage, type Message } from './sqs-messages';
import { Queue, type Misdelivery, type QueueDepth } from './sqs-queue';
import { openRecordLog, type Home } from './state';

export interface SqsService extends LocalService {
  /** Makes a standard queue or updates its attributes; its messages stay. Returns URL and ARN. */
  createQueue(queue: {
    readonly name: string;
    readonly attributes?: Readonly<Record<string, string>>;
    readonly tags?: Readonly<Record<string, string>>;
  }): { readonly queueUrl: string; readonly queueArn: string };
  queueUrl(name: string): string;
  queueNames(): readonly string[];
  depth(name: string): QueueDepth | undefined;
  /** All messages of a queue, visible or not, without receiving them. */
  peek(name: string): readonly Message[];
  /** Lets a queue duplicate and reorder on a seed; `{}` ends it. */
  misdeliver(name: string, misdelivery: Misdelivery): void;
  encryptionKeyOf(queueArn: string): string | undefined;
}

/**
 * Standard queues of SQS over its JSON protocol [AWSSimpleQueueService/latest/APIReference]: fair queues, redrive,
 * visibility, delays, retention. Why it is our own: docs/decisions/0007-our-own-local-queues.md. FIFO queues are refused.
 */
export function startSqs(home: Home): SqsService {
  const folder = join(home.stateDir, 'sqs');
  mkdirSync(folder, { recursive: true });
  const queues = new Map<string, Queue>();
  const arnOf = (name: string): string => `arn:aws:sqs:${home.region}:${home.accountId}:${name}`;
  const openQueue = (name: string): Queue => {
    const queue = new Queue(name, arnOf(name), openRecordLog(home.stateDir, 'sqs', `${name}.jsonl`), home.clock);
    queues.set(name, queue);
    return queue;
  };
  for (const file of readdirSync(folder)) {
    if (file.endsWith('.jsonl')) {
      openQueue(file.slice(0, -'.jsonl'.length));
    }
  }
  home.clock.onAdvance(() => {
    queues.forEach((queue) => {
      queue.wake();
    });
  });

  const queueUrl = (name: string): string => `${home.url()}/${home.accountId}/${name}`;
  const named = (body: JsonRecord): Queue => {
    const name = textOf(body['QueueUrl'])?.split('/').pop() ?? textOf(body['QueueName']) ?? '';
    const queue = queues.get(name);
    if (queue === undefined) {
      throw new AwsFault('QueueDoesNotExist', 'The specified queue does not exist.');
    }
    return queue;
  };
  const byArn = (arn: string): Queue | undefined => queues.get(arn.split(':').pop() ?? '');
  const create = (
    name: string,
    attributes: Readonly<Record<string, string>>,
    tags: Readonly<Record<string, string>>,
  ): Queue => {
    if (!/^[\w-]{1,80}$/.test(name)) {
      throw new AwsFault(
        'InvalidParameterValue',
        'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
      );
    }
    const queue = queues.get(name) ?? openQueue(name);
    queue.configure(attributes, tags);
    return queue;
  };
  const sent = (message: Message): object => ({ MessageId: message.id, MD5OfMessageBody: md5Of(message.body) });

  const operations: Readonly<Record<string, (body: JsonRecord, call: AwsCall) => object | Promise<object>>> = {
    CreateQueue(body) {
      const name = textOf(body['QueueName']) ?? '';
      create(name, textsOf(body['Attributes']), textsOf(body['tags']));
      return { QueueUrl: queueUrl(name) };
    },
    DeleteQueue(body) {
      const queue = named(body);
      queue.close();
      queues.delete(queue.name);
      rmSync(join(folder, `${queue.name}.jsonl`), { force: true });
      return {};
    },
    GetQueueUrl: (body) => ({ QueueUrl: queueUrl(named(body).name) }),
    ListQueues: (body) => ({
      QueueUrls: [...queues.keys()]
        .filter((name) => name.startsWith(textOf(body['QueueNamePrefix']) ?? ''))
        .map(queueUrl),
    }),
    GetQueueAttributes(body) {
      const names = listOf(body['AttributeNames']);
      const wanted = Object.entries(named(body).allAttributes()).filter(
        ([name]) => names.includes('All') || names.includes(name),
      );
      return { Attributes: Object.fromEntries(wanted) };
    },
    SetQueueAttributes(body) {
      named(body).configure(textsOf(body['Attributes']));
      return {};
    },
    PurgeQueue(body) {
      named(body).purge();
      return {};
    },
    SendMessage: (body) => sent(named(body).send(body)),
    SendMessageBatch: (body) => {
      const queue = named(body);
      return eachEntry(body, (entry) => sent(queue.send(entry)));
    },
    async ReceiveMessage(body, call) {
      const queue = named(body);
      const limit = numberOf(body['MaxNumberOfMessages']) ?? 1;
      if (!(limit >= 1 && limit <= 10)) {
        throw new AwsFault(
          'InvalidParameterValue',
          `Value ${limit} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.`,
        );
      }
      const waitSeconds =
        numberOf(body['WaitTimeSeconds']) ?? Number(queue.attributes['ReceiveMessageWaitTimeSeconds'] ?? 0);
      const deadlineMs = Date.now() + waitSeconds * 1000;
      for (;;) {
        await queue.waitForMessages(deadlineMs - Date.now(), call.signal);
        const messages =
          call.signal?.aborted === true ? [] : queue.receive(limit, numberOf(body['VisibilityTimeout']), byArn);
        if (
          messages.length > 0 ||
          Date.now() >= deadlineMs ||
          call.signal?.aborted === true ||
          !queues.has(queue.name)
        ) {
          const systemNames = [...listOf(body['MessageSystemAttributeNames']), ...listOf(body['AttributeNames'])];
          const attributeNames = listOf(body['MessageAttributeNames']);
          return messages.length === 0
            ? {}
            : { Messages: messages.map((message) => receivedMessage(message, systemNames, attributeNames)) };
        }
      }
    },
    DeleteMessage(body) {
      named(body).delete(textOf(body['ReceiptHandle']) ?? '');
      return {};
    },
    DeleteMessageBatch(body) {
      const queue = named(body);
      return eachEntry(body, (entry) => {
        queue.delete(textOf(entry['ReceiptHandle']) ?? '');
        return {};
      });
    },
    ChangeMessageVisibility(body) {
      named(body).changeVisibility(textOf(body['ReceiptHandle']) ?? '', numberOf(body['VisibilityTimeout']) ?? -1);
      return {};
    },
    ChangeMessageVisibilityBatch(body) {
      const queue = named(body);
      return eachEntry(body, (entry) => {
        queue.changeVisibility(textOf(entry['ReceiptHandle']) ?? '', numberOf(entry['VisibilityTimeout']) ?? -1);
        return {};
      });
    },
    ListDeadLetterSourceQueues(body) {
      const { arn } = named(body);
      const sources = [...queues.values()].filter(
        (queue) => queue.attributes['RedrivePolicy']?.includes(`"${arn}"`) === true,
      );
      return { queueUrls: sources.map(({ name }) => queueUrl(name)) };
    },
    ListQueueTags: (body) => ({ Tags: named(body).tags }),
    TagQueue(body) {
      named(body).configure({}, textsOf(body['Tags']));
      return {};
    },
  };

  return {
    name: 'sqs',
    async handle(call) {
      const operation = operations[call.action];
      if (operation === undefined) {
        throw new AwsFault('UnsupportedOperation', `The local SQS does not offer ${call.action}.`);
      }
      return jsonReply(await operation(parseRecord(call.body), call), 200, {
        'content-type': 'application/x-amz-json-1.0',
      });
    },
    createQueue(queue) {
      const { name, arn } = create(queue.name, queue.attributes ?? {}, queue.tags ?? {});
      return { queueUrl: queueUrl(name), queueArn: arn };
    },
    queueUrl,
    queueNames: () => [...queues.keys()],
    depth: (name) => queues.get(name)?.depth(),
    peek: (name) => queues.get(name)?.peek() ?? [],
    misdeliver(name, misdelivery) {
      queues.get(name)?.misdeliver(misdelivery);
    },
    encryptionKeyOf: (queueArn) => byArn(queueArn)?.attributes['KmsMasterKeyId'],
    async close() {
      queues.forEach((queue) => {
        queue.close();
      });
    },
  };
}

/** Runs a batch entry by entry: one that fails does not touch the others. */
function eachEntry(body: JsonRecord, act: (entry: JsonRecord) => object): object {
  const successful: object[] = [];
  const failed: object[] = [];
  for (const entry of batchEntries(body)) {
    try {
      successful.push({ Id: entry['Id'], ...act(entry) });
    } catch (error) {
      if (!(error instanceof AwsFault)) {
        throw error;
      }
      failed.push({ Id: entry['Id'], SenderFault: true, Code: error.code, Message: error.message });
    }
  }
  return { Successful: successful, ...(failed.length === 0 ? {} : { Failed: failed }) };
}
