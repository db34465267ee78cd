import { exponentOf, isAmountMinor, isCurrency } from '../../../kernel/money';
import type { Money } from '../../../kernel/money';
import { err, ok } from '../../../kernel/result';
import type { Result } from '../../../kernel/result';
import { MalformedData } from '../../reading';

/**
 * Stripe counts in minor units of its own, which for some currencies are not those of ISO 4217. All sources: [Stripe: supported
 * currencies], sections "Zero-decimal currencies", "Three-decimal currencies" and "Special cases".
 */

const zeroDecimal = new Set('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '));

/** The last digit has to be 0, though it is counted. */
const threeDecimal = new Set('BHD JOD KWD OMR TND'.split(' '));

/** Without a fraction, and written with two decimals that are 00, for the sake of old integrations. */
const wholeWithTwoDecimals = new Set(['ISK', 'UGX']);

/** What an amount in Stripe's own units has to be a multiple of. */
function stepOf(currency: string): number {
  if (wholeWithTwoDecimals.has(currency)) return 100;
  return threeDecimal.has(currency) ? 10 : 1;
}

/** How many decimals Stripe counts; undefined for a currency whose factor nothing tells. */
export function stripeExponentOf(currency: string): number | undefined {
  if (!isCurrency(currency)) return undefined;
  if (zeroDecimal.has(currency)) return 0;
  if (threeDecimal.has(currency)) return 3;
  // "All others have two decimals" is said of the currencies that Stripe knows; where ISO 4217 counts otherwise it is no safe guess.
  return exponentOf(currency) === 2 || wholeWithTwoDecimals.has(currency) ? 2 : undefined;
}

/**
 * The amount in Stripe's units. `not-representable`: Stripe cannot express it exactly (a tenth of an ariary, the third decimal of a
 * dinar), or does not know the currency. Nothing is ever rounded.
 */
export function toStripeAmount({ amount, currency }: Money): Result<number, 'not-representable'> {
  const exponent = stripeExponentOf(currency);
  if (exponent === undefined) return err('not-representable');
  const converted = shift(amount, exponent - exponentOf(currency));
  if (converted === undefined || converted % stepOf(currency) !== 0) return err('not-representable');
  return ok(converted);
}

/** Reads an amount of Stripe's, with its currency in lower case. Throws MalformedData where ISO 4217 cannot express it. */
export function fromStripeAmount(amount: number, stripeCurrency: string): Money {
  const currency = stripeCurrency.toUpperCase();
  const exponent = stripeExponentOf(currency);
  if (exponent === undefined) throw new MalformedData('currency is none that we know of Stripe');
  const converted = shift(amount, exponentOf(currency) - exponent);
  if (converted === undefined || !isAmountMinor(converted)) throw new MalformedData('amount is no amount');
  return { amount: converted, currency };
}

/** Moves the decimal point by so many digits; undefined when something would be lost. */
function shift(amount: number, digits: number): number | undefined {
  if (digits >= 0) {
    const shifted = amount * 10 ** digits;
    return Number.isSafeInteger(shifted) ? shifted : undefined;
  }
  const divisor = 10 ** -digits;
  return amount % divisor === 0 ? amount / divisor : undefined;
}
