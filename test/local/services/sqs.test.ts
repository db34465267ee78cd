import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
  type Message,
} from '@aws-sdk/client-sqs';
import { accountId, allow, policy, region, startTestCloud, type TestCloud } from '../cloud';

describe('SQS', () => {
  let cloud: TestCloud;
  let sqs: SQSClient;
  let next = 0;

  beforeAll(async () => {
    cloud = await startTestCloud();
    sqs = new SQSClient(cloud.client());
  });
  afterAll(() => cloud.close());

  const aQueue = (attributes: Record<string, string> = {}) => {
    next += 1;
    const name = `queue-${next}`;
    return { name, ...cloud.door.services.sqs.createQueue({ name, attributes }) };
  };
  const receive = async (
    queueUrl: string,
    options: { max?: number; waitSeconds?: number } = {},
  ): Promise<Message[]> => {
    const reply = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: options.max ?? 10,
        WaitTimeSeconds: options.waitSeconds ?? 0,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      }),
    );
    return reply.Messages ?? [];
  };
  const send = (queueUrl: string, body: string, groupId?: string) =>
    sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body, MessageGroupId: groupId }));

  it('delivers a message with its attributes once, until its visibility timeout is over', async () => {
    const { queueUrl } = aQueue({ VisibilityTimeout: '30' });
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: 'hello',
        MessageAttributes: { kind: { DataType: 'String', StringValue: 'greeting' } },
      }),
    );
    const [first] = await receive(queueUrl);
    expect(first).toMatchObject({ Body: 'hello', MessageAttributes: { kind: { StringValue: 'greeting' } } });
    expect(first?.Attributes).toMatchObject({ ApproximateReceiveCount: '1', SentTimestamp: expect.any(String) });
    expect(await receive(queueUrl)).toEqual([]);
    cloud.door.clock.advance(31_000);
    const [second] = await receive(queueUrl);
    expect(second?.Attributes).toMatchObject({ ApproximateReceiveCount: '2' });
    await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: second?.ReceiptHandle }));
    cloud.door.clock.advance(31_000);
    expect(await receive(queueUrl)).toEqual([]);
  });

  // SQSDeveloperGuide/sqs-dead-letter-queues.html
  it('moves a message to the dead-letter queue once it was received maxReceiveCount times', async () => {
    const dead = aQueue();
    const { queueUrl, queueArn } = aQueue({
      VisibilityTimeout: '1',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.queueArn, maxReceiveCount: 2 }),
    });
    await send(queueUrl, 'poison');
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      expect(await receive(queueUrl)).toHaveLength(1);
      cloud.door.clock.advance(1_500);
    }
    expect(await receive(queueUrl)).toEqual([]);
    const [moved] = await receive(dead.queueUrl);
    expect(moved).toMatchObject({ Body: 'poison', Attributes: { DeadLetterQueueSourceArn: queueArn } });
  });

  // APIReference/API_ChangeMessageVisibility.html
  it('hides a message for longer or shows it at once when its visibility is changed', async () => {
    const { queueUrl } = aQueue({ VisibilityTimeout: '10' });
    await send(queueUrl, 'work');
    const [message] = await receive(queueUrl);
    const change = (seconds: number) =>
      sqs.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: queueUrl,
          ReceiptHandle: message?.ReceiptHandle,
          VisibilityTimeout: seconds,
        }),
      );
    await change(100);
    cloud.door.clock.advance(20_000);
    expect(await receive(queueUrl)).toEqual([]);
    await change(0);
    expect(await receive(queueUrl)).toHaveLength(1);
    await expect(change(50_000)).rejects.toMatchObject({ message: expect.stringContaining('43200') });
  });

  it('wakes a long poll when a message comes', async () => {
    const { queueUrl } = aQueue();
    const startedMs = Date.now();
    const polling = receive(queueUrl, { waitSeconds: 10 });
    setTimeout(() => void send(queueUrl, 'late'), 50);
    expect(await polling).toHaveLength(1);
    expect(Date.now() - startedMs).toBeLessThan(5_000);
  });

  // SQSDeveloperGuide/sqs-fair-queues.html
  it('takes a message group on a standard queue and serves quiet tenants before a busy one', async () => {
    const { queueUrl } = aQueue();
    for (let n = 0; n < 4; n += 1) {
      await send(queueUrl, `busy-${n}`, 'busy');
    }
    await receive(queueUrl, { max: 2 });
    await send(queueUrl, 'quiet-0', 'quiet');
    const [first] = await receive(queueUrl, { max: 1 });
    expect(first).toMatchObject({ Body: 'quiet-0', Attributes: { MessageGroupId: 'quiet' } });
  });

  // APIReference/API_SendMessageBatch.html
  it('sends a batch in one call, and refuses one with equal ids or with more than ten entries', async () => {
    const { queueUrl, name } = aQueue();
    const entries = (ids: string[]) =>
      new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: ids.map((id) => ({ Id: id, MessageBody: id })) });
    expect((await sqs.send(entries(['a', 'b']))).Successful).toHaveLength(2);
    expect(cloud.door.services.sqs.depth(name)).toMatchObject({ visible: 2, inFlight: 0, delayed: 0 });
    await expect(sqs.send(entries(['a', 'a']))).rejects.toMatchObject({ name: 'BatchEntryIdsNotDistinct' });
    await expect(sqs.send(entries(Array.from({ length: 11 }, (_, n) => `e${n}`)))).rejects.toMatchObject({
      name: 'TooManyEntriesInBatchRequest',
    });
  });

  it('answers QueueDoesNotExist for a queue that nobody made', async () => {
    const read = new GetQueueAttributesCommand({
      QueueUrl: cloud.door.services.sqs.queueUrl('none'),
      AttributeNames: ['All'],
    });
    await expect(sqs.send(read)).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  });

  // SQSDeveloperGuide/standard-queues-at-least-once-delivery.html
  it('delivers twice when told to, on a seed', async () => {
    const { queueUrl, name } = aQueue();
    cloud.door.services.sqs.misdeliver(name, { duplicateProbability: 1, seed: 7 });
    await send(queueUrl, 'again');
    expect(await receive(queueUrl)).toHaveLength(1);
    expect(await receive(queueUrl)).toHaveLength(1);
    cloud.door.services.sqs.misdeliver(name, {});
  });

  // SQSDeveloperGuide/sqs-key-management.html
  it('asks producers for kms:GenerateDataKey and kms:Decrypt and consumers for kms:Decrypt on an encrypted queue', async () => {
    const keyArn = cloud.door.services.kms.createKey({ keyId: 'queues' });
    const { queueUrl, queueArn } = aQueue({ KmsMasterKeyId: keyArn });
    const queue = allow(['sqs:SendMessage', 'sqs:ReceiveMessage'], queueArn);
    cloud.roles.set('no-key', { policy: policy(queue) });
    cloud.roles.set('decrypts', { policy: policy(queue, allow('kms:Decrypt', keyArn)) });
    cloud.roles.set('produces', { policy: policy(queue, allow(['kms:Decrypt', 'kms:GenerateDataKey*'], keyArn)) });
    const sendAs = (role: string) =>
      new SQSClient(cloud.worker(role, role)).send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: 'x' }));
    const receiveAs = (role: string) =>
      new SQSClient(cloud.worker(role, role)).send(new ReceiveMessageCommand({ QueueUrl: queueUrl }));
    await expect(sendAs('no-key')).rejects.toMatchObject({ message: expect.stringContaining('kms:GenerateDataKey') });
    await expect(sendAs('decrypts')).rejects.toMatchObject({ message: expect.stringContaining('kms:GenerateDataKey') });
    await expect(sendAs('produces')).resolves.toBeDefined();
    await expect(receiveAs('no-key')).rejects.toMatchObject({ message: expect.stringContaining('kms:Decrypt') });
    await expect(receiveAs('decrypts')).resolves.toBeDefined();
  });

  it('keeps messages, receive counts and attributes over a restart', async () => {
    const { queueUrl, name } = aQueue({ VisibilityTimeout: '1', MessageRetentionPeriod: '1209600' });
    await send(queueUrl, 'survivor', 'tenant-a');
    await receive(queueUrl);
    await cloud.restart();
    sqs = new SQSClient(cloud.client());
    const reopened = cloud.door.services.sqs.queueUrl(name);
    cloud.door.clock.advance(10 * 60_000);
    const [message] = await receive(reopened);
    expect(message).toMatchObject({
      Body: 'survivor',
      Attributes: { ApproximateReceiveCount: '2', MessageGroupId: 'tenant-a' },
    });
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: reopened, AttributeNames: ['All'] }),
    );
    expect(Attributes).toMatchObject({
      MessageRetentionPeriod: '1209600',
      QueueArn: `arn:aws:sqs:${region}:${accountId}:${name}`,
      ApproximateNumberOfMessagesNotVisible: '1',
    });
  });
});
