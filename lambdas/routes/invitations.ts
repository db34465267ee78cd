import * as z from 'zod';

import { member } from './member';
import { defineRoutes } from './route';
import {
  email,
  grantedPermissions,
  instant,
  invitationId,
  listOf,
  listQuery,
  noParams,
  noQuery,
  permission,
  role,
  tenantId,
  tenantParams,
} from './schemas';

export const invitation = z
  .object({
    id: z.string(),
    tenantId,
    role,
    permissions: z.array(permission),
    email: z.string().meta({ description: 'The invited address, masked', example: 'a***@example.com' }),
    status: z.enum(['pending', 'accepted', 'revoked', 'expired']),
    expiresAt: instant,
    createdAt: instant,
    version: z.int(),
  })
  .meta({ id: 'Invitation' });

const invitationParams = z.strictObject({ tenantId, invitationId });

/** How one comes to belong to a tenant. */
export const invitationsRoutes = defineRoutes({
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
  'invitations.list': {
    id: 'invitations.list',
    method: 'GET',
    path: '/v1/tenants/{tenantId}/invitations',
    function: 'members',
    summary: 'List the invitations to a tenant, open or not',
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
      return { 200: listOf(invitation) };
    },
    problems: [],
  },
  'invitations.resend': {
    id: 'invitations.resend',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/invitations/{invitationId}/resend',
    function: 'members',
    summary: 'Send an invitation again, for 72 hours more; the token of the mail before stops working',
    principal: 'tenant-member',
    permission: 'members:manage',
    apiKeys: false,
    stepUp: 'Members',
    rateClass: 'write',
    expensive: false,
    idempotency: 'required',
    creates: null,
    params: invitationParams,
    query: noQuery,
    body: null,
    get responses() {
      return { 200: invitation };
    },
    problems: [409, 412, 422],
  },
  'invitations.revoke': {
    id: 'invitations.revoke',
    method: 'DELETE',
    path: '/v1/tenants/{tenantId}/invitations/{invitationId}',
    function: 'members',
    summary: 'Take an invitation back',
    principal: 'tenant-member',
    permission: 'members:manage',
    apiKeys: false,
    stepUp: 'Members',
    rateClass: 'write',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: invitationParams,
    query: noQuery,
    body: null,
    responses: { 204: null },
    problems: [409, 412],
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
