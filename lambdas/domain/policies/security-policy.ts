import type { SetOf, ValuesOf } from './fields';
import { addresses, atLeast, atMost, flag, origins, platformsAlone, unread, valuesOf } from './fields';

/** `burst` requests at once, and one more every `intervalMs`. */
function rate(burst: number, intervalMs: number) {
  return {
    burst: atMost({ initial: burst, min: 1, max: 10_000 }),
    intervalMs: atLeast({ initial: intervalMs, min: 1, max: 60_000 }),
  };
}

/** What guesses at factors and tokens: no policy can let it run free. */
function guessRate(burst: number, intervalMs: number) {
  return {
    burst: atMost({ initial: burst, min: 1, max: 100 }),
    intervalMs: atLeast({ initial: intervalMs, min: 200, max: 60_000 }),
  };
}

/**
 * What one network address may do, whoever sends from it. A whole office may be behind one, so it is wider than the limit of one
 * person, and cannot be so narrow that nobody there gets to change it.
 */
function addressRate(burst: number, intervalMs: number) {
  return {
    burst: platformsAlone(atMost({ initial: burst, min: 10, max: 1_000 })),
    intervalMs: platformsAlone(atLeast({ initial: intervalMs, min: 20, max: 10_000 })),
  };
}

const daysKept = (initial: number, min: number, max: number) => unread(atMost({ initial, min, max }));

/**
 * Every field of a security policy: its type, hard bounds, default and what it means to tighten it. Schemas, defaults, the
 * effective policy and where its values come from are all made of this table.
 */
export const policyFields = {
  /** Which actions need a second factor verified in this session within the window; `SignIn`: any at all. */
  require2faFor: {
    SignIn: flag(false),
    Payments: flag(false),
    Refunds: flag(true),
    Settlements: flag(true),
    Members: flag(true),
    ProviderCredentials: flag(true),
    Policy: flag(true),
    Exports: unread(flag(true)),
    Redrive: flag(true),
  },
  /** How long a verified second factor holds for the actions that need one. */
  stepUpWindowSeconds: atMost({ initial: 600, min: 30, max: 86_400 }),
  /** How old a sign-in may be; beyond it, the person signs in again. */
  sessionMaxAgeSeconds: atMost({ initial: 43_200, min: 300, max: 86_400 }),
  /** Burst and steady rate of each class of routes, for each caller. */
  rateLimits: {
    read: rate(200, 50),
    write: rate(60, 500),
    money: rate(100, 100),
    mfa: guessRate(20, 3_000),
    'sign-in': guessRate(20, 3_000),
    public: rate(100, 100),
  },
  /** The same for all callers of a tenant together. Functions take from them in blocks that live the longer, the slower they refill. */
  tenantRateLimits: {
    read: rate(1_000, 20),
    write: rate(300, 100),
    money: rate(600, 50),
  },
  /**
   * The same for all requests from one network address, where no tenant is known: tries at the factors and tokens of many people,
   * and API keys that no admission has verified yet.
   */
  addressRateLimits: {
    mfa: addressRate(300, 200),
    'sign-in': addressRate(300, 200),
    server: addressRate(300, 100),
  },
  /** Requests of a tenant that may read much at once. */
  expensiveConcurrency: atMost({ initial: 5, min: 1, max: 50 }),
  /** Origins whose pages may read answers. */
  allowedOrigins: origins(),
  /** Where people may come from. */
  consoleIpAllowlist: addresses(),
  exportLimits: {
    maxRows: unread(atMost({ initial: 100_000, min: 1, max: 1_000_000 })),
    maxPerDay: unread(atMost({ initial: 20, min: 1, max: 200 })),
  },
  /** How long is kept what need not be kept. The journal and its audit log are not among it. */
  retentionDays: {
    webhookEvents: daysKept(400, 30, 3_660),
    notifications: daysKept(90, 7, 400),
    exports: daysKept(7, 1, 90),
    personalData: daysKept(3_650, 30, 3_660),
  },
  apiKeys: {
    maxLifetimeDays: atMost({ initial: 365, min: 1, max: 730 }),
    requireIpAllowlist: flag(false),
  },
} as const;

/** What holds, every value of it. */
export type SecurityPolicy = ValuesOf<typeof policyFields>;

/** What one side, the platform or a tenant, has set. */
export type OwnPolicy = SetOf<typeof policyFields>;

/** The actions for which a fresh second factor may be demanded: the suffixes of the `require2faFor…` flags. */
export type StepUpPurpose = keyof typeof policyFields.require2faFor;

export const stepUpPurposes = namesOf(policyFields.require2faFor);

/** How dear a route is, and what happens when the limiter's store fails: `money`, `mfa`, `sign-in` and `public` fail closed. */
export type RateClass = keyof typeof policyFields.rateLimits;

export const rateClasses = namesOf(policyFields.rateLimits);

/** What holds until a policy says otherwise. */
export const defaultSecurityPolicy: SecurityPolicy = valuesOf(policyFields, ({ field }) => field.initial);

/**
 * What a store failure of the limiter means for a route of this class. Money, second factors and sign-in must never be
 * unmetered. Neither may what anyone can call: behind a public route stands no other guard. Members' reads stay open.
 */
export function failsClosed(rateClass: RateClass): boolean {
  return rateClass === 'money' || rateClass === 'mfa' || rateClass === 'sign-in' || rateClass === 'public';
}

function namesOf<T extends object>(table: T): readonly (keyof T & string)[];
function namesOf(table: object): readonly string[] {
  return Object.keys(table);
}
