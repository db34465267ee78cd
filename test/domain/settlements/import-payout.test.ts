import { importPayout, presentSettlement, settlementEntity, unexplainedOf } from '../../../lambdas/domain/settlements';
import type { ImportPayoutPorts, Settlement } from '../../../lambdas/domain/settlements';
import { paymentEntity, paymentStream, totalsOf } from '../../../lambdas/domain/payments';
import type { PaymentEvent } from '../../../lambdas/domain/payments';
import type {
  AccountLine,
  PayoutLine,
  PayoutPage,
  PayoutRefusal,
  PayoutRequest,
  Provider,
} from '../../../lambdas/domain/providers/provider';
import { fold } from '../../../lambdas/kernel/entity';
import type { Result } from '../../../lambdas/kernel/result';
import { aCommit } from '../../support/a-commit';
import { newMemoryStore } from '../../support/memory-journal';
import { aCommit as aPaymentCommit, aProvider, eventsOf, portsOn } from '../payments/a-payment';
import {
  aLine,
  aPaymentId,
  connectionId,
  context,
  plantPayments,
  reported,
  settlementId,
  stream,
  tenant,
  usd,
} from './a-settlement';

const [a, b, c] = ['a', 'b', 'c'].map(aPaymentId) as [string, string, string];

type Pages = (request: PayoutRequest) => Result<PayoutPage, PayoutRefusal>;

const page = (lines: readonly PayoutLine[], next?: string): Result<PayoutPage, PayoutRefusal> => ({
  ok: true,
  value: { lines, next },
});

/** A payout of 1880 that is paid, three captured payments, and a provider that lists as told. */
async function aWorld(pages: Pages | undefined, amount = 1880) {
  const store = newMemoryStore();
  await plantPayments(store, a, b, c);
  await store.journal.append([aCommit(stream, 1, { events: [reported('paid', amount)] })]);
  const asked: PayoutRequest[] = [];
  const provider: Provider = {
    ...aProvider(),
    ...(pages === undefined
      ? {}
      : { payoutLines: async (request: PayoutRequest) => (asked.push(request), pages(request)) }),
  };
  const ports: ImportPayoutPorts = {
    ...portsOn(store.journal),
    providerOf: async (id) => (id === connectionId ? provider : undefined),
  };
  const run = (hasTime = () => true, using = ports) => importPayout(using, context, { tenant, settlementId }, hasTime);
  const settlement = async (): Promise<Settlement> => fold(settlementEntity, await store.journal.read(stream)).state!;
  const settledOf = async (id: string) =>
    totalsOf(fold(paymentEntity, await store.journal.read(paymentStream(tenant, id))).state!).settled;
  const commitsOf = async (id: string) => (await store.journal.read(paymentStream(tenant, id))).length;
  return { store, ports, run, settlement, settledOf, commitsOf, asked };
}

const ofAccount = (id: string, account: AccountLine, net: number, currency = 'USD'): PayoutLine => ({
  settlementId: id,
  kind: 'adjustment',
  paymentId: undefined,
  amount: { amount: net, currency },
  paidOut: { net, fee: 0, currency },
  account,
});

const twoPages: Pages = ({ cursor }) =>
  cursor === undefined ? page([aLine(a, 'l1')], 'p2') : page([aLine(b, 'l2'), aLine(undefined, 'l3', 30, 0)]);

