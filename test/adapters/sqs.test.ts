import type { SendMessageBatchCommandInput, SendMessageBatchCommandOutput } from '@aws-sdk/client-sqs';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

import { newSqsNotificationQueue } from '../../lambdas/adapters/sqs/sqs-notification-queue';
import { newSqsSender } from '../../lambdas/adapters/sqs/sqs-sender';
import { newSqsVisibility } from '../../lambdas/adapters/sqs/sqs-visibility';
import { newSqsWebhookQueue } from '../../lambdas/adapters/sqs/sqs-webhook-queue';
import type { WebhookMessage } from '../../lambdas/domain/webhooks/ports';
import { startTestCloud, type TestCloud } from '../local/cloud';

describe('queues', () => {
  let cloud: TestCloud;
  let queues = 0;
  beforeAll(async () => {
    cloud = await startTestCloud();
  });
  afterAll(() => cloud.close());

  const sleep = async () => undefined;
  const aQueue = () => {
    queues += 1;
    const name = `queue-${String(queues)}`;
    const { queueUrl } = cloud.door.services.sqs.createQueue({ name });
    return { queueUrl, bodies: () => cloud.door.services.sqs.peek(name).map(({ body }): unknown => JSON.parse(body)) };
  };
  const aClient = () => new SQSClient(cloud.client());
  const message = (number: number): WebhookMessage => ({
    tenant: `ten_${String(number % 2)}`,
    connectionId: 'con_1',
    provider: 'sandbox',
    event: {
      eventKey: `evt_${String(number)}`,
      occurredAt: '2026-11-22T09:00:00.000Z',
      eventType: 'x',
      subject: { type: 'other' },
    },
    receivedAt: '2026-11-22T09:00:00.000Z',
    requestId: 'req-1',
  });

  /** SQS that fails entries of each batch as told, by the number of the call and the entry's body. */
  const failing = (fails: (call: number, body: string) => boolean, senderFault = false) => {
    const client = aClient();
    const sizes: number[] = [];
    client.middlewareStack.add(
      (next) => async (args) => {
        const input = args.input as SendMessageBatchCommandInput;
        const entries = input.Entries ?? [];
        sizes.push(entries.length);
        const failed = entries.filter(({ MessageBody }) => fails(sizes.length, MessageBody ?? ''));
        const taken = entries.filter((entry) => !failed.includes(entry));
        const result =
          taken.length === 0
            ? { output: { $metadata: {} }, response: {} }
            : await next({ ...args, input: { ...input, Entries: taken } });
        const Failed = failed.map(({ Id }) => ({ Id, SenderFault: senderFault, Code: 'InternalError' }));
        return { ...result, output: { ...result.output, Failed } as SendMessageBatchCommandOutput };
      },
      { step: 'initialize' },
    );
    return { client, sizes };
  };

  it('takes up to ten events in one call', async () => {
    const { queueUrl, bodies } = aQueue();
    const before = cloud.door.lastSequence();
    const messages = Array.from({ length: 10 }, (_, number) => message(number));
    await newSqsWebhookQueue({ client: aClient(), queueUrl, sleep }).enqueue(messages);
    expect(bodies()).toEqual(messages);
    const calls = cloud.door.calls().filter(({ sequence }) => sequence > before);
    expect(calls.map(({ action }) => action)).toEqual(['SendMessageBatch']);
  });

  it('takes more than ten in several, and none in none', async () => {
    const { queueUrl, bodies } = aQueue();
    const { client, sizes } = failing(() => false);
    const queue = newSqsWebhookQueue({ client, queueUrl, sleep });
    await queue.enqueue([]);
    await queue.enqueue(Array.from({ length: 23 }, (_, number) => message(number)));
    expect(bodies()).toHaveLength(23);
    expect(sizes).toEqual([10, 10, 3]);
  });

  it('sends only what SQS refused again', async () => {
    const { queueUrl, bodies } = aQueue();
    const { client, sizes } = failing((call, body) => call < 3 && body.includes('evt_1"'));
    await newSqsWebhookQueue({ client, queueUrl, sleep }).enqueue([0, 1, 2].map(message));
    expect(sizes).toEqual([3, 1, 1]);
    expect(
      bodies()
        .map((body) => (body as WebhookMessage).event.eventKey)
        .sort(),
    ).toEqual(['evt_0', 'evt_1', 'evt_2']);
  });

  it('throws when SQS keeps refusing, so that nobody takes the events for durable', async () => {
    const { client, sizes } = failing((_, body) => body.includes('evt_1"'));
    const queue = newSqsWebhookQueue({ client, queueUrl: aQueue().queueUrl, sleep });
    await expect(queue.enqueue([0, 1].map(message))).rejects.toThrow('did not take 1');
    expect(sizes).toHaveLength(4);
  });

  it('throws at once when the message itself is at fault', async () => {
    const { client, sizes } = failing(() => true, true);
    const queue = newSqsWebhookQueue({ client, queueUrl: aQueue().queueUrl, sleep });
    await expect(queue.enqueue([message(1)])).rejects.toThrow('refuses a message');
    expect(sizes).toHaveLength(1);
  });

  it('makes each tenant its own message group', async () => {
    const { queueUrl } = aQueue();
    const client = aClient();
    const notification = {
      kind: 'invitation-issued',
      tenant: 'ten_1',
      invitationId: 'inv_1',
      commitId: '01JDA',
      requestId: 'req-1',
    } as const;
    await newSqsNotificationQueue({ client, queueUrl, sleep }).enqueue([notification]);
    const { Messages } = await client.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MessageSystemAttributeNames: ['MessageGroupId'] }),
    );
    expect(Messages?.map(({ Body }): unknown => JSON.parse(Body ?? ''))).toEqual([notification]);
    expect(Messages?.[0]?.Attributes?.MessageGroupId).toBe('ten_1');
  });

  it('holds a message back for its delay, and brings a received one back when told', async () => {
    const { queueUrl } = aQueue();
    const client = aClient();
    await newSqsSender<{ n: number }>({ client, queueUrl, sleep }).send([{ body: { n: 1 }, delaySeconds: 60 }]);
    const receive = async () => (await client.send(new ReceiveMessageCommand({ QueueUrl: queueUrl }))).Messages ?? [];
    expect(await receive()).toEqual([]);
    cloud.door.clock.advance(60_000);
    const [received] = await receive();
    expect(received?.Body).toBe('{"n":1}');
    await newSqsVisibility({ client, queueUrl }).comeBackIn(received?.ReceiptHandle ?? '', 600);
    cloud.door.clock.advance(599_000);
    expect(await receive()).toEqual([]);
    cloud.door.clock.advance(1_000);
    expect(await receive()).toHaveLength(1);
  });
});
