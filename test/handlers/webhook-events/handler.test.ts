import '../../support/function-env';
import { applyWebhook, noteFailure, runRedrive, webhookEventId } from '../../../lambdas/domain/webhooks';
import type { RedriveJob, WebhookMessage } from '../../../lambdas/domain/webhooks/ports';
import { newWebhookEvents } from '../../../lambdas/handlers/webhook-events/handler';
import { webhookEventsRoutes } from '../../../lambdas/routes/webhook-events';
import { connectionId } from '../../domain/payments/a-payment';
import { aWebhook } from '../../domain/webhooks/a-webhook';
import { ask, aServiceWorld } from '../../support/service-world';

const idOf = ({ tenant, connectionId: of, event }: WebhookMessage) => webhookEventId(tenant, of, event.eventKey);

async function anOffice() {
  const world = aServiceWorld();
  const tenant = await world.tenant();
  await world.member(tenant, 'user-1', 'admin');
  const queued: WebhookMessage[] = [];
  const queue = { enqueue: async (messages: readonly WebhookMessage[]) => void queued.push(...messages) };
  const jobs: RedriveJob[] = [];
  const jobQueue = { start: async (job: RedriveJob) => void jobs.push(job) };
  const service = newWebhookEvents({ ...world.deps, queueOf: () => queue, jobsOf: () => jobQueue });
  const ports = { ...world.deps, journal: world.store.journal };
  const { leases } = world;
  const message = aWebhook({ tenant });
  const id = webhookEventId(tenant, connectionId, message.event.eventKey);
  const params = { tenantId: tenant, webhookEventId: id };
  return {
    ...world,
    tenant,
    message,
    queued,
    queue,
    jobs,
    jobQueue,
    run: (job: RedriveJob) =>
      runRedrive({ ...ports, leases, views: world.store.views, queue }, job, world.now().getTime() + 60_000),
    many: (what: 'redrive' | 'redrive-dead', body: object, key = 'many-1') =>
      ask(service, {
        resource:
          webhookEventsRoutes[what === 'redrive' ? 'webhookEvents.redriveMany' : 'webhookEvents.redriveDead'].path,
        params: { tenantId: tenant },
        headers: { 'Idempotency-Key': key },
        body,
      }),
    job: (webhookRedriveId: string) =>
      ask(service, {
        resource: webhookEventsRoutes['webhookRedrives.get'].path,
        params: { tenantId: tenant, webhookRedriveId },
      }),
    apply: (given: WebhookMessage) => applyWebhook(ports, given),
    dies: (given = message) => noteFailure(ports, given, new Error('out of order'), { fate: 'dead' }),
    get: (asked = id) =>
      ask(service, {
        resource: webhookEventsRoutes['webhookEvents.get'].path,
        params: { ...params, webhookEventId: asked },
      }),
    list: (query: Record<string, string> = {}) =>
      ask(service, { resource: webhookEventsRoutes['webhookEvents.list'].path, params: { tenantId: tenant }, query }),
    redrive: (key: string, asked = id) =>
      ask(service, {
        resource: webhookEventsRoutes['webhookEvents.redrive'].path,
        params: { ...params, webhookEventId: asked },
        headers: { 'Idempotency-Key': key },
        body: {},
      }),
  };
}

