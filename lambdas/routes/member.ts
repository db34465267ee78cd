import * as z from 'zod';

import { instant, memberRole, permission, tenantId } from './schemas';

/** A member of a tenant, as several routes show them. */
export const member = z
  .object({
    userId: z.string(),
    tenantId,
    role: memberRole,
    permissions: z.array(permission),
    status: z.enum(['active', 'suspended', 'removed']),
    suspendedReason: z.string().optional(),
    createdAt: instant,
    until: instant.optional().meta({ description: 'When the place of a guest ends' }),
    version: z.int(),
  })
  .meta({ id: 'Member' });
