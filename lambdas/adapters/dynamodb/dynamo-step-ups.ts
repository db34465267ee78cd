import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';

import type { StepUps } from '../../domain/mfa/ports';
import { integerOf, optionOf } from '../reading';
import { fromItem, toItem } from './attribute-values';
import { stepUpKey } from './keys';

export interface DynamoStepUpsDependencies {
  readonly client: DynamoDBClient;
  readonly coordinationTable: string;
}

/** Longer than any policy's window. */
const keptSeconds = 24 * 60 * 60;

/** Step-ups by user and session. Repeating a record changes nothing. Reads are strongly consistent. */
export function newDynamoStepUps({ client, coordinationTable }: DynamoStepUpsDependencies): StepUps {
  return {
    record: async (user, session, { verifiedAtMs, method }) => {
      await client.send(
        new PutItemCommand({
          TableName: coordinationTable,
          Item: toItem({
            ...stepUpKey(user, session),
            verifiedAt: verifiedAtMs,
            method,
            expiresAt: Math.ceil(verifiedAtMs / 1_000) + keptSeconds,
          }),
        }),
      );
    },

    read: async (user, session) => {
      const answer = await client.send(
        new GetItemCommand({
          TableName: coordinationTable,
          Key: toItem(stepUpKey(user, session)),
          ConsistentRead: true,
        }),
      );
      if (answer.Item === undefined) return undefined;
      const fields = fromItem(answer.Item);
      return { verifiedAtMs: integerOf(fields, 'verifiedAt'), method: optionOf(fields, 'method', ['totp']) };
    },
  };
}
