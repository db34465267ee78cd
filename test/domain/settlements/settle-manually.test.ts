import {
  presentSettlement,
  settleManually,
  settlementEntity,
  settlementStream,
} from '../../../lambdas/domain/settlements';
import type { SettleManually } from '../../../lambdas/domain/settlements';
import { settlement, settlementsRoutes } from '../../../lambdas/routes/settlements';
import type { ProviderName } from '../../../lambdas/domain/providers/provider';
import { paymentEntity, paymentStream, totalsOf } from '../../../lambdas/domain/payments';
import type { PaymentEvent } from '../../../lambdas/domain/payments';
import { fold } from '../../../lambdas/kernel/entity';
import { aCommit } from '../../support/a-commit';
import { newMemoryStore } from '../../support/memory-journal';
import { aCommit as aPaymentCommit, aContext, eventsOf, portsOn } from '../payments/a-payment';
import { aPaymentId, connectionId, plantPayments, settlementId, stream, tenant } from './a-settlement';

const [a, b] = ['a', 'b'].map(aPaymentId) as [string, string];

const asked = {
  tenant,
  settlementId,
  connectionId,
  currency: 'USD',
  arrivedOn: '2026-01-31',
  items: [
    { paymentId: a, amount: 1000, fee: 60 },
    { paymentId: b, amount: 400, fee: 0 },
  ],
  evidence: { kind: 'bank-statement' as const, reference: 'Statement 31' },
  provider: 'stripe' as ProviderName,
};

async function aWorld() {
  const store = newMemoryStore();
  await plantPayments(store, a, b);
  const ports = portsOn(store.journal);
  const settle = (overrides: Partial<SettleManually> = {}, key = 'k-settle', fingerprint = 'f') =>
    settleManually(ports, aContext(key, fingerprint, 'settlements.create'), { ...asked, ...overrides });
  const settledOf = async (id: string) =>
    totalsOf(fold(paymentEntity, await store.journal.read(paymentStream(tenant, id))).state!).settled;
  return { store, settle, settledOf };
}

