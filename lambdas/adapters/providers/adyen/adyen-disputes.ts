import type { DisputeStatus } from '../../../domain/providers/provider';

/**
 * What an event of a dispute says, and how far the dispute has come with it [Adyen: dispute webhooks; dispute process and flow]. All
 * events of one dispute share its PSP reference. Adyen tells further status and dates, but unsigned, so that the order is taken from
 * the event code alone: a later stage outweighs an earlier one.
 */
export interface DisputeNews {
  readonly status: DisputeStatus;
  readonly stage: number;
}

const news: ReadonlyMap<string, DisputeNews> = new Map<string, DisputeNews>([
  ['REQUEST_FOR_INFORMATION', { status: 'inquiry', stage: 1 }],
  // The defence may begin, and the money is still here: it leaves with the chargeback.
  ['NOTIFICATION_OF_CHARGEBACK', { status: 'inquiry', stage: 2 }],
  ['CHARGEBACK', { status: 'opened', stage: 3 }],
  // The money is back. A second chargeback may follow.
  ['CHARGEBACK_REVERSED', { status: 'won', stage: 4 }],
  ['ISSUER_RESPONSE_TIMEFRAME_EXPIRED', { status: 'won', stage: 5 }],
  ['SECOND_CHARGEBACK', { status: 'lost', stage: 6 }],
  ['PREARBITRATION_WON', { status: 'won', stage: 7 }],
  ['PREARBITRATION_LOST', { status: 'lost', stage: 7 }],
  ['SCHEME_ARBITRATION_WON', { status: 'won', stage: 8 }],
  ['SCHEME_ARBITRATION_LOST', { status: 'lost', stage: 8 }],
]);

/**
 * Undefined for what moves no money, or means different things by what is not signed: INFORMATION_SUPPLIED and
 * DISPUTE_DEFENSE_PERIOD_ENDED come for inquiries as for chargebacks, and the opening of an arbitration leaves the money where it is.
 * The dispute then stays as the last event that moved money left it.
 */
export function disputeNewsOf(eventCode: string): DisputeNews | undefined {
  return news.get(eventCode);
}
