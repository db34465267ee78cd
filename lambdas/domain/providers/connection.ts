import * as z from 'zod';

import type { Entity, Head } from '../../kernel/entity';
import { invariant } from '../../kernel/invariant';
import type { StreamId, ViewWrite } from '../../kernel/journal';
import type { ViewSlots } from '../../kernel/views';
import { gateOf } from '../../kernel/views';
import { providerNames } from './provider';
import type { ProviderName } from './provider';

/** A tenant's account with a payment provider. Its credentials are elsewhere (`ports.ts`), and never here. */
export interface Connection {
  readonly id: string;
  readonly tenant: string;
  readonly provider: ProviderName;
  readonly displayName: string;
  readonly status: ConnectionStatus;
  readonly createdAt: string;
}

const statuses = ['active', 'disabled'] as const;

export type ConnectionStatus = (typeof statuses)[number];

const connectionEvent = z.discriminatedUnion('type', [
  /** The provider has accepted the credentials and knows where to send webhooks. */
  z.object({
    type: z.literal('ConnectionCreated'),
    data: z.object({ provider: z.enum(providerNames), displayName: z.string() }),
  }),
  z.object({ type: z.literal('ConnectionStatusChanged'), data: z.object({ status: z.enum(statuses) }) }),
]);

export type ConnectionEvent = z.infer<typeof connectionEvent>;

export const connectionEntity: Entity<Connection, ConnectionEvent> = {
  kind: 'connection',
  parseEvent: (event) => connectionEvent.parse(event),
  evolve: (connection, event, { at, stream }) => {
    if (event.type === 'ConnectionStatusChanged') {
      invariant(connection !== undefined, 'a connection is created first');
      return { ...connection, status: event.data.status };
    }
    invariant(connection === undefined, 'a connection is created once');
    invariant(stream.owner !== 'platform', 'a connection belongs to a tenant');
    return { id: stream.id, tenant: stream.owner.tenant, ...event.data, status: 'active', createdAt: at };
  },
  audited: ({ provider, displayName, status }) => ({ provider, displayName, status }),
  // Read by every request, so that a disabled connection is closed to payments at once. Ingestion remembers it for a minute.
  immediateViews: ({ tenant, id, provider, status, displayName }, { version }) => [
    { type: 'slot', entity: gateOf(tenant), slot: slotOf(id), version, data: { provider, status, displayName } },
  ],
};

export function connectionStream(tenant: string, id: string): StreamId {
  return { owner: { tenant }, kind: connectionEntity.kind, id };
}

/** The record in the tenant's list. */
export function connectionViews(connection: Connection, head: Head): readonly ViewWrite[] {
  const { id, tenant, provider, displayName, status, createdAt } = connection;
  return [
    {
      type: 'record',
      entity: head.stream,
      version: head.version,
      data: { id, tenantId: tenant, provider, displayName, status, createdAt, version: head.version },
      listed: { at: createdAt },
    },
  ];
}

/** What the gate says of a connection. */
export interface GateConnection {
  readonly id: string;
  readonly provider: ProviderName;
  readonly status: ConnectionStatus;
}

const gateSlot = z.object({ provider: z.enum(providerNames), status: z.enum(statuses) });

/** The connection of this id as the gate has it; undefined when the tenant has none. */
export function connectionInGate(gate: ViewSlots, id: string): GateConnection | undefined {
  const slot = gate[slotOf(id)];
  return slot === undefined ? undefined : { id, ...gateSlot.parse(slot.data) };
}

/** All connections that the gate knows. */
export function connectionsInGate(gate: ViewSlots): readonly GateConnection[] {
  const prefix = slotOf('');
  return Object.entries(gate)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, { data }]) => ({ id: name.slice(prefix.length), ...gateSlot.parse(data) }));
}

function slotOf(id: string): string {
  return `connection#${id}`;
}
