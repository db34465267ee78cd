import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';

import type { RecoveryCounters } from '../../domain/mfa/ports';
import { attemptsBeforeLock, newAttemptCells } from './attempt-cells';
import { toItem } from './attribute-values';
import { recoveryCounterKey } from './keys';

export interface DynamoRecoveryCountersDependencies {
  readonly client: DynamoDBClient;
  readonly coordinationTable: string;
}

/** Attempts with recovery codes. */
export function newDynamoRecoveryCounters(deps: DynamoRecoveryCountersDependencies): RecoveryCounters {
  const { client, coordinationTable } = deps;
  const cells = newAttemptCells(client, coordinationTable, recoveryCounterKey);

  return {
    beginAttempt: async (user, nowMs) => {
      const gate = await cells.begin(user, nowMs);
      return gate.allowed ? { allowed: true } : gate;
    },

    forgive: async (user) => {
      await client.send(
        new UpdateItemCommand({
          TableName: coordinationTable,
          Key: toItem(recoveryCounterKey(user)),
          UpdateExpression: 'SET attempts = :zero, remaining = :full',
          ExpressionAttributeValues: toItem({ ':zero': 0, ':full': attemptsBeforeLock }),
        }),
      );
    },

    reset: (user) => cells.reset(user),
  };
}
