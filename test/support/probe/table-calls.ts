import type { ProbeCall } from './probe';

/** Every way that DynamoDB offers to read or write rows, as calls that would succeed if they were allowed. */

export interface Table {
  readonly name: string;
  /** Only `views` has an index. */
  readonly index?: { readonly name: string; readonly partitionKey: string };
}

export const tables = {
  journal: { name: 'countinghouse-dev-journal' },
  views: { name: 'countinghouse-dev-views', index: { name: 'byTime', partitionKey: 'gsi1pk' } },
  coordination: { name: 'countinghouse-dev-coordination' },
} as const satisfies Record<string, Table>;

export const sk = 'probe';

export const keyOf = (pk: string) => ({ pk: { S: pk }, sk: { S: sk } });

const call = (operation: string, input: object): ProbeCall => ({ service: 'dynamodb', operation, input });

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

const change = { UpdateExpression: 'SET forged = :one', ExpressionAttributeValues: { ':one': { N: '1' } } };

/** One row, by each operation that names a row. */
export function callsForRow({ name, index }: Table, pk: string): readonly ProbeCall[] {
  const Key = keyOf(pk);
  const place = { TableName: name, Key };
  const put = { TableName: name, Item: { ...Key, forged: { N: '1' } } };
  const where = `WHERE pk = ${text(pk)} AND sk = '${sk}'`;
  const statements = [
    `SELECT * FROM "${name}" ${where}`,
    `INSERT INTO "${name}" VALUE {'pk': ${text(pk)}, 'sk': '${sk}', 'forged': 1}`,
    `UPDATE "${name}" SET forged = 1 ${where}`,
    `DELETE FROM "${name}" ${where}`,
  ];
  return [
    call('GetItem', place),
    call('BatchGetItem', { RequestItems: { [name]: { Keys: [Key] } } }),
    call('TransactGetItems', { TransactItems: [{ Get: place }] }),
    call('Query', query(name, 'pk', pk)),
    ...(index === undefined ? [] : [call('Query', { ...query(name, index.partitionKey, pk), IndexName: index.name })]),
    call('PutItem', put),
    call('UpdateItem', { ...place, ...change }),
    call('DeleteItem', place),
    call('BatchWriteItem', { RequestItems: { [name]: [{ PutRequest: { Item: put.Item } }] } }),
    call('BatchWriteItem', { RequestItems: { [name]: [{ DeleteRequest: { Key } }] } }),
    call('TransactWriteItems', { TransactItems: [{ Put: put }] }),
    call('TransactWriteItems', { TransactItems: [{ Update: { ...place, ...change } }] }),
    call('TransactWriteItems', { TransactItems: [{ Delete: place }] }),
    call('TransactWriteItems', {
      TransactItems: [{ ConditionCheck: { ...place, ConditionExpression: 'attribute_exists(pk)' } }],
    }),
    ...statements.flatMap((Statement) => [
      call('ExecuteStatement', { Statement }),
      call('BatchExecuteStatement', { Statements: [{ Statement }] }),
      call('ExecuteTransaction', { TransactStatements: [{ Statement }] }),
    ]),
  ];
}

/** Updates of some attributes of one row, alone and in a transaction. */
export function callsForAttributes({ name }: Table, pk: string, attributes: readonly string[]): readonly ProbeCall[] {
  const Update = {
    TableName: name,
    Key: keyOf(pk),
    UpdateExpression: `SET ${attributes.map((_, at) => `#a${at} = :one`).join(', ')}`,
    ExpressionAttributeNames: Object.fromEntries(attributes.map((attribute, at) => [`#a${at}`, attribute])),
    ExpressionAttributeValues: { ':one': { N: '1' } },
  };
  return [call('UpdateItem', Update), call('TransactWriteItems', { TransactItems: [{ Update }] })];
}

