import type { PayoutLine, PayoutPage } from '../../../domain/providers/provider';
import { isAmountMinor } from '../../../kernel/money';
import { fieldsOf, integerOf, listOf, MalformedData, optionOf, textOf } from '../../reading';
import type { Fields } from '../../reading';
import { readReference } from '../reading-events';

/** The lines of a payout. Throws MalformedData on an answer that is not the sandbox's. */
export function readPayoutPage(payoutId: string, value: unknown): PayoutPage {
  const page = fieldsOf(value, 'the page');
  const next = page.next === undefined ? undefined : String(integerOf(page, 'next'));
  return { lines: listOf(page, 'lines').map((line) => ({ ...readLine(fieldsOf(line, 'a line')), payoutId })), next };
}

function readLine(line: Fields): PayoutLine {
  const currency = textOf(line, 'currency');
  if (!/^[A-Z]{3}$/.test(currency)) throw new MalformedData('currency is no currency');
  const gross = readAmount(line, 'gross');
  if (gross < 0) throw new MalformedData('gross is negative');
  return {
    settlementId: readReference(line, 'id'),
    kind: optionOf(line, 'kind', ['capture', 'refund', 'dispute', 'dispute_reversal', 'adjustment']),
    paymentId: readReference(line, 'payment'),
    amount: { amount: gross, currency },
    paidOut: { net: readAmount(line, 'net'), fee: readAmount(line, 'fee'), currency },
  };
}

function readAmount(line: Fields, name: string): number {
  const amount = integerOf(line, name);
  if (!isAmountMinor(amount)) throw new MalformedData(`${name} is no amount`);
  return amount;
}
