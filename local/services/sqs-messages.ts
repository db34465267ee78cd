import { createHash } from 'node:crypto';
import { listOf, recordOf, textOf, textsOf, type JsonRecord } from '../front-door/json';
import { AwsFault } from '../front-door/wire';

export interface Message {
  readonly id: string;
  readonly body: string;
  readonly attributes: JsonRecord;
  readonly systemAttributes: Readonly<Record<string, string>>;
  readonly groupId?: string;
  readonly sentAtMs: number;
  visibleAtMs: number;
  receiveCount: number;
  firstReceivedAtMs?: number;
  /** Handle of the latest receive; older ones no longer act. */
  receiptHandle?: string;
}

export function md5Of(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

/** Bytes of a message as its size limit counts them: body and attributes. */
export function sizeOf(entry: JsonRecord): number {
  const attributes = Object.entries(recordOf(entry['MessageAttributes'])).reduce(
    (sum, [name, value]) => sum + name.length + JSON.stringify(value).length,
    0,
  );
  return Buffer.byteLength(textOf(entry['MessageBody']) ?? '') + attributes;
}

export function messageFrom(stored: JsonRecord): Message {
  const groupId = textOf(stored['groupId']);
  const receiptHandle = textOf(stored['receiptHandle']);
  const firstReceivedAtMs = stored['firstReceivedAtMs'];
  return {
    id: textOf(stored['id']) ?? '',
    body: textOf(stored['body']) ?? '',
    attributes: recordOf(stored['attributes']),
    systemAttributes: textsOf(stored['systemAttributes']),
    sentAtMs: Number(stored['sentAtMs'] ?? 0),
    visibleAtMs: Number(stored['visibleAtMs'] ?? 0),
    receiveCount: Number(stored['receiveCount'] ?? 0),
    ...(groupId === undefined ? {} : { groupId }),
    ...(receiptHandle === undefined ? {} : { receiptHandle }),
    ...(typeof firstReceivedAtMs === 'number' ? { firstReceivedAtMs } : {}),
  };
}

/** The message as ReceiveMessage returns it, with the attributes that were asked for. */
export function receivedMessage(
  message: Message,
  systemNames: readonly unknown[],
  attributeNames: readonly unknown[],
): object {
  const system: Record<string, string> = {
    SenderId: 'LOCAL',
    SentTimestamp: String(message.sentAtMs),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs ?? 0),
    ...(message.groupId === undefined ? {} : { MessageGroupId: message.groupId }),
    ...message.systemAttributes,
  };
  const wanted = Object.entries(system).filter(([name]) => systemNames.includes('All') || systemNames.includes(name));
  const attributes = Object.entries(message.attributes).filter(
    ([name]) => attributeNames.includes('All') || attributeNames.includes('.*') || attributeNames.includes(name),
  );
  return {
    MessageId: message.id,
    ReceiptHandle: message.receiptHandle,
    Body: message.body,
    MD5OfBody: md5Of(message.body),
    ...(wanted.length === 0 ? {} : { Attributes: Object.fromEntries(wanted) }),
    ...(attributes.length === 0 ? {} : { MessageAttributes: Object.fromEntries(attributes) }),
  };
}

/** Entries of a batch request, refused as a whole where SQS does so [APIReference/API_SendMessageBatch.html]. */
export function batchEntries(body: JsonRecord): readonly JsonRecord[] {
  const entries = listOf(body['Entries']).map(recordOf);
  if (entries.length === 0) {
    throw new AwsFault(
      'EmptyBatchRequest',
      'There should be at least one SendMessageBatchRequestEntry in the request.',
    );
  }
  if (entries.length > 10) {
    throw new AwsFault(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are 10. You have sent ${entries.length}.`,
    );
  }
  const ids = entries.map((entry) => textOf(entry['Id']) ?? '');
  if (new Set(ids).size !== ids.length) {
    throw new AwsFault('BatchEntryIdsNotDistinct', 'Two or more batch entries in the request have the same Id.');
  }
  const malformed = ids.find((id) => !/^[\w-]{1,80}$/.test(id));
  if (malformed !== undefined) {
    throw new AwsFault(
      'InvalidBatchEntryId',
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
    );
  }
  if (entries.reduce((sum, entry) => sum + sizeOf(entry), 0) > 1_048_576) {
    throw new AwsFault('BatchRequestTooLong', 'Batch requests cannot be longer than 1048576 bytes.');
  }
  return entries;
}
