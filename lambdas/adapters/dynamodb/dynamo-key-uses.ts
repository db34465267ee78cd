import type { BatchGetItemCommandOutput, DynamoDBClient, KeysAndAttributes } from '@aws-sdk/client-dynamodb';
import { BatchGetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';

import type { KeyUse, KeyUses } from '../../domain/api-keys';
import { optionalTextOf, textOf } from '../reading';
import { fromItem, toItem } from './attribute-values';
import { apiKeyUseKey } from './keys';
import { failedCondition } from './refusals';

export interface DynamoKeyUsesDependencies {
  readonly client: DynamoDBClient;
  readonly coordinationTable: string;
  /** Whose keys. */
  readonly tenant: string;
}

/** A key that rested for longer is shown as never used. */
const keptSeconds = 400 * 24 * 60 * 60;

/** Last uses in DynamoDB, one item a key. Reads are eventually consistent: what is written every few minutes is no fresher. */
export function newDynamoKeyUses({ client, coordinationTable, tenant }: DynamoKeyUsesDependencies): KeyUses {
  return {
    record: async (keyId, { at, ip }) => {
      try {
        await client.send(
          new UpdateItemCommand({
            TableName: coordinationTable,
            Key: toItem(apiKeyUseKey(tenant, keyId)),
            UpdateExpression: `SET keyId = :keyId, usedAt = :at, expiresAt = :expiresAt${ip === undefined ? ' REMOVE ip' : ', ip = :ip'}`,
            ConditionExpression: 'attribute_not_exists(usedAt) OR usedAt < :at',
            ExpressionAttributeValues: toItem({
              ':keyId': keyId,
              ':at': at,
              ':expiresAt': Math.ceil(Date.parse(at) / 1000) + keptSeconds,
              ':ip': ip,
            }),
          }),
        );
      } catch (error) {
        // Another function has seen it later.
        if (failedCondition(error) === undefined) throw error;
      }
    },

    read: async (keyIds) => {
      const found = new Map<string, KeyUse>();
      let rest: Record<string, KeysAndAttributes> =
        keyIds.length === 0
          ? {}
          : { [coordinationTable]: { Keys: keyIds.map((keyId) => toItem(apiKeyUseKey(tenant, keyId))) } };
      // What DynamoDB leaves out twice under load is not shown.
      for (let attempt = 0; attempt < 2 && Object.keys(rest).length > 0; attempt += 1) {
        const answer: BatchGetItemCommandOutput = await client.send(new BatchGetItemCommand({ RequestItems: rest }));
        for (const item of answer.Responses?.[coordinationTable] ?? []) {
          const fields = fromItem(item);
          const ip = optionalTextOf(fields, 'ip');
          found.set(textOf(fields, 'keyId'), { at: textOf(fields, 'usedAt'), ...(ip === undefined ? {} : { ip }) });
        }
        rest = answer.UnprocessedKeys ?? {};
      }
      return found;
    },
  };
}
