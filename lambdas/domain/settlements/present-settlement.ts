import type { Head } from '../../kernel/entity';
import { deriveToken } from '../../kernel/ids';
import type { ViewWrite } from '../../kernel/journal';
import type { Money } from '../../kernel/money';
import type { Payment } from '../payments';
import { paidOutOf } from '../providers/provider';
import type { PayoutStatus, SettlementKind } from '../providers/provider';
import { needsAttention, unexplainedOf } from './explanation';
import { netOf, payoutSettlementId, statusOfSettlement } from './settlement';
import type { ImportedLines, Settlement } from './settlement';
import type { AccountSums, LinesFailure, SettledManually } from './settlement-events';

/** As the API shows it; `routes/settlements.ts` documents the same shape. */
export interface PresentedSettlement {
  id: string;
  tenantId: string;
  connectionId: string;
  source: Settlement['source'];
  status: PayoutStatus;
  amount?: Money;
  /** The provider's id of the payout or report. */
  payoutId?: string;
  arrivesOn?: string;
  lines?: { state: ImportedLines['state']; reason?: LinesFailure; matched: number; unmatched: number };
  /** Booked by the provider on the account, and on no payment. */
  accountLines?: { count: number; fees: Money; returned: Money; carried: Money; other: Money };
  unexplained?: Money;
  /** Of a report that was made again under another name: the settlement that has its batch. */
  repeats?: string;
  /** Of a payout: the manual settlements that say what it consists of, and how much of it. */
  explainedBy?: { settlementId: string; amount: Money }[];
  /** Of a manual settlement: the payout by which the money arrived. */
  explains?: string;
  noPayoutListed?: true;
  gross?: true;
  withdrawal?: { amount: Money; fee: Money };
  needsAttention: boolean;
  /** The last time that somebody looked at what does not add up. */
  acknowledged?: { at: string; note: string };
  evidence?: SettledManually['evidence'];
  createdAt: string;
  version: number;
}

export function presentSettlement(settlement: Settlement, version: number): PresentedSettlement {
  const { id, tenant: tenantId, connectionId, source, createdAt } = settlement;
  const amount = netOf(settlement);
  const unexplained = unexplainedOf(settlement);
  const common = {
    id,
    tenantId,
    connectionId,
    source,
    status: statusOfSettlement(settlement),
    ...(amount === undefined ? {} : { amount }),
  };
  if (settlement.source === 'manual') {
    const { arrivedOn: arrivesOn, evidence, explains, noPayoutListed, gross, withdrawal, currency } = settlement;
    return {
      ...common,
      arrivesOn,
      ...(explains === undefined ? {} : { explains }),
      ...(noPayoutListed === undefined ? {} : { noPayoutListed }),
      ...(gross === undefined ? {} : { gross }),
      ...(withdrawal === undefined ? {} : { withdrawal: moneyOf(withdrawal, currency) }),
      needsAttention: false,
      evidence: { ...evidence },
      createdAt,
      version,
    };
  }
  const { payoutId, report, lines, repeats, acknowledged, explainedBy } = settlement;
  const { state, failure, matched, unmatched, account } = lines;
  return {
    ...common,
    payoutId,
    ...(report?.arrivesOn === undefined ? {} : { arrivesOn: report.arrivesOn }),
    lines: { state, ...(failure === undefined ? {} : { reason: failure }), matched, unmatched },
    ...(account === undefined ? {} : { accountLines: presentAccount(account) }),
    ...(unexplained === undefined ? {} : { unexplained }),
    ...(repeats === undefined ? {} : { repeats: repeats.settlementId }),
    ...(report === undefined || explainedBy.length === 0
      ? {}
      : {
          explainedBy: explainedBy.map((each) => ({
            settlementId: each.settlementId,
            amount: { amount: each.net, currency: report.currency },
          })),
        }),
    needsAttention: needsAttention(settlement),
    ...(acknowledged === undefined ? {} : { acknowledged: { at: acknowledged.at, note: acknowledged.note } }),
    createdAt,
    version,
  };
}

function presentAccount({
  lines: count,
  currency,
  ...sums
}: AccountSums): PresentedSettlement['accountLines'] & object {
  const { fees, returned, carried, other } = sums;
  return {
    count,
    fees: { amount: fees, currency },
    returned: { amount: returned, currency },
    carried: { amount: carried, currency },
    other: { amount: other, currency },
  };
}

function moneyOf({ amount, fee }: { readonly amount: number; readonly fee: number }, currency: string) {
  return { amount: { amount, currency }, fee: { amount: fee, currency } };
}

/** The record in the tenant's list. */
export function settlementViews(settlement: Settlement, head: Head): readonly ViewWrite[] {
  return [
    {
      type: 'record',
      entity: head.stream,
      version: head.version,
      data: presentSettlement(settlement, head.version),
      listed: { at: settlement.createdAt },
    },
  ];
}

/** One line of a settlement as the API shows it. */
export interface PresentedLine {
  paymentId: string;
  kind: SettlementKind;
  /** Gross, in the payment's currency. */
  amount: Money;
  net: Money;
  fee: Money;
}

export const settlementLineKind = 'settlement-line';

/** The lines that a payment has in settlements: each a record in the list of its settlement. */
export function settlementLineViews(payment: Payment, head: Head): readonly ViewWrite[] {
  return payment.settlements.flatMap((report): readonly ViewWrite[] => {
    const { settlementId: lineId, manual, payoutId, kind, amount, currency } = report;
    const settlement =
      manual ??
      (payoutId === undefined ? undefined : payoutSettlementId(payment.tenant, payment.connectionId, payoutId));
    if (settlement === undefined) return [];
    const inPayout = paidOutOf(report);
    const data: PresentedLine = {
      paymentId: payment.id,
      kind,
      amount: { amount, currency },
      net: { amount: inPayout.net, currency: inPayout.currency },
      fee: { amount: inPayout.fee, currency: inPayout.currency },
    };
    const id = `${payment.id}.${deriveToken([lineId])}`;
    return [
      {
        type: 'record',
        entity: { owner: head.stream.owner, kind: settlementLineKind, id },
        version: head.version,
        data,
        listed: { at: payment.createdAt, under: settlement },
      },
    ];
  });
}
