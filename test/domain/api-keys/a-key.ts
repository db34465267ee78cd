import {
  apiKeyEntity,
  apiKeyStream,
  apiKeyViews,
  keySecretHash,
  keyToken,
  newKeySecret,
  readKeyToken,
} from '../../../lambdas/domain/api-keys';
import type { ApiKey, PresentedKey } from '../../../lambdas/domain/api-keys';
import type { ApiKeyEvent } from '../../../lambdas/domain/api-keys/api-key';
import { deriveId, systemRandomness } from '../../../lambdas/kernel/ids';
import type { ViewRecord } from '../../../lambdas/kernel/views';

export const tenant = deriveId('tenant', ['keys']);
export const keyId = deriveId('apiKey', ['one']);
export const start = new Date('2026-11-22T12:00:00.000Z');
export const stream = apiKeyStream(tenant, keyId);

export const limits = { maxLifetimeDays: 365, requireIpAllowlist: false };

export const after = (seconds: number): Date => new Date(start.getTime() + seconds * 1000);

/** A secret, the token that carries it, its hash and what the edge makes of it. */
export function aSecret() {
  const secret = newKeySecret(systemRandomness);
  const token = keyToken(tenant, keyId, secret);
  return { token, hash: keySecretHash(secret), presented: presented(token) };
}

export function presented(token: string): PresentedKey {
  const read = readKeyToken(token);
  if (read === undefined) throw new Error('no token');
  return read;
}

/** Events, and when. */
export type Happened = readonly [Date, readonly ApiKeyEvent[]];

/** The key after these events, each at its time. */
export function keyAfter(...happened: readonly Happened[]): ApiKey {
  let key: ApiKey | undefined;
  let version = 0;
  for (const [at, events] of happened) {
    version += 1;
    for (const event of events) {
      key = apiKeyEntity.evolve(key, event, { version, at: at.toISOString(), commandKey: undefined, stream });
    }
  }
  if (key === undefined) throw new Error('no key');
  return key;
}

/** What admission reads of it. */
export function recordOf(key: ApiKey): ViewRecord {
  const [view] = apiKeyViews(key, { stream, version: 1 });
  if (view === undefined) throw new Error('no view');
  return { version: 1, data: JSON.parse(JSON.stringify(view.data)) as Record<string, unknown> };
}
