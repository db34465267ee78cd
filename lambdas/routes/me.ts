import * as z from 'zod';

import { passkey, passkeysRoutes } from './me-passkeys';
import { defineRoutes } from './route';
import { instant, memberRole, noParams, noQuery, permission, tenantId } from './schemas';

const totpCode = z
  .string()
  .regex(/^\d{6}$/, { error: 'six digits' })
  .meta({ example: '123456' });

const recoveryCode = z
  .string()
  .min(24)
  .max(40)
  .regex(/^[0-9A-Za-z -]+$/, { error: 'letters, digits, hyphens and spaces' })
  .meta({ example: '01a2b3-c4d5e6-f7g8h9-jkmnpq' });

const verified = z.object({ verifiedAt: instant, expiresAt: instant });

export const meRoutes = defineRoutes({
  'me.get': {
    id: 'me.get',
    method: 'GET',
    path: '/v1/me',
    function: 'me',
    summary: 'Who the caller is: memberships, second factor, step-up of this session',
    principal: 'signed-in',
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
    responses: {
      200: z
        .object({
          userId: z.string(),
          platformAdmin: z.boolean(),
          memberships: z.array(
            z.object({ tenantId, role: memberRole, permissions: z.array(permission), status: z.string() }),
          ),
          mfa: z.object({
            totp: z.enum(['none', 'pending', 'active']),
            passkeys: z.array(passkey),
            recoveryCodesLeft: z.int().min(0),
          }),
          stepUp: z.object({ verifiedAt: instant.nullable(), expiresAt: instant.nullable() }),
        })
        .meta({ id: 'Me' }),
    },
    problems: [],
  },
  'me.totp.enrol': {
    id: 'me.totp.enrol',
    method: 'POST',
    path: '/v1/me/mfa/totp',
    function: 'me',
    summary:
      'Begin to enrol an authenticator app: its secret is shown once; confirm it within 15 minutes. Where a factor is active, step up first',
    principal: 'signed-in',
    permission: null,
    apiKeys: false,
    stepUp: 'once-enrolled',
    rateClass: 'mfa',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: noParams,
    query: noQuery,
    body: null,
    responses: {
      201: z
        .object({
          otpauthUri: z.string().meta({ description: 'otpauth:// key URI for an authenticator app' }),
          secret: z.string().meta({ description: 'The same secret in base 32, for typing' }),
          qrCode: z.string().meta({ description: 'The URI as a QR code: data URL of an SVG image' }),
          expiresAt: instant,
        })
        .meta({ id: 'TotpEnrolment' }),
    },
    problems: [],
  },
  'me.totp.confirm': {
    id: 'me.totp.confirm',
    method: 'POST',
    path: '/v1/me/mfa/totp/confirm',
    function: 'me',
    summary:
      'Confirm the enrolment with a first code: it takes the place of an earlier app, and the session counts as stepped up',
    principal: 'signed-in',
    permission: null,
    apiKeys: false,
    stepUp: 'once-enrolled',
    rateClass: 'mfa',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: noParams,
    query: noQuery,
    body: z.strictObject({ code: totpCode }),
    get responses() {
      return { 200: z.object({ totp: z.literal('active'), stepUpExpiresAt: instant }) };
    },
    problems: [409, 422],
  },
  'me.totp.remove': {
    id: 'me.totp.remove',
    method: 'DELETE',
    path: '/v1/me/mfa/totp',
    function: 'me',
    summary: 'Remove the authenticator app; a passkey must stay',
    principal: 'signed-in',
    permission: null,
    apiKeys: false,
    stepUp: 'always',
    rateClass: 'mfa',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: noParams,
    query: noQuery,
    body: null,
    responses: { 204: null },
    problems: [409],
  },
  'me.mfa.verify': {
    id: 'me.mfa.verify',
    method: 'POST',
    path: '/v1/me/mfa/verify',
    function: 'me',
    summary: 'Verify a code, or a recovery code: this session may use step-up routes until the window ends',
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
    body: z.union([z.strictObject({ code: totpCode }), z.strictObject({ recoveryCode })]),
    get responses() {
      return { 200: verified };
    },
    problems: [409, 422],
  },
  'me.recoveryCodes.make': {
    id: 'me.recoveryCodes.make',
    method: 'POST',
    path: '/v1/me/mfa/recovery-codes',
    function: 'me',
    summary: 'Make ten recovery codes, each for one use: they are shown once, and earlier ones are void',
    principal: 'signed-in',
    permission: null,
    apiKeys: false,
    stepUp: 'always',
    rateClass: 'mfa',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: noParams,
    query: noQuery,
    body: null,
    get responses() {
      return { 201: z.object({ recoveryCodes: z.array(z.string()) }).meta({ id: 'RecoveryCodes' }) };
    },
    problems: [409],
  },
  ...passkeysRoutes,
});
