import fc from 'fast-check';

import { fromAdyenAmount, readAmount, toAdyenAmount } from '../../../../lambdas/adapters/providers/adyen/adyen-amounts';
import { currencies, exponentOf, maxAmountMinor } from '../../../../lambdas/kernel/money';

const amounts = fc.integer({ min: 0, max: maxAmountMinor });
const anyCurrency = fc.constantFrom(...currencies);

/** What Adyen's table says where it is not ISO 4217 [Adyen: currency codes and minor units]. */
const theirs: Readonly<Record<string, number>> = { CLP: 2, CVE: 0, IDR: 0, ISK: 2 };

describe('amounts at Adyen', () => {
  test.each([
    ['JPY', 1000, 1000],
    ['KWD', 1234, 1234],
    ['ISK', 1000, 100_000],
    ['CLP', 1000, 100_000],
    ['UGX', 1000, 1000],
    ['HUF', 1050, 1050],
    ['IDR', 150_000, 1500],
    ['CVE', 1000, 10],
    ['USD', 1099, 1099],
  ])('%s %d is %d', (currency, amount, value) => {
    expect(toAdyenAmount({ amount, currency })).toEqual({ value, currency });
    expect(fromAdyenAmount({ value, currency })).toEqual({ amount, currency });
  });

  test('survive the way there and back, or are refused before they leave', () => {
    fc.assert(
      fc.property(anyCurrency, amounts, (currency, amount) => {
        const there = toAdyenAmount({ amount, currency });
        if (there === undefined) return;
        expect(fromAdyenAmount(there)).toEqual({ amount, currency });
      }),
      { numRuns: 2_000 },
    );
  });

  test('survive the way here and back, or are refused', () => {
    fc.assert(
      fc.property(anyCurrency, amounts, (currency, value) => {
        const here = fromAdyenAmount({ value, currency });
        if (here === undefined) return;
        expect(toAdyenAmount(here)).toEqual({ value, currency });
      }),
      { numRuns: 2_000 },
    );
  });

  test('differ by the power of ten that the two tables differ by, for every currency', () => {
    for (const currency of currencies) {
      const amount = 100;
      const there = toAdyenAmount({ amount, currency });
      if (there === undefined) continue;
      const shift = (theirs[currency] ?? exponentOf(currency)) - exponentOf(currency);
      expect([currency, there.value]).toEqual([currency, shift >= 0 ? amount * 10 ** shift : amount / 10 ** -shift]);
    }
  });

  test('are refused where they cannot be told exactly', () => {
    expect(toAdyenAmount({ amount: 1050, currency: 'CVE' })).toBeUndefined();
    expect(toAdyenAmount({ amount: 1, currency: 'IDR' })).toBeUndefined();
    expect(fromAdyenAmount({ value: 1050, currency: 'ISK' })).toBeUndefined();
    expect(fromAdyenAmount({ value: 1, currency: 'CLP' })).toBeUndefined();
    expect(fromAdyenAmount({ value: 10 ** 14, currency: 'USD' })).toBeUndefined();
  });

  test.each(['BIF', 'MGA', 'CLF', 'UYW', 'XAU', 'usd', '', 'constructor'])('%s is none that Adyen has', (currency) => {
    expect(toAdyenAmount({ amount: 100, currency })).toBeUndefined();
    expect(fromAdyenAmount({ value: 100, currency })).toBeUndefined();
  });

  test.each([
    [null],
    ['1000'],
    [{ value: '1000', currency: 'EUR' }],
    [{ value: 10.5, currency: 'EUR' }],
    [{ value: -1, currency: 'EUR' }],
  ])('reads no amount from %j', (value) => {
    expect(() => readAmount(value)).toThrow();
  });
});
