import { grossInPayout } from '../providers/provider';
import type { Payment } from './payment';
import { reportedOf } from './reported';

type Line = Payment['settlements'][number];

/** Lines of payouts of one sort and currency, beside what is reported of it. Minor units. */
export interface SettledSort {
  readonly sort: 'captured' | 'refunded' | 'disputed';
  /** Whether a line of the sort brings money or takes it. */
  readonly sign: 1 | -1;
  /** As far as a report stands behind the lines. */
  readonly explained: number;
  /** The rest. Negative where more of disputes came back than was taken. */
  readonly open: number;
}

/**
 * By the sums of each sort, so that the order of the lines does not matter. Captures and refunds are in the payment's currency; a
 * dispute explains lines in its own.
 */
export function settledSorts(payment: Payment, currency: string): readonly SettledSort[] {
  const own = payment.settlements.filter((line) => line.currency === currency);
  const grossOf = (kind: Line['kind']): number =>
    own.filter((line) => line.kind === kind).reduce((sum, { amount }) => sum + amount, 0);
  const { captured, refunded } = currency === payment.currency ? reportedOf(payment) : { captured: 0, refunded: 0 };
  // What was ever withdrawn may be in a line, also of a dispute that is won by now; what came back is in one of its own.
  const everDisputed = payment.disputes
    .filter((dispute) => dispute.status !== 'inquiry' && dispute.currency === currency)
    .reduce((sum, { amount }) => sum + amount, 0);
  return [
    sorted('captured', 1, grossOf('capture'), captured),
    sorted('refunded', -1, grossOf('refund'), refunded),
    sorted('disputed', -1, grossOf('dispute') - grossOf('dispute_reversal'), everDisputed),
  ];
}

function sorted(sort: SettledSort['sort'], sign: 1 | -1, gross: number, limit: number): SettledSort {
  const explained = Math.min(Math.max(gross, 0), limit);
  return { sort, sign, explained, open: gross - explained };
}

/** What lines in the payment's currency leave unexplained, in minor units; all zero when everything is told and paid out. */
export interface Unexplained {
  readonly captured: number;
  readonly refunded: number;
  readonly disputed: number;
  /** Positive where the provider gave. */
  readonly adjusted: number;
  /** Gross less net and fee. */
  readonly uneven: number;
}

/**
 * What of the suspense of a payment comes from lines of payouts. An adjustment is how a provider corrects a refund or a dispute that it
 * has paid out: it is set against these first.
 */
export function unexplainedOf(payment: Payment): Unexplained {
  const { currency } = payment;
  const sorts = settledSorts(payment, currency);
  const openOf = (wanted: SettledSort['sort']): number =>
    sorts.filter(({ sort }) => sort === wanted).reduce((sum, { open }) => sum + open, 0);
  const own = payment.settlements.filter((line) => line.currency === currency);
  const adjusted = own.filter(({ kind }) => kind === 'adjustment').reduce((sum, { amount }) => sum + amount, 0);
  const [refunded, afterRefunds] = setOff(openOf('refunded'), adjusted);
  const [disputed, left] = setOff(openOf('disputed'), afterRefunds);
  return { captured: openOf('captured'), refunded, disputed, adjusted: left, uneven: unevenOf(own) };
}

/** What was taken and what was given, less what is in both. */
function setOff(taken: number, given: number): readonly [number, number] {
  if (Math.sign(taken) !== Math.sign(given)) return [taken, given];
  const both = Math.sign(taken) * Math.min(Math.abs(taken), Math.abs(given));
  return [taken - both, given - both];
}

/** Of what was exchanged, the gross and the net are in two currencies, and cannot be compared. */
function unevenOf(lines: readonly Line[]): number {
  return lines.reduce((sum, { kind, amount, currency, paidOut }) => {
    if (paidOut?.currency !== currency) return sum;
    return sum + grossInPayout(kind, amount) - paidOut.net - paidOut.fee;
  }, 0);
}
