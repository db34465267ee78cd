import { randomUUID } from 'node:crypto';
import type { LocalClock } from '../front-door/clock';
import { seeded } from '../front-door/faults';
import { isRecord, parseRecord, recordOf, textOf, textsOf, type JsonRecord } from '../front-door/json';
import { AwsFault } from '../front-door/wire';
import { messageFrom, sizeOf, type Message } from './sqs-messages';
import type { RecordLog } from './state';

export interface QueueDepth {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
  /** Age of the oldest message that waits or is in flight, by the local clock. */
  readonly oldestAgeMs: number;
  /** When the next hidden message appears, by the local clock. */
  readonly nextVisibleAtMs: number | undefined;
}

/** How a queue misdelivers, as standard queues may [SQSDeveloperGuide/standard-queues-at-least-once-delivery.html]. */
export interface Misdelivery {
  readonly duplicateProbability?: number;
  readonly shuffle?: boolean;
  readonly seed?: number;
}

/** Default of every attribute that decides something here [APIReference/API_SetQueueAttributes.html]. */
const defaults: Readonly<Record<string, string>> = {
  VisibilityTimeout: '30',
  DelaySeconds: '0',
  MaximumMessageSize: '1048576',
  MessageRetentionPeriod: '345600',
  ReceiveMessageWaitTimeSeconds: '0',
};

const compactAfter = 5000;

/** One standard queue. Every change is in its log before the caller hears of it. */
export class Queue {
  readonly attributes: Record<string, string> = { ...defaults };
  readonly tags: Record<string, string> = {};
  private readonly messages = new Map<string, Message>();
  private readonly waiters = new Set<() => void>();
  private wakeTimer: NodeJS.Timeout | undefined;
  private appended = 0;
  private misdelivery: Misdelivery = {};
  private random = seeded(1);
  private readonly createdAtMs: number;

  constructor(
    readonly name: string,
    readonly arn: string,
    private readonly log: RecordLog,
    private readonly clock: LocalClock,
  ) {
    this.createdAtMs = clock.nowMs();
    for (const record of log.readAll()) {
      this.replay(record);
    }
    this.compact();
  }

  configure(attributes: Readonly<Record<string, string>>, tags: Readonly<Record<string, string>> = {}): void {
    Object.assign(this.attributes, attributes);
    Object.assign(this.tags, tags);
    this.append({ attributes: this.attributes, tags: this.tags });
  }

  misdeliver(misdelivery: Misdelivery): void {
    this.misdelivery = misdelivery;
    this.random = seeded(misdelivery.seed ?? 1);
  }

  send(entry: JsonRecord): Message {
    const body = textOf(entry['MessageBody']) ?? '';
    if (body === '') {
      throw new AwsFault('MissingParameter', 'The request must contain the parameter MessageBody.');
    }
    if (sizeOf(entry) > this.seconds('MaximumMessageSize')) {
      throw new AwsFault(
        'InvalidParameterValue',
        `One or more parameters are invalid. Reason: Message must be shorter than ${this.attributes['MaximumMessageSize'] ?? ''} bytes.`,
      );
    }
    const groupId = textOf(entry['MessageGroupId']);
    const delaySeconds =
      typeof entry['DelaySeconds'] === 'number' ? entry['DelaySeconds'] : this.seconds('DelaySeconds');
    const nowMs = this.clock.nowMs();
    const message: Message = {
      id: randomUUID(),
      body,
      attributes: recordOf(entry['MessageAttributes']),
      systemAttributes: Object.fromEntries(
        Object.entries(recordOf(entry['MessageSystemAttributes'])).map(([name, value]) => [
          name,
          textOf(recordOf(value)['StringValue']) ?? '',
        ]),
      ),
      ...(groupId === undefined ? {} : { groupId }),
      sentAtMs: nowMs,
      visibleAtMs: nowMs + delaySeconds * 1000,
      receiveCount: 0,
    };
    this.put(message);
    return message;
  }

  /** Stores a message that another queue gave up [SQSDeveloperGuide/sqs-dead-letter-queues.html]: its age goes on. */
  adopt(message: Message, sourceArn: string): void {
    const { receiptHandle: _old, ...rest } = message;
    this.put({
      ...rest,
      systemAttributes: { ...message.systemAttributes, DeadLetterQueueSourceArn: sourceArn },
      visibleAtMs: this.clock.nowMs(),
    });
  }