describe('settling by hand', () => {
  test('changes the settlement and all of its payments at once', async () => {
    const { store, settle, settledOf } = await aWorld();
    expect(await settle()).toMatchObject({ ok: true, value: { replayed: false, version: 1 } });
    expect(await Promise.all([a, b].map(settledOf))).toEqual([1000, 400]);
    const { state } = fold(settlementEntity, await store.journal.read(stream));
    expect(state).toMatchObject({ source: 'manual', evidence: asked.evidence, items: asked.items });
  });

  test('again under its key does nothing, and another request under the key is refused', async () => {
    const { settle, settledOf } = await aWorld();
    await settle();
    expect(await settle()).toMatchObject({ ok: true, value: { replayed: true } });
    expect(await settle({}, 'k-settle', 'other')).toMatchObject({ error: { reason: 'idempotency-key-reused' } });
    expect(await settledOf(b)).toBe(400);
  });

  test('many times at once settles no more than was captured', async () => {
    const { store, settledOf } = await aWorld();
    const ports = portsOn(store.journal);
    const attempts = await Promise.all(
      ['c', 'd', 'e', 'f'].map((letter) =>
        settleManually(ports, aContext(`k-${letter}`, 'f', 'settlements.create'), {
          ...asked,
          settlementId: `set_0000000000000000000${letter}`,
          items: [{ paymentId: a, amount: 600, fee: 0 }],
        }),
      ),
    );
    expect(attempts.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await settledOf(a)).toBe(600);
  });

  test.each([
    ['payment-not-found', { items: [{ paymentId: aPaymentId('z'), amount: 1, fee: 0 }] }, 0],
    ['currency-differs', { currency: 'EUR' }, 0],
    ['connection-differs', { connectionId: 'con_0000000000000000000z' }, 0],
    ['fee-exceeds-amount', { items: [asked.items[0]!, { paymentId: b, amount: 10, fee: 11 }] }, 1],
    ['amount-exceeds-unsettled', { items: [asked.items[1]!, { paymentId: a, amount: 1001, fee: 0 }] }, 1],
  ])('is refused for %s, naming the item, and changes nothing', async (reason, overrides, index) => {
    const { store, settle, settledOf } = await aWorld();
    expect(await settle(overrides)).toMatchObject({ ok: false, error: { reason, index } });
    expect(await Promise.all([a, b].map(settledOf))).toEqual([0, 0]);
    expect(await store.journal.read(stream)).toEqual([]);
  });

  test('is refused for a day that has come nowhere yet', async () => {
    const { settle } = await aWorld();
    expect(await settle({ arrivedOn: '2026-02-02' })).toMatchObject({ error: { reason: 'arrives-in-future' } });
    expect(await settle({ arrivedOn: '2026-02-01' })).toMatchObject({ ok: true });
  });

  test('keeps no card number that somebody wrote into the evidence', async () => {
    const { store, settle } = await aWorld();
    const pan = '4242424242424242';
    const evidence = { ...asked.evidence, reference: `for ${pan}`, note: `card ${pan}` };
    expect(await settle({ evidence })).toMatchObject({ ok: true });
    expect(JSON.stringify(await store.journal.read(stream))).not.toContain(pan);
  });

  test('of a withdrawal from the balance needs no payments, and changes none', async () => {
    const { store, settle, settledOf } = await aWorld();
    const withdrawal = { amount: 5000, fee: 75 };
    const asking = { items: [], withdrawal, provider: 'paypal' as const };
    expect(await settle(asking)).toMatchObject({ ok: true });
    const { state } = fold(settlementEntity, await store.journal.read(stream));
    expect(presentSettlement(state!, 1)).toMatchObject({
      source: 'manual',
      amount: { amount: 4925, currency: 'USD' },
      withdrawal: { amount: { amount: 5000, currency: 'USD' }, fee: { amount: 75, currency: 'USD' } },
    });
    expect(await settledOf(a)).toBe(0);
  });

  test('of a withdrawal is refused where the provider reports what goes to the bank, and with a fee above it', async () => {
    const { store, settle } = await aWorld();
    const withdrawal = { amount: 5000, fee: 75 };
    for (const provider of ['sandbox', 'stripe', 'adyen'] as const) {
      expect(await settle({ items: [], withdrawal, provider })).toEqual({
        ok: false,
        error: { reason: 'withdrawals-are-listed' },
      });
    }
    const tooMuch = { items: [], withdrawal: { amount: 5000, fee: 5001 }, provider: 'paypal' as const };
    expect(await settle(tooMuch)).toEqual({ ok: false, error: { reason: 'fee-exceeds-amount' } });
    expect(await store.journal.read(stream)).toEqual([]);
  });

  test('of a withdrawal is recorded once for a line of a statement, however it is written and whoever does', async () => {
    const { store } = await aWorld();
    const ports = portsOn(store.journal);
    const record = (letter: string, overrides: Partial<SettleManually> = {}, reference = 'Statement 7, line 3') =>
      settleManually(ports, aContext(`k-${letter}`, 'f', 'settlements.create'), {
        ...asked,
        provider: 'paypal',
        items: [],
        withdrawal: { amount: 5000, fee: 75 },
        evidence: { kind: 'bank-statement', reference },
        settlementId: `set_0000000000000000000${letter}`,
        ...overrides,
      });
    const both = await Promise.all([record('c'), record('d', {}, 'statement 7  Line 3.')]);
    const [first] = both.filter(({ ok }) => ok);
    if (first?.ok !== true) throw new Error('neither is recorded');
    expect(both.filter(({ ok }) => !ok)).toEqual([
      { ok: false, error: { reason: 'withdrawal-recorded', settlementId: first.value.state.id } },
    ]);
    // Under its key it is the same request.
    expect(await record(first.value.state.id.slice(-1))).toMatchObject({ ok: true, value: { replayed: true } });
    // Two people may have read two sums.
    expect(await record('e', { withdrawal: { amount: 4925, fee: 0 } })).toMatchObject({ ok: false });

    for (const [letter, other] of Object.entries({
      f: record('f', {}, 'Statement 7, line 13'),
      g: record('g', {}, 'Statement 73'),
      h: record('h', { arrivedOn: '2026-01-30' }),
      j: record('j', { currency: 'EUR' }),
      k: record('k', { connectionId: 'con_0000000000000000000z' }),
    })) {
      expect([letter, await other]).toMatchObject([letter, { ok: true }]);
    }
  });

  test('of more than an amount can be is refused, and of as much is shown', async () => {
    const { store } = await aWorld();
    const most = 1_000_000_000_000;
    const many = ['c', 'd'].map(aPaymentId);
    for (const id of many) {
      const [created, ...later] = eventsOf() as [PaymentEvent & { type: 'PaymentCreated' }, ...PaymentEvent[]];
      const events = JSON.parse(
        JSON.stringify([created, ...later]).replaceAll('"amount":1000', `"amount":${String(most)}`),
      );
      for (const [index, event] of (events as PaymentEvent[]).entries()) {
        const commit = { ...aPaymentCommit(index + 1, event), stream: paymentStream(tenant, id) };
        await store.journal.append([commit]);
      }
    }
    const settle = (letter: string, items: SettleManually['items']) =>
      settleManually(portsOn(store.journal), aContext(`k-${letter}`, 'f', 'settlements.create'), {
        ...asked,
        settlementId: `set_0000000000000000000${letter}`,
        items,
        noPayoutListed: true,
      });
    const [c, d] = many as [string, string];
    expect(
      await settle('e', [
        { paymentId: c, amount: most, fee: 0 },
        { paymentId: d, amount: 1, fee: 0 },
      ]),
    ).toEqual({ ok: false, error: { reason: 'sum-too-large' } });
    const settled = await settle('f', [{ paymentId: c, amount: most, fee: 0 }]);
    if (!settled.ok) throw new Error(settled.error.reason);
    expect(settlement.parse(presentSettlement(settled.value.state, 1)).amount).toEqual({
      amount: most,
      currency: 'USD',
    });
  });

  test('of payments or of a withdrawal of which fees take all is refused: nothing reached the bank', async () => {
    const { settle } = await aWorld();
    const items = [{ paymentId: a, amount: 1000, fee: 1000 }];
    expect(await settle({ items, noPayoutListed: true })).toEqual({ ok: false, error: { reason: 'nothing-arrives' } });
    const withdrawal = { amount: 75, fee: 75 };
    expect(await settle({ items: [], withdrawal, provider: 'paypal' })).toEqual({
      ok: false,
      error: { reason: 'nothing-arrives' },
    });
    // One of several may be all fee.
    const others = [...items, { paymentId: b, amount: 400, fee: 0 }];
    expect(await settle({ items: others, noPayoutListed: true })).toMatchObject({ ok: true });
  });

  test.each([
    ['refunded', { operationId: 're_1', kind: 'refund' as const, status: 'succeeded' as const }],
    ['charged back', undefined],
  ])('that no payout holds is of what is left of a payment that was %s, unless gross arrived', async (_, refund) => {
    const { store, settle, settledOf } = await aWorld();
    const taken = { amount: 700, currency: 'USD', occurredAt: '2026-01-30T00:00:00.000Z' };
    const event: PaymentEvent =
      refund === undefined
        ? { type: 'DisputeReported', data: { disputeId: 'dp_1', status: 'lost', ...taken } }
        : {
            type: 'ExternalOperationReported',
            data: { ...refund, reference: 're_1', ...taken },
          };
    const { length } = await store.journal.read(paymentStream(tenant, a));
    await store.journal.append([{ ...aPaymentCommit(length + 1, event), stream: paymentStream(tenant, a) }]);
    const items = (amount: number) => ({ items: [{ paymentId: a, amount, fee: 0 }], noPayoutListed: true as const });
    expect(await settle(items(301))).toEqual({
      ok: false,
      error: { reason: 'refunded-or-disputed', index: 0, left: { amount: 300, currency: 'USD' } },
    });
    expect(await settledOf(a)).toBe(0);
    expect(await settle(items(100), 'k-1')).toMatchObject({ ok: true });
    const gross = { ...items(900), gross: true as const, settlementId: 'set_0000000000000000000c' };
    expect(await settle(gross, 'k-2')).toMatchObject({ ok: true });
    expect(await settledOf(a)).toBe(1000);
    const over = { ...items(1), gross: true as const, settlementId: 'set_0000000000000000000d' };
    expect(await settle(over, 'k-3')).toMatchObject({ error: { reason: 'amount-exceeds-unsettled' } });
    const { state } = fold(
      settlementEntity,
      await store.journal.read(settlementStream(tenant, 'set_0000000000000000000c')),
    );
    expect(settlement.parse(presentSettlement(state!, 1))).toMatchObject({ noPayoutListed: true, gross: true });
  });

  test('keeps with it how the money is said to have arrived', async () => {
    const { store, settle } = await aWorld();
    await settle({ noPayoutListed: true });
    const { state } = fold(settlementEntity, await store.journal.read(stream));
    expect(presentSettlement(state!, 1)).toMatchObject({ noPayoutListed: true });
  });
});

