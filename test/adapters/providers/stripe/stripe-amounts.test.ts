import fc from 'fast-check';

import {
  fromStripeAmount,
  stripeExponentOf,
  toStripeAmount,
} from '../../../../lambdas/adapters/providers/stripe/stripe-amounts';
import { currencies, exponentOf } from '../../../../lambdas/kernel/money';

const known = currencies.filter((currency) => stripeExponentOf(currency) !== undefined);

/** [Stripe: supported currencies] In minor units of ISO 4217, and in Stripe's. */
test.each([
  ['USD', 1099, 1099],
  ['JPY', 500, 500],
  ['CLP', 1500, 1500],
  ['KWD', 5120, 5120],
  ['ISK', 5, 500],
  ['UGX', 5, 500],
  ['HUF', 1045, 1045],
  ['TWD', 80045, 80045],
  ['MGA', 300, 3],
])('%s %i is %i at Stripe, and back', (currency, amount, atStripe) => {
  expect(toStripeAmount({ amount, currency })).toEqual({ ok: true, value: atStripe });
  expect(fromStripeAmount(atStripe, currency.toLowerCase())).toEqual({ amount, currency });
});

test.each([
  ['KWD', 5124, 'the third decimal of a dinar'],
  ['MGA', 310, 'a part of an ariary'],
  ['CLF', 10_000, 'a currency that Stripe does not know'],
  ['UYI', 10, 'a currency that Stripe does not know'],
  ['IQD', 1000, 'a currency whose factor nothing tells'],
  ['XXX', 1, 'no currency'],
])('%s %i cannot be told to Stripe: %s', (currency, amount) => {
  expect(toStripeAmount({ amount, currency })).toEqual({ ok: false, error: 'not-representable' });
});

test.each([
  ['isk', 550],
  ['ugx', 1],
  ['clf', 1],
  ['zzz', 1],
  ['usd', Number.MAX_SAFE_INTEGER],
])('%s %i of Stripe is nothing that we could keep', (currency, amount) => {
  expect(() => fromStripeAmount(amount, currency)).toThrow('is no');
});

test('every amount that Stripe takes comes back as it went, in every currency', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...known),
      fc.integer({ min: -1_000_000_000_000, max: 1_000_000_000_000 }),
      (currency, amount) => {
        const told = toStripeAmount({ amount, currency });
        if (told.ok) expect(fromStripeAmount(told.value, currency.toLowerCase())).toEqual({ amount, currency });
      },
    ),
  );
});

test('no factor is lost: the value in whole units is the same on both sides', () => {
  fc.assert(
    fc.property(fc.constantFrom(...known), fc.integer({ min: 1, max: 1_000_000 }), (currency, whole) => {
      const told = toStripeAmount({ amount: whole * 10 ** exponentOf(currency), currency });
      expect(told).toEqual({ ok: true, value: whole * 10 ** (stripeExponentOf(currency) ?? Number.NaN) });
    }),
  );
});

test('all currencies of two decimals are known, and those of others only where Stripe lists them', () => {
  const others = known.filter((currency) => exponentOf(currency) !== 2);
  expect(others.toSorted()).toEqual(
    'BHD BIF CLP DJF GNF ISK JOD JPY KMF KRW KWD OMR PYG RWF TND UGX VND VUV XAF XOF XPF'.split(' '),
  );
  expect(currencies.filter((currency) => exponentOf(currency) === 2 && !known.includes(currency))).toEqual([]);
});
