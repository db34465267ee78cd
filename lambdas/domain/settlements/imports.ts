import * as z from 'zod';

import type { Commit } from '../../kernel/journal';
import { idPattern } from '../../kernel/ids';
import { settlementEntity } from './settlement';

/** Asks for the lines of a payout to be brought to their payments. */
export interface PayoutImport {
  readonly tenant: string;
  readonly settlementId: string;
  /** Of the delivery that told of the payout. */
  readonly requestId: string;
}

export interface PayoutImportQueue {
  /** Durable when it returns. */
  enqueue(imports: readonly PayoutImport[]): Promise<void>;
}

/** What is to be imported on account of a commit: lines of a payout that was sent, whether it arrived or not, or of a report, or those that somebody asks for. */
export function importsAfter({ stream, events, request }: Commit): readonly PayoutImport[] {
  if (stream.kind !== settlementEntity.kind || stream.owner === 'platform') return [];
  const isDue = events.some((recorded) => {
    const event = settlementEntity.parseEvent(recorded);
    if (event.type === 'ReportAnnounced' || event.type === 'LinesRequested') return true;
    return event.type === 'PayoutReported' && event.data.status !== 'pending';
  });
  return isDue ? [{ tenant: stream.owner.tenant, settlementId: stream.id, requestId: request.id }] : [];
}

const payoutImport = z.object({
  tenant: z.string().regex(idPattern('tenant')),
  settlementId: z.string().regex(idPattern('settlement')),
  requestId: z.string().min(1).max(128),
});

/** Reads a message of the queue. Throws on one that is none. */
export function parsePayoutImport(body: string): PayoutImport {
  const value: unknown = JSON.parse(body);
  return payoutImport.parse(value);
}
