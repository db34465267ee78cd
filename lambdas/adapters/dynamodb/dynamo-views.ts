import type {
  BatchGetItemCommandOutput,
  DynamoDBClient,
  KeysAndAttributes,
  QueryCommandOutput,
} from '@aws-sdk/client-dynamodb';
import {
  BatchGetItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';

import type { Sleep } from '../../kernel/clock';
import type { StreamId, ViewWrite } from '../../kernel/journal';
import type { DueList, Page, ViewRecord, Views, ViewWriter } from '../../kernel/views';
import { gateOf } from '../../kernel/views';
import { textOf } from '../reading';
import { Unavailable } from '../unavailable';
import type { Item } from './attribute-values';
import { fromItem, toAttribute, toItem } from './attribute-values';
import { parseCommitItem } from './commit-codec';
import { commitKey, listPk, viewKey } from './keys';
import { failedCondition } from './refusals';
import { parseSlots, parseViewRecord, viewToWrite } from './view-codec';

export interface DynamoViewsDependencies {
  readonly client: DynamoDBClient;
  readonly viewsTable: string;
  /** Read by `access`, for the first commit of a stream. */
  readonly journalTable: string;
  readonly sleep: Sleep;
}

/** The index of lists: gsi1pk, gsi1sk. */
const listIndex = 'byTime';

const maxBatchAttempts = 5;

/** Single records by their names, for functions that need nothing else. */
export function newDynamoRecords({
  client,
  viewsTable,
}: Pick<DynamoViewsDependencies, 'client' | 'viewsTable'>): Pick<Views, 'record'> {
  return {
    record: async (entity) => {
      const found = await itemOf(client, viewsTable, entity);
      return found === undefined ? undefined : parseViewRecord(found);
    },
  };
}

/** Lists alone, for functions that need nothing else. */
export function newDynamoLists({
  client,
  viewsTable,
}: Pick<DynamoViewsDependencies, 'client' | 'viewsTable'>): Pick<Views, 'list'> {
  return {
    list: async (owner, kind, { limit, under, after }) => {
      return pageOf(await query(client, viewsTable, { pk: listPk(owner, kind, under), after, limit }), limit);
    },
  };
}

async function itemOf(client: DynamoDBClient, viewsTable: string, entity: StreamId): Promise<unknown> {
  const answer = await client.send(
    new GetItemCommand({ TableName: viewsTable, Key: toItem(viewKey(entity)), ConsistentRead: true }),
  );
  return answer.Item;
}

/** Views in DynamoDB. Single records are read strongly consistent, lists as the index has them. */
export function newDynamoViews({ client, viewsTable, journalTable, sleep }: DynamoViewsDependencies): Views {
  /** Keys that DynamoDB left out under load are asked for again; those that it never gives throw. */
  const batch = async (requests: Record<string, KeysAndAttributes>): Promise<Map<string, unknown>> => {
    const found = new Map<string, unknown>();
    let rest: Record<string, KeysAndAttributes> = requests;
    for (let attempt = 0; attempt < maxBatchAttempts; attempt += 1) {
      if (attempt > 0) await sleep(25 * 2 ** attempt);
      const answer: BatchGetItemCommandOutput = await client.send(new BatchGetItemCommand({ RequestItems: rest }));
      for (const [table, items] of Object.entries(answer.Responses ?? {})) {
        for (const each of items) found.set(place(table, textOf(fromItem(each), 'pk')), each);
      }
      rest = answer.UnprocessedKeys ?? {};
      if (Object.keys(rest).length === 0) return found;
    }
    throw new Unavailable('DynamoDB left keys of a batch unread');
  };

  return {
    ...newDynamoRecords({ client, viewsTable }),
    ...newDynamoLists({ client, viewsTable }),

    slots: async (entity) => {
      const found = await itemOf(client, viewsTable, entity);
      return found === undefined ? {} : parseSlots(found);
    },

    access: async (tenant, principal, stream) => {
      const caller = toItem(viewKey(principal));
      const gate = toItem(viewKey(gateOf(tenant)));
      const found = await batch({
        [viewsTable]: { Keys: [caller, gate], ConsistentRead: true },
        ...(stream === undefined
          ? {}
          : { [journalTable]: { Keys: [toItem(commitKey(stream, 1))], ConsistentRead: true } }),
      });
      const callerItem = found.get(place(viewsTable, viewKey(principal).pk));
      const gateItem = found.get(place(viewsTable, viewKey(gateOf(tenant)).pk));
      const commitItem = stream === undefined ? undefined : found.get(place(journalTable, commitKey(stream, 1).pk));
      return {
        principal: callerItem === undefined ? undefined : parseViewRecord(callerItem),
        gate: gateItem === undefined ? {} : parseSlots(gateItem),
        firstCommit: commitItem === undefined ? undefined : parseCommitItem(commitItem),
      };
    },
  };
}

/** Lists by when something is due, as the index has them. */
export function newDynamoDueList({
  client,
  viewsTable,
}: Pick<DynamoViewsDependencies, 'client' | 'viewsTable'>): DueList {
  return {
    due: async (owner, kind, { limit, until, under, after }) =>
      pageOf(await query(client, viewsTable, { pk: listPk(owner, kind, under), after, limit, until }), limit),
  };
}

function pageOf(found: readonly Listed[], limit: number): Page {
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1) : undefined;
  return {
    records: page.map(({ record }) => record),
    next: last === undefined ? undefined : { position: last.position, pk: last.pk },
  };
}

