import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';

import type { ClosedGate } from '../../domain/mfa/ports';
import type { Fields } from '../reading';
import { integerOf } from '../reading';
import { fromItem, toItem } from './attribute-values';
import type { Key } from './keys';
import { failedCondition } from './refusals';

/** [PCI DSS 8.3.4: not more than 10 attempts, 30 minutes or more] */
export const attemptsBeforeLock = 10;
const lockMs = 30 * 60_000;

/** [NIST SP 800-63B-4, 3.2.2: no more than 100 consecutive failures] */
const attemptsBeforeDisabled = 100;

/** Open, locked, lock over: two updates are enough unless others change the cell meanwhile. */
const maxCalls = 4;

type Begun = { readonly allowed: true; readonly cell: Fields } | ClosedGate;

export interface AttemptCells {
  /** Counts one attempt; answers the item as it is after it. */
  begin(user: string, nowMs: number): Promise<Begun>;
  reset(user: string): Promise<void>;
}

/**
 * Counters of attempts: `attempts` since the last right code, `remaining` until the next lock, `lockedUntil` (ms; counts only when
 * none are left). The item has no TTL.
 *
 * A repeated call after a lost answer counts one attempt too many: the strict side.
 */
export function newAttemptCells(client: DynamoDBClient, table: string, keyOf: (user: string) => Key): AttemptCells {
  const place = (user: string) => ({ TableName: table, Key: toItem(keyOf(user)) });

  const count = async (user: string, nowMs: number, lockIsOver: boolean): Promise<Begun | 'lock-is-over'> => {
    try {
      const answer = await client.send(
        new UpdateItemCommand({
          ...place(user),
          UpdateExpression:
            `SET attempts = if_not_exists(attempts, :zero) + :one, lockedUntil = :lockedUntil, ` +
            `remaining = ${lockIsOver ? ':fresh' : 'if_not_exists(remaining, :full) - :one'}`,
          ConditionExpression: lockIsOver
            ? 'attempts < :most AND remaining = :zero AND lockedUntil <= :now'
            : 'attribute_not_exists(remaining) OR (attempts < :most AND remaining > :zero)',
          ExpressionAttributeValues: toItem({
            ':zero': 0,
            ':one': 1,
            ':most': attemptsBeforeDisabled,
            ':lockedUntil': nowMs + lockMs,
            ...(lockIsOver ? { ':fresh': attemptsBeforeLock - 1, ':now': nowMs } : { ':full': attemptsBeforeLock }),
          }),
          ReturnValues: 'ALL_NEW',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return { allowed: true, cell: fromItem(answer.Attributes) };
    } catch (error) {
      const refusal = failedCondition(error);
      if (refusal === undefined) throw error;
      const cell = fromItem(refusal.item);
      if (integerOf(cell, 'attempts') >= attemptsBeforeDisabled) return { allowed: false, reason: 'disabled' };
      const retryAfterMs = integerOf(cell, 'lockedUntil') - nowMs;
      if (integerOf(cell, 'remaining') > 0 || retryAfterMs <= 0) return 'lock-is-over';
      return { allowed: false, reason: 'locked', retryAfterMs };
    }
  };

  return {
    begin: async (user, nowMs) => {
      for (let call = 0; call < maxCalls; call += 1) {
        const gate = await count(user, nowMs, call % 2 === 1);
        if (gate !== 'lock-is-over') return gate;
      }
      throw new Error('an MFA counter changed faster than it could be read');
    },

    reset: async (user) => {
      await client.send(
        new UpdateItemCommand({
          ...place(user),
          UpdateExpression: 'REMOVE attempts, remaining, lockedUntil, lastStep, usedBy',
        }),
      );
    },
  };
}
