import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ScanCommand } from '@aws-sdk/client-dynamodb';

import type { Commit, Observation } from '../../kernel/journal';
import type { JournalScan } from '../../kernel/journal-scan';
import { textOf } from '../reading';
import type { Item } from './attribute-values';
import { fromItem, toItem } from './attribute-values';
import { parseJournalItem } from './commit-codec';
import type { Key } from './keys';
import { parseCommitKey, parseObservationKey } from './keys';

export interface DynamoJournalScanDependencies {
  readonly client: DynamoDBClient;
  readonly journalTable: string;
  /** Items of one page, at most; a page of DynamoDB also ends at 1 MB. */
  readonly pageSize: number;
}

/** The journal from one end to the other. A position is the key of the last item read, as text. */
export function newDynamoJournalScan({ client, journalTable, pageSize }: DynamoJournalScanDependencies): JournalScan {
  return {
    page: async (after) => {
      const page = await client.send(
        new ScanCommand({
          TableName: journalTable,
          Limit: pageSize,
          ExclusiveStartKey: after === undefined ? undefined : startAfter(after),
        }),
      );
      const commits: Commit[] = [];
      const observations: Observation[] = [];
      for (const item of page.Items ?? []) {
        const record = parseJournalItem(item);
        if (record.type === 'commit') commits.push(record.commit);
        else observations.push(record.observation);
      }
      return {
        commits,
        observations,
        next: page.LastEvaluatedKey === undefined ? undefined : positionOf(page.LastEvaluatedKey),
      };
    },
  };
}

function positionOf(key: Item): string {
  const fields = fromItem(key);
  return `${textOf(fields, 'pk')} ${textOf(fields, 'sk')}`;
}

function startAfter(position: string): Item {
  const [pk = '', sk = '', ...rest] = position.split(' ');
  const key: Key = { pk, sk };
  const isKey = parseCommitKey(key) !== undefined || parseObservationKey(key) !== undefined;
  if (rest.length > 0 || !isKey) throw new Error('invalid-position');
  return toItem(key);
}
