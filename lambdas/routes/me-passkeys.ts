import * as z from 'zod';

import { idPattern } from '../kernel/ids';
import { defineRoutes } from './route';
import { instant, label, noParams, noQuery } from './schemas';

export const passkey = z.object({ id: z.string(), name: z.string(), createdAt: instant }).meta({ id: 'Passkey' });

const base64url = (maxLength: number) =>
  z
    .string()
    .min(1)
    .max(maxLength)
    .regex(/^[A-Za-z0-9_-]+$/, { error: 'not base64url' });

/** At most 1023 bytes [Web Authentication, section 4: credential ID]. */
const credentialId = base64url(1364);

/**
 * What `PublicKeyCredential.toJSON()` gives. Browsers put ever more into it, so the fields that are not used are dropped, where
 * elsewhere they would be refused.
 */
const credentialOf = <T extends z.ZodType>(response: T) =>
  z.object({ id: credentialId, rawId: credentialId, type: z.literal('public-key'), response });

const registration = credentialOf(
  z.object({
    clientDataJSON: base64url(4_096),
    attestationObject: base64url(16_384),
    transports: z
      .array(z.string().regex(/^[a-z-]{1,20}$/))
      .max(10)
      .optional(),
  }),
);

const assertion = credentialOf(
  z.object({
    clientDataJSON: base64url(4_096),
    authenticatorData: base64url(4_096),
    signature: base64url(4_096),
    userHandle: base64url(128).nullish(),
  }),
);

const descriptor = z.object({ type: z.literal('public-key'), id: z.string(), transports: z.array(z.string()) });

export const passkeysRoutes = defineRoutes({
  'me.passkeys.options': {
    id: 'me.passkeys.options',
    method: 'POST',
    path: '/v1/me/mfa/passkeys/options',
    function: 'me',
    summary:
      'Begin to register a passkey: options for navigator.credentials.create(). Where a factor is active, step up first',
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
    get responses() {
      return {
        200: z
          .object({
            rp: z.object({ id: z.string(), name: z.string() }),
            user: z.object({ id: z.string(), name: z.string(), displayName: z.string() }),
            challenge: z.string(),
            pubKeyCredParams: z.array(z.object({ type: z.literal('public-key'), alg: z.int() })),
            timeout: z.int(),
            excludeCredentials: z.array(descriptor),
            authenticatorSelection: z.object({ residentKey: z.string(), userVerification: z.string() }),
            attestation: z.literal('none'),
          })
          .meta({ id: 'PasskeyCreationOptions' }),
      };
    },
    problems: [409],
  },
  'me.passkeys.register': {
    id: 'me.passkeys.register',
    method: 'POST',
    path: '/v1/me/mfa/passkeys',
    function: 'me',
    summary: 'Register the passkey that was made with the options of this session',
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
    body: z.strictObject({ name: label, credential: registration }),
    get responses() {
      return { 201: passkey };
    },
    problems: [409, 422],
  },
  'me.passkeys.remove': {
    id: 'me.passkeys.remove',
    method: 'DELETE',
    path: '/v1/me/mfa/passkeys/{passkeyId}',
    function: 'me',
    summary: 'Remove a passkey; another factor must stay',
    principal: 'signed-in',
    permission: null,
    apiKeys: false,
    stepUp: 'always',
    rateClass: 'mfa',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: z.strictObject({ passkeyId: z.string().regex(idPattern('passkey')) }),
    query: noQuery,
    body: null,
    responses: { 204: null },
    problems: [409],
  },
  'me.passkeys.verifyOptions': {
    id: 'me.passkeys.verifyOptions',
    method: 'POST',
    path: '/v1/me/mfa/passkeys/verify/options',
    function: 'me',
    summary: 'Begin to verify a passkey: options for navigator.credentials.get()',
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
    get responses() {
      return {
        200: z
          .object({
            challenge: z.string(),
            rpId: z.string(),
            timeout: z.int(),
            userVerification: z.string(),
            allowCredentials: z.array(descriptor),
          })
          .meta({ id: 'PasskeyRequestOptions' }),
      };
    },
    problems: [409],
  },
  'me.passkeys.verify': {
    id: 'me.passkeys.verify',
    method: 'POST',
    path: '/v1/me/mfa/passkeys/verify',
    function: 'me',
    summary: 'Verify a passkey: this session may use step-up routes until the window ends',
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
    body: z.strictObject({ credential: assertion }),
    get responses() {
      return { 200: z.object({ verifiedAt: instant, expiresAt: instant }) };
    },
    problems: [409, 422],
  },
});
