import type { Clock } from '../../lambdas/kernel/clock';
import type { ConcurrencyLimiter } from '../../lambdas/kernel/concurrency';
import { placeRetryMs } from '../../lambdas/kernel/concurrency';

/** The places of one tenant in memory. */
export function newMemoryConcurrency(clock: Clock): ConcurrencyLimiter & { held(): number } {
  const holders = new Map<string, { readonly pool: string; readonly untilMs: number }>();
  let nonces = 0;
  const running = (pool?: string) =>
    [...holders.values()].filter(
      (holder) => (pool === undefined || holder.pool === pool) && holder.untilMs > clock.now().getTime(),
    ).length;
  return {
    acquire: async (pool, max, ttlMs) => {
      if (running(pool) >= max) return { admitted: false, retryAfterMs: placeRetryMs };
      nonces += 1;
      const place = { pool, nonce: `holder-${String(nonces)}` };
      holders.set(place.nonce, { pool, untilMs: clock.now().getTime() + ttlMs });
      return { admitted: true, place };
    },
    release: async ({ nonce }) => {
      holders.delete(nonce);
    },
    held: () => running(),
  };
}
