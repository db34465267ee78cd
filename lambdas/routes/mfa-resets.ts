import * as z from 'zod';

import { defineRoutes } from './route';
import { noQuery, tenantId, userId } from './schemas';

/** How the person was identified before their factors are taken away, e.g. the number of a case. It is kept in the audit log. */
const evidence = z
  .string()
  .min(10)
  .max(500)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u, { error: 'control characters are not allowed' })
  .meta({
    description: 'How the person was identified: a reference, and no personal data',
    example: 'Called back on the number on file, case 4711',
  });

export const mfaResetsRoutes = defineRoutes({
  'members.mfaReset': {
    id: 'members.mfaReset',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/members/{userId}/mfa-reset',
    function: 'mfa-resets',
    summary: 'Take all second factors of a member away, who counts in no other tenant',
    principal: 'tenant-member',
    permission: 'members:manage',
    apiKeys: false,
    stepUp: 'always',
    rateClass: 'mfa',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: z.strictObject({ tenantId, userId }),
    query: noQuery,
    body: z.strictObject({ evidence }),
    responses: { 204: null },
    problems: [409],
  },
  'platform.mfaReset': {
    id: 'platform.mfaReset',
    method: 'POST',
    path: '/v1/platform/users/{userId}/mfa-reset',
    function: 'mfa-resets',
    summary: 'Take all second factors of a person away, who is no Super Admin',
    principal: 'platform-admin',
    permission: null,
    apiKeys: false,
    stepUp: 'always',
    rateClass: 'mfa',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: z.strictObject({ userId }),
    query: noQuery,
    body: z.strictObject({ evidence }),
    responses: { 204: null },
    problems: [409],
  },
});
