import { randomBytes } from 'node:crypto';

import type { Assembly, Resource } from '../assembly/assembly';
import { functionNameOf } from '../assembly/identities';
import {
  asBoolean,
  asNumber,
  asObject,
  asString,
  isObject,
  listOf,
  optional,
  parseJson,
  stringMap,
  textOf,
  type Json,
  type JsonObject,
} from '../assembly/json';
import type { FrontDoor } from '../front-door/front-door';
import { AwsError, type AwsClient } from './aws-client';

/**
 * Makes what the templates describe and does not exist yet, in an order in which each thing finds those it names. Run on
 * existing state it changes settings and keeps content. Ids that an engine gives are recorded in the assembly.
 */
export async function deploy(assembly: Assembly, frontDoor: FrontDoor, admin: AwsClient): Promise<void> {
  const { services } = frontDoor;
  for (const key of assembly.ofType('AWS::KMS::Key')) {
    const aliases = assembly.ofType('AWS::KMS::Alias').filter((alias) => namesKey(alias.property('TargetKeyId'), key));
    services.kms.createKey({
      keyId: key.ref,
      spec: key.property('KeySpec') === 'HMAC_256' ? 'HMAC_256' : 'SYMMETRIC_DEFAULT',
      aliases: aliases.map((alias) => alias.ref),
      description: text(key, 'Description') ?? '',
    });
  }
  for (const secret of assembly.ofType('AWS::SecretsManager::Secret')) {
    const arn = services.secrets.createSecret(secretOf(secret));
    assembly.record(secret.id, { ref: arn });
  }
  for (const topic of assembly.ofType('AWS::SNS::Topic')) {
    const kmsKeyId = text(topic, 'KmsMasterKeyId');
    services.sns.createTopic({ name: topic.attribute('TopicName'), ...(kmsKeyId === undefined ? {} : { kmsKeyId }) });
  }
  for (const queue of assembly.ofType('AWS::SQS::Queue')) {
    services.sqs.createQueue({
      name: queue.attribute('QueueName'),
      attributes: queueAttributes(queue),
      tags: tagsOf(queue),
    });
  }
  for (const bucket of assembly.ofType('AWS::S3::Bucket')) services.s3.createBucket(bucketOf(bucket));
  await Promise.all([
    ...assembly
      .ofType('AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable')
      .map((table) => deployTable(assembly, table, admin)),
    deployUserPool(assembly, frontDoor),
  ]);
}

function text(resource: Resource, property: string): string | undefined {
  return optional(resource.property(property), asString, `${resource.id}.${property}`);
}

function tagsOf(resource: Resource): Record<string, string> {
  const tags = listOf(resource.property('Tags'), asObject, `${resource.id}.Tags`);
  return Object.fromEntries(
    tags.map((tag): [string, string] => [asString(tag['Key'], 'tag key'), asString(tag['Value'], 'tag value')]),
  );
}

function namesKey(target: Json | undefined, key: Resource): boolean {
  return target === key.ref || target === key.attribute('Arn');
}

function secretOf(secret: Resource) {
  const kmsKeyId = text(secret, 'KmsKeyId');
  const [, named = ''] = secret.ref.split(':secret:');
  return {
    // An unnamed secret is named by its ARN, whose last seven characters are Secrets Manager's own.
    name: text(secret, 'Name') ?? named.slice(0, -7),
    secretString: text(secret, 'SecretString') ?? generatedSecret(secret),
    description: text(secret, 'Description') ?? '',
    tags: tagsOf(secret),
    ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
  };
}

