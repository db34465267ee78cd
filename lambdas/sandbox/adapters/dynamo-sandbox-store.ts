import { GetItemCommand, TransactWriteItemsCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

import { fromItem, toAttribute, toItem } from '../../adapters/dynamodb/attribute-values';
import { cancellation } from '../../adapters/dynamodb/refusals';
import type { OperationRecord, PaymentRecord } from '../books';
import { parseEndpoint, parseOperation, parsePayment } from '../records';
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

function keyOf(account: string, sk: string): { readonly pk: string; readonly sk: string } {
  return { pk: `account#${account}`, sk };
}
