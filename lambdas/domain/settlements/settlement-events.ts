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
    /**
     * Sums of the lines that the provider books on the account and on no payment, in their currency, which is the payout's: fees
     * kept (positive), money of failed payouts that is paid out again, what is carried over between batches (positive: into this one),
     * and what is none of these. Absent where there are none.
     */
    account: z
      .object({
        lines: z.int().min(1),
        currency: z.string(),
        fees: z.int(),
        returned: z.int(),
        carried: z.int().default(0),
        other: z.int(),
      })
      .exactOptional(),
    /** Where the next page begins; absent after the last one. */
    next: z.string().exactOptional(),
  }),
});

/**
 * No lines are to be had. `not-supported`: the provider gives none, and of the payout only the sum is known. `batches-overlap`: the report
 * holds some batches that are another settlement's, and others that are not.
 */
const linesUnavailable = z.object({
  type: z.literal('LinesUnavailable'),
  data: z.object({ reason: z.enum(['not-supported', 'batches-overlap']) }),
});

/** Why lines were given up: the last answer of the provider, more pages than there was time for, or a fault of ours. */
export const linesFailures = [
  'credentials-refused',
  'provider-unreachable',
  'payout-unknown',
  'payout-not-ready',
  'unfinished',
  'internal-error',
] as const;

export type LinesFailure = (typeof linesFailures)[number];

/** The lines were asked for as often as they are, and are not all here. */
const linesFailed = z.object({ type: z.literal('LinesFailed'), data: z.object({ reason: z.enum(linesFailures) }) });

/** A person has them asked for once more. */
const linesRequested = z.object({ type: z.literal('LinesRequested'), data: z.object({}) });

/** The report is of a batch that another settlement has, made again under another name. `differs`: it says something else of it. */
const reportRepeated = z.object({
  type: z.literal('ReportRepeated'),
  data: z.object({ settlementId: z.string(), differs: z.literal(true).exactOptional() }),
});

/** A person has named payments that this payout consists of, in a settlement of their own; `net` is what of the payout they explain. */
const explainedManually = z.object({
  type: z.literal('ExplainedManually'),
  data: z.object({ settlementId: z.string(), net: z.int().min(0) }),
});

/** A person has looked at what does not add up. `seen`: all that calls for attention, as it was; minor units. */
const acknowledged = z.object({
  type: z.literal('Acknowledged'),
  data: z.object({
    note: z.string(),
    seen: z.object({
      status: z.enum(payoutStatuses),
      lines: z.string(),
      contradictory: z.boolean(),
      unexplained: z.int().exactOptional(),
      other: z.int(),
    }),
  }),
});

export const evidenceKinds = ['bank-statement', 'provider-report', 'agreement'] as const;

const settlementItem = z.object({ paymentId: z.string(), amount: z.int().min(1), fee: z.int().min(0) });

/**
 * A person says, with evidence, that money for these payments has arrived, or that it was withdrawn from a balance at the provider.
 * `explains`: it arrived as this payout. `noPayoutListed`: the person has stated that no payout in the list holds it. `gross`: and that
 * what was refunded or is disputed of it was not taken out.
 */
const settledManually = z.object({
  type: z.literal('SettledManually'),
  data: z.object({
    connectionId: z.string(),
    currency: z.string(),
    arrivedOn: z.string(),
    items: z.array(settlementItem),
    explains: z.string().exactOptional(),
    noPayoutListed: z.literal(true).exactOptional(),
    gross: z.literal(true).exactOptional(),
    /** Gross: what left the balance; `fee` is what the provider kept of it. */
    withdrawal: z.object({ amount: z.int().min(1), fee: z.int().min(0) }).exactOptional(),
    evidence: shownEvidence(evidenceKinds),
  }),
});

const settlementEvent = z.discriminatedUnion('type', [
  payoutReported,
  reportAnnounced,
  linesImported,
  linesUnavailable,
  reportRepeated,
  linesFailed,
  linesRequested,
  acknowledged,
  explainedManually,
  settledManually,
]);

export type SettlementEvent = z.infer<typeof settlementEvent>;

export type PayoutReport = z.infer<typeof payoutReported>['data'];

export type AccountSums = NonNullable<z.infer<typeof linesImported>['data']['account']>;

export type Acknowledgement = z.infer<typeof acknowledged>['data'];

export type SettledManually = z.infer<typeof settledManually>['data'];

/** Throws when the event is none of a settlement's. */
export function parseSettlementEvent(event: DomainEvent): SettlementEvent {
  return settlementEvent.parse(event);
}
