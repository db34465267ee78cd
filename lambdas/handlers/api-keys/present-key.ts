import { keyStatus } from '../../domain/api-keys';
import type { KeyUse, ListedKey } from '../../domain/api-keys';

/** A key as the API shows it. Never its hashes; its secret is added where it was just made. */
export function presentKey(key: ListedKey, version: number, use: KeyUse | undefined, now: Date) {
  const { id, tenantId, name, scopes, ipAllowlist, expiresAt, issuedBy, createdAt, rotatedAt, revokedAt } = key;
  return {
    id,
    tenantId,
    name,
    status: keyStatus(key, now),
    scopes: [...scopes],
    ipAllowlist: [...ipAllowlist],
    expiresAt,
    issuedBy,
    createdAt,
    rotatedAt: rotatedAt ?? null,
    revokedAt: revokedAt ?? null,
    lastUsedAt: use?.at ?? null,
    lastUsedFrom: use?.ip ?? null,
    version,
  };
}
