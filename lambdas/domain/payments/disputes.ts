import type { DisputeReport } from './payment-events';

/**
 * A total order of the reports of one dispute, as text that compares: the later stage counts; at one stage, or where the provider
 * has none, a decision over what came before it, then the later report, and at one instant the loss.
 */
export function disputeWeight(report: DisputeReport): string {
  const { stage, status, occurredAt, amount, currency, respondBy, captureReference } = report;
  const decided = status === 'won' || status === 'lost';
  const progress = decided ? 3 : status === 'under_review' ? 2 : status === 'opened' ? 1 : 0;
  return [
    String(stage ?? 0).padStart(4, '0'),
    // Before a decision the later of two reports may be the lesser one: a provider may ask for evidence again.
    decided ? '1' : '0',
    occurredAt,
    String(progress),
    status === 'lost' ? '1' : '0',
    String(amount).padStart(16, '0'),
    currency,
    respondBy ?? '',
    captureReference ?? '',
  ].join(' ');
}

/** Whether the disputed money is away from the tenant: until it is won back, and not while the bank only asks. */
export function isWithdrawn({ status }: DisputeReport): boolean {
  return status === 'opened' || status === 'under_review' || status === 'lost';
}

/** Whether it is still to be decided: meanwhile the provider gives nothing back of the payment a second way. */
export function isUndecided({ status }: DisputeReport): boolean {
  return status === 'opened' || status === 'under_review';
}
