import { exponentOf, isAmountMinor, isCurrency } from '../../../kernel/money';
import type { Money } from '../../../kernel/money';
import { err, ok } from '../../../kernel/result';
import type { Result } from '../../../kernel/result';
import { fieldsOf, MalformedData, textOf } from '../../reading';
import type { Fields } from '../../reading';

/** Money as PayPal writes it: a decimal string in the currency's main unit. */
export interface PaypalAmount {
  readonly currency_code: string;
  readonly value: string;
}

export type AmountRefusal = 'currency-not-supported' | 'amount-not-whole';

/** How many decimals PayPal takes of each currency that it supports [PayPal: currency codes]. */
const decimals: ReadonlyMap<string, number> = new Map([
  ...eachOf('AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD ILS MXN MYR NOK NZD PHP PLN RUB SEK SGD THB USD', 2),
  ...eachOf('HUF JPY TWD', 0),
]);

function eachOf(codes: string, places: number): readonly [string, number][] {
  return codes.split(' ').map((code) => [code, places]);
}

/**
 * ISO 4217 minor units as PayPal's decimal string, exactly. Forint and Taiwan dollars have no decimals at PayPal, while ISO counts
 * their hundredths: an amount with hundredths cannot be said to it, and is refused and never rounded.
 */
export function toPaypalAmount({ amount, currency }: Money): Result<PaypalAmount, AmountRefusal> {
  const places = decimals.get(currency);
  if (places === undefined) return err('currency-not-supported');
  const exponent = exponentOf(currency);
  const digits = String(amount).padStart(exponent + 1, '0');
  const whole = digits.slice(0, digits.length - exponent);
  const fraction = digits.slice(digits.length - exponent);
  if (/[^0]/.test(fraction.slice(places))) return err('amount-not-whole');
  return ok({ currency_code: currency, value: places === 0 ? whole : `${whole}.${fraction.slice(0, places)}` });
}

/** An amount that PayPal names, in ISO 4217 minor units. Not negative. */
export function readPaypalAmount(fields: Fields, name: string): Money {
  const money = readSignedAmount(fields, name);
  if (money.amount < 0) throw new MalformedData(`${name} is negative`);
  return money;
}

/** As above, of either sign. */
export function readSignedAmount(fields: Fields, name: string): Money {
  const money = fieldsOf(fields[name], name);
  const currency = textOf(money, 'currency_code');
  if (!isCurrency(currency)) throw new MalformedData(`${name} is in no currency`);
  const [, sign, whole, fraction = ''] =
    /^(-?)(?=[\d.])(\d{0,15})(?:\.(\d{1,15}))?$/.exec(textOf(money, 'value')) ?? [];
  if (sign === undefined || whole === undefined || `${whole}${fraction}` === '') {
    throw new MalformedData(`${name} is no amount`);
  }
  const exponent = exponentOf(currency);
  if (/[^0]/.test(fraction.slice(exponent))) throw new MalformedData(`${name} is finer than its currency`);
  const amount = Number(`${whole}${fraction.slice(0, exponent).padEnd(exponent, '0')}`);
  if (!isAmountMinor(amount)) throw new MalformedData(`${name} is too great`);
  return { amount: sign === '-' && amount !== 0 ? -amount : amount, currency };
}
