import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';

import type { SweepCheckpoint } from '../../domain/audit/ports';
import { integerOf, optionalTextOf } from '../reading';
import { fromItem, toItem } from './attribute-values';
import { sweepCheckpointKey } from './keys';

export interface DynamoSweepCheckpointDependencies {
  readonly client: DynamoDBClient;
  readonly coordinationTable: string;
}

/** Where the sweep of the journal stands: one item of the platform: after · pages · lastLapPages. */
export function newDynamoSweepCheckpoint(deps: DynamoSweepCheckpointDependencies): SweepCheckpoint {
  const { client, coordinationTable } = deps;
  const key = sweepCheckpointKey();
  return {
    read: async () => {
      const answer = await client.send(
        new GetItemCommand({ TableName: coordinationTable, Key: toItem(key), ConsistentRead: true }),
      );
      if (answer.Item === undefined) return undefined;
      const fields = fromItem(answer.Item);
      return {
        after: optionalTextOf(fields, 'after'),
        pages: integerOf(fields, 'pages'),
        lastLapPages: fields.lastLapPages === undefined ? undefined : integerOf(fields, 'lastLapPages'),
      };
    },
    write: async ({ after, pages, lastLapPages }) => {
      const Item = toItem({ ...key, after, pages, lastLapPages });
      await client.send(new PutItemCommand({ TableName: coordinationTable, Item }));
    },
  };
}
