import * as z from 'zod';

import type { ProviderName } from './provider';

/**
 * What each provider's API is opened with, by the names under which the store of secrets keeps it and the adapters read it. Values
 * are bounded to the characters that providers use, since some become part of a header or of a host's name.
 */

const printable = (most: number) =>
  z
    .string()
    .regex(new RegExp(`^[\\x21-\\x7e]{8,${String(most)}}$`), { error: 'visible ASCII characters without spaces' })
    .meta({ writeOnly: true });

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$/, { error: 'letters, digits, dots and hyphens' });

export const credentialsSchemas = {
  sandbox: z.strictObject({
    apiKey: z
      .string()
      .regex(/^sk_sandbox_[A-Za-z0-9]{16,64}$/, { error: 'sk_sandbox_ and 16 to 64 letters or digits' })
      .meta({ writeOnly: true }),
  }),
  /** A secret or a restricted key [Stripe: API keys]. */
  stripe: z.strictObject({
    apiKey: z
      .string()
      .regex(/^(?:sk|rk)_(?:test|live)_[A-Za-z0-9]{10,247}$/, { error: 'sk_test_…, sk_live_…, rk_test_… or rk_live_…' })
      .meta({ writeOnly: true }),
  }),
  /** `liveUrlPrefix` names the merchant's own live endpoints [Adyen: live endpoints]; the report user fetches settlement reports. */
  adyen: z
    .strictObject({
      apiKey: printable(512),
      merchantAccount: name,
      environment: z.enum(['test', 'live']),
      liveUrlPrefix: z
        .string()
        .regex(/^[A-Za-z0-9]{1,40}(?:-[A-Za-z0-9]{1,60})?$/, {
          error: 'the prefix alone, such as 1797a841fbb37ca7-AdyenDemo',
        })
        .exactOptional(),
      reportUser: z
        .string()
        .regex(/^[A-Za-z0-9@._-]{3,120}$/)
        .exactOptional(),
      reportPassword: printable(200).exactOptional(),
    })
    .refine(({ environment, liveUrlPrefix }) => environment === 'test' || liveUrlPrefix !== undefined, {
      path: ['liveUrlPrefix'],
      error: 'needed for the live environment',
    })
    .refine(({ reportUser, reportPassword }) => (reportUser === undefined) === (reportPassword === undefined), {
      path: ['reportPassword'],
      error: 'the report user and its password come together',
    }),
  paypal: z.strictObject({
    clientId: printable(200),
    clientSecret: printable(200),
    environment: z.enum(['sandbox', 'live']),
  }),
} as const satisfies Record<ProviderName, z.ZodType<Readonly<Record<string, string | undefined>>>>;

export type Credentials = Readonly<Record<string, string>>;

/** Reads credentials of a provider; undefined where they are another's or none. */
export function readCredentials(provider: ProviderName, value: unknown): Credentials | undefined {
  const read = credentialsSchemas[provider].safeParse(value);
  if (!read.success) return undefined;
  return Object.fromEntries(
    Object.entries<string | undefined>(read.data).flatMap(([field, text]) =>
      text === undefined ? [] : [[field, text] as const],
    ),
  );
}

/** The forms of what deliveries are checked against. */
const webhookSecretForms: Readonly<Record<ProviderName, RegExp>> = {
  sandbox: /^whsec_[A-Za-z0-9+/]{32,100}={0,2}$/,
  stripe: /^whsec_[A-Za-z0-9+/=_-]{24,250}$/,
  // An HMAC key: 32 bytes in hexadecimal [Adyen: HMAC signatures].
  adyen: /^[0-9A-Fa-f]{64}$/,
  // No secret, but what a delivery's signature is bound to [PayPal: webhook id].
  paypal: /^[A-Z0-9]{10,50}$/,
};

export function isWebhookSecret(provider: ProviderName, text: string): boolean {
  return webhookSecretForms[provider].test(text);
}

/**
 * Whether two credentials of one provider open the same account, as far as they tell: Adyen's name the merchant account, and an app of
 * PayPal's belongs to one account [PayPal: apps and credentials], while another app may be of the same.
 */
export function compareAccounts(provider: ProviderName, one: Credentials, other: Credentials): Sameness {
  switch (provider) {
    case 'adyen':
      return one.merchantAccount === other.merchantAccount ? 'same' : 'different';
    case 'paypal':
      return one.clientId === other.clientId ? 'same' : 'unknown';
    case 'sandbox':
    case 'stripe':
      return one.apiKey === other.apiKey ? 'same' : 'unknown';
  }
}

export type Sameness = 'same' | 'different' | 'unknown';

export type ProviderMode = 'test' | 'live';

/** Whether they move real money. */
export function modeOf(provider: ProviderName, credentials: Credentials): ProviderMode {
  switch (provider) {
    case 'sandbox':
      return 'test';
    case 'stripe':
      return /^(?:sk|rk)_live_/.test(credentials.apiKey ?? '') ? 'live' : 'test';
    case 'adyen':
    case 'paypal':
      return credentials.environment === 'live' ? 'live' : 'test';
  }
}
