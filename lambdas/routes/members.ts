import * as z from 'zod';

import { defineRoutes } from './route';
import {
  email,
  grantedPermissions,
  instant,
  listOf,
  listQuery,
  memberRole,
  noParams,
  noQuery,
  permission,
  role,
  tenantId,
  tenantParams,
} from './schemas';

export const member = z
  .object({
    userId: z.string(),
    tenantId,
    role: memberRole,
    permissions: z.array(permission),
    status: z.enum(['active', 'suspended', 'removed']),
    createdAt: instant,
    version: z.int(),
  })
  .meta({ id: 'Member' });

export const invitation = z
  .object({
    id: z.string(),
    tenantId,
    role,
    permissions: z.array(permission),
    email: z.string().meta({ description: 'The invited address, masked', example: 'a***@example.com' }),
    status: z.enum(['pending', 'accepted', 'expired']),
    expiresAt: instant,
    createdAt: instant,
    version: z.int(),
  })
  .meta({ id: 'Invitation' });

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
  'members.invite': {
    id: 'members.invite',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/members',
    function: 'members',
    summary: 'Invite a person: an e-mail with a single-use token, valid for 72 hours',
    principal: 'tenant-member',
    permission: 'members:manage',
    apiKeys: false,
    stepUp: 'Members',
    rateClass: 'write',
    expensive: false,
    idempotency: 'required',
    creates: 'invitation',
    params: tenantParams,
    query: noQuery,
    body: z.strictObject({ email, role, permissions: grantedPermissions.optional() }),
    get responses() {
      return { 201: invitation };
    },
    problems: [409, 422],
  },
  'invitations.accept': {
    id: 'invitations.accept',
    method: 'POST',
    path: '/v1/invitations/accept',
    function: 'members',
    summary: 'Accept an invitation as the signed-in person whose verified e-mail was invited',
    principal: 'signed-in',
    permission: null,
    apiKeys: false,
    stepUp: null,
    rateClass: 'sign-in',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: noParams,
    query: noQuery,
    body: z.strictObject({ token: z.string().min(10).max(300) }),
    get responses() {
      return { 200: member };
    },
    problems: [409, 422],
  },
});
