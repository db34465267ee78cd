/** An amount in the minor unit of its currency (ISO 4217 exponent): 1099 USD is 10.99 dollars, 1099 JPY is 1099 yen. */
export interface Money {
  readonly amount: number;
  readonly currency: Currency;
}

/** The greatest amount of one operation, either sign: 10^12 minor units, well within exact integers. */
export const maxAmountMinor = 1_000_000_000_000;

const byExponent = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  2:
    'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF ' +
    'CHW CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG ' +
    'HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK ' +
    'MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE ' +
    'SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG',
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
} as const;

/** An ISO 4217 alphabetic code that has a minor unit. */
export type Currency = string;

const exponents: ReadonlyMap<string, number> = new Map(
  Object.entries(byExponent).flatMap(([exponent, codes]) =>
    codes.split(' ').map((code): [string, number] => [code, Number(exponent)]),
  ),
);

/**
 * Withdrawn, and still to be read where money moved in them [ISO 4217: list three]: ANG gave way to XCG in 2025, BGN to EUR at the
 * beginning of 2026, CUC was given up in 2021.
 */
const withdrawn: ReadonlySet<Currency> = new Set(['ANG', 'BGN', 'CUC']);

/**
 * The codes of ISO 4217 list one that have a minor unit and are in use: what new money may be in. Metals, funds without a minor unit
 * and test codes are no payment currencies.
 */
export const currencies: readonly Currency[] = [...exponents.keys()].filter((code) => !withdrawn.has(code)).sort();

/** Whether new money may be in it. */
export function isInUse(code: string): code is Currency {
  return exponents.has(code) && !withdrawn.has(code);
}

/** Whether amounts in it can be read: in use, or withdrawn. */
export function isCurrency(code: string): code is Currency {
  return exponents.has(code);
}

/** How many decimal digits the minor unit stands for [ISO 4217]. Throws on a code that is none. */
export function exponentOf(currency: Currency): number {
  const exponent = exponents.get(currency);
  if (exponent === undefined) throw new Error(`${currency} is not an ISO 4217 currency with a minor unit`);
  return exponent;
}

/** Whether the number can be an amount: an exact integer, not beyond 10^12 either way. */
export function isAmountMinor(amount: number): boolean {
  return Number.isSafeInteger(amount) && Math.abs(amount) <= maxAmountMinor;
}

export function sameMoney(a: Money, b: Money): boolean {
  return a.amount === b.amount && a.currency === b.currency;
}

/** For people: `10.99 USD`, `1099 JPY`. Exact, without floating point. */
export function formatMoney({ amount, currency }: Money): string {
  const exponent = exponentOf(currency);
  const digits = String(Math.abs(amount)).padStart(exponent + 1, '0');
  const sign = amount < 0 ? '-' : '';
  if (exponent === 0) return `${sign}${digits} ${currency}`;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)} ${currency}`;
}
