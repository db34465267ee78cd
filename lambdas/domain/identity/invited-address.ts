import * as z from 'zod';

import type { Entity } from '../../kernel/entity';
import { deriveToken } from '../../kernel/ids';
import { openPart } from '../../kernel/joint-command';
import type { JointPart, OpenPart } from '../../kernel/joint-command';
import type { DomainEvent, StreamId } from '../../kernel/journal';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import { levelOf, standsAbove } from './authority';
import type { Grant, Granter } from './authority';
import type { Contact } from './contact';
import { invitationEntity, invitationStatus } from './invitation';
import type { Invitation, InvitationEvent, Sender } from './invitation';
import { decidePace, lately } from './mail-pace';
import type { TooManyMails } from './mail-pace';
import type { Role } from './permissions';

/**
 * An address that was invited to a tenant, by the invitation that was sent to it last. Whatever sends an invitation writes this
 * stream in the same transaction, so that of two invitations to one address at the same moment one comes second, and sees the other.
 */
export interface InvitedAddress {
  readonly invitationId: string;
  /** What was sent to it in the last day, oldest first, by whom. */
  readonly sent: readonly { readonly at: string; readonly level: Sender['level'] }[];
}

const invitedAddressEvent = z.object({
  type: z.literal('AddressInvited'),
  data: z.object({ invitationId: z.string(), level: z.enum(['super-admin', 'member']) }),
});

export type InvitedAddressEvent = z.output<typeof invitedAddressEvent>;

export const invitedAddressEntity: Entity<InvitedAddress, InvitedAddressEvent> = {
  kind: 'invited-address',
  evolve: (state, { data: { invitationId, level } }, { at }) => ({
    invitationId,
    sent: [...lately(state?.sent ?? [], at), { at, level }],
  }),
  parseEvent: (event: DomainEvent) => invitedAddressEvent.parse(event),
  audited: ({ invitationId }) => ({ invitationId }),
};

/** The stream is named by the keyed hash of the address: who cannot use the key cannot look for an address. */
export function invitedAddressStream(tenant: string, contact: Contact): StreamId {
  return { owner: { tenant }, kind: 'invited-address', id: deriveToken(['invited-address', contact.hash]) };
}

export function addressInvited(invitationId: string, level: Sender['level']): InvitedAddressEvent {
  return { type: 'AddressInvited', data: { invitationId, level } };
}

/** It is read by its stream; no list shows it. */
export function invitedAddressViews(): readonly never[] {
  return [];
}

/** Another invitation to the same address is open. */
export type AlreadyInvited = { readonly reason: 'already-invited' };

/** The stream of an address, and beside it the invitation that was sent there last, as parts of a joint command. */
export interface OpenAddress {
  readonly parts: readonly [JointPart, JointPart];
  /** This invitation is sent to the address now, by `granter`, unless another one is open there. */
  send(
    invitation: Grant & { readonly id: string },
    granter: Granter,
    now: Date,
  ): Result<void, AlreadyInvited | TooManyMails>;
}

/**
 * An address has one open invitation at most in a tenant. A Super Admin's to an Owner takes the place of one to a lower role, which
 * is revoked with it: whoever may invite below cannot keep an address from becoming an Owner's.
 */
export function openAddress(stream: StreamId): OpenAddress {
  const address = openPart(invitedAddressEntity, stream);
  let latest: OpenPart<Invitation, InvitationEvent> | undefined;
  return {
    parts: [
      {
        // The address first: it says which invitation is the latest.
        load: async (journal) => {
          await address.load(journal);
          const id = address.state()?.invitationId;
          latest = id === undefined ? undefined : openPart(invitationEntity, { ...stream, kind: 'invitation', id });
          await latest?.load(journal);
        },
        write: (ports, context) => address.write(ports, context),
      },
      { load: async () => undefined, write: (ports, context) => latest?.write(ports, context) },
    ],
    send: ({ id, role }, granter, now) => {
      const open = latest?.state();
      if (open !== undefined && open.id !== id && invitationStatus(open, now) === 'pending') {
        if (!isOverriding(granter, role) || isOverriding(granter, open.role)) return err({ reason: 'already-invited' });
        latest?.decide([{ type: 'InvitationRevoked', data: {} }]);
      }
      // Each counts for themselves: what members have sent does not keep a Super Admin from inviting an Owner.
      const level = levelOf(granter);
      const sent = address.state()?.sent.filter((mail) => mail.level === level) ?? [];
      const pace = decidePace(
        sent.map(({ at }) => at),
        now,
      );
      if (!pace.ok) return pace;
      address.decide([addressInvited(id, level)]);
      return ok(undefined);
    },
  };
}

/** What only a Super Admin gives, and nobody in the tenant can get in the way of. */
function isOverriding(granter: Granter, role: Role): boolean {
  return role === 'owner' && standsAbove(granter, role);
}
