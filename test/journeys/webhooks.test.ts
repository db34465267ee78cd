import { randomBytes } from 'node:crypto';

import { PurgeQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

import { sharedCloud, type Parsed } from '../support/local-cloud';
import { newOperator } from '../support/operator';
import { aConnectedTenant, aPayment, must, newKey, problemOf, type ConnectedTenant } from '../support/people';
import { aSettlementEvent, deliver } from '../support/sandbox';

const cloud = sharedCloud();

describe('the webhook events of a tenant', () => {
  const operator = newOperator(cloud);
  const { awsEndpoint, adminCredentials } = cloud.description;
  const sqs = new SQSClient({ region: 'eu-central-1', endpoint: awsEndpoint, credentials: adminCredentials! });
  const deadLetters = `${awsEndpoint}/000000000000/countinghouse-dev-webhooks-dlq`;

  let tenant: ConnectedTenant;
  let payment: Parsed;

  const events = async (query: string): Promise<Parsed[]> =>
    must(await tenant.owner.api.get(`${tenant.path}/webhook-events?limit=100&${query}`), 200).data;

  const detail = async (id: string): Promise<Parsed> =>
    must(await tenant.owner.api.get(`${tenant.path}/webhook-events/${id}`), 200);

  const look = async (): Promise<void> => {
    expect((await cloud.invoke('countinghouse-dev-webhook-dead-letters')).functionError).toBeUndefined();
    await cloud.idle();
  };

  beforeAll(async () => {
    tenant = await aConnectedTenant(cloud, 'Event Shop');
    payment = await aPayment(tenant, { amount: 4200 });
    await cloud.idle();
    await sqs.send(new PurgeQueueCommand({ QueueUrl: deadLetters }));
  });

  afterAll(async () => {
    await sqs.send(new PurgeQueueCommand({ QueueUrl: deadLetters }));
    sqs.destroy();
  });

  it('show what each says, which delivery brought it, and every attempt; its commit says from where', async () => {
    must(await deliver(cloud, tenant, aSettlementEvent(payment)), 200);
    await cloud.idle();
    const [listed] = (await events('')).filter(({ eventType }) => eventType === 'settlement.paid');
    const shown = await detail(listed.id);
    expect(shown).toMatchObject({
      status: 'applied',
      summary: { subject: 'settlement', providerEventId: expect.stringMatching(/^evt_/) },
      deliveryRequestId: expect.any(String),
      attemptLog: [{ outcome: 'applied' }],
      redrives: [],
    });
    const commits = (await operator.journal()).flatMap((record) => (record.type === 'commit' ? [record.commit] : []));
    const [received] = commits.filter(({ stream }) => stream.id === listed.id);
    expect(received?.request).toEqual({ id: shown.deliveryRequestId, route: 'webhooks', ip: expect.any(String) });
  });

  it('that died without a note are found in the dead-letter queue, redriven all at once, and leave it', async () => {
    const keys = Array.from({ length: 30 }, () => `evt_${randomBytes(8).toString('hex')}`);
    const at = new Date().toISOString();
    const messages = keys.map((eventKey) => ({
      tenant: tenant.tenantId,
      connectionId: tenant.connectionId,
      provider: 'sandbox',
      event: { eventKey, occurredAt: at, eventType: 'test', subject: { type: 'other' } },
      receivedAt: at,
      requestId: 'killed',
    }));
    await Promise.all(
      messages.map((message) =>
        sqs.send(new SendMessageCommand({ QueueUrl: deadLetters, MessageBody: JSON.stringify(message) })),
      ),
    );
    await look();
    const dead = await events('status=dead');
    expect(dead).toHaveLength(30);
    expect(await events(`status=dead&connectionId=${tenant.connectionId}`)).toHaveLength(30);

    const path = `${tenant.path}/webhook-events/redrive-dead`;
    const key = newKey();
    const [asked, again] = await Promise.all([
      tenant.owner.api.post(path, {}, key),
      tenant.owner.api.post(path, {}, key),
    ]);
    const job = must(asked, 202);
    expect(must(again, 202).id).toBe(job.id);
    await cloud.idle();
    const read = await tenant.owner.api.get(`${tenant.path}/webhook-redrives/${String(job.id)}`);
    expect(must(read, 200)).toMatchObject({ status: 'done', redriven: 30, skipped: 0 });
    expect(await events('status=dead')).toEqual([]);
    expect(await detail(dead[0].id)).toMatchObject({
      status: 'ignored',
      attemptLog: [{ outcome: 'dead' }, { outcome: 'ignored' }],
      redrives: [{ by: { user: tenant.owner.userId, level: 'owner' }, redriveId: job.id }],
    });
    await look();
    expect((await cloud.queues())['countinghouse-dev-webhooks-dlq']).toMatchObject({ visible: 0, inFlight: 0 });
    const refused = await tenant.owner.api.post(
      `${tenant.path}/webhook-events/${String(dead[0].id)}/redrive`,
      {},
      newKey(),
    );
    expect(problemOf(refused)).toMatchObject({ status: 422, reason: 'not-redrivable' });
  });
});