  /**
   * Hands out up to `limit` visible messages. One whose receive count has reached maxReceiveCount goes to the dead-letter
   * queue instead. Groups with fewer messages in flight come first, which is what fair queues promise
   * [SQSDeveloperGuide/sqs-fair-queues.html].
   */
  receive(
    limit: number,
    visibilitySeconds: number | undefined,
    deadLetterQueue: (arn: string) => Queue | undefined,
  ): Message[] {
    const nowMs = this.clock.nowMs();
    this.expire(nowMs);
    const visible = this.inOrder(nowMs);
    const redrive = this.redrivePolicy();
    const hiddenUntilMs = nowMs + (visibilitySeconds ?? this.seconds('VisibilityTimeout')) * 1000;
    const received: Message[] = [];
    for (const message of visible) {
      if (received.length >= limit) {
        break;
      }
      const target = redrive === undefined ? undefined : deadLetterQueue(redrive.targetArn);
      if (redrive !== undefined && target !== undefined && message.receiveCount >= redrive.maxReceiveCount) {
        // The message is in both queues if the process ends here: a duplicate, never a loss.
        target.adopt(message, this.arn);
        this.drop(message.id);
        continue;
      }
      message.receiveCount += 1;
      message.firstReceivedAtMs ??= nowMs;
      message.receiptHandle = Buffer.from(`${message.id}:${message.receiveCount}:${randomUUID()}`).toString('base64');
      const duplicated = this.random() < (this.misdelivery.duplicateProbability ?? 0);
      message.visibleAtMs = duplicated ? nowMs : hiddenUntilMs;
      this.append({ message });
      received.push({ ...message });
    }
    this.scheduleWake();
    return received;
  }

