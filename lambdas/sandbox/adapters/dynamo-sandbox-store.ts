import { GetItemCommand, TransactWriteItemsCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

import { fromItem, toAttribute, toItem } from '../../adapters/dynamodb/attribute-values';
import { cancellation } from '../../adapters/dynamodb/refusals';
import type { OperationRecord, PaymentRecord } from '../books';
import { parseEndpoints, parseOperation, parsePayment } from '../records';
import type { SandboxStore } from '../store';

/** Endpoints of one account; a merchant needs one a connection. */
const maxEndpoints = 20;

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
  const endpoints = async (account: string) => parseEndpoints((await get(account, 'endpoints'))?.endpoints);

  return {
    operation: async (account, operationId) => {
      const found = await get(account, `operation#${operationId}`);
      return found === undefined ? undefined : parseOperation(found.record);
    },
    payment: async (account, paymentId) => {
      const found = await get(account, `payment#${paymentId}`);
      return found === undefined ? undefined : parsePayment(found.record);
    },
    record: async (account, operation, payment) => {
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
      try {
        await client.send(
          new TransactWriteItemsCommand({
            TransactItems: [
              put(`operation#${operation.operationId}`, operation),
              put(`payment#${payment.paymentId}`, payment),
            ],
          }),
        );
        return true;
      } catch (error) {
        const reasons = cancellation(error);
        const isRace = reasons?.every(({ code }) => raceCodes.includes(code)) ?? false;
        if (!isRace) throw error;
        return false;
      }
    },
    endpoints,
    register: async (account, endpoint) => {
      const known = await endpoints(account);
      const kept = known.filter(({ id }) => id !== endpoint.id).slice(-(maxEndpoints - 1));
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: toItem(keyOf(account, 'endpoints')),
          UpdateExpression: 'SET endpoints = :endpoints',
          ExpressionAttributeValues: { ':endpoints': toAttribute([...kept, endpoint]) },
        }),
      );
    },
  };
}

const raceCodes = ['None', 'ConditionalCheckFailed', 'TransactionConflict'];

function keyOf(account: string, sk: string): { readonly pk: string; readonly sk: string } {
  return { pk: `account#${account}`, sk };
}
