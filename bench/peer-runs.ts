import { randomBytes, randomUUID } from 'node:crypto';

import { Webhook } from 'standardwebhooks';

import { asString, type JsonObject } from '../local/assembly/json';
import type { LocalCloud } from '../local/local-cloud';
import { newActivity } from '../local/runtime/activity';
import { newAwsClient, type AwsClient } from '../local/runtime/aws-client';
import { newFunctionRuntime, type FunctionRuntime } from '../local/runtime/worker/function-runtime';
import { spreadCalls } from './call-totals';
import { measured, type Measured, type Sample } from './measured';
import { peerEnvironment, type PeerName } from './peers';
import type { BilledRequests, Prices } from './prices';

const samplesOfEach = 3;

const tenant = 'ten_peer';

const user = '9c2f6d3e-7f0f-4f42-9d8f-0b9d5f0a6a11';

/** Measures the peers on the same cloud: in threads as the product's functions run, with an operator's rights and their own tables. */
export async function measurePeers(
  cloud: LocalCloud,
  taskRoots: Readonly<Record<PeerName, string>>,
  prices: Prices,
): Promise<readonly Measured[]> {
  const webhookSecret = `whsec_${randomBytes(24).toString('base64')}`;
  await deployPeers(cloud, webhookSecret);
  const createPayment = startPeer(cloud, 'peer-create-payment', taskRoots);
  const receiveWebhook = startPeer(cloud, 'peer-receive-webhook', taskRoots);
  try {
    // The first of each is cold, as the product's are before they are measured.
    await createPayment.run(paymentEvent(randomUUID()), 201);
    await receiveWebhook.run(webhookEvent(webhookSecret), 200);

    cloud.frontDoor.faults.add(spreadCalls);
    const creates: Sample[] = [];
    const replays: Sample[] = [];
    const deliveries: Sample[] = [];
    const api = { lambdaRequests: 1, apiGatewayRestRequests: 1 };
    for (let at = 0; at < samplesOfEach; at += 1) {
      const key = randomUUID();
      creates.push(await createPayment.sample(paymentEvent(key), 201, api));
      replays.push(await createPayment.sample(paymentEvent(key), 201, api));
      deliveries.push(await receiveWebhook.sample(webhookEvent(webhookSecret), 200, { lambdaRequests: 1 }));
    }
    cloud.frontDoor.faults.remove(spreadCalls.id);
    return [
      measured(prices, 'create payment', 'peer', creates),
      measured(prices, 'create payment, replayed', 'peer', replays),
      measured(prices, 'webhook delivery', 'peer', deliveries),
    ];
  } finally {
    await Promise.all([createPayment.stop(), receiveWebhook.stop()]);
  }
}

interface Peer {
  /** Invokes it once; throws unless it answers this status. Answers the invocation's id. */
  run(event: object, status: number): Promise<string>;
  sample(event: object, status: number, requests: BilledRequests): Promise<Sample>;
  stop(): Promise<void>;
}

function startPeer(cloud: LocalCloud, name: PeerName, taskRoots: Readonly<Record<PeerName, string>>): Peer {
  const { accessKeyId, secretAccessKey } = cloud.adminCredentials;
  const { region } = cloud.assembly.place;
  const lines: string[] = [];
  const runtime: FunctionRuntime = newFunctionRuntime(
    {
      functionName: name,
      functionArn: `arn:aws:lambda:${region}:${cloud.assembly.place.accountId}:function:${name}`,
      roleArn: '',
      taskRoot: taskRoots[name],
      handler: 'index.handler',
      memoryMb: 1024,
      timeoutMs: 30_000,
      logGroupName: `/aws/lambda/${name}`,
      environment: peerEnvironment,
      concurrency: 1,
    },
    {
      credentials: () => ({
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_ENDPOINT_URL: cloud.awsEndpoint,
      }),
      onInstanceEnd: () => undefined,
      onBegin: (key, invocationId) => cloud.frontDoor.beginInvocation(key, invocationId),
      onEnd: (key) => cloud.frontDoor.endInvocation(key),
      onLine: (_functionName, _invocationId, line) => void lines.push(line),
      onInvocation: () => undefined,
    },
    newActivity(),
  );
  const run = async (event: object, status: number): Promise<string> => {
    const { payload, invocationId } = await runtime.invoke(JSON.stringify(event));
    if (!payload.includes(`"statusCode":${status}`)) {
      throw new Error(`${name} should answer ${status}: ${payload}\n${lines.slice(-20).join('\n')}`);
    }
    return invocationId;
  };
  return {
    run,
    async sample(event, status, requests) {
      return { calls: cloud.frontDoor.calls({ invocation: await run(event, status) }), requests };
    },
    stop: () => runtime.stop(),
  };
}

