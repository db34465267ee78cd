import {
  maxExplanations,
  needsAttention,
  presentSettlement,
  settleManually,
  settlementEntity,
  settlementStream,
  unexplainedOf,
} from '../../../lambdas/domain/settlements';
import type { PayoutSettlement, SettlementEvent } from '../../../lambdas/domain/settlements';
import { settlementPosition } from '../../../lambdas/domain/ledger/settlement-position';
import { paymentEntity, paymentStream, totalsOf } from '../../../lambdas/domain/payments';
import { fold } from '../../../lambdas/kernel/entity';
import { aCommit } from '../../support/a-commit';
import { newMemoryStore } from '../../support/memory-journal';
import { aContext, portsOn } from '../payments/a-payment';
import { aPaymentId, connectionId, plantPayments, reported, settlementId, stream, tenant, usd } from './a-settlement';

const [a, b] = ['a', 'b'].map(aPaymentId) as [string, string];

const aManualId = (letter: string): string => `set_0000000000000000000${letter}`;

const unavailable: SettlementEvent = { type: 'LinesUnavailable', data: { reason: 'not-supported' } };

const imported = (net: number, over: { next?: string; account?: object } = {}): SettlementEvent =>
  ({ type: 'LinesImported', data: { page: 1, matched: 1, unmatched: 1, net, ...over } }) as SettlementEvent;

const asked = {
  tenant,
  connectionId,
  provider: 'stripe' as const,
  currency: 'USD',
  arrivedOn: '2026-01-31',
  items: [{ paymentId: a, amount: 1000, fee: 60 }],
  explains: settlementId,
  evidence: { kind: 'bank-statement' as const, reference: 'Statement 31' },
};

/** Two captured payments of 1000, and a payout that has gone through these events. */
async function aWorld(...events: readonly SettlementEvent[]) {
  const store = newMemoryStore();
  await plantPayments(store, a, b);
  for (const [index, event] of events.entries()) {
    await store.journal.append([aCommit(stream, index + 1, { events: [event] })]);
  }
  const ports = portsOn(store.journal);
  const settle = (letter: string, overrides: Partial<typeof asked> = {}) =>
    settleManually(ports, aContext(`k-${letter}`, 'f', 'settlements.create'), {
      ...asked,
      settlementId: aManualId(letter),
      ...overrides,
    });
  const payout = async () => fold(settlementEntity, await store.journal.read(stream)).state as PayoutSettlement;
  const settledOf = async (id: string) =>
    totalsOf(fold(paymentEntity, await store.journal.read(paymentStream(tenant, id))).state!).settled;
  return { store, settle, payout, settledOf };
}

describe('a payout whose lines the provider does not give', () => {
  test('is explained by hand, and both say so', async () => {
    const { store, settle, payout, settledOf } = await aWorld(reported('paid', 1400), unavailable);
    expect(presentSettlement(await payout(), 2)).toMatchObject({ unexplained: usd(1400), needsAttention: true });

    expect(await settle('m')).toMatchObject({ ok: true });
    expect(presentSettlement(await payout(), 3)).toMatchObject({
      unexplained: usd(460),
      needsAttention: true,
      explainedBy: [{ settlementId: aManualId('m'), amount: usd(940) }],
    });
    expect(await settle('n', { items: [{ paymentId: b, amount: 500, fee: 40 }] })).toMatchObject({ ok: true });
    expect(presentSettlement(await payout(), 4)).toMatchObject({ unexplained: usd(0), needsAttention: false });
    expect(await Promise.all([a, b].map(settledOf))).toEqual([1000, 500]);

    const { state } = fold(settlementEntity, await store.journal.read(settlementStream(tenant, aManualId('m'))));
    expect(presentSettlement(state!, 1)).toMatchObject({ source: 'manual', explains: settlementId, amount: usd(940) });
    expect(settlementPosition(state!)).toEqual([]);
  });

  test('is explained by no more than its sum, however many try at once', async () => {
    const { settle, payout, settledOf } = await aWorld(reported('paid', 1000), unavailable);
    const attempts = await Promise.all(
      ['m', 'n', 'p', 'q'].map((letter, index) =>
        settle(letter, { items: [{ paymentId: index % 2 === 0 ? a : b, amount: 450, fee: 50 }] }),
      ),
    );
    expect(attempts.filter(({ ok }) => ok)).toHaveLength(2);
    expect(attempts.filter(({ ok }) => !ok)).toEqual(
      Array.from({ length: 2 }, () => ({
        ok: false,
        error: { reason: 'amount-exceeds-unexplained', unexplained: usd(200) },
      })),
    );
    expect(unexplainedOf(await payout())).toEqual(usd(200));
    expect((await settledOf(a)) + (await settledOf(b))).toBe(900);
  });

  test('is explained once by a request that is repeated', async () => {
    const { settle, payout } = await aWorld(reported('paid', 2000), unavailable);
    await settle('m');
    expect(await settle('m')).toMatchObject({ ok: true, value: { replayed: true } });
    expect((await payout()).explainedBy).toHaveLength(1);
  });

  test('is explained to the last cent and not beyond', async () => {
    const { settle, payout } = await aWorld(reported('paid', 940), unavailable);
    const items = [{ paymentId: a, amount: 1000, fee: 59 }];
    expect(await settle('m', { items })).toMatchObject({ error: { unexplained: usd(940) } });
    expect(await settle('m')).toMatchObject({ ok: true });
    expect(needsAttention(await payout())).toBe(false);
  });
});

