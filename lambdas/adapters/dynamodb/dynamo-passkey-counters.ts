import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';

import type { PasskeyCounters } from '../../domain/mfa/ports';
import type { Randomness } from '../../kernel/ids';
import { fromItem, toItem } from './attribute-values';
import { passkeyCounterKey } from './keys';
import { failedCondition } from './refusals';

export interface DynamoPasskeyCountersDependencies {
  readonly client: DynamoDBClient;
  readonly coordinationTable: string;
  readonly randomness: Randomness;
}

/** Signature counters of passkeys: one conditional update an assertion. */
export function newDynamoPasskeyCounters({
  client,
  coordinationTable,
  randomness,
}: DynamoPasskeyCountersDependencies): PasskeyCounters {
  return {
    advance: async (user, passkeyId, counter) => {
      const nonce = Buffer.from(randomness.bytes(12)).toString('base64url');
      try {
        await client.send(
          new UpdateItemCommand({
            TableName: coordinationTable,
            Key: toItem(passkeyCounterKey(user, passkeyId)),
            UpdateExpression: 'SET signatures = :counter, usedBy = :nonce',
            ConditionExpression:
              'attribute_not_exists(signatures) OR signatures < :counter OR (signatures = :zero AND :counter = :zero)',
            ExpressionAttributeValues: toItem({ ':counter': counter, ':zero': 0, ':nonce': nonce }),
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return true;
      } catch (error) {
        const refusal = failedCondition(error);
        if (refusal === undefined) throw error;
        // Our own nonce: the first try landed, and its answer was lost.
        return fromItem(refusal.item).usedBy === nonce;
      }
    },
  };
}