function generatedSecret(secret: Resource): string {
  const settings = optional(secret.property('GenerateSecretString'), asObject, secret.id);
  if (settings === undefined) return '';
  const length = optional(settings['PasswordLength'], asNumber, secret.id) ?? 32;
  const excluded = new Set((optional(settings['ExcludeCharacters'], asString, secret.id) ?? '').split(''));
  const password = randomBytes(length * 4)
    .toString('base64url')
    .split('')
    .filter((character) => !excluded.has(character) && /\w/.test(character))
    .join('')
    .slice(0, length);
  const key = optional(settings['GenerateStringKey'], asString, secret.id);
  if (key === undefined) return password;
  const template = parseJson(optional(settings['SecretStringTemplate'], asString, secret.id) ?? '{}');
  return JSON.stringify({
    ...asObject(template, `${secret.id} SecretStringTemplate`),
    [key]: password,
  });
}

const queueProperties = [
  'DelaySeconds',
  'KmsDataKeyReusePeriodSeconds',
  'KmsMasterKeyId',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'ReceiveMessageWaitTimeSeconds',
  'RedrivePolicy',
  'RedriveAllowPolicy',
  'VisibilityTimeout',
  'FifoQueue',
  'ContentBasedDeduplication',
  'SqsManagedSseEnabled',
];

function queueAttributes(queue: Resource): Record<string, string> {
  const entries = queueProperties.flatMap((name): [string, string][] => {
    const value = queue.property(name);
    if (value === undefined) return [];
    return [[name, typeof value === 'object' ? JSON.stringify(value) : String(value)]];
  });
  return Object.fromEntries(entries);
}

function bucketOf(bucket: Resource) {
  const versioning =
    optional(bucket.property('VersioningConfiguration'), asObject, bucket.id)?.['Status'] === 'Enabled';
  const objectLock = bucket.property('ObjectLockEnabled') === true;
  const retention = path(bucket.property('ObjectLockConfiguration'), 'Rule', 'DefaultRetention');
  const [encryption] = listOf(
    path(bucket.property('BucketEncryption'), 'ServerSideEncryptionConfiguration'),
    asObject,
    bucket.id,
  );
  const kmsKeyArn = optional(path(encryption, 'ServerSideEncryptionByDefault', 'KMSMasterKeyID'), asString, bucket.id);
  return {
    name: bucket.ref,
    versioning: versioning || objectLock,
    objectLock,
    ...(isObject(retention) ? { defaultRetention: retentionOf(retention, bucket.id) } : {}),
    ...(kmsKeyArn === undefined ? {} : { kmsKeyArn }),
  };
}

function retentionOf(retention: JsonObject, what: string): { mode: 'COMPLIANCE' | 'GOVERNANCE'; days: number } {
  const years = optional(retention['Years'], asNumber, what) ?? 0;
  return {
    mode: retention['Mode'] === 'GOVERNANCE' ? 'GOVERNANCE' : 'COMPLIANCE',
    days: optional(retention['Days'], asNumber, what) ?? years * 365,
  };
}

function path(value: Json | undefined, ...keys: readonly string[]): Json | undefined {
  return keys.reduce((current: Json | undefined, key) => (isObject(current) ? current[key] : undefined), value);
}

async function deployTable(assembly: Assembly, table: Resource, admin: AwsClient): Promise<void> {
  const indexes = listOf(table.property('GlobalSecondaryIndexes'), asObject, table.id).map((index) => ({
    IndexName: index['IndexName'],
    KeySchema: index['KeySchema'],
    Projection: index['Projection'],
  }));
  const stream = optional(table.property('StreamSpecification'), asObject, table.id);
  const encryption = optional(table.property('SSESpecification'), asObject, table.id);
  const description = await describeTable(table.ref, admin).catch((error: unknown) => {
    if (error instanceof AwsError && error.code === 'ResourceNotFoundException') return undefined;
    throw error;
  });
  if (description === undefined) {
    await admin.json('dynamodb', 'CreateTable', {
      TableName: table.ref,
      AttributeDefinitions: table.property('AttributeDefinitions'),
      KeySchema: table.property('KeySchema'),
      BillingMode: 'PAY_PER_REQUEST',
      ...(indexes.length === 0 ? {} : { GlobalSecondaryIndexes: indexes }),
      ...(stream === undefined
        ? {}
        : { StreamSpecification: { StreamEnabled: true, StreamViewType: stream['StreamViewType'] } }),
      ...(encryption === undefined
        ? {}
        : { SSESpecification: { Enabled: true, SSEType: 'KMS', KMSMasterKeyId: encryption['KMSMasterKeyId'] } }),
    });
    const expiry = optional(table.property('TimeToLiveSpecification'), asObject, table.id);
    if (expiry !== undefined && asBoolean(expiry['Enabled'], `${table.id} TTL`)) {
      await admin.json('dynamodb', 'UpdateTimeToLive', { TableName: table.ref, TimeToLiveSpecification: expiry });
    }
  } else {
    mustMatch(table, description, indexes);
  }
  if (stream === undefined) return;
  const streamArn = (await describeTable(table.ref, admin))['LatestStreamArn'];
  assembly.record(table.id, { attributes: { StreamArn: asString(streamArn, `${table.ref} LatestStreamArn`) } });
}