describe('webhook events', () => {
  test('show what became of each delivery', async () => {
    const office = await anOffice();
    await office.dies();
    await office.project();
    const { body } = await office.get();
    expect(body).toMatchObject({
      status: 'dead',
      attempts: 1,
      lastError: 'Error: out of order',
      eventType: 'authorization.succeeded',
    });
    const { summary, attemptLog, redrives, deliveryRequestId, ...short } = body;
    expect((await office.list()).body).toEqual({ data: [short], nextCursor: null });
    expect({ summary, attemptLog, redrives, deliveryRequestId }).toEqual({
      summary: {
        subject: 'operation',
        providerEventId: 'evt_1',
        occurredAt: '2026-01-31T12:00:05.000Z',
        operationId: 'op_authorize',
        operationKind: 'authorize',
        providerReference: expect.any(String),
      },
      attemptLog: [{ at: expect.any(String), outcome: 'dead', error: 'Error: out of order' }],
      redrives: [],
      deliveryRequestId: 'delivery-1',
    });
    expect((await office.get('whe_0000000000000000000z')).status).toBe(404);
  });

  test('are redriven with a second factor only', async () => {
    const office = await anOffice();
    await office.dies();
    expect((await office.redrive('k1')).status).toBe(401);
    expect(office.queued).toEqual([]);
  });

  test('once dead go back into the queue, and are done once however often that is asked', async () => {
    const office = await anOffice();
    await office.stepUp('user-1');
    await office.dies();
    const { enqueue } = office.queue;
    office.queue.enqueue = async () => Promise.reject(new Error('the queue is down'));
    expect((await office.redrive('k1')).status).toBe(500);
    office.queue.enqueue = enqueue;

    const again = await office.redrive('k1');
    expect(again).toMatchObject({ status: 202, body: { status: 'retrying', attempts: 1 } });
    expect(again.headers['idempotent-replayed']).toBe('true');
    await office.redrive('k1');
    expect(office.queued).toHaveLength(2);
    for (const message of office.queued) await office.apply(message);
    expect((await office.get()).body).toMatchObject({ status: 'unmatched', attempts: 2, version: 3 });
    const { body } = await office.get();
    expect(body.attemptLog).toMatchObject([{ outcome: 'dead' }, { outcome: 'unmatched' }]);
    expect(body.redrives).toEqual([{ at: expect.any(String), by: { user: 'user-1', level: 'admin' } }]);
  });

  test('that are unmatched are redriven as well, and their result is noted again; what is done is not', async () => {
    const office = await anOffice();
    await office.stepUp('user-1');
    await office.apply(aWebhook({ tenant: office.tenant, subject: { type: 'expiry', paymentId: 'order-17' } }));
    expect((await office.get()).body.status).toBe('unmatched');
    expect((await office.redrive('k1')).status).toBe(202);
    expect((await office.redrive('k2')).body).toMatchObject({ status: 422, reason: 'not-redrivable' });
    expect(await office.apply(office.queued[0]!)).toMatchObject({ status: 'unmatched', duplicate: false });
    expect(await office.apply(office.queued[0]!)).toMatchObject({ status: 'unmatched', duplicate: true });
    expect((await office.get()).body).toMatchObject({ attempts: 2 });
    const other = aWebhook({ tenant: office.tenant, eventKey: 'evt_other', subject: { type: 'other' } });
    await office.apply(other);
    expect((await office.redrive('k3', idOf(other))).body).toMatchObject({ status: 422, reason: 'not-redrivable' });
  });

  test('that are open are listed by status, of all connections or of one, and leave the list when they are done', async () => {
    const office = await anOffice();
    await office.dies();
    const elsewhere = aWebhook({ tenant: office.tenant, eventKey: 'evt_2', connection: 'con_0000000000000000000b' });
    await office.dies(elsewhere);
    await office.project();
    const listed = async (query: Record<string, string>) =>
      ((await office.list(query)).body.data as { id: string }[]).map((event) => event.id).sort();
    const both = [idOf(office.message), idOf(elsewhere)].sort();
    expect(await listed({ status: 'dead' })).toEqual(both);
    expect(await listed({ status: 'dead', connectionId: elsewhere.connectionId })).toEqual([idOf(elsewhere)]);
    expect(await listed({ status: 'retrying' })).toEqual([]);
    expect((await office.list({ connectionId: elsewhere.connectionId })).status).toBe(400);
    expect((await office.list({ status: 'applied' })).status).toBe(400);

    await office.apply(elsewhere);
    await office.project();
    expect(await listed({ status: 'dead' })).toEqual([idOf(office.message)]);
    expect(await listed({ status: 'dead', connectionId: elsewhere.connectionId })).toEqual([]);
    expect(await listed({ status: 'unmatched' })).toEqual([idOf(elsewhere)]);
    expect(await listed({})).toEqual(both);
  });
});

describe('a redrive of many', () => {
  test('is a job: accepted with a second factor, worked on by a worker, read back', async () => {
    const office = await anOffice();
    await office.dies();
    await office.project();
    expect((await office.many('redrive-dead', {})).status).toBe(401);
    await office.stepUp('user-1');
    office.pass(1_000);
    const accepted = await office.many('redrive-dead', {});
    expect(accepted).toMatchObject({ status: 202, body: { status: 'waiting', redriven: 0 } });
    expect(await office.run(office.jobs[0]!)).toBe('done');
    const { body } = await office.job(accepted.body.id);
    expect(body).toMatchObject({ status: 'done', redriven: 1, skipped: 0, finishedAt: expect.any(String) });
    expect(office.queued).toHaveLength(1);
    expect((await office.get()).body.redrives).toEqual([
      { at: expect.any(String), by: { user: 'user-1', level: 'admin' }, redriveId: accepted.body.id },
    ]);
    expect((await office.job('whr_0000000000000000000z')).status).toBe(404);
  });

  test('is begun again by its key while it is not done, and never twice', async () => {
    const office = await anOffice();
    await office.stepUp('user-1');
    await office.dies();
    const body = { webhookEventIds: [idOf(office.message), 'whe_0000000000000000000z'] };
    const { start } = office.jobQueue;
    office.jobQueue.start = async () => Promise.reject(new Error('the queue is down'));
    expect((await office.many('redrive', body)).status).toBe(500);
    office.jobQueue.start = start;
    expect((await office.many('redrive', body)).headers['idempotent-replayed']).toBe('true');
    expect(office.jobs).toHaveLength(1);
    expect(await office.run(office.jobs[0]!)).toBe('done');
    await office.many('redrive', body);
    expect(office.jobs).toHaveLength(1);
    const { body: job } = await office.job(office.jobs[0]!.redriveId);
    expect(job).toMatchObject({ status: 'done', selected: 2, redriven: 1, skipped: 1 });
    expect((await office.many('redrive', { webhookEventIds: [] }, 'k')).status).toBe(400);
    expect(
      (await office.many('redrive', { webhookEventIds: Array(101).fill(body.webhookEventIds[1]) }, 'k')).status,
    ).toBe(400);
  });
});
