import type { BatchGetItemCommandOutput, DynamoDBClient, KeysAndAttributes } from '@aws-sdk/client-dynamodb';
import { BatchGetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';

import type { StepUps } from '../../domain/mfa/ports';
import { stepUpMethods } from '../../domain/mfa/ports';
import { integerOf, optionOf, textOf } from '../reading';
import { Unavailable } from '../unavailable';
import { fromItem, toItem } from './attribute-values';
import { stepUpKey, stepUpRevocationKey } from './keys';

export interface DynamoStepUpsDependencies {
  readonly client: DynamoDBClient;
  readonly coordinationTable: string;
}

/** Longer than any policy's window. */
const keptSeconds = 24 * 60 * 60;

const maxBatchAttempts = 5;

/**
 * Step-ups by user and session, and the mark that revokes those of a user; both are read in one strongly consistent call.
 * Repeating a record changes nothing.
 */
export function newDynamoStepUps({ client, coordinationTable }: DynamoStepUpsDependencies): StepUps {
  const put = async (item: object): Promise<void> => {
    await client.send(new PutItemCommand({ TableName: coordinationTable, Item: toItem(item) }));
  };

  const items = async (keys: readonly object[]): Promise<readonly Readonly<Record<string, unknown>>[]> => {
    const found: Readonly<Record<string, unknown>>[] = [];
    let rest: Record<string, KeysAndAttributes> = {
      [coordinationTable]: { Keys: keys.map((key) => toItem(key)), ConsistentRead: true },
    };
    for (let attempt = 0; attempt < maxBatchAttempts; attempt += 1) {
      const answer: BatchGetItemCommandOutput = await client.send(new BatchGetItemCommand({ RequestItems: rest }));
      found.push(...(answer.Responses?.[coordinationTable] ?? []).map((item) => fromItem(item)));
      rest = answer.UnprocessedKeys ?? {};
      if (Object.keys(rest).length === 0) return found;
    }
    throw new Unavailable('DynamoDB left a step-up unread');
  };

  return {
    record: (user, session, { verifiedAtMs, method }) =>
      put({
        ...stepUpKey(user, session),
        verifiedAt: verifiedAtMs,
        method,
        expiresAt: Math.ceil(verifiedAtMs / 1_000) + keptSeconds,
      }),

    read: async (user, session) => {
      const [place, mark] = [stepUpKey(user, session), stepUpRevocationKey(user)];
      const found = await items([place, mark]);
      const stepUp = found.find((item) => textOf(item, 'sk') === place.sk);
      if (stepUp === undefined) return undefined;
      const revoked = found.find((item) => textOf(item, 'sk') === mark.sk);
      const verifiedAtMs = integerOf(stepUp, 'verifiedAt');
      if (revoked !== undefined && verifiedAtMs <= integerOf(revoked, 'until')) return undefined;
      return { verifiedAtMs, method: optionOf(stepUp, 'method', stepUpMethods) };
    },

    // The mark outlives every step-up that it revokes.
    revoke: (user, untilMs) =>
      put({
        ...stepUpRevocationKey(user),
        until: untilMs,
        expiresAt: Math.ceil(untilMs / 1_000) + keptSeconds + 60,
      }),
  };
}
