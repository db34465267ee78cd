import { canonicalJson } from '../../kernel/canonical-json';
import type { CommitFacts, Entity } from '../../kernel/entity';
import { deriveId } from '../../kernel/ids';
import { invariant } from '../../kernel/invariant';
import type { StreamId } from '../../kernel/journal';
import type { PayoutStatus } from '../providers/provider';
import { parseSettlementEvent } from './settlement-events';
import type {
  Acknowledgement,
  AccountSums,
  LinesFailure,
  PayoutReport,
  SettledManually,
  SettlementEvent,
} from './settlement-events';

/** Money that reached the tenant's bank: by a payout of a provider, or as a person has attested. */
export type Settlement = PayoutSettlement | ManualSettlement;

interface SettlementFacts {
  readonly id: string;
  readonly tenant: string;
  readonly connectionId: string;
  readonly createdAt: string;
}

/** A payout as the provider reports it, and how far its lines have been brought to their payments. */
export interface PayoutSettlement extends SettlementFacts {
  readonly source: 'payout';
  /** The provider's id of the payout, or of the report that tells of it. */
  readonly payoutId: string;
  /** Undefined while only a report was announced. */
  readonly report: PayoutReport | undefined;
  /** Two reports named different amounts. */
  readonly contradictory: boolean;
  readonly lines: ImportedLines;
  /** The settlement that has the batch already: this one is its report once more, and moves nothing. */
  readonly repeats: Repetition | undefined;
  /** The last time that a person looked at what does not add up, ISO 8601, and what they saw. */
  readonly acknowledged: (Acknowledgement & { readonly at: string }) | undefined;
  /** Manual settlements that say what the payout consists of. */
  readonly explainedBy: readonly Explanation[];
}

/** `differs`: the report does not say the same of the batch. */
export interface Repetition {
  readonly settlementId: string;
  readonly differs: boolean;
}

/** `net`: what of the payout the manual settlement explains, in the payout's currency. */
export interface Explanation {
  readonly settlementId: string;
  readonly net: number;
}

/** `failed`: given up, until somebody asks for them again. `unavailable`: the provider has none to give. */
export const linesStates = ['awaited', 'importing', 'complete', 'unavailable', 'failed'] as const;

export interface ImportedLines {
  readonly state: (typeof linesStates)[number];
  /** Why it has `failed`. */
  readonly failure: LinesFailure | undefined;
  /** How often somebody had them asked for once more. */
  readonly requests: number;
  readonly pages: number;
  readonly matched: number;
  readonly unmatched: number;
  /** Of the lines that were matched, in the payout's currency. */
  readonly net: number;
  /** Of the lines that are booked on the account. */
  readonly account: AccountSums | undefined;
  readonly next: string | undefined;
}

/** What a person attested. */
export interface ManualSettlement extends SettlementFacts, Readonly<Omit<SettledManually, 'connectionId'>> {
  readonly source: 'manual';
}

const noLines: ImportedLines = {
  state: 'awaited',
  failure: undefined,
  requests: 0,
  pages: 0,
  matched: 0,
  unmatched: 0,
  net: 0,
  account: undefined,
  next: undefined,
};

export const settlementEntity: Entity<Settlement, SettlementEvent> = {
  kind: 'settlement',
  parseEvent: parseSettlementEvent,
  evolve: (settlement, event, commit) => {
    switch (event.type) {
      case 'SettledManually':
        invariant(settlement === undefined, 'a settlement is attested once');
        invariant(
          (event.data.withdrawal === undefined) !== (event.data.items.length === 0),
          'a settlement is of payments, or a withdrawal',
        );
        return { ...factsOf(event.data.connectionId, commit), ...event.data, source: 'manual' };
      case 'PayoutReported':
        return withReport(payoutOr(settlement, event.data, commit), event.data);
      case 'ReportAnnounced':
        return payoutOr(settlement, event.data, commit);
      case 'LinesImported': {
        const payout = payoutOf(settlement);
        const { page, matched, unmatched, net, account, next } = event.data;
        invariant(page === payout.lines.pages + 1, 'pages of a payout are imported in their order');
        const lines = {
          ...payout.lines,
          state: next === undefined ? ('complete' as const) : ('importing' as const),
          pages: page,
          matched: payout.lines.matched + matched,
          unmatched: payout.lines.unmatched + unmatched,
          net: payout.lines.net + net,
          account: added(payout.lines.account, account),
          next,
        };
        return { ...payout, lines };
      }
      case 'LinesUnavailable': {
        const payout = payoutOf(settlement);
        return { ...payout, lines: { ...payout.lines, state: 'unavailable', next: undefined } };
      }
      case 'LinesFailed': {
        const payout = payoutOf(settlement);
        return { ...payout, lines: { ...payout.lines, state: 'failed', failure: event.data.reason } };
      }
      case 'LinesRequested': {
        const payout = payoutOf(settlement);
        const { pages, requests } = payout.lines;
        const state = pages === 0 ? 'awaited' : 'importing';
        return { ...payout, lines: { ...payout.lines, state, failure: undefined, requests: requests + 1 } };
      }
      case 'Acknowledged':
        return { ...payoutOf(settlement), acknowledged: { ...event.data, at: commit.at } };
      case 'ReportRepeated': {
        const payout = payoutOf(settlement);
        invariant(payout.lines.pages === 0, 'what repeats another settlement has no lines of its own');
        const { settlementId, differs = false } = event.data;
        return { ...payout, repeats: { settlementId, differs }, lines: { ...payout.lines, state: 'complete' } };
      }
      case 'ExplainedManually': {
        const payout = payoutOf(settlement);
        return { ...payout, explainedBy: [...payout.explainedBy, event.data] };
      }
    }
  },
  audited: (settlement) => {
    const amount = netOf(settlement);
    return {
      source: settlement.source,
      status: statusOfSettlement(settlement),
      ...(amount === undefined ? {} : { amount: amount.amount, currency: amount.currency }),
      ...(settlement.source === 'payout' ? { lines: settlement.lines.state } : {}),
      ...(settlement.source === 'payout' && settlement.acknowledged !== undefined
        ? { acknowledged: settlement.acknowledged.seen }
        : {}),
      ...(settlement.source === 'payout' && settlement.repeats !== undefined
        ? { repeats: settlement.repeats.settlementId }
        : {}),
      ...(settlement.source === 'payout' && settlement.explainedBy.length > 0
        ? { explained: explainedOf(settlement) }
        : {}),
    };
  },
};

