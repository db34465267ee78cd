import * as z from 'zod';

import type { CommandPorts } from '../../kernel/command';
import type { Entity } from '../../kernel/entity';
import { fold } from '../../kernel/entity';
import { deriveToken } from '../../kernel/ids';
import type { DomainEvent, StreamId } from '../../kernel/journal';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import type { Contact } from './contact';
import { invitationEntity, invitationStatus, invitationStream } from './invitation';

/**
 * An address that was invited to a tenant, by the invitation that was sent to it last. Whatever sends an invitation writes this
 * stream in the same transaction, so that of two invitations to one address at the same moment one comes second, and sees the other.
 */
export interface InvitedAddress {
  readonly invitationId: string;
}

const invitedAddressEvent = z.object({
  type: z.literal('AddressInvited'),
  data: z.object({ invitationId: z.string() }),
});

export type InvitedAddressEvent = z.output<typeof invitedAddressEvent>;

export const invitedAddressEntity: Entity<InvitedAddress, InvitedAddressEvent> = {
  kind: 'invited-address',
  evolve: (_state, event) => ({ invitationId: event.data.invitationId }),
  parseEvent: (event: DomainEvent) => invitedAddressEvent.parse(event),
  audited: ({ invitationId }) => ({ invitationId }),
};

/** The stream is named by the keyed hash of the address: who cannot use the key cannot look for an address. */
export function invitedAddressStream(tenant: string, contact: Contact): StreamId {
  return { owner: { tenant }, kind: 'invited-address', id: deriveToken(['invited-address', contact.hash]) };
}

export function addressInvited(invitationId: string): InvitedAddressEvent {
  return { type: 'AddressInvited', data: { invitationId } };
}

/** It is read by its stream; no list shows it. */
export function invitedAddressViews(): readonly never[] {
  return [];
}

/** Another invitation to the same address is open. */
export type AlreadyInvited = { readonly reason: 'already-invited' };

/** An address has one open invitation at most in a tenant. */
export async function isFreeFor(
  ports: Pick<CommandPorts, 'journal' | 'clock'>,
  tenant: string,
  invitationId: string,
  address: InvitedAddress | undefined,
): Promise<Result<void, AlreadyInvited>> {
  if (address === undefined || address.invitationId === invitationId) return ok(undefined);
  const commits = await ports.journal.read(invitationStream(tenant, address.invitationId));
  const { state } = fold(invitationEntity, commits);
  const isOpen = state !== undefined && invitationStatus(state, ports.clock.now()) === 'pending';
  return isOpen ? err({ reason: 'already-invited' }) : ok(undefined);
}
