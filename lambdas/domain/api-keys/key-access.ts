import * as z from 'zod';

import { isWithin } from '../../kernel/addresses';
import { InvariantViolation } from '../../kernel/invariant';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import type { ViewRecord } from '../../kernel/views';
import { keyScopes } from '../identity';
import type { KeyScope } from '../identity';
import type { KeyLimits } from './issue-key';
import { isSameHash } from './key-token';
import type { PresentedKey } from './key-token';

/** What admission needs of an API key: the view record of its stream. A time that cannot be read throws, and so opens nothing. */
const keyAccess = z.object({
  id: z.string(),
  status: z.enum(['active', 'revoked']),
  scopes: z.array(z.enum(keyScopes)),
  secrets: z.array(z.object({ hash: z.string(), until: z.iso.datetime().optional() })),
  expiresAt: z.iso.datetime(),
  ipAllowlist: z.array(z.string()),
});

export type KeyRefusal =
  | 'key-absent'
  | 'key-revoked'
  | 'key-expired'
  | 'secret-wrong'
  | 'address-not-allowed'
  /** The tenant's policy demands one, and the key is from before it did. */
  | 'allowlist-required';

/** The refusals of who had the right secret: somebody has the key, and not where or when they should. */
export const refusalsOfTheRightSecret: readonly KeyRefusal[] = [
  'key-expired',
  'address-not-allowed',
  'allowlist-required',
];

/**
 * Whether a presented key opens its tenant now, from this address. The reason is for the log; the caller is told none. `limits` are
 * those of the tenant's policy: they are asked for only once the secret is right.
 */
export function admitKey(
  record: ViewRecord | undefined,
  presented: PresentedKey,
  { now, ip }: { readonly now: Date; readonly ip: string | undefined },
  limits: () => Pick<KeyLimits, 'requireIpAllowlist'>,
): Result<{ readonly keyId: string; readonly permissions: readonly KeyScope[] }, KeyRefusal> {
  if (record === undefined) return err('key-absent');
  const key = keyAccess.parse(record.data);
  if (key.id !== presented.keyId) throw new InvariantViolation('the record of another key');
  const opens = key.secrets.some(
    ({ hash, until }) =>
      isSameHash(hash, presented.secretHash) && (until === undefined || now.getTime() < Date.parse(until)),
  );
  if (key.status === 'revoked') return err('key-revoked');
  if (!opens) return err('secret-wrong');
  if (now.getTime() >= Date.parse(key.expiresAt)) return err('key-expired');
  if (key.ipAllowlist.length > 0 && (ip === undefined || !isWithin(ip, key.ipAllowlist))) {
    return err('address-not-allowed');
  }
  if (key.ipAllowlist.length === 0 && limits().requireIpAllowlist) return err('allowlist-required');
  return ok({ keyId: key.id, permissions: key.scopes });
}
