import type { RateLimit } from '../../kernel/rate-limit';

/** The actions for which a tenant may demand a fresh second factor: the suffixes of its `require2faFor…` flags. */
export const stepUpPurposes = [
  'SignIn',
  'Payments',
  'Refunds',
  'Settlements',
  'Members',
  'ProviderCredentials',
  'Policy',
  'Exports',
  'Redrive',
] as const;

export type StepUpPurpose = (typeof stepUpPurposes)[number];

/** How dear a route is, and what happens when the limiter's store fails: `money`, `mfa`, `sign-in` and `public` fail closed. */
export const rateClasses = ['read', 'write', 'money', 'mfa', 'sign-in', 'public'] as const;

export type RateClass = (typeof rateClasses)[number];

export interface SecurityPolicy {
  /** Which actions need a second factor verified in this session within the window. */
  readonly require2faFor: Readonly<Record<StepUpPurpose, boolean>>;
  /** How long a verified second factor holds, in seconds. */
  readonly stepUpWindowSeconds: number;
  /** Burst and steady rate of each route class, per caller. */
  readonly rateLimits: Readonly<Record<RateClass, RateLimit>>;
}

/** The platform's defaults: what holds until a policy says otherwise. */
export const defaultSecurityPolicy: SecurityPolicy = {
  require2faFor: {
    SignIn: false,
    Payments: false,
    Refunds: true,
    Settlements: true,
    Members: true,
    ProviderCredentials: true,
    Policy: true,
    Exports: true,
    Redrive: true,
  },
  stepUpWindowSeconds: 600,
  rateLimits: {
    read: { name: 'read', burst: 200, intervalMs: 50 },
    write: { name: 'write', burst: 60, intervalMs: 500 },
    money: { name: 'money', burst: 100, intervalMs: 100 },
    mfa: { name: 'mfa', burst: 20, intervalMs: 3_000 },
    'sign-in': { name: 'sign-in', burst: 20, intervalMs: 3_000 },
    public: { name: 'public', burst: 100, intervalMs: 100 },
  },
};

/**
 * What a store failure of the limiter means for a route of this class. Money, second factors and sign-in must never be
 * unmetered. Neither may what anyone can call: behind a public route stands no other guard. Members' reads stay open.
 */
export function failsClosed(rateClass: RateClass): boolean {
  return rateClass === 'money' || rateClass === 'mfa' || rateClass === 'sign-in' || rateClass === 'public';
}
