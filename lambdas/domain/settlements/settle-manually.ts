import type { CommandContext, CommandPorts, CommandRefusal, Executed } from '../../kernel/command';
import { executeJointly, openPart } from '../../kernel/joint-command';
import { maxAmountMinor } from '../../kernel/money';
import type { Money } from '../../kernel/money';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import { redactEvidence } from '../evidence';
import type { GivenEvidence } from '../evidence';
import { paymentEntity, paymentStream, totalsOf } from '../payments';
import type { Payment } from '../payments';
import type { ProviderName } from '../providers/provider';
import { decideExplanation } from './explanation';
import type { ExplainRefusal } from './explanation';
import { attestedSums, settlementEntity, settlementStream } from './settlement';
import type { Settlement } from './settlement';
import { settlementClaimEntity, withdrawalClaimStream } from './settlement-claim';
import type { SettledManually, SettlementEvent } from './settlement-events';

/** One commit a payment, one for the settlement and one for the payout go into one transaction [DynamoDB: 100 actions]. */
export const maxSettlementItems = 50;

export interface SettleManually extends Omit<SettledManually, 'evidence'> {
  readonly tenant: string;
  /** Derived from the Idempotency-Key. */
  readonly settlementId: string;
  /** Of the connection. */
  readonly provider: ProviderName;
  readonly evidence: GivenEvidence<SettledManually['evidence']['kind']>;
}

/** `index` is the place among the items, from 0. */
export type SettleRefusal =
  | ExplainRefusal
  | { readonly reason: 'payment-not-found'; readonly index: number }
  | { readonly reason: 'connection-differs'; readonly index: number }
  | { readonly reason: 'currency-differs'; readonly index: number }
  | { readonly reason: 'amount-exceeds-unsettled'; readonly index: number; readonly unsettled: Money }
  /** Of what is captured and not settled only `left` is neither refunded nor disputed, and nobody said that it arrived all the same. */
  | { readonly reason: 'refunded-or-disputed'; readonly index: number; readonly left: Money }
  /** Without `index`: of the withdrawal. */
  | { readonly reason: 'fee-exceeds-amount'; readonly index?: number }
  /** Together more than an amount of the API can be. */
  | { readonly reason: 'sum-too-large' }
  /** The same line of the same statement is in another settlement. */
  | { readonly reason: 'withdrawal-recorded'; readonly settlementId: string }
  /** It cannot have arrived on a day that has not come. */
  | { readonly reason: 'arrives-in-future' }
  /** What leaves the balance for the bank is a payout, and in the list. */
  | { readonly reason: 'withdrawals-are-listed' };

/** Providers that keep what they captured in a balance, and tell of no transfer from there to the bank. */
const keepBalance: ReadonlySet<ProviderName> = new Set<ProviderName>(['paypal']);

/**
 * Records that money has reached the bank, on the word of a person and with evidence, where no provider reports what it consists of:
 * for captured payments, or as a withdrawal of a balance of payments that are settled. With `explains` it is at the bank by a payout
 * that is reported, and the payout's stream takes it up. All streams change in one transaction, or nothing does: two settlements at
 * once can neither settle more of a payment than was captured nor explain more of a payout than is unexplained. A withdrawal, which
 * nothing of that bounds, is recorded once for each line of a statement that its evidence names.
 */
export async function settleManually(
  ports: CommandPorts,
  context: CommandContext,
  { tenant, settlementId, provider, ...asked }: SettleManually,
): Promise<Result<Executed<Settlement>, SettleRefusal | CommandRefusal>> {
  const { currency, explains, withdrawal } = asked;
  const settlement = openPart(settlementEntity, settlementStream(tenant, settlementId));
  const payout = explains === undefined ? undefined : openPart(settlementEntity, settlementStream(tenant, explains));
  const payments = asked.items.map(({ paymentId }) => openPart(paymentEntity, paymentStream(tenant, paymentId)));
  const evidence = redactEvidence(asked.evidence);
  const line =
    withdrawal === undefined
      ? undefined
      : openPart(settlementClaimEntity, withdrawalClaimStream(tenant, { ...asked, evidence }));
  const others = [...[payout, line].filter((part) => part !== undefined), ...payments];
  return executeJointly<Settlement, SettlementEvent, SettleRefusal>(ports, [settlement, ...others], context, () => {
    // Of two days that may be today somewhere, the later one counts: a bank may be a day ahead of this clock.
    const lastDay = new Date(ports.clock.now().getTime() + 14 * 3_600_000).toISOString().slice(0, 10);
    if (asked.arrivedOn > lastDay) return err({ reason: 'arrives-in-future' });
    if (withdrawal !== undefined && !keepBalance.has(provider)) return err({ reason: 'withdrawals-are-listed' });
    if (withdrawal !== undefined && withdrawal.fee > withdrawal.amount) return err({ reason: 'fee-exceeds-amount' });
    const { gross, net } = attestedSums(asked);
    if (gross > maxAmountMinor) return err({ reason: 'sum-too-large' });
    for (const [index, item] of asked.items.entries()) {
      const refusal = refusalOf(payments[index]?.state(), asked, item, index);
      if (refusal !== undefined) return err(refusal);
    }
    if (payout === undefined && net <= 0) return err({ reason: 'nothing-arrives' });
    if (line !== undefined) {
      const recorded = line.state();
      if (recorded !== undefined) return err({ reason: 'withdrawal-recorded', settlementId: recorded.settlementId });
      line.decide([{ type: 'SettlementClaimed', data: { settlementId } }]);
    }
    if (payout !== undefined) {
      const explained = decideExplanation(payout.state(), asked, { settlementId, net });
      if (!explained.ok) return explained;
      payout.decide(explained.value);
    }
    settlement.decide([{ type: 'SettledManually', data: { ...asked, evidence } }]);
    for (const [index, { amount, fee }] of asked.items.entries()) {
      const paidOut = { net: amount - fee, fee, currency };
      const data = { settlementId, kind: 'capture' as const, amount, currency, paidOut, manual: settlementId };
      payments[index]?.decide([{ type: 'SettlementReported', data }]);
    }
    return ok(undefined);
  });
}

function refusalOf(
  payment: Payment | undefined,
  { connectionId, currency, noPayoutListed, gross }: Omit<SettledManually, 'evidence'>,
  { amount, fee }: SettledManually['items'][number],
  index: number,
): SettleRefusal | undefined {
  if (payment === undefined) return { reason: 'payment-not-found', index };
  if (payment.connectionId !== connectionId) return { reason: 'connection-differs', index };
  if (payment.currency !== currency) return { reason: 'currency-differs', index };
  const { captured, refunded, disputed, settled } = totalsOf(payment);
  if (amount > captured - settled) {
    return { reason: 'amount-exceeds-unsettled', index, unsettled: { amount: captured - settled, currency } };
  }
  // What a payout in the list holds bounds what explains it. Of money in no list only the person knows whether it came before it went back.
  const left = Math.max(0, captured - refunded - disputed - settled);
  if (noPayoutListed === true && gross !== true && amount > left) {
    return { reason: 'refunded-or-disputed', index, left: { amount: left, currency } };
  }
  return fee > amount ? { reason: 'fee-exceeds-amount', index } : undefined;
}
