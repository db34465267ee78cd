import {
  BatchGetItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  ExecuteStatementCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';

import { functionNames, type FunctionName } from '../../lambdas/env';
import { functions } from '../../lib/config/functions';
import { sharedCloud } from '../support/local-cloud';
import { journalTable, newOperator } from '../support/operator';
import { aConnectedTenant, aPayment, type ConnectedTenant } from '../support/people';

/** What IAM alone refuses to the stolen credentials of a function. What they do is sent through the front door, so it is judged as a call of the function. */
const cloud = sharedCloud();
const operator = newOperator(cloud);

const views = 'countinghouse-dev-views';
const coordination = 'countinghouse-dev-coordination';

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const tenantPlane = functionNames.filter((name) => functions[name].tenant !== undefined);

describe('with the stolen credentials of a function', () => {
  const { awsEndpoint, adminCredentials, region = 'eu-central-1' } = cloud.description;
  const settings = { endpoint: awsEndpoint, region, maxAttempts: 1 };
  let own: ConnectedTenant;
  let victim: ConnectedTenant;
  let paymentId: string;
  /** A sealed TOTP seed and a sealed address, with what they are bound to. */
  let sealed: Readonly<
    Record<'seed' | 'address', { KeyId: string; CiphertextBlob: Buffer; EncryptionContext: Record<string, string> }>
  >;

  beforeAll(async () => {
    own = await aConnectedTenant(cloud, 'Own');
    victim = await aConnectedTenant(cloud, 'Victim');
    paymentId = (await aPayment(victim)).id;
    await cloud.idle();
    sealed = await sealedTexts();
  });

  async function assume(
    as: Credentials | undefined,
    role: string,
    tags: Readonly<Record<string, string>> = {},
  ): Promise<Credentials> {
    if (as === undefined) throw new Error('the description names no operator');
    const { Credentials: issued } = await new STSClient({ ...settings, credentials: as }).send(
      new AssumeRoleCommand({
        RoleArn: `arn:aws:iam::000000000000:role/countinghouse-dev-${role}`,
        RoleSessionName: 'stolen',
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      }),
    );
    return {
      accessKeyId: issued?.AccessKeyId ?? '',
      secretAccessKey: issued?.SecretAccessKey ?? '',
      sessionToken: issued?.SessionToken ?? '',
    };
  }

  const stolen = (name: FunctionName): Promise<Credentials> => assume(adminCredentials, name);

  async function sealedTexts(): Promise<typeof sealed> {
    const streamOf = async (prefix: string) => {
      const item = (await operator.items(journalTable)).find(({ pk }) => pk?.S?.startsWith(prefix) === true);
      const text = /"([A-Za-z0-9+/]{120,}={0,2})"/.exec(JSON.stringify(item))?.[1];
      if (item === undefined || text === undefined) throw new Error(`nothing sealed under ${prefix}`);
      const blob = Buffer.from(text, 'base64');
      // [local KMS] A ciphertext names its key, as a real one does.
      const KeyId = blob.subarray(1, 1 + blob.readUInt8(0)).toString();
      return { KeyId, CiphertextBlob: blob, id: item['pk']?.S?.split('#').at(-1) ?? '' };
    };
    const { id: user, ...seed } = await streamOf(`P#mfa#${victim.owner.userId}`);
    const { id, ...address } = await streamOf(`T#${victim.tenantId}#invitation#`);
    return {
      seed: { ...seed, EncryptionContext: { tenant: 'platform', user } },
      address: { ...address, EncryptionContext: { tenant: victim.tenantId, purpose: 'invitation-email', id } },
    };
  }

  /** `refused`, or that the call came through, whatever became of it. No attempt changes anything. */
  async function outcomes(attempts: Readonly<Record<string, () => Promise<unknown>>>): Promise<readonly string[]> {
    const through: string[] = [];
    for (const [what, attempt] of Object.entries(attempts)) {
      const refused = await attempt().then(
        () => false,
        (error: unknown) => /AccessDenied/.test((error as Error).name),
      );
      if (!refused) through.push(what);
    }
    return through;
  }

  const never = { ConditionExpression: 'attribute_exists(neverWritten)' };
  const change = { UpdateExpression: 'SET forged = :one', ExpressionAttributeValues: { ':one': { N: '1' } }, ...never };
  const keyOf = (pk: string, sk = 'forged') => ({ pk: { S: pk }, sk: { S: sk } });

  describe.each(tenantPlane)('%s', (name) => {
    it('as its tenant role, nothing of another tenant, and no history, can be reached', async () => {
      const credentials = await assume(await stolen(name), `${name}-tenant`, { tenant: own.tenantId });
      const dynamodb = new DynamoDBClient({ ...settings, credentials });
      const secrets = new SecretsManagerClient({ ...settings, credentials });
      const secret = `countinghouse/dev/tenants/${victim.tenantId}/connections/${victim.connectionId}`;
      const attempts: Record<string, () => Promise<unknown>> = {
        'read a secret': () => secrets.send(new GetSecretValueCommand({ SecretId: secret })),
        'write a secret': () => secrets.send(new PutSecretValueCommand({ SecretId: secret, SecretString: 'forged' })),
        'make a secret': () => secrets.send(new CreateSecretCommand({ Name: `${secret}x`, SecretString: 'forged' })),
        'list by index': () =>
          dynamodb.send(
            new QueryCommand({
              TableName: views,
              IndexName: 'byTime',
              KeyConditionExpression: 'gsi1pk = :pk',
              ExpressionAttributeValues: { ':pk': { S: `T#${victim.tenantId}#payment` } },
            }),
          ),
        'change its own history': () =>
          dynamodb.send(
            new UpdateItemCommand({ TableName: journalTable, Key: keyOf(`T#${own.tenantId}#payment#x`), ...change }),
          ),
        'delete its own history': () =>
          dynamodb.send(
            new DeleteItemCommand({ TableName: journalTable, Key: keyOf(`T#${own.tenantId}#payment#x`), ...never }),
          ),
      };
      const foreign = [
        `T#${victim.tenantId}#payment#${paymentId}`,
        `T#${victim.tenantId}#member#${victim.owner.userId}`,
        `T#${own.tenantId}x#payment#${paymentId}`,
        `P#platform-admin#${victim.owner.userId}`,
        `P#mfa#${victim.owner.userId}`,
      ];
      for (const TableName of [journalTable, views, coordination]) {
        attempts[`scan ${TableName}`] = () => dynamodb.send(new ScanCommand({ TableName }));
        attempts[`select from ${TableName}`] = () =>
          dynamodb.send(
            new ExecuteStatementCommand({ Statement: `SELECT * FROM "${TableName}" WHERE pk='${foreign[0]}'` }),
          );
        for (const pk of foreign) {
          const place = `${pk} of ${TableName}`;
          const query = { KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': { S: pk } } };
          attempts[`get ${place}`] = () => dynamodb.send(new GetItemCommand({ TableName, Key: keyOf(pk) }));
          attempts[`query ${place}`] = () => dynamodb.send(new QueryCommand({ TableName, ...query }));
          attempts[`get ${place} beside its own`] = () => {
            const Keys = [keyOf(`T#${own.tenantId}#gate#gate`, 'view'), keyOf(pk)];
            return dynamodb.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys } } }));
          };
          attempts[`put ${place}`] = () => dynamodb.send(new PutItemCommand({ TableName, Item: keyOf(pk), ...never }));
          attempts[`put ${place} in a transaction`] = () => {
            const Put = { TableName, Item: keyOf(pk), ...never };
            return dynamodb.send(new TransactWriteItemsCommand({ TransactItems: [{ Put }] }));
          };
          attempts[`change ${place}`] = () =>
            dynamodb.send(new UpdateItemCommand({ TableName, Key: keyOf(pk), ...change }));
        }
      }
      expect(await outcomes(attempts)).toEqual([]);
    });

    it('assumes no role but its own tenant role, for one tenant by the form of its id', async () => {
      const credentials = await stolen(name);
      const tags = { tenant: victim.tenantId };
      const attempts: Record<string, () => Promise<unknown>> = {};
      for (const other of functionNames.filter((each) => each !== name)) {
        attempts[other] = () => assume(credentials, other);
        if (functions[other].tenant === undefined) continue;
        attempts[`${other}-tenant`] = () => assume(credentials, `${other}-tenant`, tags);
      }
      const loose = [{}, { Tenant: victim.tenantId }, { ...tags, other: 'x' }, { tenant: '' }, { tenant: 'ten_' }];
      for (const given of [...loose, { tenant: `${victim.tenantId}/x` }]) {
        attempts[`its own with ${JSON.stringify(given)}`] = () => assume(credentials, `${name}-tenant`, given);
      }
      expect(await outcomes(attempts)).toEqual([]);
    });
  });

  /** Who may do what is done for all tenants. Whoever is not named is refused. */
  const privileges: Readonly<
    Record<string, { allowed: readonly FunctionName[]; attempt: (credentials: Credentials) => Promise<unknown> }>
  > = {
    'open a TOTP seed': {
      allowed: ['me'],
      attempt: (credentials) => new KMSClient({ ...settings, credentials }).send(new DecryptCommand(sealed.seed)),
    },
    'open an address': {
      allowed: ['notifier'],
      attempt: (credentials) => new KMSClient({ ...settings, credentials }).send(new DecryptCommand(sealed.address)),
    },
    'seal without saying for what': {
      allowed: [],
      attempt: (credentials) =>
        new KMSClient({ ...settings, credentials }).send(
          new EncryptCommand({ KeyId: sealed.seed.KeyId, Plaintext: Buffer.from('x') }),
        ),
    },
    'forge a step-up': {
      // Who resets factors puts the mark that ends step-ups beside them.
      allowed: ['me', 'mfa-resets', 'platform-admins'],
      attempt: (credentials) => put(credentials, coordination, `P#step-up#${victim.owner.userId}`),
    },
    'clear a lock': {
      allowed: ['me', 'mfa-resets', 'platform-admins'],
      attempt: (credentials) => update(credentials, coordination, `P#mfa-counter#${victim.owner.userId}`),
    },
    'overwrite a lock': {
      allowed: [],
      attempt: (credentials) => put(credentials, coordination, `P#mfa-counter#${victim.owner.userId}`),
    },
    'appoint a Super Admin': {
      allowed: ['platform-bootstrap', 'platform-admins'],
      attempt: (credentials) => put(credentials, journalTable, `P#platform-admin#${victim.owner.userId}`),
    },
    'make a member': {
      // What a Super Admin does to Owners and as a guest, and the end of a guest who is removed.
      allowed: ['tenants', 'platform-admins'],
      attempt: (credentials) => put(credentials, journalTable, `T#${victim.tenantId}#member#x`),
    },
    'make a payment': {
      allowed: [],
      attempt: (credentials) => put(credentials, journalTable, `T#${victim.tenantId}#payment#x`),
    },
    'change history': {
      allowed: [],
      attempt: (credentials) => update(credentials, journalTable, `T#${victim.tenantId}#payment#x`),
    },
    'read a payment': {
      allowed: ['projector', 'audit-sequencer', 'audit-sweep', 'ledger-projector', 'rebuild-ledger', 'rebuild-views'],
      attempt: (credentials) =>
        new DynamoDBClient({ ...settings, credentials }).send(
          new QueryCommand({
            TableName: journalTable,
            KeyConditionExpression: 'pk = :pk',
            ExpressionAttributeValues: { ':pk': { S: `T#${victim.tenantId}#payment#${paymentId}` } },
          }),
        ),
    },
  };

  const put = (credentials: Credentials, TableName: string, pk: string) =>
    new DynamoDBClient({ ...settings, credentials }).send(new PutItemCommand({ TableName, Item: keyOf(pk), ...never }));

  const update = (credentials: Credentials, TableName: string, pk: string) =>
    new DynamoDBClient({ ...settings, credentials }).send(
      new UpdateItemCommand({ TableName, Key: keyOf(pk), ...change }),
    );

  it.each(Object.entries(privileges))(
    'as their own roles, %s: no function but those that are for it',
    async (_, { allowed, attempt }) => {
      const through: string[] = [];
      for (const name of functionNames) {
        const credentials = await stolen(name);
        if ((await outcomes({ it: () => attempt(credentials) })).length > 0) through.push(name);
      }
      expect(through.sort()).toEqual([...allowed].sort());
    },
  );
});