/** Writes views of any owner, a few at a time. A stored version that is newer stays. */
export function newDynamoViewWriter({
  client,
  viewsTable,
}: Pick<DynamoViewsDependencies, 'client' | 'viewsTable'>): ViewWriter {
  const writeOne = async (view: ViewWrite): Promise<void> => {
    const write = viewToWrite(viewsTable, view, '<=');
    try {
      if ('Put' in write) await client.send(new PutItemCommand(write.Put));
      else await client.send(new UpdateItemCommand(write.Update));
    } catch (error) {
      if (failedCondition(error) === undefined) throw error;
    }
  };
  return {
    write: async (views) => {
      for (let start = 0; start < views.length; start += 10) {
        await Promise.all(views.slice(start, start + 10).map(writeOne));
      }
    },
  };
}

interface Listed {
  readonly record: ViewRecord;
  readonly position: string;
  readonly pk: string;
}

/**
 * One record more than asked for, when there is one: so the last page is known to be the last. Newest first, or with `until` what is
 * dated up to then, oldest first.
 */
async function query(
  client: DynamoDBClient,
  table: string,
  list: {
    readonly pk: string;
    readonly after: Readonly<Record<string, unknown>> | undefined;
    readonly limit: number;
    readonly until?: string;
  },
): Promise<readonly Listed[]> {
  const found: Listed[] = [];
  const { until } = list;
  let start: Item | undefined = list.after === undefined ? undefined : startAfter(list.pk, list.after);
  do {
    const page: QueryCommandOutput = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: listIndex,
        KeyConditionExpression: until === undefined ? 'gsi1pk = :list' : 'gsi1pk = :list AND gsi1sk < :end',
        ExpressionAttributeValues: {
          ':list': toAttribute(list.pk),
          // Above `#` in the order of bytes: what is due at this very instant is in.
          ...(until === undefined ? {} : { ':end': toAttribute(`${until}~`) }),
        },
        ScanIndexForward: until !== undefined,
        Limit: list.limit + 1 - found.length,
        ExclusiveStartKey: start,
      }),
    );
    for (const item of page.Items ?? []) {
      const fields = fromItem(item);
      found.push({ record: parseViewRecord(item), position: textOf(fields, 'gsi1sk'), pk: textOf(fields, 'pk') });
    }
    start = page.LastEvaluatedKey;
  } while (start !== undefined && found.length <= list.limit);
  return found;
}

function startAfter(list: string, after: Readonly<Record<string, unknown>>): Item {
  return toItem({ gsi1pk: list, gsi1sk: textOf(after, 'position'), pk: textOf(after, 'pk'), sk: 'view' });
}

/** Of each partition a batch asks for one item. */
function place(table: string, pk: string): string {
  return `${table}/${pk}`;
}
