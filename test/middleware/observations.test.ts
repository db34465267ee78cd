import '../support/function-env';

import { commitToItem } from '../../lambdas/adapters/dynamodb/commit-codec';
import { newWebhookEvents } from '../../lambdas/handlers/webhook-events/handler';
import { deriveId } from '../../lambdas/kernel/ids';
import type { Exchange } from '../../lambdas/middleware/exchange';
import { readProxyEvent } from '../../lambdas/middleware/http-request';
import { newRefusalObserver, originOf } from '../../lambdas/middleware/observations';
import { routes } from '../../lambdas/routes';
import { aCommit } from '../support/a-commit';
import { anApiEvent } from '../support/api-request';
import type { ApiRequest } from '../support/api-request';
import { ask, aServiceWorld } from '../support/service-world';

function anExchange(request: ApiRequest): Exchange {
  return { ...readProxyEvent(anApiEvent(request)), startedAtMs: 0, params: request.params ?? {} };
}

describe('a refusal', () => {
  test.each([
    ['the payment', { paymentId: 'pay_1' }, { kind: 'payment', id: 'pay_1' }],
    ['the connection', { connectionId: 'con_1' }, { kind: 'connection', id: 'con_1' }],
    ['the webhook event', { webhookEventId: 'whe_1' }, { kind: 'webhook-event', id: 'whe_1' }],
    ['the tenant', {}, { kind: 'tenant', id: 'ten_1' }],
  ])('names %s that it kept somebody from', async (_, params, entity) => {
    const world = aServiceWorld();
    const exchange = anExchange({ resource: '/v1', params: { tenantId: 'ten_1', ...params } });
    const refusal = { type: 'AccessRefused', reason: 'payments:refund' } as const;
    await newRefusalObserver(world.deps).observe(exchange, refusal, { tenant: 'ten_1' });
    expect(world.store.observations).toMatchObject([{ type: 'AccessRefused', entity }]);
  });

  test('can name whatever a path of the API can', async () => {
    const names = new Set(routes.flatMap(({ path }) => [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)));
    const world = aServiceWorld();
    for (const name of names) {
      const exchange = anExchange({ resource: '/v1', params: { [name]: 'id-1' } });
      await newRefusalObserver(world.deps).observe(exchange, { type: 'RateLimited', reason: 'read' }, 'platform');
    }
    expect(world.store.observations.map(({ entity }) => entity?.id)).toEqual([...names].map(() => 'id-1'));
  });

  test('of a path that did not pass its schema names nothing', async () => {
    const world = aServiceWorld();
    const { params: _, ...exchange } = anExchange({ resource: '/v1', params: { tenantId: 'ten_*' } });
    await newRefusalObserver(world.deps).observe(exchange, { type: 'RateLimited', reason: 'read' }, 'platform');
    expect(world.store.observations[0]).not.toHaveProperty('entity');
  });
});

describe('an endpoint that finds nothing', () => {
  test('is remembered as a refused access, which the answer does not say', async () => {
    const world = aServiceWorld();
    const tenantId = await world.tenant();
    await world.member(tenantId, 'ada');
    const webhookEventId = deriveId('webhookEvent', ['of nobody']);
    const service = newWebhookEvents({
      ...world.deps,
      queueOf: () => ({ enqueue: async () => undefined }),
      jobsOf: () => ({ start: async () => undefined }),
    });
    const answer = await ask(service, {
      resource: '/v1/tenants/{tenantId}/webhook-events/{webhookEventId}',
      params: { tenantId, webhookEventId },
      user: 'ada',
    });
    expect(answer.status).toBe(404);
    expect(Object.keys(answer.body).sort()).toEqual(['detail', 'requestId', 'status', 'title', 'type']);
    expect(world.store.observations).toMatchObject([
      {
        owner: { tenant: tenantId },
        type: 'AccessRefused',
        outcome: 'refused',
        entity: { kind: 'webhook-event', id: webhookEventId },
        data: { reason: 'not-found' },
        request: { route: 'webhookEvents.get' },
      },
    ]);
  });
});

describe('the origin of a request', () => {
  test('has a user agent that can be stored wherever it is cut, and no secret', () => {
    const agents = [
      `${'a'.repeat(63)}\u{1f4b3} and more`,
      'tab\tand bell\u0007',
      `Bearer ${'x'.repeat(20)} 4242 4242 4242 4242`,
    ];
    for (const userAgent of agents) {
      const request = originOf(anExchange({ resource: '/v1', userAgent }));
      const item = commitToItem(aCommit({ owner: { tenant: 't' }, kind: 'payment', id: 'p' }, 1, { request }));
      expect(item.r?.M?.a?.S).toMatch(/^[\x20-\x7e]{1,64}$/);
      expect(item.r?.M?.a?.S).not.toMatch(/x{20}|4242/);
    }
  });
});
