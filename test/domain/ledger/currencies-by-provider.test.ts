import { statusOf } from '../../../lambdas/domain/payments';
import type { ProviderName } from '../../../lambdas/domain/providers/provider';
import { aShop } from './a-shop';
import type { Shop } from './a-shop';

/**
 * Every provider in every sort of currency, from the command to the books. What is expected follows from the tables below alone:
 * nothing of it is taken from the product.
 */

type Code = 'EUR' | 'JPY' | 'KWD' | 'ISK' | 'CLP' | 'UGX' | 'HUF';

/** Decimals of the minor unit [ISO 4217: list one]. */
const iso: Readonly<Record<Code, number>> = { EUR: 2, JPY: 0, KWD: 3, ISK: 0, CLP: 0, UGX: 0, HUF: 2 };

/**
 * Decimals that a provider counts in; a currency without any it does not take [Stripe: supported currencies; Adyen: currency codes and
 * minor units; PayPal: currency codes]. The sandbox counts as ISO 4217 does.
 */
const decimals: Readonly<Record<ProviderName, Readonly<Partial<Record<Code, number>>>>> = {
  sandbox: iso,
  stripe: { EUR: 2, JPY: 0, KWD: 3, ISK: 2, CLP: 0, UGX: 2, HUF: 2 },
  adyen: { EUR: 2, JPY: 0, KWD: 3, ISK: 2, CLP: 2, UGX: 0, HUF: 2 },
  paypal: { EUR: 2, JPY: 0, HUF: 0 },
};

/** What the fakes keep: thousandths of a capture, which they give back or not with a refund, and an amount in their own units. */
const fees: Readonly<Record<ProviderName, { thousandths: number; returned: number; each: number }>> = {
  sandbox: { thousandths: 29, returned: 0, each: 30 },
  stripe: { thousandths: 30, returned: 0, each: 0 },
  adyen: { thousandths: 10, returned: 0, each: 0 },
  paypal: { thousandths: 30, returned: 30, each: 30 },
};

/** What Adyen keeps of every batch beside, in the smallest units that can be paid: a fee that is about no payment. */
const ofBatch: Readonly<Record<ProviderName, number>> = { sandbox: 0, stripe: 0, adyen: 5, paypal: 0 };

interface Story {
  readonly currency: Code;
  /** In the main unit. */
  readonly authorized: string;
  readonly captured: string;
  readonly refunded: string;
}

/** Shares of them are whole, so that no fee is rounded but the sandbox's. */
const stories: readonly Story[] = [
  { currency: 'EUR', authorized: '200.10', captured: '120.00', refunded: '21.00' },
  { currency: 'JPY', authorized: '2001', captured: '1200', refunded: '100' },
  { currency: 'KWD', authorized: '20.010', captured: '12.300', refunded: '1.250' },
  { currency: 'ISK', authorized: '2001', captured: '1200', refunded: '101' },
  { currency: 'CLP', authorized: '20001', captured: '12000', refunded: '990' },
  { currency: 'UGX', authorized: '70001', captured: '12000', refunded: '1' },
  { currency: 'HUF', authorized: '20001', captured: '12000', refunded: '100' },
];

/** Hundredths of a forint, which all count in but PayPal. */
const filler: Story = { currency: 'HUF', authorized: '2000.55', captured: '1201.00', refunded: '7.53' };

const names = ['sandbox', 'stripe', 'adyen', 'paypal'] as const;

const taken = names.flatMap((name) =>
  [...stories, ...(name === 'paypal' ? [] : [filler])].flatMap((story) => {
    const places = decimals[name][story.currency];
    return places === undefined ? [] : [{ name, places, ...story }];
  }),
);

/** `12.5` in units of so many decimals. */
function units(amount: string, places: number): number {
  const [whole = '', fraction = ''] = amount.split('.');
  if (/[^0]/.test(fraction.slice(places))) throw new Error(`${amount} has more than ${String(places)} decimals`);
  return Number(`${whole}${fraction.slice(0, places).padEnd(places, '0')}`);
}

/** As the provider writes an amount: PayPal in the main unit, the others in units of theirs. */
function written(name: ProviderName, amount: string, places: number): string {
  const count = String(units(amount, places));
  if (name !== 'paypal' || places === 0) return count;
  return `${count.slice(0, -places)}.${count.slice(-places)}`;
}

/** The balances, less the accounts that are zero. */
async function balances(shop: Shop): Promise<Record<string, Record<string, number>>> {
  const all = Object.entries(await shop.balances());
  return Object.fromEntries(
    all.map(([currency, accounts]) => [
      currency,
      Object.fromEntries(Object.entries(accounts).filter(([, balance]) => balance !== 0)),
    ]),
  );
}

let shop: Shop;
afterEach(() => shop.close());

