import { createServer, type Server } from 'node:http';

import { GetItemCommand } from '@aws-sdk/client-dynamodb';

import {
  cognitoClient,
  dynamoDbClient,
  kmsClient,
  s3Client,
  secretsManagerClient,
  sqsClient,
  stsClient,
} from '../../lambdas/adapters/clients';

describe('clients', () => {
  const environment = { ...process.env };
  let server: Server;
  let keys: string[];
  beforeAll(async () => {
    server = createServer((request, response) => {
      keys.push(/Credential=([^/]+)/.exec(request.headers.authorization ?? '')?.[1] ?? 'none');
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    Object.assign(process.env, {
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'function',
      AWS_SECRET_ACCESS_KEY: 'x',
      AWS_ENDPOINT_URL: `http://127.0.0.1:${String(address !== null && typeof address === 'object' ? address.port : 0)}`,
    });
  });
  beforeEach(() => {
    keys = [];
  });
  afterAll(async () => {
    process.env = environment;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const makers = { dynamoDbClient, sqsClient, secretsManagerClient, kmsClient, s3Client, stsClient, cognitoClient };

  it.each(Object.entries(makers))('%s retries, gives up in time and throws when it does', async (_, make) => {
    const client = make();
    expect(await client.config.maxAttempts()).toBe(3);
    const handler = client.config.requestHandler as unknown as SettledHandler;
    await handler.handle(aRequestToNowhere, {}).catch(() => undefined);
    const { connectionTimeout, requestTimeout, throwOnRequestTimeout } = handler.httpHandlerConfigs();
    expect(connectionTimeout).toBe(1_000);
    expect(requestTimeout).toBeLessThanOrEqual(10_000);
    expect(throwOnRequestTimeout).toBe(true);
  });

  it('sign with their own tenant’s credentials over shared connections', async () => {
    const credentialsOf = (accessKeyId: string) => async () => ({
      accessKeyId,
      secretAccessKey: 'x',
      sessionToken: 'x',
      expiration: new Date(Date.now() + 3_600_000),
    });
    const get = new GetItemCommand({ TableName: 'views', Key: { pk: { S: 'a' }, sk: { S: 'b' } } });
    const [own, one, other] = [
      dynamoDbClient(),
      dynamoDbClient(credentialsOf('one')),
      dynamoDbClient(credentialsOf('other')),
    ];
    let connections = 0;
    server.on('connection', () => {
      connections += 1;
    });
    for (const client of [own, one, other, one, own]) await client.send(get);
    expect(keys).toEqual(['function', 'one', 'other', 'one', 'function']);
    expect(connections).toBeLessThanOrEqual(1);
  });

  it('address buckets by path', () => {
    expect(s3Client().config.forcePathStyle).toBe(true);
  });
});

/** The handler reads its settings at its first request. */
interface SettledHandler {
  handle(request: object, options: object): Promise<unknown>;
  httpHandlerConfigs(): { connectionTimeout?: number; requestTimeout?: number; throwOnRequestTimeout?: boolean };
}

const aRequestToNowhere = {
  protocol: 'http:',
  hostname: '127.0.0.1',
  port: 1,
  path: '/',
  method: 'GET',
  headers: {},
  query: {},
};
