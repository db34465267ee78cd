import type { AwsCall, AwsReply } from './contract';

/** Something the cloud wrote, for the scan for secrets and card numbers. */
export interface WrittenText {
  /** `item`, `message`, `object`, `notification`, `error`, or what the runtime adds: `log`, `response`. */
  readonly kind: string;
  /** Table, queue, bucket/key, function … */
  readonly source: string;
  readonly text: string;
}

export interface WrittenTexts {
  add(text: WrittenText): void;
  all(): readonly WrittenText[];
  /** Keeps what a call wrote, and the body of a refusal. */
  addCall(call: AwsCall, reply: AwsReply, resource: string): void;
}

const writingActions: Readonly<Record<string, string>> = {
  'dynamodb:PutItem': 'item',
  'dynamodb:UpdateItem': 'item',
  'dynamodb:BatchWriteItem': 'item',
  'dynamodb:TransactWriteItems': 'item',
  'sqs:SendMessage': 'message',
  'sqs:SendMessageBatch': 'message',
  's3:PutObject': 'object',
  'sns:Publish': 'notification',
};

/** KMS, Secrets Manager, STS and Cognito are where secrets belong, so what they are sent is not kept. */
export function newWrittenTexts(): WrittenTexts {
  const texts: WrittenText[] = [];
  return {
    add(text) {
      texts.push(text);
    },
    all: () => texts,
    addCall(call, reply, resource) {
      const kind = writingActions[`${call.service}:${call.action}`];
      if (kind !== undefined) {
        texts.push({ kind, source: resource, text: call.body.toString() });
      }
      if (reply.status >= 400) {
        texts.push({
          kind: 'error',
          source: `${call.service}:${call.action} ${resource}`,
          text: reply.body.toString(),
        });
      }
    },
  };
}