export function settlementStream(tenant: string, id: string): StreamId {
  return { owner: { tenant }, kind: settlementEntity.kind, id };
}

/** The id of what a provider paid out: derived, so that every report of it meets the same stream. */
export function payoutSettlementId(tenant: string, connectionId: string, payoutId: string): string {
  return deriveId('settlement', [tenant, connectionId, payoutId]);
}

/** `pending` also while only a report was announced. What a person attested has arrived, and so has what repeats another settlement. */
export function statusOfSettlement(settlement: Settlement): PayoutStatus {
  if (settlement.source === 'manual' || settlement.repeats !== undefined) return 'paid';
  return settlement.report?.status ?? 'pending';
}

/** What reached the bank, less fees, or of a payout what it explains; undefined while the provider has not told. */
export function netOf(settlement: Settlement): { readonly amount: number; readonly currency: string } | undefined {
  if (settlement.source === 'payout') {
    const { report } = settlement;
    return report === undefined ? undefined : { amount: report.amount, currency: report.currency };
  }
  return { amount: attestedSums(settlement).net, currency: settlement.currency };
}

/** What a person attests, of payments or of a withdrawal: `gross`, and `net` of the fees. */
export function attestedSums({ items, withdrawal }: Pick<SettledManually, 'items' | 'withdrawal'>): {
  readonly gross: number;
  readonly net: number;
} {
  const parts = withdrawal === undefined ? items : [withdrawal];
  return {
    gross: parts.reduce((sum, { amount }) => sum + amount, 0),
    net: parts.reduce((sum, { amount, fee }) => sum + amount - fee, 0),
  };
}

/** What manual settlements explain of a payout, in its currency. */
export function explainedOf({ explainedBy }: Pick<PayoutSettlement, 'explainedBy'>): number {
  return explainedBy.reduce((sum, { net }) => sum + net, 0);
}

/**
 * Whether the lines are still to be asked for. Of a payout that failed, too: its payments stay with it, and what is sent in its place
 * names none of them [Stripe: payout failures].
 */
export function awaitsLines(settlement: Settlement): settlement is PayoutSettlement {
  return settlement.source === 'payout' && hasLinesToCome(settlement) && settlement.report?.status !== 'pending';
}

/** Lines will come by themselves. What was given up comes only when somebody asks for it, and nobody can once it is explained. */
export function hasLinesToCome({ lines }: Pick<PayoutSettlement, 'lines'>): boolean {
  return lines.state === 'awaited' || lines.state === 'importing';
}

function factsOf(connectionId: string, { at, stream }: Pick<CommitFacts, 'at' | 'stream'>): SettlementFacts {
  invariant(stream.owner !== 'platform', 'a settlement belongs to a tenant');
  return { id: stream.id, tenant: stream.owner.tenant, connectionId, createdAt: at };
}

function payoutOr(
  settlement: Settlement | undefined,
  { connectionId, payoutId }: { readonly connectionId: string; readonly payoutId: string },
  commit: CommitFacts,
): PayoutSettlement {
  if (settlement !== undefined) return payoutOf(settlement);
  const facts = factsOf(connectionId, commit);
  return {
    ...facts,
    source: 'payout',
    payoutId,
    report: undefined,
    contradictory: false,
    lines: noLines,
    repeats: undefined,
    acknowledged: undefined,
    explainedBy: [],
  };
}

function payoutOf(settlement: Settlement | undefined): PayoutSettlement {
  invariant(settlement?.source === 'payout', 'reports are of payouts');
  return settlement;
}

function added(sums: AccountSums | undefined, more: AccountSums | undefined): AccountSums | undefined {
  if (sums === undefined || more === undefined) return sums ?? more;
  invariant(sums.currency === more.currency, 'lines of the account are in one currency');
  return {
    lines: sums.lines + more.lines,
    currency: sums.currency,
    fees: sums.fees + more.fees,
    returned: sums.returned + more.returned,
    carried: sums.carried + more.carried,
    other: sums.other + more.other,
  };
}

const progress: Readonly<Record<PayoutStatus, number>> = { pending: 0, paid: 1, failed: 2 };

/**
 * Keeps the report that counts, whichever came first: a payout that failed has failed, though it was reported as paid before
 * [Stripe: a payout may go from paid to failed]. Different amounts contradict one another.
 */
function withReport(payout: PayoutSettlement, report: PayoutReport): PayoutSettlement {
  const known = payout.report;
  if (known === undefined) return { ...payout, report };
  const contradictory = payout.contradictory || known.amount !== report.amount || known.currency !== report.currency;
  const isLater =
    progress[report.status] > progress[known.status] ||
    (report.status === known.status && canonicalJson(report) < canonicalJson(known));
  return { ...payout, contradictory, report: isLater ? report : known };
}
