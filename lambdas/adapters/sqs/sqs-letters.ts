import type { SQSClient } from '@aws-sdk/client-sqs';
import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';

import type { SqsVisibility } from './sqs-visibility';
import { newSqsVisibility } from './sqs-visibility';

/** A message of a queue that nobody consumes: somebody comes by and looks at what lies there. */
export interface Letter {
  readonly messageId: string;
  readonly body: string;
  readonly receiptHandle: string;
}

export interface Letters extends SqsVisibility {
  /** Up to ten, hidden from others for `hiddenSeconds`; none when nothing is to be seen at the moment. */
  look(hiddenSeconds: number): Promise<readonly Letter[]>;
  /** For good. */
  remove(letter: Letter): Promise<void>;
}

export function newSqsLetters({
  client,
  queueUrl,
}: {
  readonly client: SQSClient;
  readonly queueUrl: string;
}): Letters {
  return {
    ...newSqsVisibility({ client, queueUrl }),
    look: async (hiddenSeconds) => {
      const { Messages = [] } = await client.send(
        // Long polling asks every server of the queue, so an empty answer means an empty queue. [SQS: short and long polling]
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: 10,
          VisibilityTimeout: hiddenSeconds,
          WaitTimeSeconds: 1,
        }),
      );
      return Messages.flatMap(({ MessageId, Body, ReceiptHandle }) =>
        MessageId === undefined || Body === undefined || ReceiptHandle === undefined
          ? []
          : [{ messageId: MessageId, body: Body, receiptHandle: ReceiptHandle }],
      );
    },
    remove: async ({ receiptHandle }) => {
      await client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: receiptHandle }));
    },
  };
}
