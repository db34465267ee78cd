import * as z from 'zod';

import { defineRoutes } from './route';
import { instant, noQuery, tenantParams, userId } from './schemas';

export const ownershipTransfer = z
  .object({
    from: z.string(),
    to: z.string(),
    status: z.enum(['pending', 'accepted', 'withdrawn', 'expired']),
    offeredAt: instant,
    expiresAt: instant,
    version: z.int(),
  })
  .meta({ id: 'OwnershipTransfer' });

const place = {
  path: '/v1/tenants/{tenantId}/ownership-transfer',
  function: 'members',
  principal: 'tenant-member',
  apiKeys: false,
  expensive: false,
  creates: null,
  params: tenantParams,
  query: noQuery,
} as const;

/** An Owner hands their own place to another member, in two steps. No policy waives the second factor of either. */
export const ownershipRoutes = defineRoutes({
  'ownership.offer': {
    ...place,
    id: 'ownership.offer',
    method: 'POST',
    summary: 'Offer your ownership to a member, who has 72 hours to accept it',
    permission: 'members:manage',
    stepUp: 'always',
    rateClass: 'write',
    idempotency: 'required',
    body: z.strictObject({ userId }),
    get responses() {
      return { 201: ownershipTransfer };
    },
    problems: [409, 422],
  },
  'ownership.get': {
    ...place,
    id: 'ownership.get',
    method: 'GET',
    summary: 'Read the latest transfer of ownership',
    permission: 'tenant:read',
    stepUp: null,
    rateClass: 'read',
    idempotency: 'none',
    body: null,
    get responses() {
      return { 200: ownershipTransfer };
    },
    problems: [],
  },
  'ownership.withdraw': {
    ...place,
    id: 'ownership.withdraw',
    method: 'DELETE',
    summary: 'Take your offer of ownership back',
    permission: 'members:manage',
    stepUp: 'always',
    rateClass: 'write',
    idempotency: 'none',
    body: null,
    responses: { 204: null },
    problems: [409, 412],
  },
  'ownership.accept': {
    ...place,
    id: 'ownership.accept',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/ownership-transfer/accept',
    summary: 'Accept the ownership that was offered to you: you become Owner, and who offered it an Admin',
    permission: 'tenant:read',
    stepUp: 'always',
    rateClass: 'write',
    idempotency: 'none',
    body: null,
    get responses() {
      return { 200: ownershipTransfer };
    },
    problems: [409, 422],
  },
});
