import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';

import type { SessionStarts } from '../../domain/identity';
import { textOf } from '../reading';
import { fromItem, toItem } from './attribute-values';
import { sessionStartKey } from './keys';
import { failedCondition } from './refusals';

export interface DynamoSessionStartsDependencies {
  readonly client: DynamoDBClient;
  readonly coordinationTable: string;
}

/** Longer than any session lives: refresh tokens are valid for 12 hours. */
const keptSeconds = 48 * 60 * 60;

/** Starts of sessions: one conditional write a claim. */
export function newDynamoSessionStarts({ client, coordinationTable }: DynamoSessionStartsDependencies): SessionStarts {
  return {
    claim: async (user, session, { commitId, at }) => {
      try {
        await client.send(
          new PutItemCommand({
            TableName: coordinationTable,
            Item: toItem({
              ...sessionStartKey(user, session),
              commitId,
              startedAt: at,
              expiresAt: Math.ceil(Date.parse(at) / 1_000) + keptSeconds,
            }),
            ConditionExpression: 'attribute_not_exists(pk)',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return { commitId, at };
      } catch (error) {
        const refusal = failedCondition(error);
        if (refusal === undefined) throw error;
        const earlier = fromItem(refusal.item);
        return { commitId: textOf(earlier, 'commitId'), at: textOf(earlier, 'startedAt') };
      }
    },
  };
}
