import * as z from 'zod';

import { dynamoDbClient, secretsManagerClient, stsClient } from '../adapters/clients';
import { newDynamoConcurrency } from '../adapters/dynamodb/dynamo-concurrency';
import { newDynamoJournal } from '../adapters/dynamodb/dynamo-journal';
import { newDynamoKeyUses } from '../adapters/dynamodb/dynamo-key-uses';
import { newDynamoRateLimiter } from '../adapters/dynamodb/dynamo-rate-limiter';
import { newDynamoStepUps } from '../adapters/dynamodb/dynamo-step-ups';
import { newDynamoRecords, newDynamoViews } from '../adapters/dynamodb/dynamo-views';
import { newSecretText } from '../adapters/secrets/secret-text';
import { newTenantCredentials, perTenant } from '../adapters/sts/tenant-credentials';
import type { TenantCredentials } from '../adapters/sts/tenant-credentials';
import { isUnavailable } from '../adapters/unavailable';
import { valkeyAddressOf } from '../adapters/valkey/valkey-address';
import { newValkeyClient } from '../adapters/valkey/valkey-client';
import { newValkeyRateLimiter } from '../adapters/valkey/valkey-rate-limiter';
import { env } from '../env';
import { systemClock, systemSleep } from '../kernel/clock';
import type { Sleep } from '../kernel/clock';
import { newCursorSigner } from '../kernel/cursor';
import type { CursorSigner } from '../kernel/cursor';
import { newCommitIds, systemRandomness } from '../kernel/ids';
import type { Randomness } from '../kernel/ids';
import { InvariantViolation } from '../kernel/invariant';
import { newLog } from '../middleware/log';
import { newMetrics } from '../middleware/metrics';
import { newPlatformPolicies } from '../middleware/platform-policy';
import type { PlanePorts, ServiceDeps, TenantPorts } from '../middleware/ports';

/** What every service function is bound to: the chain's ports, and what `execute()` takes beside journal and clock. */
export interface BoundService extends ServiceDeps {
  readonly sleep: Sleep;
  readonly randomness: Randomness;
}

/** Given in stages whose rate limiter keeps its cells in Valkey, and in no other. */
export const limiterEnv = { [env.valkeyUrl]: z.string().optional() };

export function valkeyUrlOf(read: z.output<z.ZodObject<typeof limiterEnv>>): string | undefined {
  return read[env.valkeyUrl];
}

/** The environment of every service function that reaches the tables. */
export const planeEnv = {
  ...limiterEnv,
  [env.journalTable]: z.string().min(1),
  [env.viewsTable]: z.string().min(1),
  [env.coordinationTable]: z.string().min(1),
  [env.allowedOrigins]: z.string().transform(originsOf),
};

/** The same for functions of the tenant plane. */
export const tenantPlaneEnv = { ...planeEnv, [env.tenantRoleArn]: z.string().min(1) };

export interface PlaneConfig {
  readonly journalTable: string;
  readonly viewsTable: string;
  readonly coordinationTable: string;
  readonly allowedOrigins: readonly string[];
  readonly valkeyUrl: string | undefined;
}

export function planeConfigOf(read: z.output<z.ZodObject<typeof planeEnv>>): PlaneConfig {
  return {
    journalTable: read[env.journalTable],
    viewsTable: read[env.viewsTable],
    coordinationTable: read[env.coordinationTable],
    allowedOrigins: read[env.allowedOrigins],
    valkeyUrl: valkeyUrlOf(read),
  };
}

/**
 * For functions of the platform's plane: their own role reaches what they need, tenants' rows included where it says so. A
 * function that serves no tenant's routes passes `forTenant: 'none'`.
 */
export function bindPlatformPlane(config: PlaneConfig, forTenant: 'own-role' | 'none'): BoundService {
  const client = dynamoDbClient();
  const platform = planeOf(config, client);
  return {
    ...sharedOf(config, client),
    platform,
    forTenant: (tenant) => {
      if (forTenant === 'none') throw new InvariantViolation('this function serves no tenant');
      return tenantPlaneOf(config, client, tenant);
    },
  };
}

