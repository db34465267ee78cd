import { isWithdrawn, reportedOf, settledSorts, totalsOf } from '../payments';
import type { Payment } from '../payments';
import { grossInPayout } from '../providers/provider';
import { balanced, credit, debit } from './position';
import type { Position, Posting } from './position';

type Line = Payment['settlements'][number];

/**
 * What a payment stands for in the books. Everything that its provider reports is on `provider_receivable`, what its status counts on
 * the account of its sort, and what lies between the two (more than was authorized, captured, refunded or disputed, another
 * currency, an adjustment, a line that does not add up) on `suspense`, until a person or a later report explains it.
 *
 * When all that was reported is paid out and explained, `provider_receivable` and `suspense` are zero.
 */
export function paymentPosition(payment: Payment): Position {
  return balanced([
    ...operations(payment),
    ...foreignDisputes(payment),
    ...settledAgainst(payment),
    ...payment.settlements.flatMap(paidOut),
  ]);
}

/** Captures, refunds and disputes, in the payment's currency: reported on the one side, counted on the other. */
function operations(payment: Payment): readonly Posting[] {
  const { currency } = payment;
  const reported = reportedOf(payment);
  const counted = totalsOf(payment);
  return [
    debit('provider_receivable', reported.captured, currency),
    credit('tenant_payable', counted.captured, currency),
    credit('suspense', reported.captured - counted.captured, currency),

    debit('refunds', counted.refunded, currency),
    debit('suspense', reported.refunded - counted.refunded, currency),
    credit('provider_receivable', reported.refunded, currency),

    debit('disputes', counted.disputed, currency),
    debit('suspense', reported.disputed - counted.disputed, currency),
    credit('provider_receivable', reported.disputed, currency),
  ];
}

/** Money withdrawn in a currency that the payment does not have: it counts for nothing, and is not forgotten. */
function foreignDisputes(payment: Payment): readonly Posting[] {
  return payment.disputes
    .filter((dispute) => isWithdrawn(dispute) && dispute.currency !== payment.currency)
    .flatMap(({ amount, currency }) => [
      debit('suspense', amount, currency),
      credit('provider_receivable', amount, currency),
    ]);
}

/**
 * The gross side of lines of payouts, in each currency that they have: they take away from `provider_receivable` as much as there was
 * reported to be paid out or taken back; the rest, and every adjustment, is `suspense`.
 */
function settledAgainst(payment: Payment): readonly Posting[] {
  const currencies = new Set(payment.settlements.map(({ currency }) => currency));
  return [
    ...[...currencies].flatMap((currency) =>
      settledSorts(payment, currency).flatMap(({ sign, explained, open }) => [
        credit('provider_receivable', sign * explained, currency),
        credit('suspense', sign * open, currency),
      ]),
    ),
    ...payment.settlements
      .filter(({ kind }) => kind === 'adjustment')
      .map(({ amount, currency }) => credit('suspense', amount, currency)),
  ];
}

/** The other side of a line: what reached the bank's side, the fee, and the exchange of currencies between them and the gross. */
function paidOut(line: Line): readonly Posting[] {
  const gross = grossInPayout(line.kind, line.amount);
  const { currency } = line;
  if (line.paidOut === undefined) return [debit('payouts_clearing', gross, currency)];
  const { net, fee, currency: payoutCurrency } = line.paidOut;
  const arrived = [debit('payouts_clearing', net, payoutCurrency), debit('fees', fee, payoutCurrency)];
  if (payoutCurrency === currency) return [...arrived, debit('suspense', gross - net - fee, currency)];
  return [...arrived, debit('exchange', gross, currency), credit('exchange', net + fee, payoutCurrency)];
}
