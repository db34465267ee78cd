import * as z from 'zod';

import { ownShape, platformPolicyPatch, policyShape, sourcesShape, tenantPolicyPatch } from '../domain/policies';
import { defineRoutes } from './route';
import { instant, listOf, listQuery, noParams, noQuery, tenantParams } from './schemas';

/** A policy as it holds, where each value comes from, and what the one who is asked for has set of it. */
const answered = {
  policy: policyShape.meta({ description: 'What holds' }),
  sources: sourcesShape.meta({ description: 'Where each value comes from' }),
  own: ownShape.meta({ description: 'What is set here; the rest comes from above' }),
  version: z.int().meta({ description: '0 until something is set' }),
};

export const platformSecurityPolicy = z.object(answered).meta({ id: 'PlatformSecurityPolicy' });

export const tenantSecurityPolicy = z
  .object({ ...answered, floor: policyShape.meta({ description: "The platform's: no value may be looser" }) })
  .meta({ id: 'SecurityPolicy' });

const policyVersion = z
  .object({
    version: z.int(),
    at: instant,
    actor: z.object({ user: z.string(), level: z.string() }),
    requestId: z.string(),
    changes: z.array(
      z.object({
        path: z.string().meta({ example: 'rateLimits.money.burst' }),
        from: z.unknown().optional(),
        to: z.unknown().optional(),
      }),
    ),
  })
  .meta({ id: 'SecurityPolicyVersion' });

export const securityPolicyRoutes = defineRoutes({
  'security-policy.get': {
    id: 'security-policy.get',
    method: 'GET',
    path: '/v1/tenants/{tenantId}/security-policy',
    function: 'security-policy',
    summary: 'Read the security policy of a tenant: what holds, and where each value comes from',
    principal: 'tenant-member',
    permission: 'policy:read',
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
      return { 200: tenantSecurityPolicy };
    },
    problems: [],
  },
  'security-policy.change': {
    id: 'security-policy.change',
    method: 'PATCH',
    path: '/v1/tenants/{tenantId}/security-policy',
    function: 'security-policy',
    summary:
      "Tighten the security policy of a tenant; null takes a value back. Nothing may be looser than the platform's",
    principal: 'tenant-member',
    permission: 'policy:manage',
    apiKeys: false,
    stepUp: 'Policy',
    rateClass: 'write',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: tenantParams,
    query: noQuery,
    body: tenantPolicyPatch,
    get responses() {
      return { 200: tenantSecurityPolicy };
    },
    problems: [409, 412, 422],
  },
  'security-policy.history': {
    id: 'security-policy.history',
    method: 'GET',
    path: '/v1/tenants/{tenantId}/security-policy/history',
    function: 'security-policy',
    summary: "The versions of a tenant's security policy, newest first: who changed what, and when",
    principal: 'tenant-member',
    permission: 'policy:read',
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
      return { 200: listOf(policyVersion) };
    },
    problems: [],
  },
});

export const platformPolicyRoutes = defineRoutes({
  'platform-policy.get': {
    id: 'platform-policy.get',
    method: 'GET',
    path: '/v1/platform/security-policy',
    function: 'platform-policy',
    summary: "Read the platform's security policy, the floor of every tenant's",
    principal: 'platform-admin',
    permission: null,
    apiKeys: false,
    stepUp: null,
    rateClass: 'read',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: noParams,
    query: noQuery,
    body: null,
    get responses() {
      return { 200: platformSecurityPolicy };
    },
    problems: [],
  },
  'platform-policy.change': {
    id: 'platform-policy.change',
    method: 'PATCH',
    path: '/v1/platform/security-policy',
    function: 'platform-policy',
    summary:
      "Change the platform's security policy; null takes a value back to the default. It holds everywhere within a minute",
    principal: 'platform-admin',
    permission: null,
    apiKeys: false,
    stepUp: 'always',
    rateClass: 'write',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: noParams,
    query: noQuery,
    body: platformPolicyPatch,
    get responses() {
      return { 200: platformSecurityPolicy };
    },
    problems: [409, 412, 422],
  },
  'platform-policy.history': {
    id: 'platform-policy.history',
    method: 'GET',
    path: '/v1/platform/security-policy/history',
    function: 'platform-policy',
    summary: "The versions of the platform's security policy, newest first: who changed what, and when",
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
      return { 200: listOf(policyVersion) };
    },
    problems: [],
  },
});
