import * as z from 'zod';

import { defineRoutes } from './route';
import {
  email,
  instant,
  invitationId,
  label,
  listOf,
  noQuery,
  permission,
  tenantId,
  tenantParams,
  userId,
} from './schemas';

/** An Owner, as whoever stands above Owners sees them. */
export const owner = z
  .object({
    userId: z.string(),
    tenantId,
    permissions: z.array(permission),
    status: z.enum(['active', 'suspended']),
    suspendedReason: z.string().optional(),
    createdAt: instant,
    version: z.int(),
  })
  .meta({ id: 'Owner' });

export const ownerInvitation = z
  .object({
    id: z.string(),
    tenantId,
    email: z.string().meta({ description: 'The invited address, masked', example: 'a***@example.com' }),
    expiresAt: instant,
    createdAt: instant,
    version: z.int(),
  })
  .meta({ id: 'OwnerInvitation' });

const invitationParams = z.strictObject({ tenantId, invitationId });

const ownerParams = z.strictObject({ tenantId, userId });

/** What Super Admins do about the Owners of a tenant: they alone stand above them. */
export const ownersRoutes = defineRoutes({
  'owners.list': {
    id: 'owners.list',
    method: 'GET',
    path: '/v1/tenants/{tenantId}/owners',
    function: 'tenants',
    summary: 'List the Owners of a tenant',
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
      return { 200: listOf(owner) };
    },
    problems: [],
  },
  'owners.invite': {
    id: 'owners.invite',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/owners',
    function: 'tenants',
    summary: 'Invite a further Owner',
    principal: 'platform-admin',
    permission: null,
    apiKeys: false,
    stepUp: 'always',
    rateClass: 'write',
    expensive: false,
    idempotency: 'required',
    creates: 'invitation',
    params: tenantParams,
    query: noQuery,
    body: z.strictObject({ email }),
    get responses() {
      return { 201: ownerInvitation };
    },
    problems: [409, 422],
  },
  'owners.suspend': {
    id: 'owners.suspend',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/owners/{userId}/suspend',
    function: 'tenants',
    summary: 'Suspend an Owner, unless they are the last one who is active',
    principal: 'platform-admin',
    permission: null,
    apiKeys: false,
    stepUp: 'always',
    rateClass: 'write',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: ownerParams,
    query: noQuery,
    body: z.strictObject({ reason: label }),
    get responses() {
      return { 200: owner };
    },
    problems: [409, 412, 422],
  },
  'owners.reactivate': {
    id: 'owners.reactivate',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/owners/{userId}/reactivate',
    function: 'tenants',
    summary: 'Reactivate a suspended Owner',
    principal: 'platform-admin',
    permission: null,
    apiKeys: false,
    stepUp: 'always',
    rateClass: 'write',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: ownerParams,
    query: noQuery,
    body: null,
    get responses() {
      return { 200: owner };
    },
    problems: [409, 412],
  },
  'owners.remove': {
    id: 'owners.remove',
    method: 'DELETE',
    path: '/v1/tenants/{tenantId}/owners/{userId}',
    function: 'tenants',
    summary: 'Remove an Owner, unless they are the last one who is active',
    principal: 'platform-admin',
    permission: null,
    apiKeys: false,
    stepUp: 'always',
    rateClass: 'write',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: ownerParams,
    query: noQuery,
    body: null,
    get responses() {
      return { 204: null };
    },
    problems: [412, 422],
  },
  'owners.resendInvitation': {
    id: 'owners.resendInvitation',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/owners/invitations/{invitationId}/resend',
    function: 'tenants',
    summary: 'Send the invitation of an Owner again: the 72 hours begin anew, and earlier mails open nothing any more',
    principal: 'platform-admin',
    permission: null,
    apiKeys: false,
    stepUp: 'always',
    rateClass: 'write',
    expensive: false,
    idempotency: 'required',
    creates: null,
    params: invitationParams,
    query: noQuery,
    body: null,
    get responses() {
      return { 200: ownerInvitation };
    },
    problems: [409, 412, 422],
  },
  'owners.revokeInvitation': {
    id: 'owners.revokeInvitation',
    method: 'DELETE',
    path: '/v1/tenants/{tenantId}/owners/invitations/{invitationId}',
    function: 'tenants',
    summary: 'Take back the invitation of an Owner',
    principal: 'platform-admin',
    permission: null,
    apiKeys: false,
    stepUp: 'always',
    rateClass: 'write',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: invitationParams,
    query: noQuery,
    body: null,
    get responses() {
      return { 204: null };
    },
    problems: [409, 412],
  },
});
