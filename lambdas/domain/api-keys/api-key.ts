import * as z from 'zod';

import type { Entity, Head } from '../../kernel/entity';
import { InvariantViolation } from '../../kernel/invariant';
import type { StreamId, ViewWrite } from '../../kernel/journal';
import { keyScopes } from '../identity';
import type { KeyScope } from '../identity';

/** A key with which a tenant's own servers call the API. It belongs to the tenant, and stays when whoever issued it leaves. */
export interface ApiKey {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly status: 'active' | 'revoked';
  /** What it may do, each named: nothing is implied by anything. */
  readonly scopes: readonly KeyScope[];
  /** Hashes that open it: one, and while rotations overlap those before it. `until` is when one stops. */
  readonly secrets: readonly KeySecret[];
  readonly expiresAt: string;
  /** CIDR blocks; empty: from anywhere. */
  readonly ipAllowlist: readonly string[];
  /** Subject id of the member under whose authority it was made. */
  readonly issuedBy: string;
  readonly createdAt: string;
  readonly rotatedAt?: string;
  readonly revokedAt?: string;
}

export interface KeySecret {
  readonly hash: string;
  readonly until?: string;
}

export const revocationReasons = ['no-longer-needed', 'leaked', 'other'] as const;

export type RevocationReason = (typeof revocationReasons)[number];

const apiKeyEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('ApiKeyIssued'),
    data: z.object({
      name: z.string(),
      scopes: z.array(z.enum(keyScopes)).min(1).readonly(),
      ipAllowlist: z.array(z.string()).readonly(),
      expiresAt: z.string(),
      hash: z.string(),
      issuedBy: z.string(),
    }),
  }),
  /** Every earlier secret stops at `earlierUntil` at the latest. */
  z.object({ type: z.literal('ApiKeyRotated'), data: z.object({ hash: z.string(), earlierUntil: z.string() }) }),
  z.object({
    type: z.literal('ApiKeyChanged'),
    data: z.object({ name: z.string().optional(), ipAllowlist: z.array(z.string()).readonly().optional() }),
  }),
  z.object({ type: z.literal('ApiKeyRevoked'), data: z.object({ reason: z.enum(revocationReasons) }) }),
]);

export type ApiKeyEvent = z.output<typeof apiKeyEvent>;

export const apiKeyEntity: Entity<ApiKey, ApiKeyEvent> = {
  kind: 'api-key',
  parseEvent: (event) => apiKeyEvent.parse(event),
  evolve: (key, event, { at, stream }) => {
    if (event.type === 'ApiKeyIssued') {
      if (key !== undefined) throw new InvariantViolation('an API key is issued once');
      if (stream.owner === 'platform') throw new InvariantViolation('an API key belongs to a tenant');
      const { hash, ...rest } = event.data;
      return {
        id: stream.id,
        tenantId: stream.owner.tenant,
        status: 'active',
        secrets: [{ hash }],
        createdAt: at,
        ...rest,
      };
    }
    if (key === undefined) throw new InvariantViolation('an API key is issued first');
    switch (event.type) {
      case 'ApiKeyRotated': {
        const { hash, earlierUntil } = event.data;
        return { ...key, secrets: [...stillOpen(closedBy(key.secrets, earlierUntil), at), { hash }], rotatedAt: at };
      }
      case 'ApiKeyChanged': {
        const { name = key.name, ipAllowlist = key.ipAllowlist } = event.data;
        return { ...key, name, ipAllowlist };
      }
      case 'ApiKeyRevoked':
        // With no hash left, nothing can open it again, whatever else is said of it.
        return { ...key, status: 'revoked', secrets: [], revokedAt: at };
    }
  },
  audited: ({ name, status, scopes, ipAllowlist, expiresAt, secrets }) => ({
    name,
    status,
    scopes,
    ipAllowlist,
    expiresAt,
    openSecrets: secrets.length,
  }),
  immediateViews: apiKeyViews,
};

export function apiKeyStream(tenant: string, keyId: string): StreamId {
  return { owner: { tenant }, kind: apiKeyEntity.kind, id: keyId };
}

/** The record that admission reads and lists show. It is written with the commit, so that a revocation holds at once. */
export function apiKeyViews(key: ApiKey, { stream, version }: Head): readonly ViewWrite[] {
  return [{ type: 'record', entity: stream, version, data: key, listed: { at: key.createdAt } }];
}

const listedKey = z.object({
  id: z.string(),
  tenantId: z.string(),
  name: z.string(),
  status: z.enum(['active', 'revoked']),
  scopes: z.array(z.enum(keyScopes)),
  expiresAt: z.string(),
  ipAllowlist: z.array(z.string()),
  issuedBy: z.string(),
  createdAt: z.string(),
  rotatedAt: z.string().optional(),
  revokedAt: z.string().optional(),
});

/** What may be shown of a key: everything but the hashes. */
export type ListedKey = Omit<ApiKey, 'secrets'>;

/** Reads a record of the tenant's list of keys, and leaves its hashes where they are. */
export function parseListedKey(data: unknown): ListedKey {
  const { rotatedAt, revokedAt, ...rest } = listedKey.parse(data);
  return {
    ...rest,
    ...(rotatedAt === undefined ? {} : { rotatedAt }),
    ...(revokedAt === undefined ? {} : { revokedAt }),
  };
}

export type KeyStatus = 'active' | 'expired' | 'revoked';

export function keyStatus({ status, expiresAt }: Pick<ApiKey, 'status' | 'expiresAt'>, now: Date): KeyStatus {
  if (status === 'revoked') return 'revoked';
  return now.getTime() < Date.parse(expiresAt) ? 'active' : 'expired';
}

/** The secrets that open at an instant. */
export function stillOpen(secrets: readonly KeySecret[], at: string): readonly KeySecret[] {
  return secrets.filter(({ until }) => until === undefined || Date.parse(at) < Date.parse(until));
}

function closedBy(secrets: readonly KeySecret[], latest: string): readonly KeySecret[] {
  return secrets.map(({ hash, until }) => ({
    hash,
    until: until !== undefined && Date.parse(until) < Date.parse(latest) ? until : latest,
  }));
}
