import { exponentOf, isAmountMinor, isCurrency } from '../../../kernel/money';
import type { Money } from '../../../kernel/money';
import { fieldsOf, integerOf, MalformedData, textOf } from '../../reading';
import type { Fields } from '../../reading';

/**
 * Adyen's currencies and the decimals that it counts them in [Adyen: currency codes and minor units]. For CLP, CVE, IDR and ISK they
 * are not those of ISO 4217, and Adyen's are leading. A currency that is not in its table is not taken at all: its decimals are not
 * known, and a guess would be a factor of ten.
 */
const byDecimals = {
  0: 'CVE DJF GNF IDR JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF',
  2:
    'AED ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BWP BYN BZD CAD CHF CLP CNY COP CRC CUP CZK DKK DOP ' +
    'DZD EGP ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF ILS INR ISK JMD KES KGS KHR KYD KZT LAK LKR MAD ' +
    'MDL MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR ' +
    'SBD SCR SEK SGD SHP SLE SOS SRD STN SVC SZL THB TOP TRY TTD TWD TZS UAH USD UYU UZS WST XCD XCG YER ZAR ZMW',
  3: 'BHD IQD JOD KWD LYD OMR TND',
} as const;

const decimals: ReadonlyMap<string, number> = new Map(
  Object.entries(byDecimals).flatMap(([count, codes]) =>
    codes.split(' ').map((code): [string, number] => [code, Number(count)]),
  ),
);

/** An amount as Adyen writes it: `value` is a whole number of Adyen's minor units. */
export interface AdyenAmount {
  readonly value: number;
  readonly currency: string;
}

/** Undefined where Adyen cannot express it exactly: 10.50 CVE, or a currency that it does not have. */
export function toAdyenAmount({ amount, currency }: Money): AdyenAmount | undefined {
  const value = rescaled(amount, currency, 1);
  return value === undefined ? undefined : { value, currency };
}

/** The amount in ISO 4217 minor units; undefined where they cannot express it exactly: 10.50 ISK. */
export function fromAdyenAmount({ value, currency }: AdyenAmount): Money | undefined {
  const amount = rescaled(value, currency, -1);
  return amount === undefined ? undefined : { amount, currency };
}

/** Reads `{ value, currency }`. Throws MalformedData on what is no amount of ours. */
export function readAmount(value: unknown): Money {
  const fields: Fields = fieldsOf(value, 'amount');
  const money = fromAdyenAmount({ value: integerOf(fields, 'value'), currency: textOf(fields, 'currency') });
  if (money === undefined || money.amount < 0) throw new MalformedData('amount is no amount');
  return money;
}

/** To Adyen's minor units (1) or from them (-1), in whole numbers only: a factor beyond 10^12 would not be exact. */
function rescaled(amount: number, currency: string, direction: 1 | -1): number | undefined {
  const theirs = decimals.get(currency);
  if (theirs === undefined || !isCurrency(currency) || !Number.isSafeInteger(amount)) return undefined;
  const shift = (theirs - exponentOf(currency)) * direction;
  const factor = 10 ** Math.abs(shift);
  if (shift < 0 && amount % factor !== 0) return undefined;
  const result = shift < 0 ? amount / factor : amount * factor;
  // On the way out Adyen's number may exceed our limit, as long as it is exact.
  return direction === 1
    ? Number.isSafeInteger(result) && isAmountMinor(amount)
      ? result
      : undefined
    : isAmountMinor(result)
      ? result
      : undefined;
}
