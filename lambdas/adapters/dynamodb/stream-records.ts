import type { JournalRecord } from './commit-codec';
import { parseJournalItem } from './commit-codec';
import type { Fields } from '../reading';
import { fieldsOf, listOf, MalformedData, textOf } from '../reading';
import { fromItem } from './attribute-values';

/** One record of the journal's stream [DynamoDB Streams: StreamRecord]. */
export interface JournalStreamRecord {
  /** Its position in the shard; a partial batch response names the earliest one that is not done. */
  readonly sequenceNumber: string;
  readonly change: JournalStreamChange;
}

export type JournalStreamChange =
  | { readonly type: 'inserted'; readonly record: JournalRecord }
  /** An item of the journal was changed or removed, which no function may do. */
  | { readonly type: 'tampered'; readonly how: string; readonly key: string }
  /** Something was inserted that is neither a commit nor an observation. */
  | { readonly type: 'unreadable'; readonly key: string; readonly error: unknown };

/** Reads the batch that Lambda hands over, in its order. Throws on an event of another source. */
export function readStreamRecords(event: unknown): readonly JournalStreamRecord[] {
  return listOf(fieldsOf(event, 'stream event'), 'Records').map((each) => {
    const fields = fieldsOf(each, 'stream record');
    const image = fieldsOf(fields.dynamodb, 'dynamodb');
    return { sequenceNumber: textOf(image, 'SequenceNumber'), change: changeOf(textOf(fields, 'eventName'), image) };
  });
}

function changeOf(eventName: string, image: Fields): JournalStreamChange {
  const key = keyTextOf(image);
  if (eventName !== 'INSERT') return { type: 'tampered', how: eventName, key };
  try {
    if (image.NewImage === undefined) throw new MalformedData('the stream record has no new image');
    return { type: 'inserted', record: parseJournalItem(image.NewImage) };
  } catch (error) {
    return { type: 'unreadable', key, error };
  }
}

/** For logs only: ids, never content. */
function keyTextOf(image: Fields): string {
  const { pk, sk } = fromItem(image.Keys);
  return `${String(pk)} ${String(sk)}`;
}
