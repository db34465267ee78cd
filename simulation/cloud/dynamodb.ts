import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';

import { compare, holds } from './expressions';
import type { Attributes } from './expressions';
import { keyOf } from './tables';
import type { Action, Tables } from './tables';
import { failure, success } from './wire';
import type { Reply } from './wire';

/** DynamoDB's operations over the tables, in the JSON of the wire. Pages are never cut: histories are small. */
export function answerDynamodb(tables: Tables, operation: string, body: unknown): Reply {
  switch (operation) {
    case 'PutItem':
      return changed(tables, { ...write.parse(body), type: 'Put' });
    case 'UpdateItem':
      return changed(tables, { ...write.parse(body), type: 'Update' });
    case 'DeleteItem':
      return changed(tables, { ...write.parse(body), type: 'Delete' });
    case 'GetItem': {
      const { TableName, Key } = get.parse(body);
      const item = tables.get(TableName, Key);
      return success(item === undefined ? {} : { Item: item });
    }
    case 'BatchGetItem':
      return success({ Responses: batch(tables, batchGet.parse(body)), UnprocessedKeys: {} });
    case 'Query':
      return success(query(tables, queryInput.parse(body)));
    case 'Scan':
      return success(scan(tables, scanInput.parse(body)));
    case 'TransactWriteItems':
      return transacted(tables, transaction.parse(body));
    default:
      throw new Error(`an operation that the simulation does not know: ${operation}`);
  }
}

const attributes = z.record(
  z.string(),
  z.custom<AttributeValue>((value) => typeof value === 'object' && value !== null),
);

const conditional = {
  TableName: z.string(),
  Item: attributes.optional(),
  Key: attributes.optional(),
  ConditionExpression: z.string().optional(),
  UpdateExpression: z.string().optional(),
  ExpressionAttributeNames: z.record(z.string(), z.string()).optional(),
  ExpressionAttributeValues: attributes.optional(),
  ReturnValuesOnConditionCheckFailure: z.enum(['NONE', 'ALL_OLD']).optional(),
};

const write = z.object({ ...conditional, ReturnValues: z.string().optional() });

const get = z.object({ TableName: z.string(), Key: attributes });

const batchGet = z.object({ RequestItems: z.record(z.string(), z.object({ Keys: z.array(attributes) })) });

const queryInput = z.object({
  TableName: z.string(),
  IndexName: z.string().optional(),
  KeyConditionExpression: z.string(),
  ExpressionAttributeNames: z.record(z.string(), z.string()).optional(),
  ExpressionAttributeValues: attributes,
  ScanIndexForward: z.boolean().optional(),
  Limit: z.number().optional(),
  ExclusiveStartKey: attributes.optional(),
});

const scanInput = z.object({
  TableName: z.string(),
  Limit: z.number().optional(),
  ExclusiveStartKey: attributes.optional(),
});

const part = z.object(conditional);

const transaction = z.object({
  ClientRequestToken: z.string().optional(),
  TransactItems: z.array(
    z.object({
      Put: part.optional(),
      Update: part.optional(),
      Delete: part.optional(),
      ConditionCheck: part.optional(),
    }),
  ),
});

function changed(
  tables: Tables,
  action: Action & Pick<z.infer<typeof write>, 'ReturnValues' | 'ReturnValuesOnConditionCheckFailure'>,
): Reply {
  const result = tables.change(action);
  if (result.done) {
    const { ReturnValues: wanted } = action;
    if (wanted === undefined || wanted === 'NONE') return success({});
    const { before, after } = result;
    if (wanted === 'ALL_NEW') return success({ Attributes: after });
    if (wanted === 'ALL_OLD') return success(before === undefined ? {} : { Attributes: before });
    if (wanted !== 'UPDATED_NEW') throw new Error(`return values that the simulation does not know: ${wanted}`);
    // What the expression names: whatever was assigned, also to the same value.
    const named = Object.entries(after ?? {}).filter(([name]) => assigned(action, name));
    return success({ Attributes: Object.fromEntries(named) });
  }
  const withItem = action.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && result.before !== undefined;
  return failure(
    400,
    'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException',
    'The conditional request failed',
    {
      ...(withItem ? { Item: result.before } : {}),
    },
  );
}

