import { randomUUID } from 'node:crypto';
import type { LocalService } from '../front-door/contract';
import { textOf } from '../front-door/json';
import { AwsFault, element, xmlReply } from '../front-door/wire';
import { openRecordLog, openStateFile, type Home } from './state';

export interface Notification {
  readonly topicArn: string;
  readonly subject: string;
  readonly message: string;
  /** ISO 8601. */
  readonly at: string;
}

export interface SnsService extends LocalService {
  /** Makes a topic unless it exists; returns its ARN. */
  createTopic(topic: { readonly name: string; readonly kmsKeyId?: string }): string;
  publish(notification: Omit<Notification, 'at'>): string;
  onPublish(listener: (notification: Notification) => void): void;
  notifications(): readonly Notification[];
  encryptionKeyOf(topicArn: string): string | undefined;
}

/** Topics that keep and show what is published; subscriptions are listeners of this process. */
export function startSns(home: Home): SnsService {
  const file = openStateFile(home.stateDir, 'sns', 'topics.json');
  const log = openRecordLog(home.stateDir, 'sns', 'notifications.jsonl');
  const topics = new Map<string, string | undefined>();
  for (const [arn, keyId] of Object.entries(file.read())) {
    topics.set(arn, textOf(keyId));
  }
  const published: Notification[] = log.readAll().map((record) => ({
    topicArn: textOf(record['topicArn']) ?? '',
    subject: textOf(record['subject']) ?? '',
    message: textOf(record['message']) ?? '',
    at: textOf(record['at']) ?? '',
  }));
  const listeners: ((notification: Notification) => void)[] = [];
  const publish = (wanted: Omit<Notification, 'at'>): string => {
    if (!topics.has(wanted.topicArn)) {
      throw new AwsFault('NotFound', 'Topic does not exist', 404);
    }
    const notification = { ...wanted, at: new Date(home.clock.nowMs()).toISOString() };
    published.push(notification);
    log.append(notification);
    listeners.forEach((listener) => {
      listener(notification);
    });
    return randomUUID();
  };
  return {
    name: 'sns',
    async handle(call) {
      const form = new URLSearchParams(call.body.toString());
      if (call.action !== 'Publish') {
        throw new AwsFault('InvalidAction', `The local SNS does not offer ${call.action}.`);
      }
      const id = publish({
        topicArn: form.get('TopicArn') ?? '',
        subject: form.get('Subject') ?? '',
        message: form.get('Message') ?? '',
      });
      return xmlReply(
        `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>${element('MessageId', id)}</PublishResult></PublishResponse>`,
        200,
        { 'content-type': 'text/xml' },
      );
    },
    createTopic({ name, kmsKeyId }) {
      const arn = `arn:aws:sns:${home.region}:${home.accountId}:${name}`;
      topics.set(arn, kmsKeyId);
      file.write(Object.fromEntries([...topics].map(([each, keyId]) => [each, keyId ?? null])));
      return arn;
    },
    publish,
    onPublish(listener) {
      listeners.push(listener);
    },
    notifications: () => published,
    encryptionKeyOf: (topicArn) => topics.get(topicArn),
    close: async () => undefined,
  };
}
