import type { DynamoDBClient, UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';

import type { Clock } from '../../kernel/clock';
import type { ConcurrencyLimiter } from '../../kernel/concurrency';
import { placeRetryMs } from '../../kernel/concurrency';
import type { Randomness } from '../../kernel/ids';
import { invariant } from '../../kernel/invariant';
import { fieldsOf, integerOf } from '../reading';
import { fromItem, toItem } from './attribute-values';
import { slotsKey } from './keys';
import { failedCondition } from './refusals';

export interface DynamoConcurrencyDependencies {
  readonly client: DynamoDBClient;
  readonly coordinationTable: string;
  readonly tenant: string;
  readonly clock: Clock;
  readonly randomness: Randomness;
}

/** How long the item outlives the last holder. */
const graceSeconds = 60;

/** The first update of a tenant creates the item, and one more drops holders whose time is over; the rest are lost races. */
const maxCalls = 5;

/** Who holds a place, by nonce, and until when. */
type Holders = ReadonlyMap<string, number>;

/**
 * The places of a tenant: one item for a pool, a map of holders in it. A holder's nonce names its entry, so a request that is sent
 * again because its answer was lost takes the same place again, and never a second one.
 */
export function newDynamoConcurrency(deps: DynamoConcurrencyDependencies): ConcurrencyLimiter {
  const { client, coordinationTable, tenant, clock, randomness } = deps;
  const itemOf = (pool: string) => ({ TableName: coordinationTable, Key: toItem(slotsKey(tenant, pool)) });

  return {
    acquire: async (pool, max, ttlMs) => {
      invariant(Number.isInteger(max) && max >= 1, 'a pool has one place or more');
      const nonce = Buffer.from(randomness.bytes(16)).toString('hex');
      const nowMs = clock.now().getTime();
      let seen: Holders | undefined = new Map();

      for (let call = 0; call < maxCalls; call += 1) {
        const expired: readonly string[] = [...(seen ?? [])]
          .filter(([, until]) => until <= nowMs)
          .map(([name]) => name);
        if (seen !== undefined && seen.size - expired.length >= max) break;
        const claim = { nonce, max, nowMs, untilMs: nowMs + ttlMs };
        // A crash after it leaves the place taken until its time is over.
        const refusal = await refusalOf({
          ...itemOf(pool),
          ...(seen === undefined ? firstHolder(claim) : anotherHolder(claim, expired)),
        });
        if (refusal === undefined) return { admitted: true, place: { pool, nonce } };
        seen = holdersOf(refusal.item);
      }
      return { admitted: false, retryAfterMs: placeRetryMs };
    },

    release: async ({ pool, nonce }) => {
      // A crash before it leaves the place taken until its time is over. Refused: it was, and another has dropped it.
      await refusalOf({
        ...itemOf(pool),
        UpdateExpression: 'REMOVE holders.#nonce',
        ConditionExpression: 'attribute_exists(holders.#nonce)',
        ExpressionAttributeNames: { '#nonce': nonce },
      });
    },
  };

  async function refusalOf(input: UpdateItemCommandInput): Promise<{ readonly item: unknown } | undefined> {
    try {
      await client.send(new UpdateItemCommand({ ...input, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }));
      return undefined;
    } catch (error) {
      const refusal = failedCondition(error);
      if (refusal === undefined) throw error;
      return refusal;
    }
  }
}

interface Claim {
  readonly nonce: string;
  readonly max: number;
  readonly nowMs: number;
  readonly untilMs: number;
}

type Update = Pick<
  UpdateItemCommandInput,
  'UpdateExpression' | 'ConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'
>;

function firstHolder({ nonce, untilMs }: Claim): Update {
  return {
    UpdateExpression: 'SET holders = :holders, expiresAt = :expiresAt',
    ConditionExpression: 'attribute_not_exists(holders)',
    ExpressionAttributeValues: toItem({ ':holders': { [nonce]: untilMs }, ':expiresAt': expiresAt(untilMs) }),
  };
}

/** Takes the place of those whose time is over, if every one of them is still there. */
function anotherHolder({ nonce, max, untilMs, nowMs }: Claim, expired: readonly string[]): Update {
  const names = expired.map((name, index) => [`#e${String(index)}`, name] as const);
  const gone = names.map(([alias]) => `holders.${alias}`);
  const room = `size(holders) < :max${gone.map((path) => ` AND ${path} <= :now`).join('')}`;
  return {
    UpdateExpression: `SET holders.#nonce = :until, expiresAt = :expiresAt${gone.length === 0 ? '' : ` REMOVE ${gone.join(', ')}`}`,
    ConditionExpression: `attribute_exists(holders) AND (attribute_exists(holders.#nonce) OR (${room}))`,
    ExpressionAttributeNames: { '#nonce': nonce, ...Object.fromEntries(names) },
    ExpressionAttributeValues: toItem({
      ':until': untilMs,
      ':expiresAt': expiresAt(untilMs),
      // The size before the update: those who go make room for one.
      ':max': max + expired.length,
      ...(expired.length === 0 ? {} : { ':now': nowMs }),
    }),
  };
}

/** Undefined where there is no item yet. */
function holdersOf(item: unknown): Holders | undefined {
  if (item === undefined) return undefined;
  const holders = fieldsOf(fromItem(item).holders, 'holders');
  return new Map(Object.keys(holders).map((nonce) => [nonce, integerOf(holders, nonce)]));
}

/** In seconds, as TTL wants it. */
function expiresAt(untilMs: number): number {
  return Math.ceil(untilMs / 1_000) + graceSeconds;
}