describe.each([
  { silent: false, told: 'answers and webhooks' },
  { silent: true, told: 'webhooks alone' },
])('told by $told', ({ silent }) => {
  test.each(taken)(
    '$name: $authorized $currency are authorized, captured in part, refunded in part, and right in the books',
    async ({ name, places, currency, ...story }) => {
      shop = await aShop(name, { silent });
      const minor = (amount: string) => units(amount, iso[currency]);
      const money = (amount: string) => ({ amount: minor(amount), currency });
      const [authorized, captured, refunded] = [story.authorized, story.captured, story.refunded].map(minor) as [
        number,
        number,
        number,
      ];
      const feeOf = (amount: string, thousandths: number, each: number): number => {
        const fee = Math.round((units(amount, places) * thousandths) / 1000) + each;
        return fee * 10 ** (iso[currency] - places);
      };
      const fee = feeOf(story.captured, fees[name].thousandths, fees[name].each);
      const feeBack = feeOf(story.refunded, fees[name].returned, 0);
      // PayPal credits the account at once, and tells no payout.
      const atOnce = name === 'paypal';

      await shop.create(money(story.authorized));
      expect(await shop.hear()).toBeGreaterThan(0);
      expect(await shop.totals()).toMatchObject({ authorized, captured: 0, needsAttention: false });
      expect(await balances(shop)).toEqual({});

      await shop.change({ kind: 'capture', amount: money(story.captured) });
      expect(await shop.hear()).toBeGreaterThan(0);
      expect(await balances(shop)).toEqual({
        [currency]: {
          tenant_payable: -captured,
          ...(atOnce ? { payouts_clearing: captured - fee, fees: fee } : { provider_receivable: captured }),
        },
      });

      await shop.change({ kind: 'refund', amount: money(story.refunded) });
      expect(await shop.hear()).toBeGreaterThan(0);
      expect(await balances(shop)).toEqual({
        [currency]: {
          tenant_payable: -captured,
          refunds: refunded,
          ...(atOnce
            ? { payouts_clearing: captured - fee - (refunded - feeBack), fees: fee - feeBack }
            : { provider_receivable: captured - refunded }),
        },
      });
      expect(await shop.totals()).toMatchObject({ authorized, captured, refunded, needsAttention: false });
      expect(shop.amountsTold).toEqual(
        [story.authorized, story.captured, story.refunded].map((amount) => written(name, amount, places)),
      );

      expect(shop.listsPayouts).toBe(!atOnce);
      if (atOnce) return;
      await shop.payOut(currency);
      expect(await balances(shop)).toEqual({
        [currency]: {
          bank: captured - refunded - fee - ofBatch[name],
          tenant_payable: -captured,
          refunds: refunded,
          fees: fee + ofBatch[name],
        },
      });
      expect(await shop.totals()).toMatchObject({ settled: captured, needsAttention: false });
    },
  );
});

const refused = names.flatMap((name) =>
  stories.filter(({ currency }) => decimals[name][currency] === undefined).map((story) => ({ name, ...story })),
);

test('PayPal alone lacks some of the currencies', () => {
  expect(refused.map(({ name, currency }) => `${name} ${currency}`)).toEqual(
    ['KWD', 'ISK', 'CLP', 'UGX'].map((currency) => `paypal ${currency}`),
  );
});

test.each([
  ...refused,
  { name: 'paypal' as const, currency: 'HUF' as const, authorized: '10.50' },
  { name: 'stripe' as const, currency: 'KWD' as const, authorized: '1.001' },
])('$name: $authorized $currency are refused before any call', async ({ name, currency, authorized }) => {
  shop = await aShop(name);
  const before = [...shop.requests];
  const operation = await shop.create({ amount: units(authorized, iso[currency]), currency });
  expect([statusOf(operation.evidence), operation.evidence.failure]).toEqual(['failed', 'not_allowed']);
  expect(shop.requests).toEqual(before);
  expect(await shop.hear()).toBe(0);
  expect(await balances(shop)).toEqual({});
});

test.each([
  { name: 'paypal' as const, currency: 'HUF' as const, whole: '100', finer: '10.50' },
  { name: 'stripe' as const, currency: 'KWD' as const, whole: '10.000', finer: '1.001' },
])('$name: $finer of $whole $currency are neither captured nor refunded', async ({ name, currency, whole, finer }) => {
  shop = await aShop(name);
  const money = (amount: string) => ({ amount: units(amount, iso[currency]), currency });
  await shop.create(money(whole));
  await shop.hear();
  const refusals = [await shop.change({ kind: 'capture', amount: money(finer) })];
  await shop.change({ kind: 'capture', amount: money(whole) });
  await shop.hear();
  const before = [...shop.requests];
  refusals.push(await shop.change({ kind: 'refund', amount: money(finer) }));
  expect(refusals.map(({ evidence }) => evidence.failure)).toEqual(['not_allowed', 'not_allowed']);
  expect(shop.requests).toEqual(before);
  expect(shop.amountsTold).toEqual(
    [whole, whole].map((amount) => written(name, amount, decimals[name][currency] ?? NaN)),
  );
  expect(await shop.totals()).toMatchObject({ captured: money(whole).amount, refunded: 0, needsAttention: false });
});
