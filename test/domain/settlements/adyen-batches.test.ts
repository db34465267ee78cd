import { parseSettlementReport } from '../../../lambdas/adapters/providers/adyen/adyen-settlement-report';
import { paymentPosition } from '../../../lambdas/domain/ledger';
import { balanced } from '../../../lambdas/domain/ledger/position';
import { settlementPosition } from '../../../lambdas/domain/ledger/settlement-position';
import { paymentEntity, paymentStream } from '../../../lambdas/domain/payments';
import type { PayoutPage } from '../../../lambdas/domain/providers/provider';
import {
  importPayout,
  payoutSettlementId,
  presentSettlement,
  settleManually,
  settlementEntity,
  settlementStream,
} from '../../../lambdas/domain/settlements';
import { fold } from '../../../lambdas/kernel/entity';
import { aCommit } from '../../support/a-commit';
import { newMemoryStore } from '../../support/memory-journal';
import { aContext, aProvider, portsOn } from '../payments/a-payment';
import { aPaymentId, connectionId, context, plantPayments, tenant, usd } from './a-settlement';

const header =
  'Company Account,Merchant Account,Psp Reference,Merchant Reference,Creation Date,Type,Modification Reference,' +
  'Gross Currency,Gross Debit (GC),Gross Credit (GC),Net Currency,Net Debit (NC),Net Credit (NC),Modification Merchant Reference,Batch Number';

const settled = (letter: string, batch: string): string =>
  `Co,Shop,181370255170765${letter.charCodeAt(0) % 10},${aPaymentId(letter)}.op_00000000000000000001.sale,2026-01-30,Settled,` +
  `x${letter},USD,,10.00,USD,,9.40,,${batch}`;

const ofAccount = (type: string, side: 'debit' | 'credit', amount: string, batch: string, about = ''): string =>
  `Co,Shop,,,2026-01-31,${type},${type},,,,USD,${side === 'debit' ? `${amount},` : `,${amount}`},${about},${batch}`;

const csv = (...rows: readonly string[]): string => [header, ...rows].join('\n');

/** Captured payments of 1000 through a merchant account of Adyen's, and what reports of it come to. */
async function aShop(letters = ['a', 'b']) {
  const store = newMemoryStore();
  const ids = letters.map(aPaymentId);
  await plantPayments(store, ...ids);
  const ports = portsOn(store.journal);
  const streamOf = (name: string) => settlementStream(tenant, payoutSettlementId(tenant, connectionId, name));
  const names: string[] = [];
  const announce = async (name: string): Promise<void> => {
    names.push(name);
    const event = { type: 'ReportAnnounced' as const, data: { connectionId, payoutId: name } };
    await store.journal.append([aCommit(streamOf(name), 1, { events: [event] })]);
  };
  const fetched = (name: string, text: string) => {
    const { lines, paidOut, batches } = parseSettlementReport(name, text);
    const payout = paidOut === undefined ? {} : { payout: { amount: paidOut } };
    const value: PayoutPage = { lines, next: undefined, batches, ...payout };
    const provider = { ...aProvider(), payoutLines: async () => ({ ok: true as const, value }) };
    const target = { tenant, settlementId: streamOf(name).id };
    return importPayout({ ...ports, providerOf: async () => provider }, context, target, () => true);
  };
  const settlement = async (name: string) => {
    const { state, version } = fold(settlementEntity, await store.journal.read(streamOf(name)));
    return presentSettlement(state!, version);
  };
  return {
    store,
    ports,
    streamOf,
    announce,
    fetched,
    settlement,
    report: async (name: string, text: string) => (await announce(name), await fetched(name, text)),
    balances: async (): Promise<Record<string, number>> => {
      const payments = await Promise.all(ids.map((id) => store.journal.read(paymentStream(tenant, id))));
      const reports = await Promise.all(names.map((name) => store.journal.read(streamOf(name))));
      const sums = balanced([
        ...payments.flatMap((commits) => paymentPosition(fold(paymentEntity, commits).state!)),
        ...reports.flatMap((commits) => settlementPosition(fold(settlementEntity, commits).state!)),
      ]);
      return Object.fromEntries(
        sums.filter(({ amount }) => amount !== 0).map(({ account, amount }) => [account, amount]),
      );
    },
  };
}

const batch4 = csv(settled('a', '4'), settled('b', '4'), ofAccount('MerchantPayout', 'debit', '18.80', '4'));

const once = { bank: 1880, fees: 120, tenant_payable: -2000 };

