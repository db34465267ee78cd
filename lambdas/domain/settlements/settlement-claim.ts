import * as z from 'zod';

import type { Entity } from '../../kernel/entity';
import { deriveToken } from '../../kernel/ids';
import type { DomainEvent, StreamId } from '../../kernel/journal';

/**
 * Something in the world that settles once, and the settlement that has it: a batch of the provider. Whoever settles writes the claim
 * in the same transaction, so that of two settlements at once one is refused.
 */
export interface SettlementClaim {
  readonly settlementId: string;
  /** Digest of what was claimed, where it may be told again and differ. */
  readonly contents: string | undefined;
}

const settlementClaimEvent = z.object({
  type: z.literal('SettlementClaimed'),
  data: z.object({ settlementId: z.string(), contents: z.string().exactOptional() }),
});

export type SettlementClaimEvent = z.output<typeof settlementClaimEvent>;

export const settlementClaimEntity: Entity<SettlementClaim, SettlementClaimEvent> = {
  kind: 'settlement-claim',
  // The first stands, though nothing appends a second.
  evolve: (claim, { data: { settlementId, contents } }) => claim ?? { settlementId, contents },
  parseEvent: (event: DomainEvent) => settlementClaimEvent.parse(event),
  audited: ({ settlementId }) => ({ settlementId }),
};

/** `batch`: as the provider names it, unique within the connection. */
export function batchClaimStream(tenant: string, connectionId: string, batch: string): StreamId {
  return { owner: { tenant }, kind: settlementClaimEntity.kind, id: deriveToken(['batch', connectionId, batch]) };
}

/** It is read by its stream; no list shows it. */
export function settlementClaimViews(): readonly never[] {
  return [];
}
