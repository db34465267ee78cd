import {
  CreateTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateContinuousBackupsCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { accountId, allow, policy, region, startTestCloud, type TestCloud } from '../cloud';

describe('DynamoDB', () => {
  let cloud: TestCloud;
  let dynamodb: DynamoDBClient;

  beforeAll(async () => {
    cloud = await startTestCloud();
    dynamodb = new DynamoDBClient(cloud.client());
    await dynamodb.send(
      new CreateTableCommand({
        TableName: 'journal',
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
      }),
    );
  });
  afterAll(() => cloud.close());

  const streamArn = async () =>
    (await dynamodb.send(new DescribeTableCommand({ TableName: 'journal' }))).Table?.LatestStreamArn ?? '';

  /** The streams API has a client of its own, which the product does not need: these calls are signed by a DynamoDB client. */
  const streams = async (
    client: DynamoDBClient,
    operation: string,
    input: object,
  ): Promise<Record<string, unknown>> => {
    const signed = new DynamoDBClient({ ...(await settingsOf(client)) });
    signed.middlewareStack.add(
      (next) => (args) => {
        const request = args.request as { headers: Record<string, string>; body: string };
        request.headers['x-amz-target'] = `DynamoDBStreams_20120810.${operation}`;
        request.body = JSON.stringify(input);
        request.headers['content-length'] = String(Buffer.byteLength(request.body));
        return next(args);
      },
      { step: 'build', priority: 'low', name: 'toStreams' },
    );
    let body = '';
    signed.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        const { response } = result as { response: { body: AsyncIterable<Buffer>; statusCode: number } };
        const chunks: Buffer[] = [];
        for await (const chunk of response.body) {
          chunks.push(chunk);
        }
        body = Buffer.concat(chunks).toString();
        Object.assign(response, { body: Buffer.from(response.statusCode === 200 ? '{}' : body) });
        return result;
      },
      { step: 'deserialize', priority: 'low', name: 'keepBody' },
    );
    await signed.send(new DescribeTableCommand({ TableName: 'ignored' }));
    return JSON.parse(body) as Record<string, unknown>;
  };
  const settingsOf = async (client: DynamoDBClient) => ({
    endpoint: cloud.door.url,
    region,
    credentials: await client.config.credentials(),
    maxAttempts: 1,
  });
  const readAll = async (client: DynamoDBClient): Promise<{ awsRegion: string; dynamodb: { NewImage: object } }[]> => {
    const StreamArn = await streamArn();
    const described = await streams(client, 'DescribeStream', { StreamArn });
    const { Shards } = described['StreamDescription'] as { Shards: { ShardId: string }[] };
    const { ShardIterator } = await streams(client, 'GetShardIterator', {
      StreamArn,
      ShardId: Shards[0]?.ShardId,
      ShardIteratorType: 'TRIM_HORIZON',
    });
    return (await streams(client, 'GetRecords', { ShardIterator }))['Records'] as {
      awsRegion: string;
      dynamodb: { NewImage: object };
    }[];
  };

  it('names its resources in the region and account of the cloud', async () => {
    expect(await streamArn()).toMatch(new RegExp(`^arn:aws:dynamodb:${region}:${accountId}:table/journal/stream/`));
  });

  // amazondynamodb/latest/developerguide/Streams.html
  it('gives a role with the grants of a stream consumer the records of a table, also after a restart', async () => {
    await dynamodb.send(new PutItemCommand({ TableName: 'journal', Item: { pk: { S: 'one' } } }));
    await cloud.restart();
    dynamodb = new DynamoDBClient(cloud.client());
    await dynamodb.send(new PutItemCommand({ TableName: 'journal', Item: { pk: { S: 'two' } } }));
    const actions = ['DescribeStream', 'GetShardIterator', 'GetRecords'].map((name) => `dynamodb:${name}`);
    cloud.roles.set('consumer', { policy: policy(allow(actions, await streamArn())) });
    cloud.roles.set('other', {
      policy: policy(allow(actions, `arn:aws:dynamodb:${region}:${accountId}:table/other/stream/*`)),
    });
    const records = await readAll(new DynamoDBClient(cloud.worker('consumer', 'consumer')));
    expect(records.map((record) => record.dynamodb.NewImage)).toEqual([{ pk: { S: 'one' } }, { pk: { S: 'two' } }]);
    expect(records[0]?.awsRegion).toBe(region);
    await expect(readAll(new DynamoDBClient(cloud.worker('other', 'other')))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });

  // APIReference/API_TransactWriteItems.html
  it('cancels a transaction whole, naming the part that failed and the item that stood there', async () => {
    const transaction = new TransactWriteItemsCommand({
      TransactItems: [
        { Put: { TableName: 'journal', Item: { pk: { S: 'three' } } } },
        {
          Put: {
            TableName: 'journal',
            Item: { pk: { S: 'two' } },
            ConditionExpression: 'attribute_not_exists(pk)',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          },
        },
      ],
    });
    await expect(dynamodb.send(transaction)).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [{ Code: 'None' }, { Code: 'ConditionalCheckFailed', Item: { pk: { S: 'two' } } }],
    });
  });

  it('takes the settings that templates make of a table', async () => {
    const timeToLive = { Enabled: true, AttributeName: 'expiresAt' };
    await dynamodb.send(new UpdateTimeToLiveCommand({ TableName: 'journal', TimeToLiveSpecification: timeToLive }));
    await dynamodb.send(
      new UpdateContinuousBackupsCommand({
        TableName: 'journal',
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      }),
    );
    const { ContinuousBackupsDescription: backups } = await dynamodb.send(
      new DescribeContinuousBackupsCommand({ TableName: 'journal' }),
    );
    expect(backups?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus).toBe('ENABLED');
  });
});
