import type { Randomness } from '../../kernel/ids';

/** The least and the most that a failed event waits before it is tried again. */
const leastSeconds = 10;
const mostSeconds = 6 * 60 * 60;

/**
 * Threefold each time, from 10 s to 6 h, of which the upper half is random: events that failed together do not come back
 * together. Twelve attempts spread over most of a day. `attempt` is the one that has just failed, from 1.
 */
export function backoffSeconds(attempt: number, randomness: Randomness): number {
  const ceiling = Math.min(mostSeconds, leastSeconds * 3 ** Math.min(attempt - 1, 12));
  const [high = 0, low = 0] = randomness.bytes(2);
  const share = (high * 256 + low) / 65_535;
  return Math.max(leastSeconds, Math.round(ceiling / 2 + (ceiling / 2) * share));
}
