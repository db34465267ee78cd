import { listOf, parseRecord, recordOf, textOf, textsOf, type JsonRecord } from '../json';
import { keyGrant, type Grant, type GrantsOf, type ResourceFacts } from './grant';

/**
 * Permissions of DynamoDB calls
 * [docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html].
 *
 * - Transactions are authorised as their parts: PutItem, UpdateItem, DeleteItem, ConditionCheckItem, GetItem
 *   [developerguide/transaction-apis-iam.html].
 * - `dynamodb:LeadingKeys` holds the partition key values that the request names; a Scan names none, so the key is absent
 *   [developerguide/specifying-conditions.html].
 * - `dynamodb:Attributes` holds the top-level attributes that a call on one item names: of its key, of what it puts, and of its
 *   expressions [developerguide/specifying-conditions.html]. Queries and batches are not given it here.
 * - A table under a customer managed key needs `kms:Decrypt` of the caller
 *   [repost.aws/knowledge-center/dynamodb-access-denied-exception, developerguide/encryption.usagenotes.html].
 */
export const dynamodbGrants: GrantsOf = async (call, facts) => {
  const body = parseRecord(call.body);
  const grants = await itemGrants(call.action, body, facts);
  const keys = grants
    .map((grant) => tableArnOf(grant.resource))
    .filter((arn, index, all) => arn !== undefined && all.indexOf(arn) === index)
    .flatMap((tableArn) => {
      const keyArn = tableArn === undefined ? undefined : facts.encryptionKeyOf(tableArn);
      if (tableArn === undefined || keyArn === undefined || !dataActions.has(call.action)) {
        return [];
      }
      const context = { 'aws:dynamodb:tableName': tableNameOf(tableArn), 'aws:dynamodb:subscriberId': facts.accountId };
      return [keyGrant('Decrypt', keyArn, 'dynamodb', context, facts)];
    });
  return [...grants, ...keys];
};

const dataActions = new Set(
  (
    'GetItem PutItem UpdateItem DeleteItem Query Scan BatchGetItem BatchWriteItem TransactWriteItems TransactGetItems ' +
    'ExecuteStatement BatchExecuteStatement ExecuteTransaction GetRecords'
  ).split(' '),
);

async function itemGrants(action: string, body: JsonRecord, facts: ResourceFacts): Promise<Grant[]> {
  const tableName = tableNameOf(textOf(body['TableName']) ?? '');
  switch (action) {
    case 'PutItem':
    case 'GetItem':
    case 'UpdateItem':
    case 'DeleteItem':
      return [await oneItem(action, body, facts)];
    case 'Query': {
      const indexName = textOf(body['IndexName']);
      const partitionKey = await facts.partitionKeyOf(tableName, indexName);
      const value = partitionKey === undefined ? undefined : queriedPartition(partitionKey, body);
      return [grant('Query', resourceOf(tableName, indexName, facts), value === undefined ? undefined : [value], body)];
    }
    case 'Scan':
      return [grant('Scan', resourceOf(tableName, textOf(body['IndexName']), facts), undefined, body)];
    case 'BatchGetItem':
    case 'BatchWriteItem': {
      const grants: Grant[] = [];
      for (const [name, request] of Object.entries(recordOf(body['RequestItems']))) {
        grants.push(
          grant(action, resourceOf(name, undefined, facts), await batchKeys(tableNameOf(name), request, facts), body),
        );
      }
      return grants;
    }
    case 'TransactWriteItems':
    case 'TransactGetItems':
      return Promise.all(
        listOf(body['TransactItems']).map((item) => {
          const [kind = '', part] = Object.entries(recordOf(item))[0] ?? [];
          const partAction = kind === 'ConditionCheck' ? 'ConditionCheckItem' : `${kind}Item`;
          return oneItem(partAction, recordOf(part), facts);
        }),
      );
    case 'ExecuteStatement':
      return [partiqlGrant(textOf(body['Statement']) ?? '', facts)];
    case 'BatchExecuteStatement':
      return listOf(body['Statements']).map((each) => partiqlGrant(textOf(recordOf(each)['Statement']) ?? '', facts));
    case 'ExecuteTransaction':
      return listOf(body['TransactStatements']).map((each) =>
        partiqlGrant(textOf(recordOf(each)['Statement']) ?? '', facts),
      );
    case 'DescribeStream':
    case 'GetShardIterator':
      return [grant(action, textOf(body['StreamArn']) ?? '*', undefined, {})];
    case 'GetRecords': {
      const streamArn = await facts.streamArnOfIterator(textOf(body['ShardIterator']) ?? '');
      return [grant(action, streamArn ?? '*', undefined, {})];
    }
    case 'ListTables':
    case 'ListStreams':
    case 'DescribeLimits':
    case 'DescribeEndpoints':
      return [grant(action, '*', undefined, {})];
    default:
      return [grant(action, resourceOf(tableName, undefined, facts), undefined, {})];
  }
}

