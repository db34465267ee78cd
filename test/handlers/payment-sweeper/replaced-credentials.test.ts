import { aSweptShop, hour, minute } from './a-swept-shop';

const otherKey = 'sk_sandbox_fedcba9876543210';

/** Six days and a half, by the schedule's own steps and a little more. */
const days = [minute, 4 * minute, 25 * minute, 90 * minute, 10 * hour, ...Array<number>(5).fill(24 * hour)];

describe('what is absent after the credentials were replaced', () => {
  test('proves nothing of before where the account may be another one: a charge there is left to a person', async () => {
    const shop = await aSweptShop();
    const { body } = await shop.create('k1', { paymentMethod: { token: 'tok_timeout_after_effect' } });
    expect(await shop.replaceCredentials(otherKey)).toMatchObject({ status: 200 });
    for (const ms of days) {
      shop.pass(ms);
      await shop.run();
      expect((await shop.payment(body.id)).status).toBe('processing');
    }
    const [operation] = (await shop.payment(body.id)).operations;
    expect(await shop.payment(body.id)).toMatchObject({
      status: 'processing',
      attention: [{ reason: 'outcome-unresolved', operationId: operation!.id }],
    });
    expect(shop.telemetry.counted.filter((name) => name === 'OperationUnresolved')).toHaveLength(1);
  });

  test('does not add up with an absence of before', async () => {
    const shop = await aSweptShop();
    const { body } = await shop.create('k1', { paymentMethod: { token: 'tok_timeout_before_effect' } });
    shop.pass(minute);
    await shop.run();
    expect(await shop.payment(body.id)).toMatchObject({ operations: [{ lookUps: 1 }] });
    await shop.replaceCredentials(otherKey);
    shop.pass(4 * minute);
    await shop.run();
    expect(await shop.payment(body.id)).toMatchObject({ status: 'processing', operations: [{ lookUps: 2 }] });
  });

  test('proves nothing for the minutes in which functions remember the old ones, and all of later', async () => {
    const shop = await aSweptShop();
    await shop.replaceCredentials(otherKey);
    shop.pass(4 * minute);
    const remembered = await shop.create('k1', { paymentMethod: { token: 'tok_timeout_before_effect' } });
    shop.pass(minute);
    const later = await shop.create('k2', { paymentMethod: { token: 'tok_timeout_before_effect' } });
    for (const ms of [minute, 4 * minute]) {
      shop.pass(ms);
      await shop.run();
    }
    expect((await shop.payment(remembered.body.id)).status).toBe('processing');
    expect(await shop.payment(later.body.id)).toMatchObject({ status: 'failed', failureReason: 'not_received' });
  });

  test('proves as much as ever where the provider says that the account is the same', async () => {
    const shop = await aSweptShop((real) => ({ ...real, account: async () => 'acct_1' }));
    const { body } = await shop.create('k1', { paymentMethod: { token: 'tok_timeout_before_effect' } });
    expect(await shop.replaceCredentials(otherKey)).toMatchObject({ status: 200 });
    for (const ms of [minute, 4 * minute]) {
      shop.pass(ms);
      await shop.run();
    }
    expect(await shop.payment(body.id)).toMatchObject({ status: 'failed', failureReason: 'not_received' });
  });

  test('stays in doubt when a key of the new account is rolled', async () => {
    const accounts: string[] = [];
    const shop = await aSweptShop((real) => ({ ...real, account: async () => accounts.at(-1) }));
    const { body } = await shop.create('k1', { paymentMethod: { token: 'tok_timeout_after_effect' } });
    await shop.replaceCredentials(otherKey);
    accounts.push('acct_2');
    await shop.replaceCredentials(`${otherKey}1`);
    for (const ms of [minute, 4 * minute]) {
      shop.pass(ms);
      await shop.run();
    }
    expect((await shop.payment(body.id)).status).toBe('processing');
  });
});
