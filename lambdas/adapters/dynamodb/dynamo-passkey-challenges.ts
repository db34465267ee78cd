import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';

import type { PasskeyChallenges } from '../../domain/mfa/ports';
import { integerOf, textOf } from '../reading';
import { fromItem, toItem } from './attribute-values';
import { passkeyChallengeKey } from './keys';

export interface DynamoPasskeyChallengesDependencies {
  readonly client: DynamoDBClient;
  readonly coordinationTable: string;
}

/**
 * Challenges of passkeys. Deleting gives the old item to one caller alone, which is what makes a challenge count once. A repeated
 * call after a lost answer finds none: the person begins anew.
 */
export function newDynamoPasskeyChallenges({
  client,
  coordinationTable,
}: DynamoPasskeyChallengesDependencies): PasskeyChallenges {
  return {
    keep: async ({ user, session, ceremony }, challenge, expiresAtMs) => {
      await client.send(
        new PutItemCommand({
          TableName: coordinationTable,
          Item: toItem({
            ...passkeyChallengeKey(user, session, ceremony),
            challenge,
            expiresAtMs,
            expiresAt: Math.ceil(expiresAtMs / 1_000),
          }),
        }),
      );
    },

    take: async ({ user, session, ceremony }, nowMs) => {
      const answer = await client.send(
        new DeleteItemCommand({
          TableName: coordinationTable,
          Key: toItem(passkeyChallengeKey(user, session, ceremony)),
          ReturnValues: 'ALL_OLD',
        }),
      );
      if (answer.Attributes === undefined) return undefined;
      const item = fromItem(answer.Attributes);
      // The table's time to live removes items late.
      return integerOf(item, 'expiresAtMs') > nowMs ? textOf(item, 'challenge') : undefined;
    },
  };
}
