import fc from 'fast-check';

import { paymentPosition } from '../../../lambdas/domain/ledger';
import { balanced } from '../../../lambdas/domain/ledger/position';
import { settlementPosition } from '../../../lambdas/domain/ledger/settlement-position';
import { paymentEntity, paymentStream } from '../../../lambdas/domain/payments';
import type { PayoutLine, Provider } from '../../../lambdas/domain/providers/provider';
import {
  importPayout,
  needsAttention,
  payoutSettlementId,
  settleManually,
  settlementEntity,
  settlementStream,
  unexplainedOf,
} from '../../../lambdas/domain/settlements';
import type { PayoutSettlement } from '../../../lambdas/domain/settlements';
import { fold } from '../../../lambdas/kernel/entity';
import { aCommit } from '../../support/a-commit';
import { newMemoryStore } from '../../support/memory-journal';
import { aContext, aProvider, portsOn } from '../payments/a-payment';
import { aLine, aPaymentId, connectionId, context, plantPayments, tenant, usd } from '../settlements/a-settlement';

const ids = ['a', 'b', 'c', 'd', 'e', 'f'].map(aPaymentId);

const manualId = (index: number): string => `set_${String(index).padStart(20, '0')}`;

/** The books of some captured payments of 1000, of payouts, and of what people attest. */
async function aShop() {
  const store = newMemoryStore();
  await plantPayments(store, ...ids);
  const ports = portsOn(store.journal);
  const payouts: string[] = [];
  let settlements = 0;

  const streamOf = (payoutId: string) => settlementStream(tenant, payoutSettlementId(tenant, connectionId, payoutId));
  const payoutOf = async (payoutId: string) =>
    fold(settlementEntity, await store.journal.read(streamOf(payoutId))).state as PayoutSettlement;
  const report = async (payoutId: string, status: 'paid' | 'failed', amount: number): Promise<void> => {
    const { length } = await store.journal.read(streamOf(payoutId));
    const data = { connectionId, payoutId, status, amount, currency: 'USD' };
    await store.journal.append([
      aCommit(streamOf(payoutId), length + 1, { events: [{ type: 'PayoutReported', data }] }),
    ]);
  };
  return {
    payoutOf,
    report,
    /** A payout is paid, and its lines are brought to the payments; undefined: the provider gives none. */
    payOut: async (payoutId: string, amount: number, lines: readonly PayoutLine[] | undefined): Promise<void> => {
      payouts.push(payoutId);
      await report(payoutId, 'paid', amount);
      const pages = {
        payoutLines: async () => ({ ok: true as const, value: { lines: lines ?? [], next: undefined } }),
      };
      const provider: Provider = { ...aProvider(), ...(lines === undefined ? {} : pages) };
      const target = { tenant, settlementId: streamOf(payoutId).id };
      await importPayout({ ...ports, providerOf: async () => provider }, context, target, () => true);
    },
    explain: async (payoutId: string, items: readonly { paymentId: string; amount: number; fee: number }[]) => {
      settlements += 1;
      return settleManually(ports, aContext(`k-${String(settlements)}`, 'f', 'settlements.create'), {
        tenant,
        settlementId: manualId(settlements),
        provider: 'stripe',
        connectionId,
        currency: 'USD',
        arrivedOn: '2026-01-31',
        items: [...items],
        explains: streamOf(payoutId).id,
        evidence: { kind: 'bank-statement', reference: 'Statement' },
      });
    },
    /** Balances of all that stands in the books. */
    balances: async (): Promise<Record<string, number>> => {
      const payments = await Promise.all(ids.map((id) => store.journal.read(paymentStream(tenant, id))));
      const manual = Array.from({ length: settlements }, (_, index) => settlementStream(tenant, manualId(index + 1)));
      const streams = [...payouts.map(streamOf), ...manual];
      const all = await Promise.all(streams.map((stream) => store.journal.read(stream)));
      const positions = [
        ...payments.map((commits) => paymentPosition(fold(paymentEntity, commits).state!)),
        ...all
          .filter((commits) => commits.length > 0)
          .map((commits) => settlementPosition(fold(settlementEntity, commits).state!)),
      ];
      // Throws unless debits are credits.
      const sums = balanced(positions.flat());
      return Object.fromEntries(sums.map(({ account, amount }) => [account, amount]));
    },
  };
}

