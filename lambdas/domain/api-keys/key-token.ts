import { createHash, timingSafeEqual } from 'node:crypto';

import type { Randomness } from '../../kernel/ids';
import { idPrefixes, isId } from '../../kernel/ids';

/** A key as a server presents it. What is kept of its secret is a hash: 256 random bits need no slow one. */
export interface PresentedKey {
  readonly tenant: string;
  readonly keyId: string;
  /** SHA-256 of the secret, base64url. */
  readonly secretHash: string;
}

const tokenPattern = /^chk_([0-9a-z]{20})_([0-9a-z]{20})_([A-Za-z0-9_-]{43})$/;

const secretBytes = 32;

/** A new secret, as text. It is shown once and kept nowhere. */
export function newKeySecret(randomness: Randomness): string {
  return Buffer.from(randomness.bytes(secretBytes)).toString('base64url');
}

/**
 * The whole key, `chk_<tenant>_<key>_<secret>`: the prefix lets scanners of leaked secrets find it, and the tenant in it lets
 * the edge refuse it on another tenant's paths without reading anything.
 */
export function keyToken(tenant: string, keyId: string, secret: string): string {
  return `chk_${bare(tenant)}_${bare(keyId)}_${secret}`;
}

/** Undefined when the text has not the form of a key. */
export function readKeyToken(token: string): PresentedKey | undefined {
  const [, tenantPart = '', keyPart = '', secret = ''] = tokenPattern.exec(token) ?? [];
  const tenant = `${idPrefixes.tenant}_${tenantPart}`;
  const keyId = `${idPrefixes.apiKey}_${keyPart}`;
  if (!isId('tenant', tenant) || !isId('apiKey', keyId)) return undefined;
  return { tenant, keyId, secretHash: keySecretHash(secret) };
}

export function keySecretHash(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** Constant time, of hashes of one length. */
export function isSameHash(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function bare(id: string): string {
  return id.slice(id.indexOf('_') + 1);
}
