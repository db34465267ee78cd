/**
 * Rate limits by GCRA, the generic cell rate algorithm [ITU-T I.371]: one number a cell, the theoretical arrival time (TAT).
 * A request is admitted when `TAT - burst tolerance ≤ now`; then `TAT = max(now, TAT) + interval`.
 */

/** A limit: `burst` requests at once, and one more every `intervalMs`. */
export interface RateLimit {
  /** Name of the policy in the RateLimit headers: the route class. */
  readonly name: string;
  readonly burst: number;
  readonly intervalMs: number;
}

export type RateDecision =
  /** `remaining` requests would be admitted at once after this one; the cell is full again after `resetMs`. */
  | { readonly admitted: true; readonly remaining: number; readonly resetMs: number }
  /** `retryAfterMs` is when the next request would be admitted, if no other comes before it. */
  | { readonly admitted: false; readonly retryAfterMs: number; readonly resetMs: number };

export interface RateLimiter {
  /**
   * Takes one request from the cell of `key`. It throws when the store cannot answer: the caller decides by the route's class
   * whether to fail closed or open. A key that was just refused is refused from memory until its time comes.
   */
  take(key: string, limit: RateLimit): Promise<RateDecision>;
}

/** The next TAT of a cell and the decision, pure. `tatMs` is undefined for a cell that does not exist. */
export function gcra(
  tatMs: number | undefined,
  nowMs: number,
  limit: RateLimit,
): { readonly decision: RateDecision; readonly tatMs: number } {
  const base = Math.max(tatMs ?? nowMs, nowMs);
  const next = base + limit.intervalMs;
  const toleranceMs = limit.burst * limit.intervalMs;
  if (next - nowMs > toleranceMs) {
    const retryAfterMs = next - nowMs - toleranceMs;
    return { decision: { admitted: false, retryAfterMs, resetMs: base - nowMs }, tatMs: base };
  }
  return { decision: admittedAt(next, nowMs, limit), tatMs: next };
}

/** The decision for a cell whose TAT has just become `tatMs`. */
export function admittedAt(tatMs: number, nowMs: number, limit: RateLimit): RateDecision {
  const spareMs = limit.burst * limit.intervalMs - (tatMs - nowMs);
  return { admitted: true, remaining: Math.max(0, Math.floor(spareMs / limit.intervalMs)), resetMs: tatMs - nowMs };
}
