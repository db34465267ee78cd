import type { STSClient } from '@aws-sdk/client-sts';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';

import type { Clock } from '../../kernel/clock';
import { isId } from '../../kernel/ids';
import { invariant } from '../../kernel/invariant';
import { newBoundedMap } from '../../kernel/bounded-map';
import type { CredentialSource, SessionCredentials } from '../clients';

export interface TenantCredentialsDependencies {
  readonly client: STSClient;
  /** The function's own tenant role, whose policy pins every key to the session tag `tenant`. */
  readonly roleArn: string;
  readonly clock: Clock;
  /** Tenants remembered; default 200. */
  readonly maxTenants?: number;
}

/** Credentials of the tenant role, tagged with one tenant. */
export interface TenantCredentials {
  of(tenant: string): Promise<SessionCredentials>;
}

/** A role that assumes a role gets an hour at most [IAM: role chaining]. */
const sessionSeconds = 3_600;

/** Renewed this long before they end, so that no request leaves with credentials that end under way. */
const marginMs = 5 * 60_000;

/**
 * Assumes the tenant role, once a tenant and hour. Concurrent first calls share one; a failure is not remembered. The tag is set
 * here and nowhere else: a session can reach only the rows of the tenant that it was asked for.
 */
export function newTenantCredentials(deps: TenantCredentialsDependencies): TenantCredentials {
  const { client, roleArn, clock, maxTenants = 200 } = deps;
  const sessions = newBoundedMap<{ readonly credentials: Promise<SessionCredentials>; untilMs: number }>(maxTenants);

  const assume = async (tenant: string): Promise<SessionCredentials> => {
    const { Credentials } = await client.send(
      new AssumeRoleCommand({
        RoleArn: roleArn,
        RoleSessionName: tenant,
        DurationSeconds: sessionSeconds,
        Tags: [{ Key: 'tenant', Value: tenant }],
      }),
    );
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
    if (
      AccessKeyId === undefined ||
      SecretAccessKey === undefined ||
      SessionToken === undefined ||
      Expiration === undefined
    ) {
      throw new Error('STS answered without credentials');
    }
    return {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiration: Expiration,
    };
  };

  return {
    of: async (tenant) => {
      invariant(isId('tenant', tenant), 'not the id of a tenant');
      const known = sessions.get(tenant);
      if (known !== undefined && known.untilMs > clock.now().getTime()) return known.credentials;
      const credentials = assume(tenant);
      const session = { credentials, untilMs: Number.POSITIVE_INFINITY };
      sessions.set(tenant, session);
      try {
        const { expiration } = await credentials;
        session.untilMs = expiration.getTime() - marginMs;
      } catch (error) {
        if (sessions.get(tenant) === session) sessions.delete(tenant);
        throw error;
      }
      return credentials;
    },
  };
}

/**
 * One thing a tenant, made once and kept while the function is warm: clients, and the adapters built upon them. Each is given
 * the credentials of its own tenant and no others, so that a client can never serve two.
 *
 *     const dynamoOf = perTenant(tenantCredentials, dynamoDbClient);
 */
export function perTenant<T>(
  credentials: TenantCredentials,
  make: (source: CredentialSource, tenant: string) => T,
  maxTenants = 200,
): (tenant: string) => T {
  const made = newBoundedMap<{ readonly value: T }>(maxTenants);
  return (tenant) => {
    const known = made.get(tenant);
    if (known !== undefined) return known.value;
    const value = make(() => credentials.of(tenant), tenant);
    made.set(tenant, { value });
    return value;
  };
}
