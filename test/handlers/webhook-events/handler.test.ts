import '../../support/function-env';
import { applyWebhook, noteFailure, webhookEventId } from '../../../lambdas/domain/webhooks';
import type { WebhookMessage } from '../../../lambdas/domain/webhooks/ports';
import { newWebhookEvents } from '../../../lambdas/handlers/webhook-events/handler';
import { webhookEventsRoutes } from '../../../lambdas/routes/webhook-events';
import { connectionId } from '../../domain/payments/a-payment';
import { aWebhook } from '../../domain/webhooks/a-webhook';
import { ask, aServiceWorld } from '../../support/service-world';

async function anOffice() {
  const world = aServiceWorld();
  const tenant = await world.tenant();
  await world.member(tenant, 'user-1', 'admin');
  const queued: WebhookMessage[] = [];
  const queue = { enqueue: async (messages: readonly WebhookMessage[]) => void queued.push(...messages) };
  const service = newWebhookEvents({ ...world.deps, queueOf: () => queue });
  const ports = { ...world.deps, journal: world.store.journal };
  const message = aWebhook({ tenant });
  const id = webhookEventId(tenant, connectionId, message.event.eventKey);
  const params = { tenantId: tenant, webhookEventId: id };
  return {
    ...world,
    queued,
    queue,
    apply: (given: WebhookMessage) => applyWebhook(ports, given),
    dies: (given = message) => noteFailure(ports, given, new Error('out of order'), { fate: 'dead' }),
    get: (asked = id) =>
      ask(service, {
        resource: webhookEventsRoutes['webhookEvents.get'].path,
        params: { ...params, webhookEventId: asked },
      }),
    list: () =>
      ask(service, { resource: webhookEventsRoutes['webhookEvents.list'].path, params: { tenantId: tenant } }),
    redrive: (key: string) =>
      ask(service, {
        resource: webhookEventsRoutes['webhookEvents.redrive'].path,
        params,
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
    expect((await office.list()).body).toEqual({ data: [body], nextCursor: null });
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
    expect((await office.redrive('k2')).body).toMatchObject({ status: 422, reason: 'not-dead' });
  });
});
