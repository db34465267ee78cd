import { connectionInGate } from '../../domain/providers';
import type { GateConnection } from '../../domain/providers';
import { newBoundedMap } from '../../kernel/bounded-map';
import type { Clock } from '../../kernel/clock';
import { newTokenBuckets } from '../../kernel/token-buckets';
import type { ViewSlots, Views } from '../../kernel/views';
import { gateOf } from '../../kernel/views';

/** How long a tenant's gate is remembered: so long may a disabled connection still be served. */
const rememberedMs = 60_000;

/** How long it may answer that a connection is not there: a new one is known this soon. */
const absentMs = 5_000;

/** Of how many tenants, and of how many tenants that are none, at most. */
const rememberedTenants = 1_000;

/**
 * Tenants that are none, by the address that names them, in this instance: twenty at once, then one in ten seconds. Each costs a role
 * and a read, whatever is made up. Tenants that were found before are always looked up, so a provider whose address is abused for
 * this still reaches whom it sends to.
 */
const strangerLimit = { burst: 20, perSecond: 0.1 };

const rememberedAddresses = 10_000;

export type FoundConnection =
  | { readonly found: GateConnection | undefined }
  /** The address has named too many tenants that are none. */
  | { readonly retryAfterMs: number };

interface Remembered {
  readonly gate: ViewSlots;
  readonly readAtMs: number;
}

/** Finds connections by the tenant's gate, read once a minute for all of a tenant's connections. */
export function newConnectionLookup(deps: {
  viewsOf(tenant: string): Pick<Views, 'slots'>;
  readonly clock: Clock;
}): (tenant: string, connectionId: string, address: string) => Promise<FoundConnection> {
  const tenants = newBoundedMap<Remembered>(rememberedTenants);
  // Apart, so that made-up ones push no real one out.
  const absent = newBoundedMap<number>(rememberedTenants);
  const strangers = newTokenBuckets(deps.clock, strangerLimit, rememberedAddresses);

  return async (tenant, connectionId, address) => {
    const nowMs = deps.clock.now().getTime();
    const known = tenants.get(tenant);
    if (known !== undefined) {
      const connection = connectionInGate(known.gate, connectionId);
      const ageMs = nowMs - known.readAtMs;
      if (ageMs < (connection === undefined ? absentMs : rememberedMs)) return { found: connection };
    } else {
      const absentUntilMs = absent.get(tenant);
      if (absentUntilMs !== undefined && nowMs < absentUntilMs) return { found: undefined };
      const waitMs = strangers.wait(address);
      if (waitMs !== undefined) return { retryAfterMs: waitMs };
    }

    const gate = await deps.viewsOf(tenant).slots(gateOf(tenant));
    if (Object.keys(gate).length > 0) {
      tenants.set(tenant, { gate, readAtMs: nowMs });
      return { found: connectionInGate(gate, connectionId) };
    }
    absent.set(tenant, nowMs + rememberedMs);
    strangers.take(address);
    return { found: undefined };
  };
}
