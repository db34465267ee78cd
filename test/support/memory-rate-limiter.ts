import type { Clock } from '../../lambdas/kernel/clock';
import type { RateLimiter } from '../../lambdas/kernel/rate-limit';
import { gcra } from '../../lambdas/kernel/rate-limit';

/** The limiter in memory: the pure rule over a map. */
export function newMemoryRateLimiter(clock: Clock): RateLimiter {
  const cells = new Map<string, number>();
  return {
    take: async (key, limit, size) => {
      const cell = `${limit.name}/${key}`;
      const { decision, tatMs } = gcra(cells.get(cell), clock.now().getTime(), limit, size);
      cells.set(cell, tatMs);
      return decision;
    },
  };
}