async function oneItem(action: string, part: JsonRecord, facts: ResourceFacts): Promise<Grant> {
  const tableName = tableNameOf(textOf(part['TableName']) ?? '');
  const partitionKey = await facts.partitionKeyOf(tableName);
  const attributes = recordOf(action === 'PutItem' ? (part['Item'] ?? part['Key']) : part['Key']);
  const value = partitionKey === undefined ? undefined : scalarOf(attributes[partitionKey]);
  const { context, ...rest } = grant(
    action,
    resourceOf(tableName, undefined, facts),
    value === undefined ? undefined : [value],
    part,
  );
  return { ...rest, context: { ...context, 'dynamodb:Attributes': namedAttributes(part) } };
}

const parametersThatName = ['Key', 'Item', 'AttributeUpdates', 'Expected'];
const expressionsThatName = ['UpdateExpression', 'ConditionExpression', 'ProjectionExpression'];

/** Words of expressions that are no attribute: DynamoDB reserves them, so that an attribute of that name has a placeholder. */
const keywords = new Set(['SET', 'REMOVE', 'ADD', 'DELETE', 'AND', 'OR', 'NOT', 'BETWEEN', 'IN']);

/** The top-level attributes that a request on one item names. */
function namedAttributes(request: JsonRecord): string[] {
  const names = textsOf(request['ExpressionAttributeNames']);
  const inExpressions = expressionsThatName.flatMap((parameter) =>
    // Not the name of a function, nor of a value, nor what is nested in another.
    [...(textOf(request[parameter]) ?? '').matchAll(/(?<![\w#:])(?<!\.\s*)#?[A-Za-z_]\w*(?!\w|\s*\()/g)]
      .map(([word]) => word)
      .filter((word) => !keywords.has(word.toUpperCase()))
      .map((word) => names[word] ?? word),
  );
  const inParameters = parametersThatName.flatMap((parameter) => Object.keys(recordOf(request[parameter])));
  const legacy = listOf(request['AttributesToGet']).flatMap((name) => textOf(name) ?? []);
  return [...new Set([...inParameters, ...inExpressions, ...legacy])];
}

async function batchKeys(tableName: string, request: unknown, facts: ResourceFacts): Promise<string[]> {
  const partitionKey = await facts.partitionKeyOf(tableName);
  const reads = listOf(recordOf(request)['Keys']);
  const writes = listOf(request).map((each) => {
    const entry = recordOf(each);
    return recordOf(entry['PutRequest'])['Item'] ?? recordOf(entry['DeleteRequest'])['Key'];
  });
  const values = [...reads, ...writes].map((key) =>
    partitionKey === undefined ? undefined : scalarOf(recordOf(key)[partitionKey]),
  );
  return [...new Set(values.filter((value) => value !== undefined))];
}

function grant(
  action: string,
  resource: string,
  leadingKeys: readonly string[] | undefined,
  request: JsonRecord,
): Grant {
  const returnValues = textOf(request['ReturnValues']);
  const select = textOf(request['Select']);
  return {
    action: `dynamodb:${action}`,
    resource,
    context: {
      ...(leadingKeys === undefined ? {} : { 'dynamodb:LeadingKeys': leadingKeys }),
      ...(returnValues === undefined ? {} : { 'dynamodb:ReturnValues': returnValues }),
      ...(select === undefined ? {} : { 'dynamodb:Select': select }),
    },
  };
}

/** The partition key value of a Query, from `KeyConditionExpression` or the older `KeyConditions`. */
function queriedPartition(partitionKey: string, body: JsonRecord): string | undefined {
  const names = textsOf(body['ExpressionAttributeNames']);
  const values = recordOf(body['ExpressionAttributeValues']);
  const expression = textOf(body['KeyConditionExpression']) ?? '';
  for (const [, name = '', placeholder = ''] of expression.matchAll(/([#\w.-]+)\s*=\s*(:\w+)/g)) {
    if ((names[name] ?? name) === partitionKey) {
      return scalarOf(values[placeholder]);
    }
  }
  const condition = recordOf(recordOf(body['KeyConditions'])[partitionKey]);
  return scalarOf(listOf(condition['AttributeValueList'])[0]);
}

function partiqlGrant(statement: string, facts: ResourceFacts): Grant {
  const [, verb = 'SELECT', table = ''] =
    /^\s*(SELECT|INSERT|UPDATE|DELETE)\b(?:.*?\b(?:FROM|INTO)\b)?\s*"?([\w.-]+)/is.exec(statement) ?? [];
  const action = `PartiQL${verb.charAt(0).toUpperCase()}${verb.slice(1).toLowerCase()}`;
  // The values of a statement are not parsed: with a LeadingKeys condition it is refused, never let through.
  return grant(action, resourceOf(table, undefined, facts), undefined, {});
}

function scalarOf(attribute: unknown): string | undefined {
  const value = recordOf(attribute);
  return textOf(value['S']) ?? textOf(value['N']) ?? textOf(value['B']);
}

export function tableNameOf(nameOrArn: string): string {
  return nameOrArn.startsWith('arn:') ? (nameOrArn.split('/')[1] ?? nameOrArn) : nameOrArn;
}

function tableArnOf(resource: string): string | undefined {
  return resource.includes(':table/') ? resource.split('/').slice(0, 2).join('/') : undefined;
}

function resourceOf(nameOrArn: string, indexName: string | undefined, facts: ResourceFacts): string {
  const arn = `arn:aws:dynamodb:${facts.region}:${facts.accountId}:table/${tableNameOf(nameOrArn)}`;
  return indexName === undefined ? arn : `${arn}/index/${indexName}`;
}
