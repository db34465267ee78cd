import type { Commit } from '../../kernel/journal';
import type { WebhookMessage } from './ports';

/**
 * Commits of one stream that providers may cause. A payment of many refunds, disputes and lines of payouts has some hundred; without
 * a bound, whoever holds the secret of a connection could tell a little more of one dispute ten thousand times, and make a stream
 * that no function can fold: streams are read whole, by the books of the tenant as well.
 */
export const maxReports = 1_000;

/**
 * What a person puts back after a look at it goes further: when the secret has been rotated, the provider's own last word is among
 * what was left out.
 */
export const maxReportsWithRedriven = 2_000;

/** Whether the stream takes no more of what providers tell. What people do, and answers to our own questions, do not count. */
export function isFull(commits: readonly Commit[], { redrive }: Pick<WebhookMessage, 'redrive'>): boolean {
  const told = commits.filter(({ actor }) => actor.level === 'provider').length;
  return told >= (redrive === undefined ? maxReports : maxReportsWithRedriven);
}
