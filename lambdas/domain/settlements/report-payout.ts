import { changesNothing } from '../../kernel/entity';
import type { EventSubject } from '../providers/provider';
import { payoutSettlementId, settlementEntity, settlementStream } from './settlement';
import type { Settlement } from './settlement';
import type { SettlementEvent } from './settlement-events';

export type PayoutSubject = Extract<EventSubject, { readonly type: 'payout' | 'report' }>;

/** Decides on a provider's news of a payout or of a report. Without events it was known, or is overtaken. */
export function decidePayoutReport(
  settlement: Settlement | undefined,
  { tenant, connectionId }: { readonly tenant: string; readonly connectionId: string },
  subject: PayoutSubject,
): { readonly result: 'applied' | 'ignored'; readonly events: readonly SettlementEvent[] } {
  const event = eventOf(connectionId, subject);
  if (settlement === undefined) return { result: 'applied', events: [event] };
  const { payoutId } = event.data;
  const stream = settlementStream(tenant, payoutSettlementId(tenant, connectionId, payoutId));
  return changesNothing(settlementEntity, settlement, event, { stream, at: settlement.createdAt })
    ? { result: 'ignored', events: [] }
    : { result: 'applied', events: [event] };
}

type PayoutEvent = Extract<SettlementEvent, { readonly type: 'PayoutReported' | 'ReportAnnounced' }>;

function eventOf(connectionId: string, subject: PayoutSubject): PayoutEvent {
  if (subject.type === 'report') {
    return { type: 'ReportAnnounced', data: { connectionId, payoutId: subject.reportId } };
  }
  const { payoutId, status, amount, arrivesOn } = subject;
  const day = arrivesOn === undefined ? {} : { arrivesOn };
  return { type: 'PayoutReported', data: { connectionId, payoutId, status, ...amount, ...day } };
}