const accountLine = fc.record({
  account: fc.constantFrom('fee' as const, 'other' as const),
  net: fc.integer({ min: -300, max: 300 }),
});

const onAccount = (
  { account, net }: { account: 'fee' | 'other' | 'returned'; net: number },
  id: string,
): PayoutLine => ({
  settlementId: id,
  kind: 'adjustment',
  paymentId: undefined,
  amount: usd(net),
  paidOut: { net, fee: 0, currency: 'USD' },
  account,
});

const sumOf = (lines: readonly { account: string; net: number }[], account: string): number =>
  lines.filter((line) => line.account === account).reduce((sum, { net }) => sum + net, 0);

describe('payouts in the books', () => {
  test('leave nothing in clearing and with the provider once they are explained, and are at the bank once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 6, maxLength: 6 }),
        fc.integer({ min: 0, max: 6 }),
        fc.array(accountLine, { maxLength: 4 }),
        fc.boolean(),
        async (fees, listed, account, failedBefore) => {
          const shop = await aShop();
          const lines = ids.map((id, index) => aLine(id, `l${String(index)}`, 1000, fees[index]));
          const net = lines.reduce((sum, { paidOut }) => sum + paidOut!.net, 0);
          const booked = account.map((line, index) => onAccount(line, `a${String(index)}`));
          const amount = net + account.reduce((sum, line) => sum + line.net, 0);
          let rest = lines.slice(listed);
          if (failedBefore) {
            // A payout of the listed payments comes back whole, and is in the one that arrives.
            const sent = lines.slice(0, listed).reduce((sum, { paidOut }) => sum + paidOut!.net, 0);
            await shop.payOut('po_0', sent, lines.slice(0, listed));
            await shop.report('po_0', 'failed', sent);
            await shop.payOut('po_1', amount, [...booked, onAccount({ account: 'returned', net: sent }, 'back')]);
          } else {
            await shop.payOut('po_1', amount, [...lines.slice(0, listed), ...booked]);
          }
          for (const fee of fees.slice(listed)) {
            const [line] = rest;
            expect(await shop.explain('po_1', [{ paymentId: line!.paymentId!, amount: 1000, fee }])).toMatchObject({
              ok: true,
            });
            rest = rest.slice(1);
          }
          const other = sumOf(account, 'other');
          const kept = fees.reduce((sum, fee) => sum + fee, 0) - sumOf(account, 'fee');
          const balances = await shop.balances();
          expect({ ...noBalances, ...balances }).toEqual({
            ...noBalances,
            tenant_payable: -6000,
            bank: amount,
            fees: kept,
            suspense: 0 - other,
          });
          const payout = await shop.payoutOf('po_1');
          expect(unexplainedOf(payout)).toEqual(usd(0));
          expect(needsAttention(payout)).toBe(other !== 0);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('have in clearing what is unexplained of them, whoever explains how much of it at once', async () => {
    const attempt = fc.record({
      paymentId: fc.constantFrom(...ids),
      amount: fc.integer({ min: 1, max: 700 }),
      fee: fc.integer({ min: 0, max: 50 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3000 }),
        fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }),
        fc.array(fc.array(attempt, { minLength: 1, maxLength: 3 }), { maxLength: 4 }),
        async (amount, listed, rounds) => {
          const shop = await aShop();
          const lines = listed === undefined ? undefined : ids.slice(0, listed).map((id) => aLine(id, `l-${id}`));
          const stranger = aLine(aPaymentId('z'), 'l-z');
          await shop.payOut('po_1', amount, lines && [...lines, stranger]);
          for (const round of rounds) {
            await Promise.all(
              round.map((item) => shop.explain('po_1', [{ ...item, fee: Math.min(item.fee, item.amount) }])),
            );
          }
          const rest = unexplainedOf(await shop.payoutOf('po_1'))!.amount;
          const { bank, payouts_clearing: clearing = 0, suspense = 0 } = await shop.balances();
          expect({ bank, clearing, suspense }).toEqual({ bank: amount, clearing: 0 - rest, suspense: 0 });
          if ((lines?.length ?? 0) * 940 <= amount) expect(rest).toBeGreaterThanOrEqual(0);
        },
      ),
      { numRuns: 60 },
    );
  });
});

const noBalances = { provider_receivable: 0, payouts_clearing: 0, bank: 0, tenant_payable: 0, fees: 0, suspense: 0 };
