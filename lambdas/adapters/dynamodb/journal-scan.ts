import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ScanCommand } from '@aws-sdk/client-dynamodb';

import type { Commit, Observation } from '../../kernel/journal';
import type { JournalScan } from '../../kernel/journal-scan';
import { fieldsOf, MalformedData, textOf } from '../reading';
import type { Item } from './attribute-values';
import { fromItem, toItem } from './attribute-values';
import type { JournalRecord } from './commit-codec';
import { parseJournalItem } from './commit-codec';

export interface DynamoJournalScanDependencies {
  readonly client: DynamoDBClient;
  readonly journalTable: string;
  /** Items a page. Without it a page is what DynamoDB reads at once: 1 MB, 128 read units. */
  readonly pageItems?: number;
}

/** Scans the journal table. Positions are the table's own keys, which hold ids only. */
export function newDynamoJournalScan({ client, journalTable, pageItems }: DynamoJournalScanDependencies): JournalScan {
  return {
    page: async (after) => {
      const answer = await client.send(
        new ScanCommand({
          TableName: journalTable,
          ...(pageItems === undefined ? {} : { Limit: pageItems }),
          ...(after === undefined ? {} : { ExclusiveStartKey: toItem(openPosition(after)) }),
        }),
      );
      const commits: Commit[] = [];
      const observations: Observation[] = [];
      const unreadable: string[] = [];
      for (const item of answer.Items ?? []) {
        const record = readItem(item);
        if (typeof record === 'string') unreadable.push(record);
        else if (record.type === 'commit') commits.push(record.commit);
        else observations.push(record.observation);
      }
      const last = answer.LastEvaluatedKey;
      return { commits, observations, unreadable, next: last === undefined ? undefined : positionOf(fromItem(last)) };
    },
  };
}

/** The record, or the key of an item that is none: one item that cannot be read must not hide all that lies behind it. */
function readItem(item: Item): JournalRecord | string {
  try {
    return parseJournalItem(item);
  } catch {
    return `${item.pk?.S ?? '?'} ${item.sk?.S ?? '?'}`;
  }
}

function positionOf(key: Readonly<Record<string, unknown>>): string {
  const { pk, sk } = { pk: textOf(key, 'pk'), sk: textOf(key, 'sk') };
  return Buffer.from(JSON.stringify({ pk, sk })).toString('base64url');
}

function openPosition(position: string): { readonly pk: string; readonly sk: string } {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(position, 'base64url').toString());
    const fields = fieldsOf(parsed, 'position');
    return { pk: textOf(fields, 'pk'), sk: textOf(fields, 'sk') };
  } catch {
    throw new MalformedData('not a position in the journal');
  }
}
