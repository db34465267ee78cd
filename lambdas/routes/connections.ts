import * as z from 'zod';

import { credentialsSchemas } from '../domain/providers/credentials';
import { providerNames } from '../domain/providers/provider';
import { maxOverlapHours } from '../domain/providers/rotate-webhook-secret';
import { defineRoutes } from './route';
import { connectionId, instant, label, listOf, listQuery, noQuery, tenantId, tenantParams } from './schemas';

const webhooks = z.object({
  registration: z.enum(['registered', 'manual']).meta({
    description:
      '`registered`: the provider was told our address. `manual`: a person must enter it; see `webhookSetup`',
  }),
  signing: z.enum(['ready', 'missing']).meta({
    description:
      'Whether we have what deliveries are checked against. `missing`: it is not there, or may be wrong; beyond `previousSecretUntil` deliveries are refused until it is given',
  }),
  rotatedAt: instant.nullable(),
  previousSecretUntil: instant
    .nullable()
    .meta({ description: 'Until then at least what is signed under a secret of before is believed as well' }),
});

const health = z.object({
  credentials: z
    .object({ result: z.enum(['accepted', 'refused', 'unknown']), checkedAt: instant })
    .nullable()
    .meta({ description: '`unknown`: the provider could not be reached' }),
  subscription: z
    .object({ registered: z.boolean(), enabled: z.boolean(), missingEvents: z.array(z.string()), checkedAt: instant })
    .nullable()
    .meta({ description: 'What the provider has on record for our address; null where it cannot be asked' }),
  webhookTest: z
    .object({
      testId: z.string(),
      requestedAt: instant,
      passedAt: instant.nullable().meta({ description: 'When the test webhook had come through; null: not yet' }),
      failure: z.enum(['no-webhook-secret', 'not-testable', 'refused', 'unreachable']).nullable(),
    })
    .nullable(),
  unfinishedSince: instant
    .nullable()
    .meta({ description: 'Since when a change waits to be completed: repeat the request that began it' }),
});

export const connection = z
  .object({
    id: connectionId,
    tenantId,
    provider: z.enum(providerNames),
    displayName: label,
    status: z.enum(['pending', 'active', 'disabled', 'failed']),
    failureReason: z.enum(['credentials-refused']).optional(),
    webhookUrl: z.string().meta({ description: 'Where the provider must send its webhooks' }),
    webhookSetup: z
      .array(z.string())
      .meta({ description: 'What a person must still do at the provider, in order; empty: nothing' }),
    webhooks,
    health,
    createdAt: instant,
    version: z.int(),
  })
  .meta({ id: 'ProviderConnection' });

export const connectionTest = z.object({ testId: z.string(), connection }).meta({ id: 'ProviderConnectionTest' });

const webhookSecret = z
  .string()
  .min(10)
  .max(256)
  .regex(/^[\x21-\x7e]+$/)
  .meta({
    writeOnly: true,
    description:
      'What deliveries are checked against, where the provider draws it: a signing secret (Stripe), an HMAC key (Adyen), the webhook id (PayPal)',
  });

const named = { displayName: label, webhookSecret: webhookSecret.optional() };

const connectionParams = z.strictObject({ tenantId, connectionId });

export const connectionsRoutes = defineRoutes({
  'connections.create': {
    id: 'connections.create',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/provider-connections',
    function: 'connections',
    summary:
      'Connect a payment provider: credentials are checked with it, stored in Secrets Manager, and never shown again',
    principal: 'tenant-member',
    permission: 'connections:manage',
    apiKeys: false,
    stepUp: 'ProviderCredentials',
    rateClass: 'write',
    expensive: false,
    idempotency: 'required',
    creates: 'connection',
    params: tenantParams,
    query: noQuery,
    body: z.discriminatedUnion('provider', [
      z.strictObject({ provider: z.literal('sandbox'), credentials: credentialsSchemas.sandbox, ...named }),
      z.strictObject({ provider: z.literal('stripe'), credentials: credentialsSchemas.stripe, ...named }),
      z.strictObject({ provider: z.literal('adyen'), credentials: credentialsSchemas.adyen, ...named }),
      z.strictObject({ provider: z.literal('paypal'), credentials: credentialsSchemas.paypal, ...named }),
    ]),
    get responses() {
      return { 201: connection };
    },
    problems: [409, 422],
  },
  'connections.list': {
    id: 'connections.list',
    method: 'GET',
    path: '/v1/tenants/{tenantId}/provider-connections',
    function: 'connections',
    summary: 'List provider connections, with their health',
    principal: 'tenant-member',
    permission: 'connections:read',
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
      return { 200: listOf(connection) };
    },
    problems: [],
  },
  'connections.get': {
    id: 'connections.get',
    method: 'GET',
    path: '/v1/tenants/{tenantId}/provider-connections/{connectionId}',
    function: 'connections',
    summary: 'Read a provider connection, with its health and what is left to do at the provider',
    principal: 'tenant-member',
    permission: 'connections:read',
    apiKeys: true,
    stepUp: null,
    rateClass: 'read',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: connectionParams,
    query: noQuery,
    body: null,
    get responses() {
      return { 200: connection };
    },
    problems: [],
  },
  'connections.change': {
    id: 'connections.change',
    method: 'PATCH',
    path: '/v1/tenants/{tenantId}/provider-connections/{connectionId}',
    function: 'connections',
    summary:
      'Rename a provider connection, close it to new payments and webhooks or open it again, or replace its credentials',
    principal: 'tenant-member',
    permission: 'connections:manage',
    apiKeys: false,
    stepUp: 'ProviderCredentials',
    rateClass: 'write',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: connectionParams,
    query: noQuery,
    body: z.strictObject({
      displayName: label.optional(),
      status: z.enum(['active', 'disabled']).optional(),
      credentials: z
        .union(Object.values(credentialsSchemas))
        .optional()
        .meta({ description: 'In place of what is stored: all of them, of the same provider' }),
    }),
    get responses() {
      return { 200: connection };
    },
    problems: [409, 412, 422],
  },
  'connections.rotateWebhookSecret': {
    id: 'connections.rotateWebhookSecret',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/provider-connections/{connectionId}/rotate-webhook-secret',
    function: 'connections',
    summary: 'Check webhooks against something new, and for the overlap against what was before as well',
    principal: 'tenant-member',
    permission: 'connections:manage',
    apiKeys: false,
    stepUp: 'ProviderCredentials',
    rateClass: 'write',
    expensive: false,
    idempotency: 'required',
    creates: null,
    params: connectionParams,
    query: noQuery,
    body: z.strictObject({
      webhookSecret: webhookSecret.optional(),
      overlapHours: z
        .int()
        .min(0)
        .max(maxOverlapHours)
        .default(24)
        .meta({ description: 'How long the one before is still believed; 0: not at all, as when it leaked' }),
    }),
    get responses() {
      return { 200: connection };
    },
    problems: [409, 412, 422],
  },
  'connections.test': {
    id: 'connections.test',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/provider-connections/{connectionId}/test',
    function: 'connections',
    summary:
      'Test a provider connection: a harmless call, its webhook subscription, and a test webhook; `health` tells when that has come through',
    principal: 'tenant-member',
    permission: 'connections:manage',
    apiKeys: false,
    stepUp: null,
    rateClass: 'write',
    expensive: false,
    idempotency: 'required',
    creates: null,
    params: connectionParams,
    query: noQuery,
    body: z.strictObject({}),
    get responses() {
      return { 202: connectionTest };
    },
    problems: [409, 422],
  },
});
