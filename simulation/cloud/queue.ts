import { createHash } from 'node:crypto';

import * as z from 'zod';

import type { Choices } from '../choices';
import { failure, success } from './wire';
import type { Reply } from './wire';

export interface QueueMessage {
  readonly id: string;
  readonly body: string;
  readonly group: string | undefined;
  visibleAtMs: number;
  receiveCount: number;
  receipt: string | undefined;
}

export interface QueueOptions {
  readonly nowMs: () => number;
  readonly choices: Choices;
  readonly visibilityMs: number;
  /** After this many receipts a message goes to the dead letters. */
  readonly maxReceiveCount: number;
  readonly onSent: (body: string) => void;
}

/** A standard queue: at least once, in no order, with a dead-letter queue [SQS developer guide]. */
export class Queue {
  readonly messages = new Map<string, QueueMessage>();
  readonly dead: QueueMessage[] = [];
  private sent = 0;
  private receipts = 0;

  constructor(private readonly options: QueueOptions) {}

  answer(operation: string, body: unknown): Reply {
    if (operation === 'SendMessageBatch') {
      const Successful = batch.parse(body).Entries.map((entry) => ({
        Id: entry.Id,
        MessageId: this.send(entry.MessageBody, entry.MessageGroupId, entry.DelaySeconds ?? 0),
        MD5OfMessageBody: createHash('md5').update(entry.MessageBody).digest('hex'),
      }));
      return success({ Successful, Failed: [] });
    }
    if (operation !== 'ChangeMessageVisibility')
      throw new Error(`an operation that the simulation does not know: ${operation}`);
    const { ReceiptHandle, VisibilityTimeout } = visibility.parse(body);
    const message = [...this.messages.values()].find(({ receipt }) => receipt === ReceiptHandle);
    if (message === undefined) {
      return failure(400, 'com.amazonaws.sqs#MessageNotInflight', 'The message is not in flight');
    }
    message.visibleAtMs = this.options.nowMs() + VisibilityTimeout * 1000;
    return success({});
  }

  /** Up to `most` messages that are visible now, hidden for the visibility time. Those received too often become dead letters. */
  receive(most: number): readonly QueueMessage[] {
    const { nowMs, choices, visibilityMs, maxReceiveCount } = this.options;
    const visible = [...this.messages.values()]
      .filter(({ visibleAtMs }) => visibleAtMs <= nowMs())
      .map((message) => ({ message, turn: choices.share('turn', message.id, message.receiveCount) }))
      .sort((a, b) => a.turn - b.turn);
    const received: QueueMessage[] = [];
    for (const { message } of visible) {
      if (received.length === most) break;
      if (message.receiveCount >= maxReceiveCount) {
        this.messages.delete(message.id);
        this.dead.push(message);
        continue;
      }
      this.receipts += 1;
      message.receiveCount += 1;
      message.receipt = `receipt-${String(this.receipts)}`;
      message.visibleAtMs = nowMs() + visibilityMs;
      received.push(message);
    }
    return received;
  }

  /** Only the latest receipt deletes. */
  delete(id: string, receipt: string | undefined): void {
    if (this.messages.get(id)?.receipt === receipt) this.messages.delete(id);
  }

  nextVisibleAtMs(): number | undefined {
    let next: number | undefined;
    for (const { visibleAtMs } of this.messages.values())
      if (next === undefined || visibleAtMs < next) next = visibleAtMs;
    return next;
  }

  private send(body: string, group: string | undefined, delaySeconds: number): string {
    this.sent += 1;
    const id = `message-${String(this.sent)}`;
    const visibleAtMs = this.options.nowMs() + delaySeconds * 1000;
    this.messages.set(id, { id, body, group, visibleAtMs, receiveCount: 0, receipt: undefined });
    this.options.onSent(body);
    return id;
  }
}

const batch = z.object({
  Entries: z.array(
    z.object({
      Id: z.string(),
      MessageBody: z.string(),
      MessageGroupId: z.string().optional(),
      DelaySeconds: z.number().optional(),
    }),
  ),
});

const visibility = z.object({ ReceiptHandle: z.string(), VisibilityTimeout: z.number() });
