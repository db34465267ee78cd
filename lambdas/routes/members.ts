import * as z from 'zod';

import { invitationsRoutes } from './invitations';
import { member } from './member';
import { ownershipRoutes } from './ownership';
import { defineRoutes } from './route';
import { grantedPermissions, label, listOf, listQuery, noQuery, role, tenantId, tenantParams, userId } from './schemas';

const memberParams = z.strictObject({ tenantId, userId });

/** What every change of a member has in common: who may, and that a second factor may be asked. */
const change = {
  function: 'members',
  principal: 'tenant-member',
  permission: 'members:manage',
  apiKeys: false,
  stepUp: 'Members',
  rateClass: 'write',
  expensive: false,
  idempotency: 'none',
  creates: null,
  params: memberParams,
  query: noQuery,
} as const;

export const membersRoutes = defineRoutes({
  'members.list': {
    id: 'members.list',
    method: 'GET',
    path: '/v1/tenants/{tenantId}/members',
    function: 'members',
    summary: 'List the members of a tenant',
    principal: 'tenant-member',
    permission: 'members:read',
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
      return { 200: listOf(member) };
    },
    problems: [],
  },
  'members.get': {
    id: 'members.get',
    method: 'GET',
    path: '/v1/tenants/{tenantId}/members/{userId}',
    function: 'members',
    summary: 'Read a member of a tenant',
    principal: 'tenant-member',
    permission: 'members:read',
    apiKeys: false,
    stepUp: null,
    rateClass: 'read',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: memberParams,
    query: noQuery,
    body: null,
    get responses() {
      return { 200: member };
    },
    problems: [],
  },
  'members.change': {
    ...change,
    id: 'members.change',
    method: 'PATCH',
    path: '/v1/tenants/{tenantId}/members/{userId}',
    summary: 'Change what a member may do: a role without permissions gives what the role may hold',
    get body() {
      return z
        .strictObject({ role: role.optional(), permissions: grantedPermissions.optional() })
        .refine((wish) => wish.role !== undefined || wish.permissions !== undefined, {
          error: 'name a role, permissions, or both',
        });
    },
    get responses() {
      return { 200: member };
    },
    problems: [409, 412, 422],
  },
  'members.suspend': {
    ...change,
    id: 'members.suspend',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/members/{userId}/suspend',
    summary: 'Suspend a member, from their next request on',
    get body() {
      return z.strictObject({ reason: label });
    },
    get responses() {
      return { 200: member };
    },
    problems: [409, 412, 422],
  },
  'members.reactivate': {
    ...change,
    id: 'members.reactivate',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/members/{userId}/reactivate',
    summary: 'Let a suspended member in again',
    body: null,
    get responses() {
      return { 200: member };
    },
    problems: [409, 412, 422],
  },
  'members.remove': {
    ...change,
    id: 'members.remove',
    method: 'DELETE',
    path: '/v1/tenants/{tenantId}/members/{userId}',
    summary: 'Remove a member, from their next request on; they may be invited again',
    body: null,
    responses: { 204: null },
    problems: [409, 412, 422],
  },
  ...invitationsRoutes,
  ...ownershipRoutes,
});
