import * as z from 'zod';

import { defineRoutes } from './route';
import {
  grantedPermissions,
  instant,
  listOf,
  listQuery,
  noParams,
  noQuery,
  permission,
  tenantId,
  tenantParams,
} from './schemas';

export const platformAdmin = z
  .object({ userId: z.string(), status: z.enum(['active', 'removed']), since: instant, version: z.int() })
  .meta({ id: 'PlatformAdmin' });

export const brokenGlass = z
  .object({
    tenantId,
    userId: z.string(),
    permissions: z.array(permission),
    until: instant.meta({ description: 'When the hour ends; it is not extended' }),
    version: z.int(),
  })
  .meta({ id: 'BrokenGlass' });

/** Why somebody enters a tenant that is not theirs: long enough to say something, for the tenant to read. */
const reason = z
  .string()
  .trim()
  .min(10)
  .max(500)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u, { error: 'control characters are not allowed' });

/** Super Admins among themselves, and as guests of a tenant. */
export const platformRoutes = defineRoutes({
  'platform-admins.list': {
    id: 'platform-admins.list',
    method: 'GET',
    path: '/v1/platform/admins',
    function: 'tenants',
    summary: 'List the Super Admins',
    principal: 'platform-admin',
    permission: null,
    apiKeys: false,
    stepUp: null,
    rateClass: 'read',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: noParams,
    query: listQuery,
    body: null,
    get responses() {
      return { 200: listOf(platformAdmin) };
    },
    problems: [],
  },
  'break-glass.open': {
    id: 'break-glass.open',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/break-glass',
    function: 'tenants',
    summary: 'Become a guest of a tenant for an hour; its Owners are told',
    principal: 'platform-admin',
    permission: null,
    apiKeys: false,
    stepUp: 'always',
    rateClass: 'write',
    expensive: false,
    idempotency: 'required',
    creates: null,
    params: tenantParams,
    query: noQuery,
    body: z.strictObject({ reason, permissions: grantedPermissions.min(1).optional() }),
    get responses() {
      return { 201: brokenGlass };
    },
    problems: [409, 422],
  },
  'break-glass.close': {
    id: 'break-glass.close',
    method: 'DELETE',
    path: '/v1/tenants/{tenantId}/break-glass',
    function: 'tenants',
    summary: 'Leave a tenant before the hour is over',
    principal: 'platform-admin',
    permission: null,
    apiKeys: false,
    stepUp: 'always',
    rateClass: 'write',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: tenantParams,
    query: noQuery,
    body: null,
    get responses() {
      return { 204: null };
    },
    problems: [409],
  },
});
