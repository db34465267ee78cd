import { netOf, statusOfSettlement } from '../settlements';
import type { Settlement } from '../settlements';
import { balanced, credit, debit } from './position';
import type { Position } from './position';

/**
 * What a settlement stands for in the books: money that has arrived at the bank. What it consists of is in the positions of the
 * payments, so `payouts_clearing` is zero when lines and payouts agree. A payout that is on its way or has failed moved nothing.
 */
export function settlementPosition(settlement: Settlement): Position {
  const arrived = netOf(settlement);
  if (arrived === undefined || statusOfSettlement(settlement) !== 'paid') return [];
  const { amount, currency } = arrived;
  return balanced([debit('bank', amount, currency), credit('payouts_clearing', amount, currency)]);
}