test('a settlement of any sum that could be stored is shown', () => {
  const report = { connectionId, payoutId: 'po_1', status: 'paid' as const, amount: -3e12, currency: 'USD' };
  const account = { lines: 9, currency: 'USD', fees: 2e12, returned: 0, carried: 0, other: 4e12 };
  const commits = [
    aCommit(stream, 1, { events: [{ type: 'PayoutReported', data: report }] }),
    aCommit(stream, 2, {
      events: [{ type: 'LinesImported', data: { page: 1, matched: 0, unmatched: 0, net: 0, account } }],
    }),
  ];
  const { state } = fold(settlementEntity, commits);
  expect(settlement.parse(presentSettlement(state!, 2))).toMatchObject({
    amount: { amount: -3e12 },
    accountLines: { fees: { amount: 2e12 } },
    unexplained: { amount: -5e12 },
  });
});

describe('the request to settle by hand', () => {
  const { body } = settlementsRoutes['settlements.create'];
  const common = {
    connectionId,
    currency: 'USD',
    arrivedOn: '2026-01-31',
    evidence: { kind: 'bank-statement', reference: 'Statement 31' },
  };
  const items = [{ paymentId: a, amount: 1000, fee: 60 }];
  const explains = settlementId;
  const withdrawal = { amount: 5000 };

  test.each([
    ['that no payout is listed', { items, noPayoutListed: true }],
    ['which payout it was', { items, explains }],
    ['that it was a withdrawal', { withdrawal }],
  ])('says %s', (_, said) => {
    expect(body.safeParse({ ...common, ...said }).error).toBeUndefined();
  });

  test.each([
    ['nothing of how the money arrived', 'explains', { items }],
    ['two things of it', 'explains', { items, explains, noPayoutListed: true }],
    ['that a payout is listed, and not which', 'noPayoutListed', { items, noPayoutListed: false }],
    ['no payments', 'items', { noPayoutListed: true }],
    ['no payments of a payout', 'items', { explains, items: [] }],
    ['payments of a withdrawal', 'items', { items, withdrawal }],
    ['gross of what a payout holds', 'gross', { items, explains, gross: true }],
    ['one payment twice', 'items', { items: [...items, ...items], noPayoutListed: true }],
  ])('is refused when it says %s', (_, pointer, said) => {
    const { error } = body.safeParse({ ...common, ...said });
    expect(error?.issues.map(({ path }) => path[0])).toEqual([pointer]);
  });
});
