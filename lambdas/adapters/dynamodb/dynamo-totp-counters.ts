import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';

import type { TotpCounters } from '../../domain/mfa/ports';
import type { Randomness } from '../../kernel/ids';
import type { Fields } from '../reading';
import { integerOf } from '../reading';
import { attemptsBeforeLock, newAttemptCells } from './attempt-cells';
import { fromItem, toItem } from './attribute-values';
import { mfaCounterKey } from './keys';
import { failedCondition } from './refusals';

export interface DynamoTotpCountersDependencies {
  readonly client: DynamoDBClient;
  readonly coordinationTable: string;
  readonly randomness: Randomness;
}

/** Attempts with codes of the authenticator app, with `lastStep` beside them, and `usedBy`, the nonce of the one who used it. */
export function newDynamoTotpCounters(deps: DynamoTotpCountersDependencies): TotpCounters {
  const { client, coordinationTable, randomness } = deps;
  const cells = newAttemptCells(client, coordinationTable, mfaCounterKey);

  return {
    beginAttempt: async (user, nowMs) => {
      const gate = await cells.begin(user, nowMs);
      return gate.allowed ? { allowed: true, lastStep: lastStepOf(gate.cell) } : gate;
    },

    useStep: async (user, step) => {
      const nonce = Buffer.from(randomness.bytes(12)).toString('base64url');
      try {
        await client.send(
          new UpdateItemCommand({
            TableName: coordinationTable,
            Key: toItem(mfaCounterKey(user)),
            UpdateExpression: 'SET lastStep = :step, usedBy = :nonce, attempts = :zero, remaining = :full',
            ConditionExpression: 'attribute_not_exists(lastStep) OR lastStep < :step',
            ExpressionAttributeValues: toItem({
              ':step': step,
              ':nonce': nonce,
              ':zero': 0,
              ':full': attemptsBeforeLock,
            }),
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

    reset: (user) => cells.reset(user),
  };
}

function lastStepOf(cell: Fields): number {
  return cell.lastStep === undefined ? 0 : integerOf(cell, 'lastStep');
}
