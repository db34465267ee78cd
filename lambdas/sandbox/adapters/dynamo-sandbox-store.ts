import { GetItemCommand, QueryCommand, TransactWriteItemsCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBClient, TransactWriteItem } from '@aws-sdk/client-dynamodb';

import { fromItem, toAttribute, toItem } from '../../adapters/dynamodb/attribute-values';
import { cancellation } from '../../adapters/dynamodb/refusals';
import type { BalanceEntry, OperationRecord, PaymentRecord } from '../books';
import { parseBalanceEntry, parseEndpoint, parseOperation, parsePayment, parsePayout } from '../records';
import type { SandboxStore } from '../store';

/** The sandbox's books in a table of its own: one partition an account. */
export function newDynamoSandboxStore({
  client,
  table,
}: {
  readonly client: DynamoDBClient;
  readonly table: string;
}): SandboxStore {
  const get = async (account: string, sk: string): Promise<Record<string, unknown> | undefined> => {
    const { Item } = await client.send(
      new GetItemCommand({ TableName: table, Key: toItem(keyOf(account, sk)), ConsistentRead: true }),
    );
    return Item === undefined ? undefined : fromItem(Item);
  };
  /** All or nothing. False when a condition did not hold. */
  const transact = async (items: readonly TransactWriteItem[]): Promise<boolean> => {
    try {
      await client.send(new TransactWriteItemsCommand({ TransactItems: [...items] }));
      return true;
    } catch (error) {
      const isRace = cancellation(error)?.every(({ code }) => raceCodes.includes(code)) ?? false;
      if (!isRace) throw error;
      return false;
    }
  };
  return {
    operation: async (account, operationId) => {
      const found = await get(account, `operation#${operationId}`);
      return found === undefined ? undefined : parseOperation(found.record);
    },
    payment: async (account, paymentId) => {
      const found = await get(account, `payment#${paymentId}`);
      return found === undefined ? undefined : parsePayment(found.record);
    },
    record: (account, operation, payment, entries) => {
      const put = (sk: string, record: OperationRecord | PaymentRecord) => ({
        Put: {
          TableName: table,
          Item: toItem({ ...keyOf(account, sk), v: record.version, record }),
          ...(record.version === 1
            ? { ConditionExpression: 'attribute_not_exists(pk)' }
            : {
                ConditionExpression: 'v = :before',
                ExpressionAttributeValues: { ':before': toAttribute(record.version - 1) },
              }),
        },
      });
      return transact([
        put(`operation#${operation.operationId}`, operation),
        put(`payment#${payment.paymentId}`, payment),
        ...entries.map((entry) => ({
          Put: { TableName: table, Item: toItem({ ...keyOf(account, dueKey(entry)), record: entry }) },
        })),
      ]);
    },
    due: async (account, currency, now, limit) => {
      const { Items } = await client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
          ExpressionAttributeValues: toItem({
            ':pk': keyOf(account, '').pk,
            ':first': `${duePrefix}${currency}#`,
            // Above `#` in the order of bytes: what is due at this very instant is in.
            ':last': `${duePrefix}${currency}#${now.toISOString()}~`,
          }),
          ConsistentRead: true,
          Limit: limit,
        }),
      );
      return (Items ?? []).map((item) => parseBalanceEntry(fromItem(item).record));
    },
    payout: async (account, id) => {
      const found = await get(account, `payout#${id}`);
      return found === undefined ? undefined : parsePayout(found.record);
    },
    payOut: (account, payout) =>
      transact([
        {
          Put: {
            TableName: table,
            Item: toItem({ ...keyOf(account, `payout#${payout.id}`), record: payout }),
            ConditionExpression: 'attribute_not_exists(pk)',
          },
        },
        ...payout.lines.map((line) => ({
          Delete: {
            TableName: table,
            Key: toItem(keyOf(account, dueKey(line))),
            ConditionExpression: 'attribute_exists(pk)',
          },
        })),
      ]),
    endpoints: async (account) => {
      const found = (await get(account, 'endpoints')) ?? {};
      const names = Object.keys(found).filter((name) => name.startsWith(endpointPrefix));
      return names.sort().map((name) => parseEndpoint(found[name]));
    },
    // An attribute an endpoint: registrations at the same time do not overwrite one another.
    register: async (account, endpoint) => {
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: toItem(keyOf(account, 'endpoints')),
          UpdateExpression: 'SET #endpoint = :endpoint',
          ExpressionAttributeNames: { '#endpoint': `${endpointPrefix}${endpoint.id}` },
          ExpressionAttributeValues: { ':endpoint': toAttribute(endpoint) },
        }),
      );
    },
  };
}

const endpointPrefix = 'endpoint-';

const raceCodes = ['None', 'ConditionalCheckFailed', 'TransactionConflict'];

const duePrefix = 'due#';

function dueKey({ currency, at, id }: BalanceEntry): string {
  return `${duePrefix}${currency}#${at}#${id}`;
}

function keyOf(account: string, sk: string): { readonly pk: string; readonly sk: string } {
  return { pk: `account#${account}`, sk };
}
