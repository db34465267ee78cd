import * as z from 'zod';

import { revocationReasons } from '../domain/api-keys/api-key';
import { maxOverlapSeconds } from '../domain/api-keys/change-key';
import { keyScopes } from '../domain/identity/permissions';
import { isCidr } from '../kernel/addresses';
import { defineRoutes } from './route';
import { apiKeyId, instant, label, listOf, listQuery, noQuery, tenantId, tenantParams } from './schemas';

const scopes = z
  .array(z.enum(keyScopes))
  .min(1)
  .max(keyScopes.length)
  .meta({ description: 'What the key may do. Each is named: none implies another' });

/** Blocks that hold a good part of the internet would only look like a limit. */
const shortestPrefix = { ipv4: 8, ipv6: 20 } as const;

const addressBlock = z
  .string()
  .max(49)
  .regex(/^[0-9A-Fa-f:.]+\/\d{1,3}$/, { error: 'a CIDR block, such as 203.0.113.0/24' })
  .refine((block) => isCidr(block), { error: 'a CIDR block, such as 203.0.113.0/24' })
  .refine((block) => Number(block.split('/')[1]) >= shortestPrefix[block.includes(':') ? 'ipv6' : 'ipv4'], {
    error: 'at least /8, or /20 of IPv6',
  });

const ipAllowlist = z
  .array(addressBlock)
  .max(50)
  .meta({
    description: 'CIDR blocks that the key may be used from; empty: from anywhere',
    example: ['203.0.113.0/24'],
  });

export const apiKey = z
  .object({
    id: apiKeyId,
    tenantId,
    name: label,
    status: z.enum(['active', 'expired', 'revoked']),
    scopes: z.array(z.enum(keyScopes)),
    ipAllowlist: z.array(z.string()),
    expiresAt: instant,
    issuedBy: z.string().meta({ description: 'The member who made it. It stays when they leave' }),
    createdAt: instant,
    rotatedAt: instant.nullable(),
    revokedAt: instant.nullable(),
    lastUsedAt: instant.nullable().meta({ description: 'To within a few minutes; null: never, or not for a year' }),
    lastUsedFrom: z.string().nullable().meta({ description: 'The address it was last used from' }),
    version: z.int(),
  })
  .meta({ id: 'ApiKey' });

export const issuedApiKey = apiKey
  .extend({
    secret: z.string().optional().meta({
      description:
        'The whole key, to be sent as `Authorization: Bearer`. It is shown once: an answer with `Idempotent-Replayed` does not have it. Whoever lost it rotates the key.',
      example: 'chk_0123456789abcdefghjk_0123456789abcdefghjk_0123456789abcdefghijABCDEFGHIJ0123456789-_a',
    }),
  })
  .meta({ id: 'IssuedApiKey' });

const keyParams = z.strictObject({ tenantId, apiKeyId });

export const apiKeysRoutes = defineRoutes({
  'api-keys.issue': {
    id: 'api-keys.issue',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/api-keys',
    function: 'api-keys',
    summary: "Issue an API key for the tenant's own servers: its secret is shown once",
    principal: 'tenant-member',
    permission: 'api-keys:manage',
    apiKeys: false,
    stepUp: 'always',
    rateClass: 'write',
    expensive: false,
    idempotency: 'required',
    creates: 'apiKey',
    params: tenantParams,
    query: noQuery,
    body: z.strictObject({ name: label, scopes, ipAllowlist: ipAllowlist.default([]), expiresAt: instant }),
    get responses() {
      return { 201: issuedApiKey };
    },
    problems: [409, 422],
  },
  'api-keys.list': {
    id: 'api-keys.list',
    method: 'GET',
    path: '/v1/tenants/{tenantId}/api-keys',
    function: 'api-keys',
    summary: 'List API keys, revoked ones included, and when each was last used',
    principal: 'tenant-member',
    permission: 'api-keys:read',
    apiKeys: false,
    stepUp: null,
    rateClass: 'read',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: tenantParams,
    query: listQuery,
    body: null,
    get responses() {
      return { 200: listOf(apiKey) };
    },
    problems: [],
  },
  'api-keys.get': {
    id: 'api-keys.get',
    method: 'GET',
    path: '/v1/tenants/{tenantId}/api-keys/{apiKeyId}',
    function: 'api-keys',
    summary: 'Read an API key, and when it was last used',
    principal: 'tenant-member',
    permission: 'api-keys:read',
    apiKeys: false,
    stepUp: null,
    rateClass: 'read',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: keyParams,
    query: noQuery,
    body: null,
    get responses() {
      return { 200: apiKey };
    },
    problems: [],
  },
  'api-keys.change': {
    id: 'api-keys.change',
    method: 'PATCH',
    path: '/v1/tenants/{tenantId}/api-keys/{apiKeyId}',
    function: 'api-keys',
    summary: 'Change the name of an API key, or the addresses it may be used from: they hold from the next request',
    principal: 'tenant-member',
    permission: 'api-keys:manage',
    apiKeys: false,
    stepUp: 'always',
    rateClass: 'write',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: keyParams,
    query: noQuery,
    body: z.strictObject({ name: label.optional(), ipAllowlist: ipAllowlist.optional() }),
    get responses() {
      return { 200: apiKey };
    },
    problems: [409, 412, 422],
  },
  'api-keys.rotate': {
    id: 'api-keys.rotate',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/api-keys/{apiKeyId}/rotate',
    function: 'api-keys',
    summary: 'Give an API key a new secret, shown once; the old one opens for as long as the overlap says',
    principal: 'tenant-member',
    permission: 'api-keys:manage',
    apiKeys: false,
    stepUp: 'always',
    rateClass: 'write',
    expensive: false,
    idempotency: 'required',
    creates: null,
    params: keyParams,
    query: noQuery,
    body: z.strictObject({
      overlapSeconds: z
        .int()
        .min(0)
        .max(maxOverlapSeconds)
        .meta({ description: 'How long the old secret still opens; 0: not at all, as when it leaked' }),
    }),
    get responses() {
      return { 200: issuedApiKey };
    },
    problems: [409, 412, 422],
  },
  'api-keys.revoke': {
    id: 'api-keys.revoke',
    method: 'DELETE',
    path: '/v1/tenants/{tenantId}/api-keys/{apiKeyId}',
    function: 'api-keys',
    summary: 'Revoke an API key for good: it opens nothing from the next request on',
    principal: 'tenant-member',
    permission: 'api-keys:manage',
    apiKeys: false,
    stepUp: 'always',
    rateClass: 'write',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: keyParams,
    query: z.strictObject({ reason: z.enum(revocationReasons).default('no-longer-needed') }),
    body: null,
    get responses() {
      return { 200: apiKey };
    },
    problems: [409, 412],
  },
});
