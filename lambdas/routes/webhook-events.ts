import * as z from 'zod';

import { idPattern } from '../kernel/ids';
import { defineRoutes } from './route';
import { connectionId, instant, listOf, listQuery, noQuery, paymentId, tenantId, tenantParams } from './schemas';

/** Statuses that have a list of their own: what a person may have to look after. */
const openStatus = z.enum(['unmatched', 'retrying', 'dead']);

const webhookEventId = z.string().regex(idPattern('webhookEvent'));

const webhookRedriveId = z.string().regex(idPattern('webhookRedrive'));

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

const webhookEventDetail = webhookEvent
  .extend({
    summary: z.object({
      subject: z.string().meta({ description: 'What the event is about: operation, dispute, settlement, payout …' }),
      providerEventId: z.string(),
      occurredAt: instant,
      operationId: z.string().optional(),
      operationKind: z.string().optional(),
      disputeId: z.string().optional(),
      payoutId: z.string().optional(),
      reportId: z.string().optional(),
      providerReference: z.string().optional(),
      detail: z.string().optional(),
    }),
    deliveryRequestId: z.string().meta({ description: 'Request id of the delivery that brought it' }),
    attemptLog: z.array(
      z.object({
        at: instant,
        outcome: webhookEvent.shape.status,
        error: z.string().optional(),
        nextAttemptAt: instant.optional(),
      }),
    ),
    redrives: z.array(
      z.object({
        at: instant,
        by: z.object({ user: z.string(), level: z.string() }),
        redriveId: webhookRedriveId.optional(),
      }),
    ),
  })
  .meta({ id: 'WebhookEventDetail' });

const webhookRedrive = z
  .object({
    id: webhookRedriveId,
    tenantId,
    status: z.enum(['waiting', 'running', 'done']),
    redriven: z.int().meta({ description: 'Events put back into the queue so far' }),
    skipped: z.int().meta({ description: 'Events that were there to be put back no more' }),
    selected: z.int().optional(),
    receivedBefore: instant.optional(),
    connectionId: connectionId.optional(),
    requestedAt: instant,
    finishedAt: instant.optional(),
    version: z.int(),
  })
  .meta({ id: 'WebhookRedrive' });

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
    query: listQuery
      .extend({
        status: openStatus.optional().meta({ description: 'Only events that are open, of this status' }),
        connectionId: connectionId.optional().meta({ description: 'With `status`: only events of this connection' }),
      })
      .refine(({ status, connectionId: of }) => of === undefined || status !== undefined, {
        error: 'connectionId goes together with status',
        path: ['connectionId'],
      }),
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
    summary: 'Read a webhook event with all attempts and redrives',
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
      return { 200: webhookEventDetail };
    },
    problems: [],
  },
  'webhookEvents.redrive': {
    id: 'webhookEvents.redrive',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/webhook-events/{webhookEventId}/redrive',
    function: 'webhook-events',
    summary: 'Put a dead or unmatched webhook event back into the queue, once its cause is gone',
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
  'webhookEvents.redriveMany': {
    id: 'webhookEvents.redriveMany',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/webhook-events/redrive',
    function: 'webhook-events',
    summary: 'Put up to 100 webhook events back into the queue: a job that can be read back',
    principal: 'tenant-member',
    permission: 'webhooks:redrive',
    apiKeys: false,
    stepUp: 'Redrive',
    rateClass: 'write',
    expensive: false,
    idempotency: 'required',
    creates: 'webhookRedrive',
    params: tenantParams,
    query: noQuery,
    body: z.strictObject({ webhookEventIds: z.array(webhookEventId).min(1).max(100) }),
    get responses() {
      return { 202: webhookRedrive };
    },
    problems: [409, 422],
  },
  'webhookEvents.redriveDead': {
    id: 'webhookEvents.redriveDead',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/webhook-events/redrive-dead',
    function: 'webhook-events',
    summary: 'Put all dead webhook events back into the queue: a job that can be read back',
    principal: 'tenant-member',
    permission: 'webhooks:redrive',
    apiKeys: false,
    stepUp: 'Redrive',
    rateClass: 'write',
    expensive: false,
    idempotency: 'required',
    creates: 'webhookRedrive',
    params: tenantParams,
    query: noQuery,
    body: z.strictObject({
      connectionId: connectionId.optional().meta({ description: 'Only events of this connection' }),
      receivedBefore: instant.optional().meta({ description: 'Only events received before; default: now' }),
    }),
    get responses() {
      return { 202: webhookRedrive };
    },
    problems: [409, 422],
  },
  'webhookRedrives.get': {
    id: 'webhookRedrives.get',
    method: 'GET',
    path: '/v1/tenants/{tenantId}/webhook-redrives/{webhookRedriveId}',
    function: 'webhook-events',
    summary: 'Read how far a redrive of many webhook events has come',
    principal: 'tenant-member',
    permission: 'webhooks:read',
    apiKeys: true,
    stepUp: null,
    rateClass: 'read',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: z.strictObject({ tenantId, webhookRedriveId }),
    query: noQuery,
    body: null,
    get responses() {
      return { 200: webhookRedrive };
    },
    problems: [],
  },
});