describe('a batch that is reported under two names', () => {
  const [first, second] = ['settlement_detail_report_batch_4.csv', 'settlement_detail_report_2026_02_01_x1.csv'];

  test.each([
    ['by the schedule first', [first, second]],
    ['by hand first', [second, first]],
  ])('is booked once, %s', async (_, [one, two]) => {
    const shop = await aShop();
    await shop.report(one!, batch4);
    expect(await shop.report(two!, batch4)).toEqual({ result: 'complete' });
    expect(await shop.balances()).toEqual(once);
    expect(await shop.settlement(two!)).toMatchObject({
      status: 'paid',
      lines: { state: 'complete', matched: 0, unmatched: 0 },
      repeats: shop.streamOf(one!).id,
      needsAttention: false,
    });
    expect((await shop.settlement(two!)).amount).toBeUndefined();
    expect(await shop.settlement(one!)).toMatchObject({ amount: usd(1880), needsAttention: false });
  });

  test('is booked once when both reports are fetched at once, and again', async () => {
    const shop = await aShop();
    await shop.announce(first);
    await shop.announce(second);
    await Promise.all([first, second, first, second].map((name) => shop.fetched(name, batch4)));
    expect(await shop.fetched(first, batch4)).toEqual({ result: 'nothing-to-import' });
    expect(await shop.balances()).toEqual(once);
  });

  test('is taken up by the settlement that had begun with it', async () => {
    const shop = await aShop();
    await shop.announce(first);
    const crashing = shop.store.journal.append;
    let writes = 0;
    const append: typeof crashing = (...args) => {
      writes += 1;
      if (writes > 1) throw new Error('crashed');
      return crashing(...args);
    };
    Object.assign(shop.ports, { journal: { ...shop.store.journal, append } });
    await expect(shop.fetched(first, batch4)).rejects.toThrow('crashed');
    Object.assign(shop.ports, { journal: shop.store.journal });
    await shop.report(second, batch4);
    await shop.fetched(first, batch4);
    expect(await shop.balances()).toEqual(once);
    expect(await shop.settlement(second)).toMatchObject({ repeats: shop.streamOf(first).id });
  });

  test('and told otherwise the second time moves nothing, and calls for a person', async () => {
    const shop = await aShop();
    await shop.report(first, batch4);
    await shop.report(second, csv(settled('a', '4'), ofAccount('MerchantPayout', 'debit', '9.40', '4')));
    expect(await shop.balances()).toEqual(once);
    expect(await shop.settlement(second)).toMatchObject({ repeats: shop.streamOf(first).id, needsAttention: true });
  });

  test('is known from before there were claims, under the usual name', async () => {
    const shop = await aShop();
    await shop.announce(first);
    // As an import was that knew of no batches.
    const { lines, paidOut } = parseSettlementReport(first, batch4);
    const provider = {
      ...aProvider(),
      payoutLines: async () => ({
        ok: true as const,
        value: { lines, next: undefined, payout: { amount: paidOut! } },
      }),
    };
    const target = { tenant, settlementId: shop.streamOf(first).id };
    await importPayout({ ...shop.ports, providerOf: async () => provider }, context, target, () => true);
    await shop.report(second, batch4);
    expect(await shop.balances()).toEqual(once);
    expect(await shop.settlement(second)).toMatchObject({ repeats: target.settlementId });
  });

  test('of another merchant account is another batch, though it has the same number', async () => {
    const shop = await aShop();
    await shop.report(
      'settlement_detail_report_a.csv',
      csv(settled('a', '4'), ofAccount('MerchantPayout', 'debit', '9.40', '4')),
    );
    const elsewhere = csv(settled('b', '4'), ofAccount('MerchantPayout', 'debit', '9.40', '4'));
    await shop.report('settlement_detail_report_b.csv', elsewhere.replaceAll(',Shop,', ',Shop2,'));
    expect(await shop.balances()).toEqual(once);
  });

  test('and together with another one is not imported, and calls for a person', async () => {
    const shop = await aShop();
    await shop.report(first, csv(settled('a', '4'), ofAccount('MerchantPayout', 'debit', '9.40', '4')));
    const before = await shop.balances();
    const both = csv(settled('a', '4'), settled('b', '5'), ofAccount('MerchantPayout', 'debit', '18.80', '5'));
    await shop.report(second, both);
    expect(await shop.balances()).toEqual(before);
    expect(await shop.settlement(second)).toMatchObject({ lines: { state: 'unavailable' }, needsAttention: true });
  });

  test('is recognised by its rows where they name no batch', async () => {
    const shop = await aShop();
    const nameless = csv(settled('a', ''), settled('b', ''), ofAccount('MerchantPayout', 'debit', '18.80', ''));
    await shop.report(first, nameless);
    await shop.report(second, nameless);
    expect(await shop.balances()).toEqual(once);
  });

  test('cannot be explained by hand a second time', async () => {
    const shop = await aShop(['a', 'b', 'c']);
    await shop.report(first, batch4);
    await shop.report(second, batch4);
    const explained = await settleManually(shop.ports, aContext('k-c', 'f', 'settlements.create'), {
      tenant,
      settlementId: 'set_0000000000000000000c',
      provider: 'adyen',
      connectionId,
      currency: 'USD',
      arrivedOn: '2026-01-31',
      items: [{ paymentId: aPaymentId('c'), amount: 100, fee: 0 }],
      explains: shop.streamOf(second).id,
      evidence: { kind: 'bank-statement', reference: 'Statement' },
    });
    expect(explained).toEqual({
      ok: false,
      error: { reason: 'payout-repeats', settlementId: shop.streamOf(first).id },
    });
  });
});

