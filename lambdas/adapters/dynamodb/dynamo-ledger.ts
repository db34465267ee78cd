import type { DynamoDBClient, QueryCommandOutput, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { GetItemCommand, QueryCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';

import type { Books, Generations, LedgerReader, LedgerStore } from '../../domain/ledger';
import { emptyBooks, maxPosted } from '../../domain/ledger';
import { invariant } from '../../kernel/invariant';
import { integerOf } from '../reading';
import type { Item } from './attribute-values';
import { fromItem, toItem } from './attribute-values';
import { booksFromFields, booksToFields, entryFromFields, statementLineFromFields } from './dynamo-ledger-codec';
import type { Key } from './keys';
import { ledgerBooksKey, ledgerEntryKey, ledgerGenerationsKey, ledgerLineKey } from './keys';
import { cancellation } from './refusals';

export interface DynamoLedgerDependencies {
  readonly client: DynamoDBClient;
  readonly viewsTable: string;
}

/** A tenant has these before its first rebuild. */
const firstGeneration: Generations = { live: 1, previous: undefined, newest: 1 };

/** Deletions of one transaction. */
const maxRemoved = 100;

/** Books in the views table. Everything that a place in the log stands for is written in one transaction with the place. */
export function newDynamoLedger({ client, viewsTable }: DynamoLedgerDependencies): LedgerStore {
  const put = (item: object, condition: object = {}): TransactWriteItem => ({
    Put: { TableName: viewsTable, Item: toItem(item), ...condition },
  });

  /** Whether the transaction was written; false when a condition of it did not hold, or another one was at the same items. */
  const written = async (actions: readonly TransactWriteItem[]): Promise<boolean> => {
    try {
      // The SDK puts one ClientRequestToken on all tries of a call, so a try after a lost answer is a success without effect.
      await client.send(new TransactWriteItemsCommand({ TransactItems: [...actions] }));
      return true;
    } catch (error) {
      const reasons = cancellation(error);
      const moved = reasons?.some(({ code }) => code === 'ConditionalCheckFailed' || code === 'TransactionConflict');
      if (moved !== true) throw error;
      return false;
    }
  };

  const keysIn = async (pk: string): Promise<readonly Key[]> => {
    const keys: Key[] = [];
    let start: Item | undefined;
    do {
      const page: QueryCommandOutput = await client.send(
        new QueryCommand({
          TableName: viewsTable,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: toItem({ ':pk': pk }),
          ProjectionExpression: 'sk',
          ExclusiveStartKey: start,
        }),
      );
      keys.push(...(page.Items ?? []).map((item) => ({ pk, sk: String(fromItem(item).sk) })));
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
    return keys;
  };

  const removeAll = async (keys: readonly Key[]): Promise<void> => {
    for (let start = 0; start < keys.length; start += maxRemoved) {
      const some = keys.slice(start, start + maxRemoved);
      await client.send(
        new TransactWriteItemsCommand({
          TransactItems: some.map((key) => ({ Delete: { TableName: viewsTable, Key: toItem(key) } })),
        }),
      );
    }
  };

  const readBooks = (tenant: string, generation: number): Promise<Books> =>
    booksAt(client, viewsTable, tenant, generation);

  return {
    generations: (tenant) => generationsOf(client, viewsTable, tenant),
    books: readBooks,

    post: async (tenant, generation, from, { books, entries, lines }) => {
      const count = 1 + entries.length + lines.length;
      invariant(count <= maxPosted, `a posting of ${String(count)} items is beyond one transaction`);
      return written([
        put({ ...ledgerBooksKey(tenant, generation), ...booksToFields(books) }, standsAt(from)),
        ...entries.map((entry) => put({ ...ledgerEntryKey(tenant, generation, entry.index), ...entry })),
        ...lines.map((line) =>
          put({ ...ledgerLineKey(tenant, generation, line.account, line.currency, line.index), ...line }),
        ),
      ]);
    },

    beginGeneration: async (tenant, from) => {
      const begun = { ...from, newest: from.newest + 1 };
      const ok = await written([put({ ...ledgerGenerationsKey(tenant), ...begun }, unchanged(from))]);
      return ok ? begun : undefined;
    },

    switchTo: async (tenant, from, next, place) => {
      const check = (generation: number): TransactWriteItem => ({
        ConditionCheck: {
          TableName: viewsTable,
          Key: toItem(ledgerBooksKey(tenant, generation)),
          ...standsAt(place),
        },
      });
      const switched = { ...from, live: next, previous: from.live };
      return written([
        put({ ...ledgerGenerationsKey(tenant), ...switched }, unchanged(from)),
        check(next),
        check(from.live),
      ]);
    },

    remove: async (tenant, generation) => {
      const { totals } = await readBooks(tenant, generation);
      for (const { account, currency } of totals) {
        await removeAll(await keysIn(ledgerLineKey(tenant, generation, account, currency, 0).pk));
      }
      await removeAll(await keysIn(ledgerEntryKey(tenant, generation, 0).pk));
      // The books last: as long as they stand, a second try finds the lines that they tell of.
      await removeAll(await keysIn(ledgerBooksKey(tenant, generation).pk));
    },
  };
}

/** The live books of one tenant, for reading. */
export function newDynamoLedgerReader({
  client,
  viewsTable,
  tenant,
}: DynamoLedgerDependencies & { readonly tenant: string }): LedgerReader {
  const live = async (): Promise<number> => (await generationsOf(client, viewsTable, tenant)).live;
  return {
    books: async () => booksAt(client, viewsTable, tenant, await live()),

    entry: async (index) => {
      const found = await itemAt(client, viewsTable, ledgerEntryKey(tenant, await live(), index));
      return found === undefined ? undefined : entryFromFields(found);
    },

    lines: async (account, currency, { limit, before }) => {
      const newest = ledgerLineKey(tenant, await live(), account, currency, before ?? 0);
      const answer = await client.send(
        new QueryCommand({
          TableName: viewsTable,
          ConsistentRead: true,
          KeyConditionExpression: before === undefined ? 'pk = :pk' : 'pk = :pk AND sk < :before',
          ExpressionAttributeValues: toItem({
            ':pk': newest.pk,
            ...(before === undefined ? {} : { ':before': newest.sk }),
          }),
          ScanIndexForward: false,
          Limit: limit,
        }),
      );
      return (answer.Items ?? []).map((item) => statementLineFromFields(fromItem(item)));
    },
  };
}

async function itemAt(
  client: DynamoDBClient,
  table: string,
  key: Key,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const answer = await client.send(new GetItemCommand({ TableName: table, Key: toItem(key), ConsistentRead: true }));
  return answer.Item === undefined ? undefined : fromItem(answer.Item);
}

async function generationsOf(client: DynamoDBClient, table: string, tenant: string): Promise<Generations> {
  const found = await itemAt(client, table, ledgerGenerationsKey(tenant));
  if (found === undefined) return firstGeneration;
  return {
    live: integerOf(found, 'live'),
    previous: found.previous === undefined ? undefined : integerOf(found, 'previous'),
    newest: integerOf(found, 'newest'),
  };
}

async function booksAt(client: DynamoDBClient, table: string, tenant: string, generation: number): Promise<Books> {
  const found = await itemAt(client, table, ledgerBooksKey(tenant, generation));
  return found === undefined ? emptyBooks : booksFromFields(found);
}

/** The condition that books stand at a place; those at the very beginning are not stored yet. */
function standsAt({ object, index, parts }: Books['place']) {
  if (index === 0 && parts === 0) return { ConditionExpression: 'attribute_not_exists(pk)' };
  return {
    ConditionExpression: '#object = :object AND #index = :index AND #parts = :parts',
    ExpressionAttributeNames: { '#object': 'object', '#index': 'index', '#parts': 'parts' },
    ExpressionAttributeValues: toItem({ ':object': object, ':index': index, ':parts': parts }),
  };
}

function unchanged({ live, newest }: Generations) {
  if (newest === firstGeneration.newest) return { ConditionExpression: 'attribute_not_exists(pk)' };
  return {
    ConditionExpression: 'live = :live AND newest = :newest',
    ExpressionAttributeValues: toItem({ ':live': live, ':newest': newest }),
  };
}
