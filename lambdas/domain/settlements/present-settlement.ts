import type { Head } from '../../kernel/entity';
import { deriveToken } from '../../kernel/ids';
import type { ViewWrite } from '../../kernel/journal';
import type { Money } from '../../kernel/money';
import type { Payment } from '../payments';
import { paidOutOf } from '../providers/provider';
import type { PayoutStatus, SettlementKind } from '../providers/provider';
import { needsAttention, netOf, payoutSettlementId, statusOfSettlement, unexplainedOf } from './settlement';
import type { ImportedLines, Settlement } from './settlement';
import type { SettledManually } from './settlement-events';

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
  lines?: { state: ImportedLines['state']; matched: number; unmatched: number };
  unexplained?: Money;
  needsAttention: boolean;
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
    const { arrivedOn: arrivesOn, evidence } = settlement;
    return { ...common, arrivesOn, needsAttention: false, evidence: { ...evidence }, createdAt, version };
  }
  const { payoutId, report, lines } = settlement;
  const { state, matched, unmatched } = lines;
  return {
    ...common,
    payoutId,
    ...(report?.arrivesOn === undefined ? {} : { arrivesOn: report.arrivesOn }),
    lines: { state, matched, unmatched },
    ...(unexplained === undefined ? {} : { unexplained }),
    needsAttention: needsAttention(settlement),
    createdAt,
    version,
  };
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
