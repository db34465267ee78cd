import * as z from 'zod';

import { providerNames } from '../domain/providers/provider';
import { defineRoutes } from './route';
import { connectionId, instant, label, listOf, listQuery, noQuery, tenantId, tenantParams } from './schemas';

export const connection = z
  .object({
    id: connectionId,
    tenantId,
    provider: z.enum(providerNames),
    displayName: label,
    status: z.enum(['active', 'disabled']),
    webhookUrl: z.string().meta({ description: 'Where the provider must send its webhooks' }),
    createdAt: instant,
    version: z.int(),
  })
  .meta({ id: 'ProviderConnection' });

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
    body: z.strictObject({
      provider: z.enum(['sandbox']),
      displayName: label,
      credentials: z.strictObject({
        apiKey: z
          .string()
          .regex(/^sk_sandbox_[A-Za-z0-9]{16,64}$/, { error: 'sk_sandbox_ and 16 to 64 letters or digits' })
          .meta({ writeOnly: true }),
      }),
    }),
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
    summary: 'List provider connections',
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
    summary: 'Read a provider connection',
    principal: 'tenant-member',
    permission: 'connections:read',
    apiKeys: true,
    stepUp: null,
    rateClass: 'read',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: z.strictObject({ tenantId, connectionId }),
    query: noQuery,
    body: null,
    get responses() {
      return { 200: connection };
    },
    problems: [],
  },
});
