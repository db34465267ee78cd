import * as z from 'zod';

import { isPermission, permissions, roles } from '../domain/identity/permissions';
import { idPattern } from '../kernel/ids';
import { currencies, isInUse, maxAmountMinor } from '../kernel/money';

/** The shapes that several routes share. */

export const tenantId = z
  .string()
  .regex(idPattern('tenant'))
  .meta({ description: 'Tenant id', example: 'ten_0123456789abcdefghjk' });

export const connectionId = z.string().regex(idPattern('connection'));

export const paymentId = z.string().regex(idPattern('payment'));

export const apiKeyId = z.string().regex(idPattern('apiKey'));

export const invitationId = z.string().regex(idPattern('invitation'));

/** A subject id of the user pool: a UUID. */
export const userId = z
  .string()
  .regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  .meta({ description: 'User id (the subject of their tokens)', example: '6f1e2d3c-0000-4000-8000-0123456789ab' });

export const tenantParams = z.strictObject({ tenantId });

export const noParams = z.strictObject({});

export const noQuery = z.strictObject({});

/** Lists: newest first, `limit` 1–100 (default 25), `cursor` from the answer before. */
export const listQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(25),
  cursor: z.string().min(1).max(1024).optional(),
});

export function listOf<T extends z.ZodType>(item: T) {
  return z.object({ data: z.array(item), nextCursor: z.string().nullable() });
}

export const currency = z
  .string()
  .length(3)
  .refine((code) => isInUse(code), { error: 'not an ISO 4217 currency with a minor unit, or one no longer in use' })
  .meta({ description: 'ISO 4217 alphabetic code', example: 'USD', enum: [...currencies] });

/** Money that moves: a positive integer of minor units. */
export const positiveMoney = z
  .strictObject({
    amount: z.int().min(1).max(maxAmountMinor).meta({ description: 'Minor units (ISO 4217 exponent)', example: 1099 }),
    currency,
  })
  .meta({ id: 'Money' });

/** Money as reported: zero is possible. */
export const money = z
  .object({ amount: z.int().min(-maxAmountMinor).max(maxAmountMinor), currency: z.string() })
  .meta({ id: 'MoneyAmount' });

/** A sum of what was reported: nothing bounds how much that is, and what is stored must be shown. */
export const moneySum = z
  .object({ amount: z.int().meta({ description: 'Minor units (ISO 4217 exponent)' }), currency: z.string() })
  .meta({ id: 'MoneySum' });

export const instant = z.iso.datetime().meta({ example: '2026-01-31T12:00:00.000Z' });

export const email = z.email().max(254);

export const role = z.enum(roles);

/** The role of somebody who is in a tenant: `super-admin` is a Super Admin who has broken the glass, for an hour. */
export const memberRole = z.enum([...roles, 'super-admin']);

export const permission = z.enum(permissions);

export const grantedPermissions = z
  .array(z.string().refine((text) => isPermission(text), { error: 'not a permission' }))
  .max(permissions.length)
  .meta({ description: 'Permissions; at most those of the role and of the granter', enum: [...permissions] });

/** A short text for people: no control characters. */
export const label = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u, { error: 'control characters are not allowed' });

/** A person's own words, which may have several lines. */
export const note = z
  .string()
  .min(1)
  .max(500)
  .regex(/^[^\p{Cs}]+$/u);

/** What a person shows for what they attest. `kinds` are those that fit what is attested. */
export function evidenceOf<const Kinds extends readonly string[]>(kinds: Kinds) {
  return z.strictObject({
    kind: z.enum(kinds),
    reference: label.meta({ description: 'Where it can be found: number of the statement, name of the report' }),
    note: note.optional(),
    documentSha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional()
      .meta({
        description: 'SHA-256 of the document, in hexadecimal, so that it can be told later whether it is the same',
      }),
  });
}
