/** Token buckets per method, as method settings of a stage ask for: `burst` at once, refilled at `ratePerSecond`. */
export function newThrottle(): (
  key: string,
  limit: { readonly ratePerSecond: number; readonly burst: number },
  nowMs: number,
) => boolean {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  return (key, { ratePerSecond, burst }, nowMs) => {
    const bucket = buckets.get(key) ?? { tokens: burst, atMs: nowMs };
    bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) / 1000) * ratePerSecond);
    bucket.atMs = nowMs;
    buckets.set(key, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  };
}
