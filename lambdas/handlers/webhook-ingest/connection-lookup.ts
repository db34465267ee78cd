import { connectionInGate } from '../../domain/providers';
import type { GateConnection } from '../../domain/providers';
import { newBoundedMap } from '../../kernel/bounded-map';
import type { Clock } from '../../kernel/clock';
import { gateOf } from '../../kernel/views';
import type { Views } from '../../kernel/views';

/** How long a connection, or its absence, is remembered: so long may a disabled one still be served. */
const rememberedMs = 60_000;

/** Of how many connections, or absences, at most. */
const rememberedConnections = 1_000;

/** Finds connections by the tenant's gate, once a minute for each: absent ones too, or strangers could make us read for ever. */
export function newConnectionLookup(deps: {
  viewsOf(tenant: string): Pick<Views, 'slots'>;
  readonly clock: Clock;
}): (tenant: string, connectionId: string) => Promise<GateConnection | undefined> {
  const memory = newBoundedMap<{ readonly connection: GateConnection | undefined; readonly untilMs: number }>(
    rememberedConnections,
  );
  return async (tenant, connectionId) => {
    const key = `${tenant}/${connectionId}`;
    const nowMs = deps.clock.now().getTime();
    const remembered = memory.get(key);
    if (remembered !== undefined && remembered.untilMs > nowMs) return remembered.connection;
    const gate = await deps.viewsOf(tenant).slots(gateOf(tenant));
    const connection = connectionInGate(gate, connectionId);
    memory.set(key, { connection, untilMs: nowMs + rememberedMs });
    return connection;
  };
}