describe('a balance that is carried over to the next batch', () => {
  const over = 'Balancetransfer to batch 124';
  const into = 'Balancetransfer from batch 123';
  const [first, second] = ['settlement_detail_report_batch_123.csv', 'settlement_detail_report_batch_124.csv'];

  test.each([
    ['as documented', over, into],
    ['without a word of the batches', '', ''],
  ])('is at the bank with the batch that is paid out, and asks for nobody: %s', async (_, to, from) => {
    const shop = await aShop();
    const kept = csv(
      settled('a', '123'),
      settled('b', '123'),
      ofAccount('Balancetransfer', 'debit', '18.80', '123', to),
    );
    await shop.report(first, kept);
    expect(await shop.settlement(first)).toMatchObject({
      status: 'paid',
      amount: usd(0),
      lines: { state: 'complete', matched: 2, unmatched: 0 },
      accountLines: { count: 1, fees: usd(0), returned: usd(0), carried: usd(-1880), other: usd(0) },
      unexplained: usd(0),
      needsAttention: false,
    });
    expect(await shop.balances()).toEqual({ payouts_clearing: 1880, fees: 120, tenant_payable: -2000 });

    const paid = csv(
      ofAccount('Balancetransfer', 'credit', '18.80', '124', from),
      ofAccount('MerchantPayout', 'debit', '18.80', '124'),
    );
    await shop.report(second, paid);
    expect(await shop.settlement(second)).toMatchObject({
      amount: usd(1880),
      accountLines: { carried: usd(1880) },
      unexplained: usd(0),
      needsAttention: false,
    });
    expect(await shop.balances()).toEqual(once);
  });

  test('may be negative: what is owed is taken from the next', async () => {
    const shop = await aShop();
    const owed = csv(
      ofAccount('Fee', 'debit', '3.00', '123'),
      ofAccount('Balancetransfer', 'credit', '3.00', '123', over),
    );
    await shop.report(first, owed);
    expect(await shop.settlement(first)).toMatchObject({ amount: usd(0), needsAttention: false });
    const paid = csv(
      settled('a', '124'),
      settled('b', '124'),
      ofAccount('Balancetransfer', 'debit', '3.00', '124', into),
      ofAccount('MerchantPayout', 'debit', '15.80', '124'),
    );
    await shop.report(second, paid);
    expect(await shop.settlement(second)).toMatchObject({ unexplained: usd(0), needsAttention: false });
    expect(await shop.balances()).toEqual({ bank: 1580, fees: 420, tenant_payable: -2000 });
  });

  test('to another merchant account is none, and in suspense', async () => {
    const shop = await aShop(['a']);
    const moved = csv(
      settled('a', '123'),
      ofAccount('Balancetransfer', 'debit', '9.40', '123', 'Balancetransfer to OtherShop'),
    );
    await shop.report(first, moved);
    expect(await shop.settlement(first)).toMatchObject({
      accountLines: { carried: usd(0), other: usd(-940) },
      needsAttention: true,
    });
    expect(await shop.balances()).toEqual({ suspense: 940, fees: 60, tenant_payable: -1000 });
  });

  test('of a batch that neither pays out nor carries over is missing, and calls for a person', async () => {
    const shop = await aShop(['a']);
    await shop.report(first, csv(settled('a', '123')));
    expect(await shop.settlement(first)).toMatchObject({
      amount: usd(0),
      unexplained: usd(-940),
      needsAttention: true,
    });
  });
});
