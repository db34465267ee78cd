import { newBoundedMap } from './bounded-map';
import type { Clock } from './clock';

/** What a bucket holds at most, and how fast it fills. */
export interface BucketSize {
  readonly burst: number;
  readonly perSecond: number;
}

/**
 * Token buckets in the memory of one warm instance, for limits that must cost no call. Each instance has its own, so a limit holds per
 * instance; what must hold over all of them is the rate limiter's (`rate-limit.ts`). Beyond `maxKeys` the least used is forgotten,
 * which fills its bucket.
 */
export interface TokenBuckets {
  /**
   * Takes tokens, one unless told otherwise, where there is at least one; otherwise the milliseconds until there is. More than there
   * are may be taken: the debt is paid before the next one is let in.
   */
  take(key: string, count?: number): number | undefined;
  /** The same without taking it. */
  wait(key: string): number | undefined;
}

export function newTokenBuckets(clock: Clock, { burst, perSecond }: BucketSize, maxKeys: number): TokenBuckets {
  const buckets = newBoundedMap<{ readonly tokens: number; readonly atMs: number }>(maxKeys);
  const tokensOf = (key: string, nowMs: number): number => {
    const bucket = buckets.get(key);
    if (bucket === undefined) return burst;
    // A clock that is set back fills nothing.
    return Math.min(burst, bucket.tokens + (Math.max(0, nowMs - bucket.atMs) / 1000) * perSecond);
  };
  const waitFor = (tokens: number): number | undefined =>
    tokens >= 1 ? undefined : Math.ceil(((1 - tokens) / perSecond) * 1000);
  return {
    take: (key, count = 1) => {
      const nowMs = clock.now().getTime();
      const tokens = tokensOf(key, nowMs);
      const wait = waitFor(tokens);
      if (wait === undefined) buckets.set(key, { tokens: tokens - count, atMs: nowMs });
      return wait;
    },
    wait: (key) => waitFor(tokensOf(key, clock.now().getTime())),
  };
}
