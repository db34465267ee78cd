import { netOf, statusOfSettlement } from '../settlements';
import type { ManualSettlement, PayoutSettlement, Settlement } from '../settlements';
import { balanced, credit, debit } from './position';
import type { Position, Posting } from './position';

/**
 * What a settlement stands for in the books: money that has arrived at the bank, and what the provider booked on the account on the
 * way there. What else it consists of is in the positions of the payments, so `payouts_clearing` is zero when a payout is explained.
 */
export function settlementPosition(settlement: Settlement): Position {
  return balanced(
    settlement.source === 'manual' ? attested(settlement) : [...arrived(settlement), ...ofTheAccount(settlement)],
  );
}

/** Nothing by itself where it explains a payout: that is at the bank already. */
function attested(settlement: ManualSettlement): readonly Posting[] {
  const { explains, withdrawal, currency } = settlement;
  const net = netOf(settlement)?.amount ?? 0;
  const fee = withdrawal?.fee ?? 0;
  if (explains !== undefined) return [];
  return [debit('bank', net, currency), debit('fees', fee, currency), credit('payouts_clearing', net + fee, currency)];
}

/** A payout that is on its way or has failed moved nothing. */
function arrived(settlement: PayoutSettlement): readonly Posting[] {
  const { report } = settlement;
  if (report === undefined || statusOfSettlement(settlement) !== 'paid') return [];
  const { amount, currency } = report;
  return [debit('bank', amount, currency), credit('payouts_clearing', amount, currency)];
}

/**
 * Lines that no payment has. They stand as the lines of payments do, also where the payout fails: the money that comes again holds them.
 * What was returned posts nothing: the lines of the payout that failed are still in `payouts_clearing`, and this one takes them away. Nor
 * does what is carried over: the lines of the batch that paid out nothing stay in `payouts_clearing` until the one that does.
 */
function ofTheAccount({ lines: { account } }: PayoutSettlement): readonly Posting[] {
  if (account === undefined) return [];
  const { fees, other, currency } = account;
  return [
    debit('fees', fees, currency),
    credit('suspense', other, currency),
    debit('payouts_clearing', other - fees, currency),
  ];
}
