import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';

import type { Clock } from '../../kernel/clock';
import type { Randomness } from '../../kernel/ids';
import type { Owner } from '../../kernel/journal';
import type { Leases } from '../../kernel/lease';
import { integerOf } from '../reading';
import { fromItem, toItem } from './attribute-values';
import { leaseKey } from './keys';
import { failedCondition } from './refusals';

export interface DynamoLeasesDependencies {
  readonly client: DynamoDBClient;
  readonly coordinationTable: string;
  /** Whose leases: a journal's guards name leases of the commits' own owner. */
  readonly owner: Owner;
  readonly clock: Clock;
  readonly randomness: Randomness;
}

/** Leases in DynamoDB. The item has no TTL and is never deleted: its fence must never fall. `until` is in milliseconds. */
export function newDynamoLeases(deps: DynamoLeasesDependencies): Leases {
  const { client, coordinationTable, owner, clock, randomness } = deps;
  const keyOf = (name: string) => ({ TableName: coordinationTable, Key: toItem(leaseKey(owner, name)) });

  return {
    acquire: async (name, ttlMs) => {
      const nonce = Buffer.from(randomness.bytes(16)).toString('base64url');
      const nowMs = clock.now().getTime();
      const expiresAtMs = nowMs + ttlMs;
      try {
        const answer = await client.send(
          new UpdateItemCommand({
            ...keyOf(name),
            UpdateExpression: 'SET fence = if_not_exists(fence, :zero) + :one, nonce = :nonce, #until = :until',
            ConditionExpression: 'attribute_not_exists(nonce) OR #until <= :now',
            ExpressionAttributeNames: { '#until': 'until' },
            ExpressionAttributeValues: toItem({
              ':zero': 0,
              ':one': 1,
              ':nonce': nonce,
              ':until': expiresAtMs,
              ':now': nowMs,
            }),
            ReturnValues: 'UPDATED_NEW',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return { name, fence: integerOf(fromItem(answer.Attributes), 'fence'), nonce, expiresAtMs };
      } catch (error) {
        const refusal = failedCondition(error);
        if (refusal === undefined) throw error;
        // Our own nonce: the first try landed, and its answer was lost.
        const holder = refusal.item === undefined ? {} : fromItem(refusal.item);
        return holder.nonce === nonce ? { name, fence: integerOf(holder, 'fence'), nonce, expiresAtMs } : undefined;
      }
    },

    heartbeat: async (lease, ttlMs) => {
      const expiresAtMs = clock.now().getTime() + ttlMs;
      try {
        await client.send(
          new UpdateItemCommand({
            ...keyOf(lease.name),
            UpdateExpression: 'SET #until = :until',
            ConditionExpression: 'nonce = :nonce',
            ExpressionAttributeNames: { '#until': 'until' },
            ExpressionAttributeValues: toItem({ ':until': expiresAtMs, ':nonce': lease.nonce }),
          }),
        );
        return { ...lease, expiresAtMs };
      } catch (error) {
        if (failedCondition(error) === undefined) throw error;
        return undefined;
      }
    },

    release: async (lease) => {
      try {
        await client.send(
          new UpdateItemCommand({
            ...keyOf(lease.name),
            UpdateExpression: 'REMOVE nonce, #until',
            ConditionExpression: 'nonce = :nonce',
            ExpressionAttributeNames: { '#until': 'until' },
            ExpressionAttributeValues: toItem({ ':nonce': lease.nonce }),
          }),
        );
      } catch (error) {
        // Another holds it by now, or an earlier try gave it back.
        if (failedCondition(error) === undefined) throw error;
      }
    },
  };
}