  /** Resolves when something may be visible, the time is over or the caller is gone. */
  async waitForMessages(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.inOrder(this.clock.nowMs()).length > 0 || waitMs <= 0 || signal?.aborted === true) {
      return;
    }
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.waiters.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, waitMs);
      this.waiters.add(done);
      signal?.addEventListener('abort', done);
      this.scheduleWake();
    });
  }

  delete(receiptHandle: string): void {
    const message = this.holderOf(receiptHandle);
    if (message !== undefined) {
      this.drop(message.id);
    }
  }

  changeVisibility(receiptHandle: string, seconds: number): void {
    if (!(seconds >= 0 && seconds <= 43_200)) {
      throw new AwsFault(
        'InvalidParameterValue',
        `Value ${seconds} for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200.`,
      );
    }
    const message = this.holderOf(receiptHandle);
    if (message === undefined || message.visibleAtMs <= this.clock.nowMs()) {
      throw new AwsFault(
        'MessageNotInflight',
        `Value ${receiptHandle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
      );
    }
    message.visibleAtMs = this.clock.nowMs() + seconds * 1000;
    this.append({ message });
    this.wake();
  }

  purge(): void {
    this.messages.clear();
    this.compact();
  }

  peek(): readonly Message[] {
    return [...this.messages.values()];
  }

  depth(): QueueDepth {
    const nowMs = this.clock.nowMs();
    this.expire(nowMs);
    const all = this.peek();
    const hidden = all.filter((message) => message.visibleAtMs > nowMs);
    const inFlight = hidden.filter((message) => message.receiveCount > 0).length;
    return {
      visible: all.length - hidden.length,
      inFlight,
      delayed: hidden.length - inFlight,
      oldestAgeMs: all.reduce((oldest, message) => Math.max(oldest, nowMs - message.sentAtMs), 0),
      nextVisibleAtMs: hidden.reduce(
        (next: number | undefined, { visibleAtMs }) => Math.min(next ?? Infinity, visibleAtMs),
        undefined,
      ),
    };
  }

  allAttributes(): Record<string, string> {
    const { visible, inFlight, delayed } = this.depth();
    return {
      ...this.attributes,
      QueueArn: this.arn,
      ApproximateNumberOfMessages: String(visible),
      ApproximateNumberOfMessagesNotVisible: String(inFlight),
      ApproximateNumberOfMessagesDelayed: String(delayed),
      CreatedTimestamp: String(Math.floor(this.createdAtMs / 1000)),
      LastModifiedTimestamp: String(Math.floor(this.createdAtMs / 1000)),
    };
  }

  wake(): void {
    for (const waiter of [...this.waiters]) {
      waiter();
    }
  }

  close(): void {
    clearTimeout(this.wakeTimer);
    this.wake();
  }

  private inOrder(nowMs: number): Message[] {
    const inFlightByGroup = new Map<string, number>();
    const visible: Message[] = [];
    for (const message of this.messages.values()) {
      if (message.visibleAtMs <= nowMs) {
        visible.push(message);
      } else if (message.groupId !== undefined && message.receiveCount > 0) {
        inFlightByGroup.set(message.groupId, (inFlightByGroup.get(message.groupId) ?? 0) + 1);
      }
    }
    const load = (message: Message): number =>
      message.groupId === undefined ? 0 : (inFlightByGroup.get(message.groupId) ?? 0);
    return this.misdelivery.shuffle === true
      ? visible
          .map((message) => ({ message, at: this.random() }))
          .sort((a, b) => a.at - b.at)
          .map(({ message }) => message)
      : visible.sort((a, b) => load(a) - load(b) || a.sentAtMs - b.sentAtMs);
  }

  private redrivePolicy(): { readonly targetArn: string; readonly maxReceiveCount: number } | undefined {
    const policy = parseRecord(this.attributes['RedrivePolicy'] ?? '{}');
    const targetArn = textOf(policy['deadLetterTargetArn']);
    return targetArn === undefined
      ? undefined
      : { targetArn, maxReceiveCount: Number(policy['maxReceiveCount'] ?? 10) };
  }

  private expire(nowMs: number): void {
    const oldestMs = nowMs - this.seconds('MessageRetentionPeriod') * 1000;
    for (const message of this.messages.values()) {
      if (message.sentAtMs < oldestMs) {
        this.drop(message.id);
      }
    }
  }

  private holderOf(receiptHandle: string): Message | undefined {
    const id = Buffer.from(receiptHandle, 'base64').toString().split(':')[0] ?? '';
    if (!/^[0-9a-f-]{36}$/.test(id)) {
      throw new AwsFault(
        'ReceiptHandleIsInvalid',
        `The input receipt handle "${receiptHandle}" is not a valid receipt handle.`,
      );
    }
    const message = this.messages.get(id);
    return message?.receiptHandle === receiptHandle ? message : undefined;
  }

  private put(message: Message): void {
    this.messages.set(message.id, message);
    this.append({ message });
    this.wake();
  }

  private drop(id: string): void {
    this.messages.delete(id);
    this.append({ deleted: id });
  }

  private append(record: object): void {
    this.log.append(record);
    this.appended += 1;
    if (this.appended > compactAfter && this.appended > 4 * this.messages.size) {
      this.compact();
    }
  }

  private compact(): void {
    this.appended = 0;
    this.log.rewrite([
      { attributes: this.attributes, tags: this.tags },
      ...this.peek().map((message) => ({ message })),
    ]);
  }

  private replay(record: JsonRecord): void {
    const deleted = textOf(record['deleted']);
    if (deleted !== undefined) {
      this.messages.delete(deleted);
    } else if (isRecord(record['message'])) {
      const message = messageFrom(record['message']);
      this.messages.set(message.id, message);
    } else {
      Object.assign(this.attributes, textsOf(record['attributes']));
      Object.assign(this.tags, textsOf(record['tags']));
    }
  }

  /** Wakes long polls when the next hidden message appears. */
  private scheduleWake(): void {
    clearTimeout(this.wakeTimer);
    if (this.waiters.size === 0) {
      return;
    }
    const nextMs = this.depth().nextVisibleAtMs;
    if (nextMs !== undefined) {
      this.wakeTimer = setTimeout(() => this.wake(), Math.max(0, nextMs - this.clock.nowMs()) + 1);
    }
  }

  private seconds(attribute: string): number {
    return Number(this.attributes[attribute] ?? 0);
  }
}
