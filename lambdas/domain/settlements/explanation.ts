import { canonicalJson } from '../../kernel/canonical-json';
import type { Money } from '../../kernel/money';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import { explainedOf, hasLinesToCome, statusOfSettlement } from './settlement';
import type { PayoutSettlement, Settlement } from './settlement';
import type { AccountSums, Acknowledgement, SettledManually, SettlementEvent } from './settlement-events';

/** Manual settlements that one payout takes: of the payments of each there may be fifty, and a stream is read as a whole. */
export const maxExplanations = 100;

/**
 * What of a payout is explained by nothing: no line of a payment, no line of the account, no manual settlement. Undefined while that
 * is not known.
 */
export function unexplainedOf(settlement: Settlement): Money | undefined {
  if (settlement.source === 'manual' || settlement.report === undefined) return undefined;
  const { lines, report } = settlement;
  if (hasLinesToCome(settlement)) return undefined;
  return {
    amount: report.amount - lines.net - netOfAccount(lines.account, report.currency) - explainedOf(settlement),
    currency: report.currency,
  };
}

/** Whether a person must look: it is out of order, and nobody has looked at it as it is now. */
export function needsAttention(settlement: Settlement): boolean {
  if (settlement.source === 'manual' || !isOutOfOrder(settlement)) return false;
  const { acknowledged } = settlement;
  return acknowledged === undefined || canonicalJson(acknowledged.seen) !== canonicalJson(seenOf(settlement));
}

/** All that calls for attention, as a person sees it. */
export function seenOf(settlement: PayoutSettlement): Acknowledgement['seen'] {
  const unexplained = unexplainedOf(settlement);
  const { contradictory, lines } = settlement;
  return {
    status: statusOfSettlement(settlement),
    lines: lines.state,
    contradictory,
    ...(unexplained === undefined ? {} : { unexplained: unexplained.amount }),
    other: lines.account?.other ?? 0,
  };
}

/** It does not add up, cannot be explained, is in suspense, or did not arrive after all. */
function isOutOfOrder(settlement: PayoutSettlement): boolean {
  const { contradictory, lines, report } = settlement;
  const unexplained = unexplainedOf(settlement);
  if (settlement.repeats !== undefined) return settlement.repeats.differs;
  return (
    contradictory ||
    report?.status === 'failed' ||
    (lines.state === 'failed' && settlement.explainedBy.length === 0) ||
    (!hasLinesToCome(settlement) && report === undefined) ||
    (unexplained !== undefined && unexplained.amount !== 0) ||
    (lines.account !== undefined && lines.account.other !== 0)
  );
}

export type ExplainRefusal =
  | { readonly reason: 'settlement-not-found' }
  /** What a person attested explains, and is not to be explained. */
  | { readonly reason: 'not-a-payout' }
  /** Its report was made twice: the other settlement has the money. */
  | { readonly reason: 'payout-repeats'; readonly settlementId: string }
  | { readonly reason: 'payout-connection-differs' }
  | { readonly reason: 'payout-currency-differs' }
  /** On its way, or only announced: what it amounts to may change. */
  | { readonly reason: 'payout-pending' }
  /** The provider's own lines may explain it yet. */
  | { readonly reason: 'payout-lines-awaited' }
  | { readonly reason: 'amount-exceeds-unexplained'; readonly unexplained: Money }
  /** All of it are fees: nothing of it reached the bank, and it explains nothing. */
  | { readonly reason: 'nothing-arrives' }
  /** No place is left, or only the last one: that is for what explains all that is left. */
  | { readonly reason: 'explained-too-often'; readonly unexplained: Money };

/** Decides that a manual settlement says what (part of) a payout consists of: never more than nothing else explains. */
export function decideExplanation(
  payout: Settlement | undefined,
  { connectionId, currency }: Pick<SettledManually, 'connectionId' | 'currency'>,
  explanation: { readonly settlementId: string; readonly net: number },
): Result<readonly SettlementEvent[], ExplainRefusal> {
  if (payout === undefined) return err({ reason: 'settlement-not-found' });
  if (payout.source === 'manual') return err({ reason: 'not-a-payout' });
  if (payout.repeats !== undefined) {
    return err({ reason: 'payout-repeats', settlementId: payout.repeats.settlementId });
  }
  if (payout.connectionId !== connectionId) return err({ reason: 'payout-connection-differs' });
  if (payout.report === undefined || statusOfSettlement(payout) === 'pending') return err({ reason: 'payout-pending' });
  if (payout.report.currency !== currency) return err({ reason: 'payout-currency-differs' });
  const unexplained = unexplainedOf(payout);
  if (unexplained === undefined) return err({ reason: 'payout-lines-awaited' });
  if (explanation.net <= 0) return err({ reason: 'nothing-arrives' });
  if (explanation.net > unexplained.amount) return err({ reason: 'amount-exceeds-unexplained', unexplained });
  const left = maxExplanations - payout.explainedBy.length;
  // However little each of the others explains, whoever can explain the rest always finds a place.
  if (left <= 0 || (left === 1 && explanation.net < unexplained.amount)) {
    return err({ reason: 'explained-too-often', unexplained });
  }
  return ok([{ type: 'ExplainedManually', data: explanation }]);
}

/** What lines of the account added to a payout; nothing where the payout turned out to be in another currency. */
function netOfAccount(account: AccountSums | undefined, currency: string): number {
  return account?.currency === currency ? account.returned + account.carried + account.other - account.fees : 0;
}
