import type { RateLimit } from '../../kernel/rate-limit';

/**
 * What one network address may do, whoever sends from it: guessing at the factors and tokens of many people, and keys that no
 * admission has verified yet. Behind one address may be a whole office, so these are wider than the limits of one person. They
 * belong to no tenant's policy: where they count, no tenant is known.
 */
export const addressLimits = {
  mfa: { name: 'ip-mfa', burst: 300, intervalMs: 200 },
  'sign-in': { name: 'ip-sign-in', burst: 300, intervalMs: 200 },
  server: { name: 'ip-server', burst: 300, intervalMs: 100 },
} as const satisfies Readonly<Record<string, RateLimit>>;
