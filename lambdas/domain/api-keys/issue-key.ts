import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import { keyScopes } from '../identity';
import type { KeyScope, Membership } from '../identity';
import type { ApiKeyEvent } from './api-key';

/** Who issues a key, or does what comes to the same: a member, with what they hold. */
export type KeyIssuer = Pick<Membership, 'userId' | 'role' | 'permissions'>;

export interface KeyWish {
  readonly name: string;
  readonly scopes: readonly KeyScope[];
  readonly ipAllowlist: readonly string[];
  readonly expiresAt: string;
}

/** What the tenant's policy says of keys. */
export interface KeyLimits {
  readonly maxLifetimeDays: number;
  readonly requireIpAllowlist: boolean;
}

export type KeyGrantRefusal =
  /** More than the issuer holds. */
  | { readonly reason: 'beyond-own'; readonly scopes: readonly KeyScope[] }
  /** A guest's authority ends within the hour; a key would stay. */
  | { readonly reason: 'guest' };

export type IssueKeyRefusal =
  | KeyGrantRefusal
  | { readonly reason: 'expiry-past' }
  | { readonly reason: 'expiry-too-late'; readonly maxLifetimeDays: number }
  | { readonly reason: 'allowlist-required' };

export const dayMs = 24 * 60 * 60 * 1000;

/**
 * Whether a member may hand out these scopes. The same is asked of whoever rotates or changes a key: a new secret of a key, or a
 * way around its allowlist, is worth as much as the key.
 */
export function decideKeyGrant(issuer: KeyIssuer, scopes: readonly KeyScope[]): Result<undefined, KeyGrantRefusal> {
  if (issuer.role === 'super-admin') return err({ reason: 'guest' });
  const beyond = scopes.filter((scope) => !issuer.permissions.includes(scope));
  return beyond.length > 0 ? err({ reason: 'beyond-own', scopes: beyond }) : ok(undefined);
}

/** Decides a new key. `hash` is of its secret, which the caller has made and shows once. */
export function issueKey(
  issuer: KeyIssuer,
  wish: KeyWish,
  limits: KeyLimits,
  hash: string,
  now: Date,
): Result<readonly ApiKeyEvent[], IssueKeyRefusal> {
  const granted = decideKeyGrant(issuer, wish.scopes);
  if (!granted.ok) return granted;
  const expiresAtMs = Date.parse(wish.expiresAt);
  // Not the other way round: a time that cannot be read compares to nothing.
  if (!(expiresAtMs > now.getTime())) return err({ reason: 'expiry-past' });
  const { maxLifetimeDays } = limits;
  if (expiresAtMs > now.getTime() + maxLifetimeDays * dayMs) return err({ reason: 'expiry-too-late', maxLifetimeDays });
  if (limits.requireIpAllowlist && wish.ipAllowlist.length === 0) return err({ reason: 'allowlist-required' });
  return ok([
    {
      type: 'ApiKeyIssued',
      data: {
        name: wish.name,
        scopes: keyScopes.filter((scope) => wish.scopes.includes(scope)),
        ipAllowlist: [...wish.ipAllowlist],
        expiresAt: new Date(expiresAtMs).toISOString(),
        hash,
        issuedBy: issuer.userId,
      },
    },
  ]);
}