/** An own row and a foreign one in one call: each operation that takes several. */
export function callsForBoth({ name }: Table, own: string, foreign: string): readonly ProbeCall[] {
  const [first, second] = [own, foreign].map((pk) => ({ TableName: name, Key: keyOf(pk) }));
  const puts = [own, foreign].map((pk) => ({ TableName: name, Item: { ...keyOf(pk), forged: { N: '1' } } }));
  const select = (pk: string) => ({ Statement: `SELECT * FROM "${name}" WHERE pk = ${text(pk)} AND sk = '${sk}'` });
  return [
    call('BatchGetItem', { RequestItems: { [name]: { Keys: [keyOf(own), keyOf(foreign)] } } }),
    call('BatchGetItem', { RequestItems: { [name]: { Keys: [keyOf(foreign), keyOf(own)] } } }),
    call('TransactGetItems', { TransactItems: [{ Get: first }, { Get: second }] }),
    call('TransactWriteItems', { TransactItems: puts.map((Put) => ({ Put })) }),
    call('BatchWriteItem', { RequestItems: { [name]: puts.map(({ Item }) => ({ PutRequest: { Item } })) } }),
    call('BatchExecuteStatement', { Statements: [select(own), select(foreign)] }),
    call('ExecuteTransaction', { TransactStatements: [select(own), select(foreign)] }),
  ];
}

/** What names no partition: the whole table, or a part of it by anything but its key. */
export function callsWithoutKey({ name, index }: Table, prefix: string): readonly ProbeCall[] {
  const values = { ExpressionAttributeValues: { ':prefix': { S: prefix } } };
  const scan = { TableName: name };
  return [
    call('Scan', scan),
    call('Scan', { ...scan, Segment: 0, TotalSegments: 2 }),
    call('Scan', { ...scan, FilterExpression: 'begins_with(pk, :prefix)', ...values }),
    call('Scan', { ...scan, ProjectionExpression: 'pk', Limit: 1 }),
    ...(index === undefined ? [] : [call('Scan', { ...scan, IndexName: index.name })]),
    call('Query', { ...scan, KeyConditionExpression: 'begins_with(pk, :prefix)', ...values }),
    call('Query', { ...scan, KeyConditionExpression: 'pk >= :prefix', ...values }),
    call('Query', { ...scan, KeyConditionExpression: 'sk = :prefix', ...values }),
    call('GetItem', { ...scan, Key: { sk: { S: sk } } }),
    call('ExecuteStatement', { Statement: `SELECT * FROM "${name}"` }),
    call('ExecuteStatement', { Statement: `SELECT * FROM "${name}" WHERE begins_with(pk, ${text(prefix)})` }),
    call('ExecuteStatement', { Statement: `SELECT * FROM "${name}" WHERE sk = '${sk}'` }),
    call('BatchExecuteStatement', { Statements: [{ Statement: `SELECT * FROM "${name}" WHERE sk = '${sk}'` }] }),
  ];
}

/** The call of a granted action on an own row: what must work. */
export function grantedCall(table: Table, action: string, pk: string): ProbeCall {
  const operation = action.replace('dynamodb:', '');
  // A condition of a transaction is an action of its own name.
  if (operation === 'ConditionCheckItem') {
    const check = { TableName: table.name, Key: keyOf(pk), ConditionExpression: 'attribute_exists(pk)' };
    return call('TransactWriteItems', { TransactItems: [{ ConditionCheck: check }] });
  }
  const found = callsForRow(table, pk).find((each) => each.operation === operation);
  if (found === undefined) throw new Error(`no call for ${action}: add one to callsForRow`);
  return found;
}

export function grantedQuery({ name, index }: Table, pk: string): ProbeCall {
  return call('Query', { ...query(name, index?.partitionKey ?? 'pk', pk), IndexName: index?.name });
}

function query(TableName: string, attribute: string, pk: string) {
  return {
    TableName,
    KeyConditionExpression: `${attribute} = :pk`,
    ExpressionAttributeValues: { ':pk': { S: pk } },
  };
}
