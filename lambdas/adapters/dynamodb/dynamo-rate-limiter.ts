import type { DynamoDBClient, UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';

import type { Clock } from '../../kernel/clock';
import { invariant } from '../../kernel/invariant';
import type { RateLimit, RateLimiter, TakeSize } from '../../kernel/rate-limit';
import { admittedAt, gcra } from '../../kernel/rate-limit';
import { newBoundedMap } from '../../kernel/bounded-map';
import { integerOf } from '../reading';
import { fromItem, toAttribute, toItem } from './attribute-values';
import { limiterKey } from './keys';
import { failedCondition } from './refusals';

export interface DynamoRateLimiterDependencies {
  readonly client: DynamoDBClient;
  readonly coordinationTable: string;
  readonly clock: Clock;
}

/** Cells that a warm function remembers. */
const rememberedCells = 10_000;

/** How long a cell outlives the time at which it is full again. */
const graceSeconds = 60;

/**
 * Idle, busy, full: a cell passes through these within one request at most once, whoever else takes from it. A block may stop
 * fitting in between, so after the second call one request is taken.
 */
const maxCalls = 5;
const maxCallsForBlock = 2;

/**
 * GCRA, exact: an expression cannot say `max(now, tat) + interval`, so there are two conditional updates, one for an idle cell
 * (`tat ≤ now`) and one for a busy one (`tat > now`). Which of them fits is guessed from what this function saw last; a wrong
 * guess comes back with the stored TAT (ALL_OLD), which decides the second call or the refusal without another.
 *
 * A TAT never falls, so the one remembered is a lower bound: a cell that it shows as full is full, and costs no call.
 */
export function newDynamoRateLimiter({ client, coordinationTable, clock }: DynamoRateLimiterDependencies): RateLimiter {
  const remembered = newBoundedMap<number>(rememberedCells);

  return {
    take: async (who, limit, wanted = 'one') => {
      invariant(Number.isInteger(limit.burst) && limit.burst >= 1, 'a limit has a whole burst of one or more');
      invariant(Number.isInteger(limit.intervalMs) && limit.intervalMs >= 1, 'a limit has whole milliseconds');
      const key = limiterKey(who, limit.name);
      const nowMs = clock.now().getTime();
      let knownTatMs = remembered.get(key.pk);

      for (let call = 0; call < maxCalls; call += 1) {
        const size: TakeSize = call < maxCallsForBlock ? wanted : 'one';
        const { decision, count } = gcra(knownTatMs, nowMs, limit, size);
        if (!decision.admitted) return decision;
        const isBusy = knownTatMs !== undefined && knownTatMs > nowMs;
        const update = isBusy ? busyUpdate(nowMs, limit, count) : idleUpdate(nowMs, limit, count);
        const tried = await attempt({ ...update, TableName: coordinationTable, Key: toItem(key) });
        knownTatMs = tried.tatMs;
        if (knownTatMs === undefined) remembered.delete(key.pk);
        else remembered.set(key.pk, knownTatMs);
        if (tried.taken && knownTatMs !== undefined) return admittedAt(knownTatMs, nowMs, limit, { size, count });
      }
      throw new Error('a rate limit cell changed faster than it could be read');
    },
  };

  async function attempt(
    input: UpdateItemCommandInput,
  ): Promise<{ readonly taken: boolean; readonly tatMs: number | undefined }> {
    try {
      const answer = await client.send(
        new UpdateItemCommand({
          ...input,
          ReturnValues: 'UPDATED_NEW',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return { taken: true, tatMs: integerOf(fromItem(answer.Attributes), 'tat') };
    } catch (error) {
      const refusal = failedCondition(error);
      if (refusal === undefined) throw error;
      return { taken: false, tatMs: refusal.item === undefined ? undefined : integerOf(fromItem(refusal.item), 'tat') };
    }
  }
}

type Update = Omit<UpdateItemCommandInput, 'TableName' | 'Key'>;

function idleUpdate(nowMs: number, limit: RateLimit, count: number): Update {
  return {
    UpdateExpression: 'SET tat = :next, expiresAt = :expiresAt',
    ConditionExpression: 'attribute_not_exists(tat) OR tat <= :now',
    ExpressionAttributeValues: {
      ':next': toAttribute(nowMs + count * limit.intervalMs),
      ':now': toAttribute(nowMs),
      ':expiresAt': expiresAt(nowMs, limit),
    },
  };
}

function busyUpdate(nowMs: number, limit: RateLimit, count: number): Update {
  return {
    UpdateExpression: 'SET tat = tat + :taken, expiresAt = :expiresAt',
    ConditionExpression: 'tat > :now AND tat <= :limit',
    ExpressionAttributeValues: {
      ':taken': toAttribute(count * limit.intervalMs),
      ':now': toAttribute(nowMs),
      ':limit': toAttribute(nowMs + (limit.burst - count) * limit.intervalMs),
      ':expiresAt': expiresAt(nowMs, limit),
    },
  };
}

/** In seconds, as TTL wants it, and after the latest TAT that a cell can have. */
function expiresAt(nowMs: number, limit: RateLimit) {
  return toAttribute(Math.ceil((nowMs + limit.burst * limit.intervalMs) / 1_000) + graceSeconds);
}