function assigned({ UpdateExpression = '', ExpressionAttributeNames = {} }: Action, name: string): boolean {
  const alias = Object.entries(ExpressionAttributeNames).find(([, real]) => real === name)?.[0];
  return new RegExp(`(?:SET|,)\\s*(?:${name}${alias === undefined ? '' : `|${alias}`})\\s*=`).test(UpdateExpression);
}

function transacted(tables: Tables, { TransactItems, ClientRequestToken }: z.infer<typeof transaction>): Reply {
  const parts = TransactItems.map((item) => {
    for (const type of ['Put', 'Update', 'Delete', 'ConditionCheck'] as const) {
      const found = item[type];
      if (found !== undefined) return { ...found, type };
    }
    throw new Error('an action of no kind');
  });
  const places = parts.map((action) => {
    const { pk, sk } = keyOf(action.Item ?? action.Key ?? {});
    return `${action.TableName} ${pk} ${sk}`;
  });
  if (new Set(places).size !== places.length) {
    return failure(
      400,
      'com.amazon.coral.validate#ValidationException',
      'Transaction request cannot include multiple operations on one item',
      {},
    );
  }
  const failures = tables.transact(parts, ClientRequestToken);
  if (failures === undefined) return success({});
  const CancellationReasons = failures.map((failed, index) => {
    if (failed === undefined) return { Code: 'None' };
    const withItem = parts[index]?.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && failed.item !== undefined;
    return {
      Code: 'ConditionalCheckFailed',
      Message: 'The conditional request failed',
      ...(withItem ? { Item: failed.item } : {}),
    };
  });
  const codes = CancellationReasons.map(({ Code }) => Code).join(', ');
  return failure(
    400,
    'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { CancellationReasons },
  );
}

function batch(tables: Tables, { RequestItems }: z.infer<typeof batchGet>): Record<string, Attributes[]> {
  return Object.fromEntries(
    Object.entries(RequestItems).map(([table, { Keys }]) => [
      table,
      Keys.map((key) => tables.get(table, key)).filter((item) => item !== undefined),
    ]),
  );
}

function query(tables: Tables, input: z.infer<typeof queryInput>): object {
  const { TableName, KeyConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues, Limit } = input;
  const bindings = { names: ExpressionAttributeNames ?? {}, values: ExpressionAttributeValues };
  const isIndex = input.IndexName !== undefined;
  const partition = Object.values(ExpressionAttributeValues)[0]?.S ?? '';
  const candidates = isIndex ? tables.all(TableName) : tables.partition(TableName, partition);
  const order = isIndex ? 'gsi1sk' : 'sk';
  const found = candidates
    .filter((item) => holds(KeyConditionExpression, item, bindings))
    .sort((a, b) => compare(a[order], b[order]) ?? 0);
  if (input.ScanIndexForward === false) found.reverse();
  return pageOf(found, input.ExclusiveStartKey, Limit, isIndex ? ['gsi1pk', 'gsi1sk'] : []);
}

function scan(tables: Tables, { TableName, ExclusiveStartKey, Limit }: z.infer<typeof scanInput>): object {
  return pageOf(tables.all(TableName), ExclusiveStartKey, Limit, []);
}

function pageOf(
  items: readonly Attributes[],
  start: Attributes | undefined,
  limit: number | undefined,
  indexKeys: readonly string[],
): object {
  const isStart = (item: Attributes): boolean => item.pk?.S === start?.pk?.S && item.sk?.S === start?.sk?.S;
  const from = start === undefined ? 0 : items.findIndex(isStart) + 1;
  const page = items.slice(from, limit === undefined ? undefined : from + limit);
  const last = page.at(-1);
  const isCut = limit !== undefined && page.length === limit && last !== undefined;
  const LastEvaluatedKey = isCut
    ? Object.fromEntries(['pk', 'sk', ...indexKeys].map((name) => [name, last[name]]))
    : undefined;
  return { Items: page, Count: page.length, ...(LastEvaluatedKey === undefined ? {} : { LastEvaluatedKey }) };
}
