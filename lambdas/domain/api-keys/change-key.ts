import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import type { ApiKey, ApiKeyEvent, RevocationReason } from './api-key';
import { keyStatus, stillOpen } from './api-key';
import { dayMs, decideKeyGrant } from './issue-key';
import type { KeyGrantRefusal, KeyIssuer, KeyLimits } from './issue-key';

/** How long an old secret may open beside its successor. */
export const maxOverlapSeconds = 7 * 24 * 60 * 60;

/** Secrets that may open a key at once: a rotation whose answer was lost is followed by another, but not for ever. */
export const maxOpenSecrets = 5;

export type ChangeKeyRefusal =
  | KeyGrantRefusal
  | { readonly reason: 'key-absent' }
  | { readonly reason: 'key-not-active'; readonly status: 'expired' | 'revoked' }
  | { readonly reason: 'too-many-secrets' }
  | { readonly reason: 'lives-too-long'; readonly maxLifetimeDays: number }
  | { readonly reason: 'allowlist-required' };

type Changed = Result<readonly ApiKeyEvent[], ChangeKeyRefusal>;

/**
 * A new secret. Every earlier one opens for `overlapSeconds` more at most; after none, the new one alone does. A key that was issued
 * before the policy became what it is, and could not be issued now, gets none.
 */
export function rotateKey(
  key: ApiKey | undefined,
  by: KeyIssuer,
  { hash, overlapSeconds, now }: { readonly hash: string; readonly overlapSeconds: number; readonly now: Date },
  { maxLifetimeDays, requireIpAllowlist }: KeyLimits,
): Changed {
  const active = activeKey(key, by, now);
  if (!active.ok) return active;
  const { createdAt, expiresAt, ipAllowlist } = active.value;
  if (Date.parse(expiresAt) - Date.parse(createdAt) > maxLifetimeDays * dayMs) {
    return err({ reason: 'lives-too-long', maxLifetimeDays });
  }
  if (requireIpAllowlist && ipAllowlist.length === 0) return err({ reason: 'allowlist-required' });
  const staying = overlapSeconds === 0 ? [] : stillOpen(active.value.secrets, now.toISOString());
  if (staying.length >= maxOpenSecrets) return err({ reason: 'too-many-secrets' });
  const earlierUntil = new Date(now.getTime() + overlapSeconds * 1000).toISOString();
  return ok([{ type: 'ApiKeyRotated', data: { hash, earlierUntil } }]);
}

/** Another name, another allowlist. What it may do never changes: that would be another key. */
export function changeKey(
  key: ApiKey | undefined,
  by: KeyIssuer,
  wish: { readonly name?: string | undefined; readonly ipAllowlist?: readonly string[] | undefined },
  limits: KeyLimits,
  now: Date,
): Changed {
  const active = activeKey(key, by, now);
  if (!active.ok) return active;
  const current = active.value;
  const { name, ipAllowlist } = wish;
  if (limits.requireIpAllowlist && ipAllowlist?.length === 0) return err({ reason: 'allowlist-required' });
  const isSameList = ipAllowlist === undefined || JSON.stringify(ipAllowlist) === JSON.stringify(current.ipAllowlist);
  const isSameName = name === undefined || name === current.name;
  if (isSameList && isSameName) return ok([]);
  return ok([
    {
      type: 'ApiKeyChanged',
      data: { ...(isSameName ? {} : { name }), ...(isSameList ? {} : { ipAllowlist: [...ipAllowlist] }) },
    },
  ]);
}

/** Holds from the next request. Whoever may manage keys may do it, whatever the key may do. To revoke it again changes nothing. */
export function revokeKey(key: ApiKey | undefined, reason: RevocationReason): Changed {
  if (key === undefined) return err({ reason: 'key-absent' });
  return ok(key.status === 'revoked' ? [] : [{ type: 'ApiKeyRevoked', data: { reason } }]);
}

function activeKey(key: ApiKey | undefined, by: KeyIssuer, now: Date): Result<ApiKey, ChangeKeyRefusal> {
  if (key === undefined) return err({ reason: 'key-absent' });
  const granted = decideKeyGrant(by, key.scopes);
  if (!granted.ok) return granted;
  const status = keyStatus(key, now);
  return status === 'active' ? ok(key) : err({ reason: 'key-not-active', status });
}
