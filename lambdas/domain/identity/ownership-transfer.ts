import * as z from 'zod';

import type { Entity } from '../../kernel/entity';
import { InvariantViolation } from '../../kernel/invariant';
import type { DomainEvent, StreamId } from '../../kernel/journal';
import { lately } from './mail-pace';

/** The latest transfer of ownership in a tenant. There is one stream, so one offer is open at a time. */
export interface OwnershipTransfer {
  readonly from: string;
  readonly to: string;
  readonly offeredAt: string;
  readonly expiresAt: string;
  /** How it ended; undefined while it has not. */
  readonly ended?: 'accepted' | 'withdrawn';
  /** The offers of the last day, this one among them, oldest first. */
  readonly offers: readonly { readonly to: string; readonly at: string }[];
}

const ownershipEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('OwnershipOffered'),
    data: z.object({ from: z.string(), to: z.string(), expiresAt: z.string() }),
  }),
  z.object({ type: z.literal('OwnershipTransferred'), data: z.object({}) }),
  z.object({ type: z.literal('OwnershipOfferWithdrawn'), data: z.object({}) }),
]);

export type OwnershipEvent = z.output<typeof ownershipEvent>;

export const ownershipTransferEntity: Entity<OwnershipTransfer, OwnershipEvent> = {
  kind: 'ownership-transfer',
  evolve: (state, event, { at }) => {
    if (event.type === 'OwnershipOffered') {
      const offers = [...lately(state?.offers ?? [], at), { to: event.data.to, at }];
      return { ...event.data, offeredAt: at, offers };
    }
    if (state === undefined || state.ended !== undefined)
      throw new InvariantViolation(`${event.type} without an offer`);
    return { ...state, ended: event.type === 'OwnershipTransferred' ? 'accepted' : 'withdrawn' };
  },
  parseEvent: (event: DomainEvent) => ownershipEvent.parse(event),
  audited: ({ from, to, expiresAt, ended }) => ({ from, to, expiresAt, ended }),
};

export function ownershipTransferStream(tenant: string): StreamId {
  return { owner: { tenant }, kind: 'ownership-transfer', id: 'ownership-transfer' };
}

/** It is read by its stream; no list shows it. */
export function ownershipTransferViews(): readonly never[] {
  return [];
}

export type OwnershipStatus = 'pending' | 'accepted' | 'withdrawn' | 'expired';

export function ownershipStatus(transfer: OwnershipTransfer, now: Date): OwnershipStatus {
  if (transfer.ended !== undefined) return transfer.ended;
  return now.getTime() < Date.parse(transfer.expiresAt) ? 'pending' : 'expired';
}

const lifetimeMs = 72 * 60 * 60 * 1000;

export function offerOwnership(from: string, to: string, now: Date): OwnershipEvent {
  const expiresAt = new Date(now.getTime() + lifetimeMs).toISOString();
  return { type: 'OwnershipOffered', data: { from, to, expiresAt } };
}