async function deployPeers(cloud: LocalCloud, webhookSecret: string): Promise<void> {
  const aws = newAwsClient(cloud.awsEndpoint, cloud.assembly.place.region, cloud.adminCredentials);
  for (const name of ['idempotency', 'limits', 'members', 'tenants', 'connections', 'payments', 'audit']) {
    await aws.json('dynamodb', 'CreateTable', {
      TableName: `peer-${name}`,
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    });
  }
  const queue = await aws.json('sqs', 'CreateQueue', { QueueName: 'peer-webhooks', Attributes: {} });
  const sandboxUrl = Object.entries(cloud.functionUrls).find(([name]) => name.endsWith('-sandbox-provider'))?.[1];
  if (sandboxUrl === undefined) throw new Error('the sandbox has no Function URL');
  await put(aws, 'peer-members', { id: `${tenant}#${user}`, role: 'owner' });
  await put(aws, 'peer-tenants', { id: tenant, status: 'active', name: 'Example Shop' });
  await put(aws, 'peer-connections', {
    id: `${tenant}#default`,
    url: sandboxUrl,
    apiKey: `sk_sandbox_${randomBytes(16).toString('hex')}`,
    webhookSecret,
    queueUrl: asString(queue['QueueUrl'], 'QueueUrl'),
  });
}

async function put(aws: AwsClient, table: string, item: Readonly<Record<string, string>>): Promise<void> {
  const attributes = Object.entries(item).map(([name, value]): [string, JsonObject] => [name, { S: value }]);
  await aws.json('dynamodb', 'PutItem', { TableName: table, Item: Object.fromEntries(attributes) });
}

/** The event of a Lambda proxy integration, as the product's functions get it, for the same request. */
function paymentEvent(key: string): object {
  const path = `/v1/tenants/${tenant}/payments`;
  return {
    resource: '/v1/tenants/{tenantId}/payments',
    path,
    httpMethod: 'POST',
    headers: {
      'content-type': 'application/json',
      'idempotency-key': key,
      'user-agent': 'node',
      'X-Amzn-Trace-Id': 'Root=1-00000000-000000000000000000000000',
    },
    multiValueHeaders: {},
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: { tenantId: tenant },
    stageVariables: null,
    requestContext: {
      authorizer: { claims: { sub: user, email: 'owner@example.com', token_use: 'id' } },
      httpMethod: 'POST',
      identity: { sourceIp: '127.0.0.1', userAgent: 'node' },
      path,
      requestId: randomUUID(),
      requestTimeEpoch: Date.now(),
      resourcePath: '/v1/tenants/{tenantId}/payments',
      stage: 'v1',
    },
    body: JSON.stringify({
      amount: { amount: 10_990, currency: 'USD' },
      paymentMethod: { token: 'tok_success' },
      capture: 'automatic',
    }),
    isBase64Encoded: false,
  };
}

/** A delivery at a Function URL, signed as the sandbox signs its own. */
function webhookEvent(secret: string): object {
  const id = `evt_${randomBytes(12).toString('hex')}`;
  const now = new Date();
  const operation = {
    id: 'op_0123456789abcdefghjk',
    kind: 'authorization',
    answer: { status: 'succeeded', reference: 'auth_0123456789abcdef', amount: 10_990, currency: 'USD' },
  };
  const event = {
    id,
    type: 'authorization.succeeded',
    occurredAt: now.toISOString(),
    payment: 'pay_0123456789abcdefghjk',
  };
  const body = JSON.stringify({ events: [{ ...event, operation }] });
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: `/${tenant}/default`,
    rawQueryString: '',
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, now, body),
    },
    requestContext: {
      http: { method: 'POST', path: `/${tenant}/default`, sourceIp: '127.0.0.1' },
      requestId: randomUUID(),
    },
    body,
    isBase64Encoded: false,
  };
}
