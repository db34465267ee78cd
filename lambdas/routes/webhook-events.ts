import * as z from 'zod';

import { idPattern } from '../kernel/ids';
import { defineRoutes } from './route';
import { connectionId, instant, listOf, listQuery, noQuery, paymentId, tenantId, tenantParams } from './schemas';

const webhookEventId = z.string().regex(idPattern('webhookEvent'));

export const webhookEvent = z
  .object({
    id: webhookEventId,
    tenantId,
    connectionId,
    provider: z.string(),
    eventType: z.string(),
    status: z.enum(['applied', 'ignored', 'unmatched', 'retrying', 'dead']),
    attempts: z.int(),
    paymentId: paymentId.optional(),
    lastError: z.string().optional(),
    nextAttemptAt: instant.optional(),
    receivedAt: instant,
    version: z.int(),
  })
  .meta({ id: 'WebhookEvent' });

const eventParams = z.strictObject({ tenantId, webhookEventId });

export const webhookEventsRoutes = defineRoutes({
  'webhookEvents.list': {
    id: 'webhookEvents.list',
    method: 'GET',
    path: '/v1/tenants/{tenantId}/webhook-events',
    function: 'webhook-events',
    summary: 'List webhook events received from providers',
    principal: 'tenant-member',
    permission: 'webhooks:read',
    apiKeys: true,
    stepUp: null,
    rateClass: 'read',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: tenantParams,
    query: listQuery,
    body: null,
    get responses() {
      return { 200: listOf(webhookEvent) };
    },
    problems: [],
  },
  'webhookEvents.get': {
    id: 'webhookEvents.get',
    method: 'GET',
    path: '/v1/tenants/{tenantId}/webhook-events/{webhookEventId}',
    function: 'webhook-events',
    summary: 'Read a webhook event',
    principal: 'tenant-member',
    permission: 'webhooks:read',
    apiKeys: true,
    stepUp: null,
    rateClass: 'read',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: eventParams,
    query: noQuery,
    body: null,
    get responses() {
      return { 200: webhookEvent };
    },
    problems: [],
  },
  'webhookEvents.redrive': {
    id: 'webhookEvents.redrive',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/webhook-events/{webhookEventId}/redrive',
    function: 'webhook-events',
    summary: 'Put a dead webhook event back into the queue, once its cause is gone',
    principal: 'tenant-member',
    permission: 'webhooks:redrive',
    apiKeys: false,
    stepUp: 'Redrive',
    rateClass: 'write',
    expensive: false,
    idempotency: 'required',
    creates: null,
    params: eventParams,
    query: noQuery,
    body: z.strictObject({}),
    get responses() {
      return { 202: webhookEvent };
    },
    problems: [409, 412, 422],
  },
});
