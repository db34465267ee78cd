import fc from 'fast-check';

import {
  readPaypalAmount,
  readSignedAmount,
  toPaypalAmount,
} from '../../../../lambdas/adapters/providers/paypal/paypal-money';
import { MalformedData } from '../../../../lambdas/adapters/reading';
import { currencies, exponentOf, maxAmountMinor } from '../../../../lambdas/kernel/money';

const supported =
  'AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF ILS JPY MXN MYR NOK NZD PHP PLN RUB SEK SGD THB TWD USD'.split(' ');

const written = (amount: number, currency: string) => {
  const result = toPaypalAmount({ amount, currency });
  if (!result.ok) throw new Error(result.error);
  return result.value;
};

const read = (value: unknown, currency = 'USD') =>
  readPaypalAmount({ amount: { currency_code: currency, value } }, 'amount');

describe("PayPal's amounts", () => {
  test.each([
    [1099, 'USD', '10.99'],
    [5, 'USD', '0.05'],
    [1099, 'JPY', '1099'],
    [150000, 'HUF', '1500'],
    [150000, 'TWD', '1500'],
    [maxAmountMinor, 'EUR', '10000000000.00'],
  ])('writes %i minor units of %s as %s', (amount, currency, value) => {
    expect(written(amount, currency)).toEqual({ currency_code: currency, value });
    expect(read(value, currency)).toEqual({ amount, currency });
  });

  test.each(['KWD', 'ISK', 'CLP', 'UGX', 'BHD', 'KRW'])('refuses %s, which PayPal does not take', (currency) => {
    expect(toPaypalAmount({ amount: 1000, currency })).toEqual({ ok: false, error: 'currency-not-supported' });
  });

  test.each(['HUF', 'TWD'])('refuses hundredths of %s, and never rounds them', (currency) => {
    expect(toPaypalAmount({ amount: 150050, currency })).toEqual({ ok: false, error: 'amount-not-whole' });
    expect(toPaypalAmount({ amount: 50, currency })).toEqual({ ok: false, error: 'amount-not-whole' });
  });

  test('takes exactly the currencies on its list', () => {
    expect(currencies.filter((currency) => toPaypalAmount({ amount: 1000, currency }).ok)).toEqual(supported);
  });

  test('comes back as it was written, whatever the amount and the currency', () => {
    fc.assert(
      fc.property(fc.constantFrom(...supported), fc.integer({ min: 1, max: 1e10 }), (currency, units) => {
        const amount = ['HUF', 'TWD'].includes(currency) ? units * 100 : units;
        expect(read(written(amount, currency).value, currency)).toEqual({ amount, currency });
      }),
    );
  });

  test('is what the decimal says, by integers alone', () => {
    fc.assert(
      fc.property(fc.constantFrom(...supported), fc.integer({ min: 1, max: 1e9 }), (currency, units) => {
        const amount = ['HUF', 'TWD'].includes(currency) ? units * 100 : units;
        const [whole, fraction = ''] = written(amount, currency).value.split('.');
        const exponent = exponentOf(currency);
        expect(BigInt(`${whole!}${fraction.padEnd(exponent, '0')}`)).toBe(BigInt(amount));
      }),
    );
  });

  test.each(['1.0', '1', '1.00', '1.000', '01.00'])('reads %s dollars as one', (value) => {
    expect(read(value)).toEqual({ amount: 100, currency: 'USD' });
  });

  test('reads zeros behind the point of a currency without decimals, and hundredths of a forint', () => {
    expect(read('1099.00', 'JPY')).toEqual({ amount: 1099, currency: 'JPY' });
    expect(read('15.50', 'HUF')).toEqual({ amount: 1550, currency: 'HUF' });
    expect(read('.5')).toEqual({ amount: 50, currency: 'USD' });
  });

  test.each(['1.005', '1,00', '1e3', '', '.', '-', ' 1', '1.', '--1', '-1.00', '0x10', '99999999999999', 1, null])(
    'refuses %p',
    (value) => {
      expect(() => read(value)).toThrow(MalformedData);
    },
  );

  test('refuses a part of a yen, and what is no currency', () => {
    expect(() => read('10.5', 'JPY')).toThrow('finer');
    expect(() => read('10.00', 'usd')).toThrow('no currency');
  });

  test('reads signs where they may stand, and no negative zero', () => {
    const signed = (value: string) => readSignedAmount({ fee: { currency_code: 'USD', value } }, 'fee').amount;
    expect(signed('-0.35')).toBe(-35);
    expect(Object.is(signed('-0.00'), 0)).toBe(true);
  });
});