async function describeTable(tableName: string, admin: AwsClient): Promise<JsonObject> {
  const answer = await admin.json('dynamodb', 'DescribeTable', { TableName: tableName });
  return asObject(answer['Table'], `table ${tableName}`);
}

/** Keys and indexes of a local table are not migrated: local data is cheap to make again. */
function mustMatch(table: Resource, description: JsonObject, indexes: readonly JsonObject[]): void {
  const shape = (schema: Json | undefined): string =>
    JSON.stringify(
      listOf(schema, asObject, 'KeySchema').map(
        (part) => `${textOf(part['AttributeName'])} ${textOf(part['KeyType'])}`,
      ),
    );
  const existing = listOf(description['GlobalSecondaryIndexes'], asObject, table.id).map((index) =>
    textOf(index['IndexName']),
  );
  const same =
    shape(description['KeySchema']) === shape(table.property('KeySchema')) &&
    indexes.every((index) => existing.includes(textOf(index['IndexName'])));
  if (!same)
    throw new Error(
      `The local table ${table.ref} has other keys or indexes than the template; start anew with: npm start -- --fresh`,
    );
}

async function deployUserPool(assembly: Assembly, frontDoor: FrontDoor): Promise<void> {
  const [pool, ...others] = assembly.ofType('AWS::Cognito::UserPool');
  const [client, ...otherClients] = assembly.ofType('AWS::Cognito::UserPoolClient');
  if (pool === undefined) return;
  if (client === undefined || others.length > 0 || otherClients.length > 0) {
    throw new Error('The local cloud supports one user pool with one client');
  }
  const triggers = Object.entries(stringMap(pool.property('LambdaConfig'), `${pool.id}.LambdaConfig`));
  for (const [trigger, functionArn] of triggers) {
    const question = {
      servicePrincipal: 'cognito-idp.amazonaws.com',
      sourceArn: pool.attribute('Arn'),
      action: 'lambda:InvokeFunction',
      resource: functionArn,
    };
    const decision = await frontDoor.isAllowed(question);
    if (!decision.allowed)
      throw new Error(`${pool.id}: Cognito may not invoke its trigger ${trigger}: ${decision.message}`);
  }
  const kept = [
    'AccessTokenValidity',
    'IdTokenValidity',
    'RefreshTokenValidity',
    'TokenValidityUnits',
    'ExplicitAuthFlows',
  ];
  const settings = Object.fromEntries(
    kept.flatMap((name): [string, Json][] => {
      const value = client.property(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const made = await frontDoor.services.cognito.createUserPool({
    userPoolId: pool.ref,
    clientName: text(client, 'ClientName') ?? client.logicalId,
    triggers: Object.fromEntries(triggers.map(([trigger, arn]): [string, string] => [trigger, functionNameOf(arn)])),
    client: settings,
  });
  assembly.record(client.id, { ref: made.userPoolClientId });
}
