import * as z from 'zod';

import type { DomainEvent } from '../../kernel/journal';
import { shownEvidence } from '../evidence';
import { payoutStatuses } from '../providers/provider';

/** What can happen to a settlement. Amounts are minor units; a payout that takes money back has a negative one. */

/** The provider told of a transfer to the tenant's bank. */
const payoutReported = z.object({
  type: z.literal('PayoutReported'),
  data: z.object({
    connectionId: z.string(),
    payoutId: z.string(),
    status: z.enum(payoutStatuses),
    amount: z.int(),
    currency: z.string(),
    arrivesOn: z.string().exactOptional(),
  }),
});

/** The provider has a settlement report ready: what was paid out is in it. */
const reportAnnounced = z.object({
  type: z.literal('ReportAnnounced'),
  data: z.object({ connectionId: z.string(), payoutId: z.string() }),
});

/** A page of lines was brought to the payments they are about. `net` of those lines, in the payout's currency. */
const linesImported = z.object({
  type: z.literal('LinesImported'),
  data: z.object({
    page: z.int().min(1),
    matched: z.int().min(0),
    unmatched: z.int().min(0),
    net: z.int(),
    /** Where the next page begins; absent after the last one. */
    next: z.string().exactOptional(),
  }),
});

/** The provider has no lines to give: of the payout only the sum is known. */
const linesUnavailable = z.object({
  type: z.literal('LinesUnavailable'),
  data: z.object({ reason: z.literal('not-supported') }),
});

export const evidenceKinds = ['bank-statement', 'provider-report', 'agreement'] as const;

const settlementItem = z.object({ paymentId: z.string(), amount: z.int().min(1), fee: z.int().min(0) });

/** A person says, with evidence, that money for these payments has arrived. */
const settledManually = z.object({
  type: z.literal('SettledManually'),
  data: z.object({
    connectionId: z.string(),
    currency: z.string(),
    arrivedOn: z.string(),
    items: z.array(settlementItem).min(1),
    evidence: shownEvidence(evidenceKinds),
  }),
});

const settlementEvent = z.discriminatedUnion('type', [
  payoutReported,
  reportAnnounced,
  linesImported,
  linesUnavailable,
  settledManually,
]);

export type SettlementEvent = z.infer<typeof settlementEvent>;

export type PayoutReport = z.infer<typeof payoutReported>['data'];

export type SettledManually = z.infer<typeof settledManually>['data'];

/** Throws when the event is none of a settlement's. */
export function parseSettlementEvent(event: DomainEvent): SettlementEvent {
  return settlementEvent.parse(event);
}
