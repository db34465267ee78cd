import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';

import type { SweepCheckpoint } from '../../domain/audit/ports';
import { optionalTextOf } from '../reading';
import { fromItem, toItem } from './attribute-values';
import { sweepCheckpointKey } from './keys';

export interface DynamoSweepCheckpointDependencies {
  readonly client: DynamoDBClient;
  readonly coordinationTable: string;
}

/** Where the sweep of the journal stands: one item of the platform, `position`. */
export function newDynamoSweepCheckpoint(deps: DynamoSweepCheckpointDependencies): SweepCheckpoint {
  const { client, coordinationTable } = deps;
  const key = sweepCheckpointKey();
  return {
    read: async () => {
      const answer = await client.send(
        new GetItemCommand({ TableName: coordinationTable, Key: toItem(key), ConsistentRead: true }),
      );
      return answer.Item === undefined ? undefined : optionalTextOf(fromItem(answer.Item), 'position');
    },
    write: async (position) => {
      await client.send(new PutItemCommand({ TableName: coordinationTable, Item: toItem({ ...key, position }) }));
    },
  };
}