/**
 * For functions of the tenants' plane: rows are reached by the tenant role, a client a tenant; the function's own role reaches
 * the limiter, step-ups and the platform's observations.
 */
export function bindTenantPlane(
  config: PlaneConfig & { readonly tenantRoleArn: string },
): BoundService & { readonly tenantCredentials: TenantCredentials } {
  const client = dynamoDbClient();
  const tenantCredentials = newTenantCredentials({
    client: stsClient(),
    roleArn: config.tenantRoleArn,
    clock: systemClock,
  });
  return {
    ...sharedOf(config, client),
    platform: planeOf(config, client),
    forTenant: perTenant(tenantCredentials, (source, tenant) => tenantPlaneOf(config, dynamoDbClient(source), tenant)),
    tenantCredentials,
  };
}

/** For functions that serve public routes alone: they reach the limiter and the platform's policy, and no journal. */
export function bindPublicService(config: Omit<PlaneConfig, 'journalTable'>): ServiceDeps {
  return {
    ...sharedOf(config, dynamoDbClient()),
    get platform(): PlanePorts {
      throw new InvariantViolation('this function reaches no plane');
    },
    forTenant: () => {
      throw new InvariantViolation('this function serves no tenant');
    },
  };
}

/** Signs cursors under the stage's secret, read when a list is first asked for. */
export function bindCursors(cursorSecretArn: string): () => Promise<CursorSigner> {
  const secret = newSecretText({ client: secretsManagerClient(), secretArn: cursorSecretArn, clock: systemClock });
  return async () => newCursorSigner(await secret());
}

type Client = ReturnType<typeof dynamoDbClient>;

function planeOf({ journalTable, viewsTable, coordinationTable }: PlaneConfig, client: Client): PlanePorts {
  return {
    journal: newDynamoJournal({ client, journalTable, viewsTable, coordinationTable }),
    views: newDynamoViews({ client, viewsTable, journalTable, sleep: systemSleep }),
  };
}

function tenantPlaneOf(config: PlaneConfig, client: Client, tenant: string): TenantPorts {
  const { coordinationTable } = config;
  return {
    ...planeOf(config, client),
    keyUses: newDynamoKeyUses({ client, coordinationTable, tenant }),
    places: newDynamoConcurrency({
      client,
      coordinationTable,
      tenant,
      clock: systemClock,
      randomness: systemRandomness,
    }),
  };
}

function sharedOf(
  { viewsTable, coordinationTable, allowedOrigins, valkeyUrl }: Omit<PlaneConfig, 'journalTable'>,
  client: Client,
) {
  return {
    rateLimiter:
      valkeyUrl === undefined
        ? newDynamoRateLimiter({ client, coordinationTable, clock: systemClock })
        : newValkeyRateLimiter({ client: newValkeyClient(valkeyAddressOf(valkeyUrl)), clock: systemClock }),
    stepUps: newDynamoStepUps({ client, coordinationTable }),
    clock: systemClock,
    sleep: systemSleep,
    randomness: systemRandomness,
    commitIds: newCommitIds(systemClock, systemRandomness),
    isUnavailable,
    log: newLog(),
    metrics: newMetrics(),
    allowedOrigins,
    policies: newPlatformPolicies({ views: newDynamoRecords({ client, viewsTable }), clock: systemClock }),
  };
}

/** Comma-separated origins; a wildcard or a path is refused, since it would open answers to every site. */
function originsOf(text: string): readonly string[] {
  return text.split(',').map((origin) => {
    const trimmed = origin.trim();
    if (!URL.canParse(trimmed) || new URL(trimmed).origin !== trimmed) {
      throw new InvariantViolation('an allowed origin is a scheme, a host and perhaps a port');
    }
    return trimmed;
  });
}
