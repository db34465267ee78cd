import type { SQSClient } from '@aws-sdk/client-sqs';
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';

import type { Sleep } from '../../kernel/clock';
import { Unavailable } from '../unavailable';

export interface SqsSenderDependencies {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly sleep: Sleep;
}

/** A message on its way: `body` becomes JSON; `group` is the tenant whose share of the queue it is [SQS fair queues]. */
export interface OutgoingMessage<Body extends object> {
  readonly body: Body;
  readonly group?: string;
  /** At most 900 [SQS quotas]. */
  readonly delaySeconds?: number;
}

/** Sends messages; when it returns, all are durable. When it throws, some may be: consumers know a message by its content. */
export interface SqsSender<Body extends object> {
  send(messages: readonly OutgoingMessage<Body>[]): Promise<void>;
}

/** [SQS quotas: entries of a batch] */
const maxEntries = 10;

const maxAttempts = 4;

/** A queue by batches of ten. Entries that SQS refused for its own reasons are sent again; a fault of ours throws at once. */
export function newSqsSender<Body extends object>({ client, queueUrl, sleep }: SqsSenderDependencies): SqsSender<Body> {
  const sendBatch = async (messages: readonly OutgoingMessage<Body>[]): Promise<void> => {
    let rest = messages.map((message, index) => ({
      Id: String(index),
      MessageBody: JSON.stringify(message.body),
      ...(message.group === undefined ? {} : { MessageGroupId: message.group }),
      ...(message.delaySeconds === undefined ? {} : { DelaySeconds: message.delaySeconds }),
    }));
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      if (attempt > 0) await sleep(50 * 2 ** attempt);
      const answer = await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: rest }));
      const failed = answer.Failed ?? [];
      if (failed.length === 0) return;
      const fault = failed.find(({ SenderFault }) => SenderFault === true);
      if (fault !== undefined) throw new Error(`SQS refuses a message: ${fault.Code ?? 'no code'}`);
      rest = rest.filter(({ Id }) => failed.some((entry) => entry.Id === Id));
    }
    throw new Unavailable(`SQS did not take ${String(rest.length)} messages of a batch`);
  };
  return {
    send: async (messages) => {
      for (let start = 0; start < messages.length; start += maxEntries) {
        await sendBatch(messages.slice(start, start + maxEntries));
      }
    },
  };
}
