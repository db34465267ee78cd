import * as z from 'zod';

import type { ViewWrite } from '../../kernel/journal';
import type { ViewSlots } from '../../kernel/views';
import { gateOf } from '../../kernel/views';
import { providerNames } from './provider';
import type { ProviderName } from './provider';

/** What the gate says of a connection. */
export interface GateConnection {
  readonly id: string;
  readonly provider: ProviderName;
  readonly status: 'active' | 'disabled';
}

const gateSlot = z.object({ provider: z.enum(providerNames), status: z.enum(['active', 'disabled']) });

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

export function gateSlotOf(
  tenant: string,
  id: string,
  version: number,
  data: Omit<GateConnection, 'id'> & { readonly displayName: string },
): ViewWrite {
  return { type: 'slot', entity: gateOf(tenant), slot: slotOf(id), version, data };
}

function slotOf(id: string): string {
  return `connection#${id}`;
}
