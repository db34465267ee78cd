import * as z from 'zod';

import type { Endpoints, TypedRequest } from '../../lambdas/middleware/service';
import { newService } from '../../lambdas/middleware/service';
import { defineRoutes } from '../../lambdas/routes/route';
import { listQuery, noParams, noQuery, tenantParams } from '../../lambdas/routes/schemas';
import type { ServiceWorld } from '../support/service-world';

const result = z.object({ saw: z.string() });

/** One route of each principal and class, for tests of the chain alone. */
export const exampleRoutes = defineRoutes({
  'pay.create': {
    id: 'pay.create',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/payments',
    function: 'payments',
    summary: 'Create',
    principal: 'tenant-member',
    permission: 'payments:create',
    apiKeys: true,
    stepUp: 'Payments',
    rateClass: 'money',
    expensive: false,
    idempotency: 'required',
    creates: 'payment',
    params: tenantParams,
    query: noQuery,
    body: z.strictObject({ amount: z.int().min(1), nested: z.strictObject({ currency: z.enum(['USD']) }).optional() }),
    responses: { 201: result },
    problems: [412],
  },
  'pay.list': {
    id: 'pay.list',
    method: 'GET',
    path: '/v1/tenants/{tenantId}/payments',
    function: 'payments',
    summary: 'List',
    principal: 'tenant-member',
    permission: 'payments:read',
    apiKeys: true,
    stepUp: null,
    rateClass: 'read',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: tenantParams,
    query: listQuery,
    body: null,
    responses: { 200: result },
    problems: [],
  },
  'admin.act': {
    id: 'admin.act',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/act',
    function: 'tenants',
    summary: 'Act',
    principal: 'platform-admin',
    permission: null,
    apiKeys: false,
    stepUp: null,
    rateClass: 'write',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: tenantParams,
    query: noQuery,
    body: null,
    responses: { 200: result, 204: null },
    problems: [],
  },
  'admin.force': {
    id: 'admin.force',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/force',
    function: 'tenants',
    summary: 'Force',
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
    responses: { 200: result },
    problems: [],
  },
  'me.get': {
    id: 'me.get',
    method: 'GET',
    path: '/v1/me',
    function: 'me',
    summary: 'Me',
    principal: 'signed-in',
    permission: null,
    apiKeys: false,
    stepUp: null,
    rateClass: 'mfa',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: noParams,
    query: noQuery,
    body: null,
    responses: { 200: result },
    problems: [],
  },
  'open.get': {
    id: 'open.get',
    method: 'GET',
    path: '/v1/open',
    function: 'api-docs',
    summary: 'Open',
    principal: 'public',
    permission: null,
    apiKeys: false,
    stepUp: null,
    rateClass: 'public',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: noParams,
    query: noQuery,
    body: null,
    responses: { 200: result },
    problems: [],
  },
});

export type ExampleEndpoints = Endpoints<typeof exampleRoutes>;

const saw = async (request: { readonly route: { readonly id: string } }) => ({
  status: 200 as const,
  body: { saw: request.route.id },
});

/** A service over the example routes; each endpoint answers its route's id unless replaced. `seen` holds the requests. */
export function anExampleService(world: ServiceWorld, replaced: Partial<ExampleEndpoints> = {}) {
  const seen: TypedRequest<(typeof exampleRoutes)['pay.create']>[] = [];
  const endpoints: ExampleEndpoints = {
    'pay.create': async (request) => {
      seen.push(request);
      return { status: 201, body: { saw: request.route.id }, version: 1, replayed: request.firstCommit !== undefined };
    },
    'pay.list': saw,
    'admin.act': saw,
    'admin.force': saw,
    'me.get': saw,
    'open.get': saw,
    ...replaced,
  };
  return { service: newService(exampleRoutes, endpoints, world.deps), seen };
}
