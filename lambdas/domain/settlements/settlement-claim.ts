import * as z from 'zod';

import type { Entity } from '../../kernel/entity';
import { deriveToken } from '../../kernel/ids';
import type { DomainEvent, StreamId } from '../../kernel/journal';
import type { SettledManually } from './settlement-events';

/**
 * Something in the world that settles once, and the settlement that has it: a batch of the provider, a line of a bank statement. Whoever settles writes the claim
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

/**
 * The line of a statement by which a withdrawal arrived. However people write its reference, letters and figures count, and neither case
 * nor what stands between them. The sum does not: of one line two people may have read two.
 */
export function withdrawalClaimStream(
  tenant: string,
  {
    connectionId,
    currency,
    arrivedOn,
    evidence: { kind, reference },
  }: Pick<SettledManually, 'connectionId' | 'currency' | 'arrivedOn' | 'evidence'>,
): StreamId {
  const words = reference
    .normalize('NFKC')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? [reference];
  const id = deriveToken(['withdrawal', connectionId, currency, arrivedOn, kind, ...words]);
  return { owner: { tenant }, kind: settlementClaimEntity.kind, id };
}

/** It is read by its stream; no list shows it. */
export function settlementClaimViews(): readonly never[] {
  return [];
}