test('a payout whose lines leave a rest is explained as far as the rest', async () => {
  const account = { lines: 1, currency: 'USD', fees: 20, returned: 0, carried: 0, other: 0 };
  const { settle, payout } = await aWorld(reported('paid', 1400), imported(500, { account }));
  expect(unexplainedOf(await payout())).toEqual(usd(920));
  expect(await settle('m')).toMatchObject({
    error: { reason: 'amount-exceeds-unexplained', unexplained: usd(920) },
  });
  expect(await settle('m', { items: [{ paymentId: a, amount: 980, fee: 60 }] })).toMatchObject({ ok: true });
  expect(presentSettlement(await payout(), 3)).toMatchObject({ unexplained: usd(0), needsAttention: false });
});

test('a payout that failed is explained too: its payments stay with it, and a person looks', async () => {
  const { settle, payout, settledOf } = await aWorld(reported('failed', 940), unavailable);
  expect(await settle('m')).toMatchObject({ ok: true });
  expect(await settledOf(a)).toBe(1000);
  expect(presentSettlement(await payout(), 3)).toMatchObject({ unexplained: usd(0), needsAttention: true });
  expect(settlementPosition(await payout())).toEqual([]);
});

const announced: SettlementEvent = { type: 'ReportAnnounced', data: { connectionId, payoutId: 'po_1' } };

describe('nothing is explained, and nothing changes', () => {
  test.each([
    ['settlement-not-found', [], {}],
    ['payout-connection-differs', [reported('paid'), unavailable], { connectionId: 'con_0000000000000000000z' }],
    ['payout-currency-differs', [reported('paid', 940, { currency: 'EUR' }), unavailable], {}],
    ['payout-pending', [reported('pending'), unavailable], {}],
    ['payout-pending', [announced, unavailable], {}],
    ['payout-lines-awaited', [reported('paid')], {}],
    ['payout-lines-awaited', [reported('paid'), imported(0, { next: 'p2' })], {}],
    ['amount-exceeds-unexplained', [reported('paid', -100), imported(-100)], {}],
  ])('for %s', async (reason, events, { connectionId: other }: { connectionId?: string }) => {
    const { store, settle, payout, settledOf } = await aWorld(...events);
    const before = await payout();
    // Another connection is refused at the payment first: the payout alone must refuse it, too.
    const items = other === undefined ? asked.items : [];
    const attempt = settle('m', { items, ...(other === undefined ? {} : { connectionId: other }) });
    expect(await attempt).toMatchObject({ ok: false, error: { reason } });
    expect(await payout()).toEqual(before);
    expect(await store.journal.read(settlementStream(tenant, aManualId('m')))).toEqual([]);
    expect(await settledOf(a)).toBe(0);
  });

  test('by a settlement that was made by hand itself, or by the very same', async () => {
    const { settle } = await aWorld(reported('paid', 2000), unavailable);
    await settle('m', { items: [{ paymentId: a, amount: 500, fee: 0 }] });
    const items = [{ paymentId: b, amount: 100, fee: 0 }];
    expect(await settle('n', { items, explains: aManualId('m') })).toMatchObject({ error: { reason: 'not-a-payout' } });
    expect(await settle('p', { items, explains: aManualId('p') })).toMatchObject({
      error: { reason: 'settlement-not-found' },
    });
  });

  test('beyond as many settlements as a payout can have', async () => {
    const explanations = Array.from({ length: maxExplanations }, (_, index): SettlementEvent => ({
      type: 'ExplainedManually',
      data: { settlementId: `set_${String(index).padStart(20, '0')}`, net: 1 },
    }));
    const { settle } = await aWorld(reported('paid', 5000), unavailable, ...explanations);
    expect(await settle('m')).toMatchObject({ error: { reason: 'explained-too-often' } });
  });

  test('but in the last place by what explains all that is left', async () => {
    const little = Array.from({ length: maxExplanations - 1 }, (_, index): SettlementEvent => ({
      type: 'ExplainedManually',
      data: { settlementId: `set_${String(index).padStart(20, '0')}`, net: 1 },
    }));
    const { settle, payout } = await aWorld(reported('paid', 940 + little.length), unavailable, ...little);
    expect(await settle('m', { items: [{ paymentId: a, amount: 939, fee: 0 }] })).toMatchObject({
      error: { reason: 'explained-too-often', unexplained: usd(940) },
    });
    expect(await settle('m')).toMatchObject({ ok: true });
    expect(presentSettlement(await payout(), 102)).toMatchObject({ unexplained: usd(0), needsAttention: false });
  });

  test.each([
    ['a payout', 940],
    ['a payout that is explained in full', 0],
  ])('by a settlement of which fees take all: %s', async (_, amount) => {
    const { settle, payout, settledOf } = await aWorld(reported('paid', amount), unavailable);
    const before = await payout();
    expect(await settle('m', { items: [{ paymentId: a, amount: 1000, fee: 1000 }] })).toEqual({
      ok: false,
      error: { reason: 'nothing-arrives' },
    });
    expect(await payout()).toEqual(before);
    expect(await settledOf(a)).toBe(0);
  });

  test('twice, but by two settlements that name the same line of the statement', async () => {
    const { settle } = await aWorld(reported('paid', 1400), unavailable);
    expect(await settle('m')).toMatchObject({ ok: true });
    expect(await settle('n', { items: [{ paymentId: b, amount: 460, fee: 0 }] })).toMatchObject({ ok: true });
  });
});
