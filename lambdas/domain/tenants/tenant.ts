import * as z from 'zod';

import type { Entity, Head } from '../../kernel/entity';
import { InvariantViolation } from '../../kernel/invariant';
import type { DomainEvent, StreamId, ViewWrite } from '../../kernel/journal';
import { platform } from '../../kernel/journal';
import type { ViewSlots } from '../../kernel/views';
import { gateOf } from '../../kernel/views';

/** A tenant: a business whose payments are kept apart from all others. Its own stream is its first. */
export interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly status: TenantStatus;
  readonly suspendedReason?: string;
  readonly createdAt: string;
}

export const tenantStatuses = ['active', 'suspended'] as const;

export type TenantStatus = (typeof tenantStatuses)[number];

const tenantEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('TenantProvisioned'), data: z.object({ name: z.string() }) }),
  z.object({ type: z.literal('TenantRenamed'), data: z.object({ name: z.string() }) }),
  z.object({ type: z.literal('TenantSuspended'), data: z.object({ reason: z.string() }) }),
  z.object({ type: z.literal('TenantReactivated'), data: z.object({}) }),
]);

export type TenantEvent = z.output<typeof tenantEvent>;

export const tenantEntity: Entity<Tenant, TenantEvent> = {
  kind: 'tenant',
  evolve: (state, event, { at, stream }) => {
    if (event.type === 'TenantProvisioned') {
      if (state !== undefined) throw new InvariantViolation('a tenant is provisioned once');
      return { id: stream.id, name: event.data.name, status: 'active', createdAt: at };
    }
    if (state === undefined) throw new InvariantViolation(`${event.type} before the tenant was provisioned`);
    if (event.type === 'TenantRenamed') return { ...state, name: event.data.name };
    const { suspendedReason: _, ...rest } = state;
    return event.type === 'TenantSuspended'
      ? { ...rest, status: 'suspended', suspendedReason: event.data.reason }
      : { ...rest, status: 'active' };
  },
  parseEvent: (event: DomainEvent) => tenantEvent.parse(event),
  audited: ({ name, status, suspendedReason }) => ({ name, status, suspendedReason }),
  immediateViews: (state, head) => [gateSlot(state, head)],
};

export function tenantStream(tenantId: string): StreamId {
  return { owner: { tenant: tenantId }, kind: 'tenant', id: tenantId };
}

/** The gate, and the platform's list of tenants. */
export function tenantViews(state: Tenant, head: Head): readonly ViewWrite[] {
  return [
    gateSlot(state, head),
    {
      type: 'record',
      entity: { owner: platform, kind: 'tenant', id: state.id },
      version: head.version,
      data: state,
      listed: { at: state.createdAt },
    },
  ];
}

const slotData = z.object({ status: z.enum(tenantStatuses) });

/** Whether the tenant's members may act, from its gate. A gate without the tenant's slot throws: admission fails closed. */
export function tenantStatusOf(gate: ViewSlots): TenantStatus {
  return slotData.parse(gate.tenant?.data).status;
}

const viewData = z.object({
  id: z.string(),
  name: z.string(),
  status: z.enum(tenantStatuses),
  suspendedReason: z.string().exactOptional(),
  createdAt: z.string(),
});

/** Reads a record of the platform's list. */
export function parseTenantView(data: unknown): Tenant {
  return viewData.parse(data);
}

function gateSlot(state: Tenant, head: Head): ViewWrite {
  return {
    type: 'slot',
    entity: gateOf(state.id),
    slot: 'tenant',
    version: head.version,
    data: { status: state.status },
  };
}
