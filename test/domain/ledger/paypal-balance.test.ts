import { aShop } from './a-shop';
import type { Shop } from './a-shop';

let shop: Shop;
afterEach(() => shop.close());

const usd = (amount: number) => ({ amount, currency: 'USD' });

test('captures and refunds are the balance at PayPal, and a withdrawal takes it to the bank, less what it costs', async () => {
  shop = await aShop('paypal');
  await shop.create(usd(10_000));
  await shop.change({ kind: 'capture', amount: usd(8_000) });
  await shop.change({ kind: 'refund', amount: usd(1_000) });
  await shop.hear();
  const before = (await shop.balances()).USD!;
  expect(before).toMatchObject({ provider_receivable: 0, bank: 0, suspense: 0 });
  const balance = before.payouts_clearing;
  expect(balance).toBe(8_000 - 1_000 - before.fees);

  expect(await shop.withdraw('USD', { amount: 5_000, fee: 75 })).toMatchObject({ ok: true });
  expect(await shop.withdraw('USD', { amount: balance - 5_000, fee: 0 })).toMatchObject({ ok: true });
  expect((await shop.balances()).USD).toEqual({
    ...before,
    payouts_clearing: 0,
    bank: balance - 75,
    fees: before.fees + 75,
  });
});

test('what Stripe pays out is listed: a withdrawal there would be at the bank twice', async () => {
  shop = await aShop('stripe');
  expect(await shop.withdraw('USD', { amount: 5_000, fee: 0 })).toEqual({
    ok: false,
    error: { reason: 'withdrawals-are-listed' },
  });
});
