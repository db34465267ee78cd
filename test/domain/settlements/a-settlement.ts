import type { CommandContext } from '../../../lambdas/kernel/command';
import { payoutSettlementId, settlementStream } from '../../../lambdas/domain/settlements';
import type { SettlementEvent } from '../../../lambdas/domain/settlements';
import type { PayoutLine } from '../../../lambdas/domain/providers/provider';
import type { newMemoryStore } from '../../support/memory-journal';
import { aCommit as aPaymentCommit, connectionId, eventsOf, tenant } from '../payments/a-payment';
import { paymentStream } from '../../../lambdas/domain/payments';

export { connectionId, tenant } from '../payments/a-payment';

export const payoutId = 'po_1';
export const settlementId = payoutSettlementId(tenant, connectionId, payoutId);
export const stream = settlementStream(tenant, settlementId);

export const usd = (amount: number) => ({ amount, currency: 'USD' });

export const context: CommandContext = {
  actor: { user: 'payout-importer', level: 'system' },
  request: { id: 'r-1', route: 'payout-imports' },
  command: { name: 'settlements.import' },
};

export function reported(
  status: 'pending' | 'paid' | 'failed',
  amount = 940,
  overrides: { currency?: string; arrivesOn?: string } = {},
): SettlementEvent {
  return {
    type: 'PayoutReported',
    data: { connectionId, payoutId, status, amount, currency: overrides.currency ?? 'USD', ...overrides },
  };
}

/** A line of a capture of `gross` with a fee of 60. */
export function aLine(paymentId: string | undefined, id: string, gross = 1000, fee = 60): PayoutLine {
  return {
    settlementId: id,
    kind: 'capture',
    paymentId,
    amount: usd(gross),
    paidOut: { net: gross - fee, fee, currency: 'USD' },
  };
}

/** Plants captured payments of 1000 by their ids. */
export async function plantPayments(
  store: ReturnType<typeof newMemoryStore>,
  ...ids: readonly string[]
): Promise<void> {
  for (const id of ids) {
    for (const [index, event] of eventsOf().entries()) {
      const commit = { ...aPaymentCommit(index + 1, event), stream: paymentStream(tenant, id) };
      expect(await store.journal.append([commit])).toEqual({ ok: true });
    }
  }
}

export const aPaymentId = (letter: string): string => `pay_0000000000000000000${letter}`;