describe('the lines of a payout', () => {
  test('come to the payments they are about, page by page', async () => {
    const world = await aWorld(twoPages, 1910);
    expect(await world.run()).toEqual({ result: 'complete' });
    expect(world.asked).toEqual([{ payoutId: 'po_1' }, { payoutId: 'po_1', cursor: 'p2' }]);
    expect(await Promise.all([a, b, c].map(world.settledOf))).toEqual([1000, 1000, 0]);
    const settlement = await world.settlement();
    expect(settlement).toMatchObject({ lines: { state: 'complete', pages: 2, matched: 2, unmatched: 1, net: 1880 } });
    expect(unexplainedOf(settlement)).toEqual(usd(30));
  });

  test('are asked for once: a payout that is complete is not looked at again', async () => {
    const world = await aWorld(twoPages);
    await world.run();
    expect(await world.run()).toEqual({ result: 'nothing-to-import' });
    expect(world.asked).toHaveLength(2);
  });

  test('are taken up where a run ended for want of time', async () => {
    const world = await aWorld(twoPages);
    let laps = 1;
    expect(await world.run(() => laps-- > 0)).toEqual({ result: 'unfinished' });
    expect(await world.settlement()).toMatchObject({ lines: { state: 'importing', pages: 1, next: 'p2' } });
    expect(await world.run()).toEqual({ result: 'complete' });
    expect(world.asked.map(({ cursor }) => cursor)).toEqual([undefined, 'p2']);
  });

  test('are not recorded twice by a run that follows one that crashed, whichever write was its last', async () => {
    for (let writes = 0; writes < 5; writes += 1) {
      const world = await aWorld(twoPages);
      let left = writes;
      const crashing: ImportPayoutPorts = {
        ...world.ports,
        journal: {
          ...world.store.journal,
          append: (...args) => {
            if (left === 0) throw new Error('crashed');
            left -= 1;
            return world.store.journal.append(...args);
          },
        },
      };
      if (writes < 4) await expect(world.run(() => true, crashing)).rejects.toThrow('crashed');
      else expect(await world.run(() => true, crashing)).toEqual({ result: 'complete' });
      await world.run();
      expect(await Promise.all([a, b].map(world.settledOf))).toEqual([1000, 1000]);
      expect(await Promise.all([a, b].map(world.commitsOf))).toEqual([3, 3]);
      expect(await world.settlement()).toMatchObject({
        lines: { state: 'complete', matched: 2, unmatched: 1, net: 1880 },
      });
    }
  });

  test('are counted once when two runs go side by side', async () => {
    const world = await aWorld(twoPages);
    await Promise.all([world.run(), world.run(), world.run()]);
    expect(await world.settlement()).toMatchObject({ lines: { state: 'complete', pages: 2, matched: 2, net: 1880 } });
    expect(await Promise.all([a, b].map(world.commitsOf))).toEqual([3, 3]);
  });

  test('of one payment are recorded one after the other', async () => {
    const world = await aWorld(() => page([aLine(a, 'l1', 400, 10), aLine(a, 'l2', 600, 20)]));
    expect(await world.run()).toEqual({ result: 'complete' });
    expect(await world.settledOf(a)).toBe(1000);
  });

  test('about a payment of another connection, or of nobody, are not believed', async () => {
    const [others, absent] = ['d', 'z'].map(aPaymentId) as [string, string];
    const world = await aWorld(() => page([aLine(absent, 'l1'), aLine('elsewhere', 'l2'), aLine(others, 'l3')]));
    const [created, authorized] = eventsOf() as [PaymentEvent & { type: 'PaymentCreated' }, PaymentEvent];
    const elsewhere = { ...created, data: { ...created.data, connectionId: 'con_0000000000000000000z' } };
    for (const [index, event] of [elsewhere, authorized].entries()) {
      await world.store.journal.append([
        { ...aPaymentCommit(index + 1, event), stream: paymentStream(tenant, others) },
      ]);
    }
    expect(await world.run()).toEqual({ result: 'complete' });
    expect(await world.settlement()).toMatchObject({ lines: { matched: 0, unmatched: 3, net: 0 } });
    expect(await world.settledOf(others)).toBe(0);
  });

  test.each(['payout-not-ready', 'payout-unknown', 'provider-unreachable', 'credentials-refused'] as const)(
    'are asked for again after %s',
    async (reason) => {
      const world = await aWorld(() => ({ ok: false, error: reason }));
      expect(await world.run()).toEqual({ result: 'not-yet', reason });
      expect(await world.settlement()).toMatchObject({ lines: { state: 'awaited' } });
    },
  );

  test('that the provider cannot list leave the whole payout unexplained, for a person', async () => {
    const world = await aWorld(undefined);
    expect(await world.run()).toEqual({ result: 'complete' });
    const settlement = await world.settlement();
    expect(settlement).toMatchObject({ lines: { state: 'unavailable' } });
    expect(unexplainedOf(settlement)).toEqual(usd(1880));
    expect(presentSettlement(settlement, 2).needsAttention).toBe(true);
  });

  test('are asked for again where no client can be had', async () => {
    const world = await aWorld(twoPages);
    const ports = { ...world.ports, providerOf: async () => undefined };
    expect(await world.run(() => true, ports)).toEqual({ result: 'not-yet', reason: 'provider-unreachable' });
  });

  test('of a payout that fails meanwhile reach their payments all the same, and a person is called', async () => {
    const world = await aWorld(twoPages);
    let laps = 1;
    await world.run(() => laps-- > 0);
    const { version } = fold(settlementEntity, await world.store.journal.read(stream));
    await world.store.journal.append([aCommit(stream, version + 1, { events: [reported('failed', 1880)] })]);
    expect(await world.run()).toEqual({ result: 'complete' });
    expect(await Promise.all([a, b].map(world.settledOf))).toEqual([1000, 1000]);
    expect(presentSettlement(await world.settlement(), 4)).toMatchObject({ status: 'failed', needsAttention: true });
  });

  test('beyond what a payment can hold are not recorded', async () => {
    const many = Array.from({ length: 203 }, (_, index) => aLine(a, `l${String(index)}`, 4, 0));
    const world = await aWorld(() => page(many));
    expect(await world.run()).toEqual({ result: 'complete' });
    expect(await world.settlement()).toMatchObject({ lines: { matched: 200, unmatched: 3 } });
  });

  test('that the provider books on the account explain the payout, by what they are and by page', async () => {
    const world = await aWorld(
      ({ cursor }) =>
        cursor === undefined
          ? page([aLine(a, 'l1'), ofAccount('f1', 'fee', -120), ofAccount('o1', 'other', 500)], 'p2')
          : page([ofAccount('f2', 'fee', 20), ofAccount('r1', 'returned', 300), ofAccount('o2', 'other', -400)]),
      940 - 100 + 100 + 300,
    );
    expect(await world.run()).toEqual({ result: 'complete' });
    const settlement = await world.settlement();
    expect(settlement).toMatchObject({
      lines: {
        matched: 1,
        unmatched: 0,
        net: 940,
        account: { lines: 5, currency: 'USD', fees: 100, returned: 300, other: 100 },
      },
    });
    expect(presentSettlement(settlement, 3)).toMatchObject({
      accountLines: { count: 5, fees: usd(100), returned: usd(300), other: usd(100) },
      unexplained: usd(0),
      // What is neither fee nor payment is in suspense.
      needsAttention: true,
    });
  });

  test('that are fees of the account alone ask for nobody', async () => {
    const world = await aWorld(() => page([aLine(a, 'l1'), ofAccount('f1', 'fee', -120)]), 820);
    await world.run();
    expect(presentSettlement(await world.settlement(), 2)).toMatchObject({
      unexplained: usd(0),
      needsAttention: false,
    });
  });

  test('of the account are no lines of a payment, and lines of payments none of the account', async () => {
    const named = { ...ofAccount('f1', 'fee', -120), paymentId: a };
    const world = await aWorld(() => page([named, aLine(aPaymentId('z'), 'l1', 1000)]), 820);
    await world.run();
    expect(await world.settledOf(a)).toBe(0);
    expect(await world.settlement()).toMatchObject({ lines: { matched: 0, unmatched: 1, account: { fees: 120 } } });
    expect(unexplainedOf(await world.settlement())).toEqual(usd(940));
  });

  test('of the account in another currency than the payout stay unmatched, and in sight', async () => {
    const world = await aWorld(() => page([aLine(a, 'l1'), ofAccount('f1', 'fee', -120, 'EUR')]), 940);
    await world.run();
    const settlement = await world.settlement();
    expect(settlement).toMatchObject({ lines: { matched: 1, unmatched: 1 } });
    expect(presentSettlement(settlement, 2).accountLines).toBeUndefined();
  });

  test('of a report bring the sum with them', async () => {
    const store = newMemoryStore();
    await plantPayments(store, a);
    const announced = { type: 'ReportAnnounced' as const, data: { connectionId, payoutId: 'po_1' } };
    await store.journal.append([aCommit(stream, 1, { events: [announced] })]);
    const provider: Provider = {
      ...aProvider(),
      payoutLines: async () => ({
        ok: true,
        value: { lines: [aLine(a, 'l1')], next: undefined, payout: { amount: usd(940), arrivesOn: '2026-02-01' } },
      }),
    };
    const ports = { ...portsOn(store.journal), providerOf: async () => provider };
    expect(await importPayout(ports, context, { tenant, settlementId }, () => true)).toEqual({ result: 'complete' });
    const { state } = fold(settlementEntity, await store.journal.read(stream));
    expect(state).toMatchObject({ report: { status: 'paid', amount: 940, arrivesOn: '2026-02-01' } });
    expect(unexplainedOf(state!)).toEqual(usd(0));
  });
});
