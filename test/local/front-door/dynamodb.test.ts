import {
  BatchGetItemCommand,
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { accountId, allow, policy, region, roleArn, startTestCloud, type TestCloud } from '../cloud';

const tableArn = `arn:aws:dynamodb:${region}:${accountId}:table/journal`;
const viewsArn = `arn:aws:dynamodb:${region}:${accountId}:table/views`;

describe('DynamoDB behind the front door', () => {
  let cloud: TestCloud;
  let admin: DynamoDBClient;

  beforeAll(async () => {
    cloud = await startTestCloud();
    admin = new DynamoDBClient(cloud.client());
    const keys = {
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' as const },
        { AttributeName: 'sk', AttributeType: 'S' as const },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' as const },
        { AttributeName: 'sk', KeyType: 'RANGE' as const },
      ],
      BillingMode: 'PAY_PER_REQUEST' as const,
    };
    await admin.send(new CreateTableCommand({ TableName: 'journal', ...keys }));
    await admin.send(
      new CreateTableCommand({
        TableName: 'views',
        ...keys,
        AttributeDefinitions: [...keys.AttributeDefinitions, { AttributeName: 'gsi1pk', AttributeType: 'S' }],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'byTime',
            KeySchema: [{ AttributeName: 'gsi1pk', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'ALL' },
          },
        ],
      }),
    );
    for (const pk of ['T#acme#payment#1', 'T#acme2#payment#1', 'T#other#payment#1']) {
      await admin.send(new PutItemCommand({ TableName: 'journal', Item: { pk: { S: pk }, sk: { S: 'V#1' } } }));
    }
    const ownRows = {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['T#${aws:PrincipalTag/tenant}#*'] },
      Null: { 'dynamodb:LeadingKeys': 'false' },
    };
    const tenantActions = ['GetItem', 'PutItem', 'Query', 'Scan', 'BatchGetItem', 'ConditionCheckItem'].map(
      (name) => `dynamodb:${name}`,
    );
    cloud.roles.set('fn', { policy: policy(allow(['sts:AssumeRole', 'sts:TagSession'], roleArn('fn-tenant'))) });
    cloud.roles.set('fn-tenant', {
      policy: policy(allow(tenantActions, [tableArn, viewsArn, `${viewsArn}/index/*`], ownRows)),
      trust: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: roleArn('fn') },
            Action: ['sts:AssumeRole', 'sts:TagSession'],
            Condition: { StringLike: { 'aws:RequestTag/tenant': '?*' } },
          },
        ],
      },
    });
    cloud.roles.set('stranger', { policy: policy(allow(['sts:AssumeRole', 'sts:TagSession'], '*')) });
    cloud.roles.set('writer', { policy: policy(allow('dynamodb:*', [tableArn, viewsArn, `${viewsArn}/index/*`])) });
  });
  afterAll(() => cloud.close());

  const tenantClient = async (tenant: string): Promise<DynamoDBClient> => {
    const sts = new STSClient(cloud.worker('fn', 'fn'));
    const { Credentials: issued } = await sts.send(
      new AssumeRoleCommand({
        RoleArn: roleArn('fn-tenant'),
        RoleSessionName: tenant,
        Tags: [{ Key: 'tenant', Value: tenant }],
      }),
    );
    return new DynamoDBClient(
      cloud.client({
        accessKeyId: issued?.AccessKeyId ?? '',
        secretAccessKey: issued?.SecretAccessKey ?? '',
        sessionToken: issued?.SessionToken ?? '',
      }),
    );
  };
  const key = (pk: string) => ({ pk: { S: pk }, sk: { S: 'V#1' } });

  // amazondynamodb/latest/developerguide/specifying-conditions.html
  describe('dynamodb:LeadingKeys with a session tag', () => {
    it("lets a tenant's role read its own items by every kind of read", async () => {
      const acme = await tenantClient('acme');
      const own = key('T#acme#payment#1');
      expect((await acme.send(new GetItemCommand({ TableName: 'journal', Key: own }))).Item).toEqual(own);
      const queried = new QueryCommand({
        TableName: 'journal',
        KeyConditionExpression: '#p = :p AND begins_with(sk, :v)',
        ExpressionAttributeNames: { '#p': 'pk' },
        ExpressionAttributeValues: { ':p': { S: 'T#acme#payment#1' }, ':v': { S: 'V#' } },
      });
      expect((await acme.send(queried)).Count).toBe(1);
      const batch = new BatchGetItemCommand({ RequestItems: { journal: { Keys: [own] } } });
      expect((await acme.send(batch)).Responses?.['journal']).toEqual([own]);
    });

    it("refuses another tenant's key, and one whose id only begins like ours", async () => {
      const acme = await tenantClient('acme');
      for (const pk of ['T#other#payment#1', 'T#acme2#payment#1']) {
        await expect(acme.send(new GetItemCommand({ TableName: 'journal', Key: key(pk) }))).rejects.toMatchObject({
          name: 'AccessDeniedException',
          message: expect.stringMatching(
            /^User: arn:aws:sts::000000000000:assumed-role\/fn-tenant\/acme is not authorized to perform: dynamodb:GetItem on resource: .*table\/journal because no identity-based policy allows/,
          ),
        });
      }
    });

    it('refuses a batch and a transaction when one key of several is foreign', async () => {
      const acme = await tenantClient('acme');
      const batch = new BatchGetItemCommand({
        RequestItems: { journal: { Keys: [key('T#acme#payment#1'), key('T#other#payment#1')] } },
      });
      await expect(acme.send(batch)).rejects.toMatchObject({ name: 'AccessDeniedException' });
      const transaction = new TransactWriteItemsCommand({
        TransactItems: [
          { Put: { TableName: 'journal', Item: { ...key('T#acme#payment#9') } } },
          {
            ConditionCheck: {
              TableName: 'journal',
              Key: key('T#other#payment#1'),
              ConditionExpression: 'attribute_exists(pk)',
            },
          },
        ],
      });
      await expect(acme.send(transaction)).rejects.toMatchObject({
        name: 'AccessDeniedException',
        message: expect.stringContaining('dynamodb:ConditionCheckItem'),
      });
    });

    it('refuses a Scan, which names no leading key, because of the Null condition', async () => {
      const acme = await tenantClient('acme');
      await expect(acme.send(new ScanCommand({ TableName: 'journal' }))).rejects.toMatchObject({
        name: 'AccessDeniedException',
      });
    });

    it("takes the partition key of an index from the index's own schema", async () => {
      const acme = await tenantClient('acme');
      const listed = (value: string) =>
        new QueryCommand({
          TableName: 'views',
          IndexName: 'byTime',
          KeyConditionExpression: 'gsi1pk = :p',
          ExpressionAttributeValues: { ':p': { S: value } },
        });
      expect((await acme.send(listed('T#acme#payment'))).Count).toBe(0);
      await expect(acme.send(listed('T#other#payment'))).rejects.toMatchObject({
        name: 'AccessDeniedException',
        message: expect.stringContaining('table/views/index/byTime'),
      });
    });

    it('refuses an action that the role does not have', async () => {
      const acme = await tenantClient('acme');
      const update = new UpdateItemCommand({
        TableName: 'journal',
        Key: key('T#acme#payment#1'),
        UpdateExpression: 'SET a = :a',
        ExpressionAttributeValues: { ':a': { S: 'x' } },
      });
      await expect(acme.send(update)).rejects.toMatchObject({
        message: expect.stringContaining('dynamodb:UpdateItem'),
      });
    });
  });

  // amazondynamodb/latest/developerguide/specifying-conditions.html
  describe('dynamodb:Attributes', () => {
    const updated = (update: string, condition?: string) => ({
      TableName: 'views',
      Key: key('gate'),
      UpdateExpression: update,
      ...(condition === undefined ? {} : { ConditionExpression: condition }),
      ExpressionAttributeNames: {
        '#own': 'slot:own#1',
        ...(update.includes('#other') ? { '#other': 'slot:other' } : {}),
      },
      ExpressionAttributeValues: { ':v': { N: '1' } },
    });
    let client: DynamoDBClient;

    beforeAll(() => {
      const named = { 'dynamodb:Attributes': ['pk', 'sk', 'slot:own#*'] };
      const held = { 'ForAllValues:StringLike': named, Null: { 'dynamodb:Attributes': 'false' } };
      cloud.roles.set('slot', { policy: policy(allow('dynamodb:UpdateItem', viewsArn, held)) });
      client = new DynamoDBClient(cloud.worker('slot', 'slot'));
    });

    it('has what an update sets and what its condition asks for, without what is nested there', async () => {
      const update = updated(
        'SET #own = :v',
        'attribute_not_exists(#own) OR #own.v < :v AND size(#own . inside.deeper[0]) > :v',
      );
      await client.send(new UpdateItemCommand(update));
      await client.send(
        new TransactWriteItemsCommand({
          TransactItems: [{ Update: updated('SET #own = :v', 'attribute_exists(#own)') }],
        }),
      );
    });

    it.each([
      ['another slot', updated('SET #other = :v, #own = :v')],
      ['another slot among others', updated('SET #own = :v REMOVE #other')],
      ['a plain name', updated('SET #own = :v, d = :v')],
      ['the condition', updated('SET #own = :v', 'd.inside < :v')],
      ['the value', updated('SET #own = if_not_exists(d, :v)')],
    ])('refuses an update that names something else: %s', async (_, update) => {
      const denied = { name: 'AccessDeniedException', message: expect.stringContaining('dynamodb:UpdateItem') };
      await expect(client.send(new UpdateItemCommand(update))).rejects.toMatchObject(denied);
      const transaction = new TransactWriteItemsCommand({ TransactItems: [{ Update: update }] });
      await expect(client.send(transaction)).rejects.toMatchObject(denied);
    });
  });

  // IAM/latest/UserGuide/id_session-tags.html
  describe('sts:AssumeRole with session tags', () => {
    const assume = (tags: { Key: string; Value: string }[]) =>
      new AssumeRoleCommand({ RoleArn: roleArn('fn-tenant'), RoleSessionName: 'session', Tags: tags });

    it('needs the tag that the trust policy asks for', async () => {
      const sts = new STSClient(cloud.worker('fn', 'fn'));
      await expect(sts.send(assume([]))).rejects.toMatchObject({ name: 'AccessDenied' });
    });

    it('needs the trust of the role, whatever the caller may do', async () => {
      const sts = new STSClient(cloud.worker('stranger', 'stranger'));
      await expect(sts.send(assume([{ Key: 'tenant', Value: 'acme' }]))).rejects.toMatchObject({
        name: 'AccessDenied',
        message: expect.stringContaining('sts:AssumeRole'),
      });
    });

    it('needs sts:TagSession beside sts:AssumeRole', async () => {
      const { id } = cloud.door.deny.add({ functionName: 'fn', action: 'sts:TagSession' });
      const sts = new STSClient(cloud.worker('fn', 'fn'));
      await expect(sts.send(assume([{ Key: 'tenant', Value: 'acme' }]))).rejects.toMatchObject({
        message: expect.stringContaining('sts:TagSession'),
      });
      cloud.door.deny.remove(id);
      await expect(sts.send(assume([{ Key: 'tenant', Value: 'acme' }]))).resolves.toBeDefined();
    });

    it('names the session', async () => {
      const sts = new STSClient(cloud.worker('fn', 'fn'));
      expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).toBe(
        `arn:aws:sts::${accountId}:assumed-role/fn/fn`,
      );
    });
  });

  describe('signatures', () => {
    it('refuses a key that nobody holds, and a wrong secret', async () => {
      const credentials = cloud.door.registerFunction('writer', roleArn('writer'));
      const read = new GetItemCommand({ TableName: 'journal', Key: key('a') });
      const unknown = new DynamoDBClient(cloud.client({ accessKeyId: 'AKIDUNKNOWN', secretAccessKey: 'x' }));
      await expect(unknown.send(read)).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
      const wrong = new DynamoDBClient(cloud.client({ ...credentials, secretAccessKey: 'wrong' }));
      await expect(wrong.send(read)).rejects.toMatchObject({ name: 'InvalidSignatureException' });
    });
  });

  describe('counting', () => {
    it('counts units and bytes of an invocation without showing capacity to a caller who did not ask', async () => {
      const credentials = cloud.door.registerFunction('writer', roleArn('writer'));
      const client = new DynamoDBClient(cloud.client(credentials));
      cloud.door.beginInvocation(credentials.accessKeyId, 'inv-1');
      const put = await client.send(
        new PutItemCommand({ TableName: 'journal', Item: { ...key('c1'), data: { S: 'x'.repeat(1500) } } }),
      );
      expect(put.ConsumedCapacity).toBeUndefined();
      const asked = await client.send(
        new GetItemCommand({
          TableName: 'journal',
          Key: key('c1'),
          ConsistentRead: true,
          ReturnConsumedCapacity: 'TOTAL',
        }),
      );
      expect(asked.ConsumedCapacity).toMatchObject({ CapacityUnits: 1 });
      cloud.door.endInvocation(credentials.accessKeyId);
      await client.send(new GetItemCommand({ TableName: 'journal', Key: key('c1') }));

      const calls = cloud.door.calls({ invocation: 'inv-1' });
      expect(
        calls.map(({ action, resource, readUnits, writeUnits }) => ({ action, resource, readUnits, writeUnits })),
      ).toEqual([
        { action: 'PutItem', resource: 'journal', readUnits: 0, writeUnits: 2 },
        { action: 'GetItem', resource: 'journal', readUnits: 1, writeUnits: 0 },
      ]);
      expect(calls[0]?.requestBytes).toBeGreaterThan(1500);
    });

    it('counts two units for each part of a transaction, and one for a refused condition', async () => {
      const client = new DynamoDBClient(cloud.worker('counter', 'writer'));
      await client.send(
        new TransactWriteItemsCommand({
          TransactItems: [
            { Put: { TableName: 'journal', Item: key('c2') } },
            { Put: { TableName: 'journal', Item: key('c3') } },
          ],
        }),
      );
      const again = new PutItemCommand({
        TableName: 'journal',
        Item: key('c2'),
        ConditionExpression: 'attribute_not_exists(pk)',
      });
      await expect(client.send(again)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
      expect(
        cloud.door.calls({ functionName: 'counter' }).map(({ writeUnits, errorCode }) => ({ writeUnits, errorCode })),
      ).toEqual([
        { writeUnits: 4, errorCode: undefined },
        { writeUnits: 1, errorCode: 'ConditionalCheckFailedException' },
      ]);
    });

    it("counts calls of an assumed role for the worker's invocation", async () => {
      const credentials = cloud.door.registerFunction('fn', roleArn('fn'));
      cloud.door.beginInvocation(credentials.accessKeyId, 'inv-2');
      const sts = new STSClient(cloud.client(credentials));
      const { Credentials: issued } = await sts.send(
        new AssumeRoleCommand({
          RoleArn: roleArn('fn-tenant'),
          RoleSessionName: 'acme',
          Tags: [{ Key: 'tenant', Value: 'acme' }],
        }),
      );
      const client = new DynamoDBClient(
        cloud.client({ accessKeyId: issued?.AccessKeyId ?? '', secretAccessKey: issued?.SecretAccessKey ?? '' }),
      );
      await client.send(new GetItemCommand({ TableName: 'journal', Key: key('T#acme#payment#1') }));
      expect(
        cloud.door.calls({ invocation: 'inv-2' }).map(({ service, functionName }) => [service, functionName]),
      ).toEqual([
        ['sts', 'fn'],
        ['dynamodb', 'fn'],
      ]);
    });
  });

  // repost.aws/knowledge-center/dynamodb-access-denied-exception
  it('asks for kms:Decrypt of the caller on a table under a customer managed key', async () => {
    const keyArn = cloud.door.services.kms.createKey({ keyId: 'data' });
    await admin.send(
      new CreateTableCommand({
        TableName: 'sealed',
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
        SSESpecification: { Enabled: true, SSEType: 'KMS', KMSMasterKeyId: keyArn },
      }),
    );
    const read = allow('dynamodb:GetItem', `arn:aws:dynamodb:${region}:${accountId}:table/sealed`);
    const viaDynamodb = { StringEquals: { 'kms:ViaService': `dynamodb.${region}.amazonaws.com` } };
    cloud.roles.set('no-key', { policy: policy(read) });
    cloud.roles.set('with-key', { policy: policy(read, allow('kms:Decrypt', keyArn, viaDynamodb)) });
    const get = new GetItemCommand({ TableName: 'sealed', Key: { pk: { S: 'a' } } });
    await expect(new DynamoDBClient(cloud.worker('a', 'no-key')).send(get)).rejects.toMatchObject({
      message: expect.stringContaining('kms:Decrypt'),
    });
    await expect(new DynamoDBClient(cloud.worker('b', 'with-key')).send(get)).resolves.toBeDefined();
  });

  it('keeps tables and items over a restart', async () => {
    await cloud.restart();
    const client = new DynamoDBClient(cloud.client());
    expect(
      (await client.send(new GetItemCommand({ TableName: 'journal', Key: key('T#other#payment#1') }))).Item,
    ).toBeDefined();
  });
});
