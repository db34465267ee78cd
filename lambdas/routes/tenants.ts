import * as z from 'zod';

import { defineRoutes } from './route';
import { email, instant, label, listOf, listQuery, noParams, noQuery, tenantId, tenantParams } from './schemas';

export const tenant = z
  .object({
    id: tenantId,
    name: label,
    status: z.enum(['active', 'suspended']),
    suspendedReason: z.string().optional(),
    createdAt: instant,
    version: z.int(),
  })
  .meta({ id: 'Tenant' });

export const tenantsRoutes = defineRoutes({
  'tenants.create': {
    id: 'tenants.create',
    method: 'POST',
    path: '/v1/tenants',
    function: 'tenants',
    summary: 'Provision a tenant and invite its first Owner',
    principal: 'platform-admin',
    permission: null,
    apiKeys: false,
    stepUp: 'always',
    rateClass: 'write',
    expensive: false,
    idempotency: 'required',
    creates: 'tenant',
    params: noParams,
    query: noQuery,
    body: z.strictObject({ name: label, ownerEmail: email }),
    get responses() {
      return { 201: tenant };
    },
    problems: [409, 422],
  },
  'tenants.list': {
    id: 'tenants.list',
    method: 'GET',
    path: '/v1/tenants',
    function: 'tenants',
    summary: 'List tenants',
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
      return { 200: listOf(tenant) };
    },
    problems: [],
  },
  'tenants.get': {
    id: 'tenants.get',
    method: 'GET',
    path: '/v1/tenants/{tenantId}',
    function: 'tenants',
    summary: 'Read a tenant',
    principal: 'platform-admin',
    permission: null,
    apiKeys: false,
    stepUp: null,
    rateClass: 'read',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: tenantParams,
    query: noQuery,
    body: null,
    get responses() {
      return { 200: tenant };
    },
    problems: [],
  },
  'tenants.rename': {
    id: 'tenants.rename',
    method: 'PATCH',
    path: '/v1/tenants/{tenantId}',
    function: 'tenants',
    summary: 'Give a tenant another name',
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
    body: z.strictObject({ name: label }),
    get responses() {
      return { 200: tenant };
    },
    problems: [409, 412],
  },
  'tenants.suspend': {
    id: 'tenants.suspend',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/suspend',
    function: 'tenants',
    summary: 'Suspend a tenant: its members are refused from the next request on',
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
    body: z.strictObject({ reason: label }),
    get responses() {
      return { 200: tenant };
    },
    problems: [409, 412],
  },
  'tenants.reactivate': {
    id: 'tenants.reactivate',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/reactivate',
    function: 'tenants',
    summary: 'Reactivate a suspended tenant',
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
      return { 200: tenant };
    },
    problems: [409, 412],
  },
});
