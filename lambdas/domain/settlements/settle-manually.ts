import type { CommandContext, CommandPorts, CommandRefusal, Executed } from '../../kernel/command';
import { executeJointly, openPart } from '../../kernel/joint-command';
import type { Money } from '../../kernel/money';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import { redactEvidence } from '../evidence';
import type { GivenEvidence } from '../evidence';
import { paymentEntity, paymentStream, totalsOf } from '../payments';
import type { Payment } from '../payments';
import { settlementEntity, settlementStream } from './settlement';
import type { Settlement } from './settlement';
import type { SettledManually, SettlementEvent } from './settlement-events';

/** One commit a payment and one for the settlement go into one transaction [DynamoDB: 100 actions]. */
export const maxSettlementItems = 50;

export interface SettleManually extends Omit<SettledManually, 'evidence'> {
  readonly tenant: string;
  /** Derived from the Idempotency-Key. */
  readonly settlementId: string;
  readonly evidence: GivenEvidence<SettledManually['evidence']['kind']>;
}

/** `index` is the place among the items, from 0. */
export type SettleRefusal =
  | { readonly reason: 'payment-not-found'; readonly index: number }
  | { readonly reason: 'connection-differs'; readonly index: number }
  | { readonly reason: 'currency-differs'; readonly index: number }
  | { readonly reason: 'amount-exceeds-unsettled'; readonly index: number; readonly unsettled: Money }
  | { readonly reason: 'fee-exceeds-amount'; readonly index: number }
  /** It cannot have arrived on a day that has not come. */
  | { readonly reason: 'arrives-in-future' };

/**
 * Records that money for captured payments has reached the bank, on the word of a person and with evidence, where no provider
 * reports it. The settlement and all of its payments change in one transaction, or nothing does.
 */
export async function settleManually(
  ports: CommandPorts,
  context: CommandContext,
  { tenant, settlementId, ...asked }: SettleManually,
): Promise<Result<Executed<Settlement>, SettleRefusal | CommandRefusal>> {
  const settlement = openPart(settlementEntity, settlementStream(tenant, settlementId));
  const payments = asked.items.map(({ paymentId }) => openPart(paymentEntity, paymentStream(tenant, paymentId)));
  return executeJointly<Settlement, SettlementEvent, SettleRefusal>(ports, [settlement, ...payments], context, () => {
    // Of two days that may be today somewhere, the later one counts: a bank may be a day ahead of this clock.
    const lastDay = new Date(ports.clock.now().getTime() + 14 * 3_600_000).toISOString().slice(0, 10);
    if (asked.arrivedOn > lastDay) return err({ reason: 'arrives-in-future' });
    for (const [index, item] of asked.items.entries()) {
      const refusal = refusalOf(payments[index]?.state(), asked, item, index);
      if (refusal !== undefined) return err(refusal);
    }
    const data = { ...asked, evidence: redactEvidence(asked.evidence) };
    settlement.decide([{ type: 'SettledManually', data }]);
    for (const [index, { amount, fee }] of asked.items.entries()) {
      const { currency } = asked;
      const paidOut = { net: amount - fee, fee, currency };
      const line = { settlementId, kind: 'capture' as const, amount, currency, paidOut, manual: settlementId };
      payments[index]?.decide([{ type: 'SettlementReported', data: line }]);
    }
    return ok(undefined);
  });
}

function refusalOf(
  payment: Payment | undefined,
  { connectionId, currency }: Pick<SettledManually, 'connectionId' | 'currency'>,
  { amount, fee }: SettledManually['items'][number],
  index: number,
): SettleRefusal | undefined {
  if (payment === undefined) return { reason: 'payment-not-found', index };
  if (payment.connectionId !== connectionId) return { reason: 'connection-differs', index };
  if (payment.currency !== currency) return { reason: 'currency-differs', index };
  const { captured, settled } = totalsOf(payment);
  if (amount > captured - settled) {
    return { reason: 'amount-exceeds-unsettled', index, unsettled: { amount: captured - settled, currency } };
  }
  return fee > amount ? { reason: 'fee-exceeds-amount', index } : undefined;
}
