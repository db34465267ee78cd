import type {
  BatchGetItemCommandOutput,
  DynamoDBClient,
  KeysAndAttributes,
  TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { BatchGetItemCommand, GetItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';

import type { AuditHead, AuditHeads } from '../../domain/audit/ports';
import type { Clock, Sleep } from '../../kernel/clock';
import { invariant } from '../../kernel/invariant';
import type { Owner } from '../../kernel/journal';
import { streamName } from '../../kernel/journal';
import { integerOf, textOf } from '../reading';
import type { Item } from './attribute-values';
import { fromItem, toItem } from './attribute-values';
import type { Key } from './keys';
import { auditCursorKey, auditHeadKey, auditObservationKey } from './keys';
import { cancellation } from './refusals';

export interface DynamoAuditHeadsDependencies {
  readonly client: DynamoDBClient;
  readonly coordinationTable: string;
  readonly clock: Clock;
  readonly sleep: Sleep;
}

/** Streams and observations that one `advance` can move: a transaction has 100 actions, and the head is one. */
export const maxCursorsPerAdvance = 99;

/** [DynamoDB quotas: items of a BatchGetItem] */
const maxBatchKeys = 100;

const maxBatchAttempts = 5;

/** An observation's cursor outlives every way in which it could be met again: stream retention, retries, sweeps. */
const observationCursorSeconds = 30 * 24 * 60 * 60;

/** The head of an owner without a log. */
const emptyHead: AuditHead = { nextIndex: 0, previousHash: '0'.repeat(64) };

/** Heads and cursors in the coordination table: nextIndex, previousHash · version · nothing but a key and a TTL. */
export function newDynamoAuditHeads(deps: DynamoAuditHeadsDependencies): AuditHeads {
  const { client, coordinationTable, clock, sleep } = deps;

  const readHead = async (owner: Owner): Promise<AuditHead> => {
    const answer = await client.send(
      new GetItemCommand({ TableName: coordinationTable, Key: toItem(auditHeadKey(owner)), ConsistentRead: true }),
    );
    if (answer.Item === undefined) return emptyHead;
    const fields = fromItem(answer.Item);
    return { nextIndex: integerOf(fields, 'nextIndex'), previousHash: textOf(fields, 'previousHash') };
  };

  const readCursors = async (keys: readonly Key[]): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> => {
    const found = new Map<string, Readonly<Record<string, unknown>>>();
    for (let start = 0; start < keys.length; start += maxBatchKeys) {
      let rest: KeysAndAttributes | undefined = {
        Keys: keys.slice(start, start + maxBatchKeys).map(toItem),
        ConsistentRead: true,
      };
      for (let attempt = 0; rest !== undefined; attempt += 1) {
        if (attempt === maxBatchAttempts) throw new Error('DynamoDB left keys of a batch unread');
        if (attempt > 0) await sleep(25 * 2 ** attempt);
        const answer: BatchGetItemCommandOutput = await client.send(
          new BatchGetItemCommand({ RequestItems: { [coordinationTable]: rest } }),
        );
        for (const item of answer.Responses?.[coordinationTable] ?? []) {
          const fields = fromItem(item);
          found.set(nameOf({ pk: textOf(fields, 'pk'), sk: textOf(fields, 'sk') }), fields);
        }
        rest = answer.UnprocessedKeys?.[coordinationTable];
      }
    }
    return found;
  };

  return {
    read: async (owner, streams, observations) => {
      const head = await readHead(owner);
      const cursors = await readCursors([
        ...streams.map((stream) => auditCursorKey(stream)),
        ...observations.map(({ day, commitId }) => auditObservationKey(owner, day, commitId)),
      ]);
      const shipped = new Map<string, number>();
      for (const stream of streams) {
        const cursor = cursors.get(nameOf(auditCursorKey(stream)));
        if (cursor !== undefined) shipped.set(streamName(stream), integerOf(cursor, 'version'));
      }
      const shippedObservations = new Set<string>();
      for (const { day, commitId } of observations) {
        if (cursors.has(nameOf(auditObservationKey(owner, day, commitId)))) shippedObservations.add(commitId);
      }
      return { head, shipped, shippedObservations };
    },

    advance: async (owner, from, to, shipped, observations) => {
      const count = shipped.length + observations.length;
      invariant(count <= maxCursorsPerAdvance, `an advance of ${String(count)} cursors is beyond one transaction`);
      const expiresAt = Math.ceil(clock.now().getTime() / 1_000) + observationCursorSeconds;
      const actions: TransactWriteItem[] = [
        { Put: headPut(coordinationTable, owner, from, to) },
        ...shipped.map(({ stream, version }) => put(coordinationTable, toItem({ ...auditCursorKey(stream), version }))),
        ...observations.map(({ day, commitId }) =>
          put(coordinationTable, toItem({ ...auditObservationKey(owner, day, commitId), expiresAt })),
        ),
      ];
      try {
        // The SDK puts one ClientRequestToken on all tries of a call, so a try after a lost answer is a success without effect.
        await client.send(new TransactWriteItemsCommand({ TransactItems: actions }));
        return true;
      } catch (error) {
        const reasons = cancellation(error);
        const moved = reasons?.some(({ code }) => code === 'ConditionalCheckFailed' || code === 'TransactionConflict');
        if (moved !== true) throw error;
        return false;
      }
    },
  };
}

function put(table: string, item: Item): TransactWriteItem {
  return { Put: { TableName: table, Item: item } };
}

function headPut(table: string, owner: Owner, from: AuditHead, to: AuditHead) {
  const isFirst = from.nextIndex === 0;
  return {
    TableName: table,
    Item: toItem({ ...auditHeadKey(owner), nextIndex: to.nextIndex, previousHash: to.previousHash }),
    ConditionExpression: isFirst ? 'attribute_not_exists(pk)' : 'nextIndex = :index AND previousHash = :hash',
    ...(isFirst ? {} : { ExpressionAttributeValues: toItem({ ':index': from.nextIndex, ':hash': from.previousHash }) }),
  };
}

function nameOf({ pk, sk }: Key): string {
  return `${pk} ${sk}`;
}
