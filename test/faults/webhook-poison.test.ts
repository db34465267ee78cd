import { PurgeQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

import { askerOf, auditLog, faultsOf, newAuditedClient } from '../support/audited';
import { sharedCloud, type Parsed } from '../support/local-cloud';
import { newOperator } from '../support/operator';
import { aConnectedTenant, aPayment, must, newKey, problemOf, type ConnectedTenant } from '../support/people';
import { aSettlementEvent, deliverTogether } from '../support/sandbox';

/** Receipts before a webhook is dead in the `dev` stage. */
const maxReceiveCount = 5;

/** Longer than any pause between two tries in that stage. */
const beyondBackoffMs = 300_000;

const cloud = sharedCloud();

describe('a poisoned webhook', () => {
  const operator = newOperator(cloud);
  const { awsEndpoint, adminCredentials } = cloud.description;
  const sqs = new SQSClient({ region: 'eu-central-1', endpoint: awsEndpoint, credentials: adminCredentials! });
  const queueUrl = (name: string): string => `${awsEndpoint}/000000000000/countinghouse-dev-${name}`;

  let tenant: ConnectedTenant;
  let poisoned: Parsed;
  let others: readonly Parsed[];

  const paymentNow = async ({ id }: Parsed): Promise<Parsed> =>
    must(await tenant.owner.api.get(`${tenant.path}/payments/${String(id)}`), 200);

  const settlementEventOf = async ({ id }: Parsed): Promise<Parsed> => {
    const { data } = must(await tenant.owner.api.get(`${tenant.path}/webhook-events?limit=100`), 200);
    return data.find((event: Parsed) => event.paymentId === id && event.eventType === 'settlement.paid');
  };

  const settlementsJournaled = async ({ id }: Parsed): Promise<number> => {
    const events = (await operator.journal()).flatMap((record) =>
      record.type === 'commit' && record.commit.stream.id === id ? record.commit.events : [],
    );
    return events.filter(({ type, data }) => `${type} ${JSON.stringify(data)}`.includes('ettle')).length;
  };

  const alarmNow = async (name: string): Promise<string | undefined> =>
    (await cloud.evaluateAlarms())[`countinghouse-dev-${name}`];

  beforeAll(async () => {
    tenant = await aConnectedTenant(cloud, 'Poisoned Shop');
    poisoned = await aPayment(tenant, { amount: 4200 });
    // One after the other: four at once start four instances, and on a busy machine the provider's answer would come too late.
    const made: Parsed[] = [];
    for (const count of [1, 2, 3, 4]) made.push(await aPayment(tenant, { amount: 1000 + count }));
    others = made;
    await cloud.idle();
    await sqs.send(new PurgeQueueCommand({ QueueUrl: queueUrl('webhooks-dlq') }));
    await cloud.addFault({
      id: 'poison',
      kind: 'error',
      functionName: 'countinghouse-dev-webhook-processor',
      service: 'dynamodb',
      action: 'Query',
      bodyIncludes: poisoned.id,
      probability: 1,
    });
  });

  afterAll(async () => {
    await cloud.clearFaults();
    await sqs.send(new PurgeQueueCommand({ QueueUrl: queueUrl('webhooks-dlq') }));
    await cloud.evaluateAlarms();
    sqs.destroy();
  });

  it('does not keep the rest of its batch from being processed', async () => {
    const before = (await cloud.logs({ function: 'webhook-processor' })).length;
    const events = [others[0], others[1], poisoned, others[2], others[3]].map(aSettlementEvent);
    must(await deliverTogether(cloud, tenant, events), 200);
    await cloud.idle();

    for (const other of others) {
      expect(await paymentNow(other)).toMatchObject({ settledAmount: other.amount });
      expect(await settlementEventOf(other)).toMatchObject({ status: 'applied', attempts: 1 });
    }
    expect(await paymentNow(poisoned)).toMatchObject({ settledAmount: { amount: 0 } });
    expect(await settlementEventOf(poisoned)).toMatchObject({
      status: 'retrying',
      attempts: 1,
      lastError: expect.any(String),
      nextAttemptAt: expect.any(String),
    });

    // They were in fact one batch: one invocation of the processor speaks of all of them.
    const lines = (await cloud.logs({ function: 'webhook-processor' })).slice(before);
    const invocations = events.map(({ id }) => lines.find(({ line }) => line.includes(id))?.invocationId);
    expect(invocations[0]).toBeDefined();
    expect(new Set(invocations).size).toBe(1);
  });

  it('is tried again with growing pauses, and reaches the dead-letter queue at its receive limit, not before', async () => {
    for (let attempts = 2; attempts <= maxReceiveCount; attempts += 1) {
      expect((await cloud.queues())['countinghouse-dev-webhooks-dlq']).toMatchObject({ visible: 0 });
      await cloud.advanceClock(beyondBackoffMs);
      await cloud.idle();
      expect(await settlementEventOf(poisoned)).toMatchObject({
        status: attempts < maxReceiveCount ? 'retrying' : 'dead',
        attempts,
      });
    }
    expect((await cloud.queues())['countinghouse-dev-webhooks-dlq']).toMatchObject({ visible: 1 });
    expect((await cloud.queues())['countinghouse-dev-webhooks']).toMatchObject({ visible: 0, inFlight: 0, delayed: 0 });
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl('webhooks-dlq'), VisibilityTimeout: 0 }),
    );
    expect(Messages.map(({ Body = '' }) => Body.includes(poisoned.id))).toEqual([true]);
  });

  it('pages: the alarm of the dead-letter queue reaches the on-call topic with what to do', async () => {
    expect(await alarmNow('webhooks-dlq')).toBe('ALARM');
    const pages = (await cloud.notifications()).filter(
      ({ subject }) => subject === 'ALARM: "countinghouse-dev-webhooks-dlq"',
    );
    const newest = pages.at(-1);
    expect(newest?.topicArn).toMatch(/critical/);
    const { NewStateValue, AlarmDescription } = JSON.parse(newest?.message ?? '{}');
    expect(NewStateValue).toBe('ALARM');
    expect(AlarmDescription).toMatch(/runbook/i);
  });

  describe('once its cause is gone', () => {
    let event: Parsed;
    const { ask, asked } = newAuditedClient();
    const redrive = (headers: Readonly<Record<string, string>>, status = 202) =>
      ask(
        askerOf(cloud, tenant.owner),
        'webhookEvents.redrive',
        { tenantId: tenant.tenantId, webhookEventId: event.id },
        {},
        { owner: { tenant: tenant.tenantId }, type: 'RedriveRequested', outcome: 'changed' },
        status,
        headers,
      );

    beforeAll(async () => {
      await cloud.clearFaults();
      event = await settlementEventOf(poisoned);
    });

    it('is applied exactly once by a redrive, however often that is asked for', async () => {
      const key = newKey();
      const [first, second] = await Promise.all([redrive(key), redrive(key)]);
      expect(must(first, 202)).toMatchObject({ id: event.id });
      must(second, 202);
      await cloud.idle();
      must(await redrive(key), 202);
      await cloud.idle();
      expect(await settlementEventOf(poisoned)).toMatchObject({ status: 'applied', attempts: maxReceiveCount + 1 });
      expect(await paymentNow(poisoned)).toMatchObject({ settledAmount: poisoned.amount });
      expect(await settlementsJournaled(poisoned)).toBe(1);
    });

    it('is in the audit log once, with who asked for it, in which session, from where and by which request', async () => {
      const log = await auditLog(operator);
      // What the processor then does bears the id of the request, too, and its own name.
      const ofRequest = ({ requestId, route }: (typeof asked)[number]) =>
        (log.get(requestId) ?? []).filter(({ request }) => request.route === route);
      const recorded = asked.filter((each) => ofRequest(each).length > 0);
      expect(recorded).toHaveLength(1);
      expect(recorded.flatMap((each) => faultsOf(each, ofRequest(each)))).toEqual([]);
    });

    it('cannot be redriven a second time', async () => {
      expect(problemOf(await redrive(newKey(), 422))).toEqual({
        status: 422,
        type: 'refused',
        reason: 'not-redrivable',
      });
    });

    it('stays applied once when an operator moves the dead letter back into the queue as well', async () => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: queueUrl('webhooks-dlq'), VisibilityTimeout: 0 }),
      );
      const body = Messages[0]?.Body ?? '';
      expect(body).toContain(poisoned.id);
      await sqs.send(
        new SendMessageCommand({ QueueUrl: queueUrl('webhooks'), MessageBody: body, MessageGroupId: tenant.tenantId }),
      );
      await cloud.idle();
      expect(await settlementsJournaled(poisoned)).toBe(1);
      expect(await paymentNow(poisoned)).toMatchObject({ settledAmount: poisoned.amount });
    });

    it('gives the all-clear by itself, when the dead letters are looked through', async () => {
      await cloud.invoke('countinghouse-dev-webhook-dead-letters');
      expect((await cloud.queues())['countinghouse-dev-webhooks-dlq']).toMatchObject({ visible: 0, inFlight: 0 });
      // Depths of the minutes before are still in the alarm's window.
      await cloud.advanceClock(beyondBackoffMs);
      expect(await alarmNow('webhooks-dlq')).toBe('OK');
      const said = (await cloud.notifications()).filter(({ subject }) =>
        subject.endsWith('"countinghouse-dev-webhooks-dlq"'),
      );
      expect(said.at(-1)?.subject).toMatch(/^OK: /);
    });
  });
});
