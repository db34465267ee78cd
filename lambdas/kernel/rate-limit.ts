/**
 * Rate limits by GCRA, the generic cell rate algorithm [ITU-T I.371]: one number a cell, the theoretical arrival time (TAT).
 * A request is admitted when `TAT - burst tolerance ≤ now`; then `TAT = max(now, TAT) + interval`.
 *
 * So every admitted request has a slot of its own on the time line, `interval` long and never overlapping another: it begins no
 * earlier than the request and ends no later than the tolerance after it. The bound (burst + time ÷ interval in any window)
 * follows from that alone, and it is also what makes a block of several slots, paid in advance, safe: see `PaidBlock`.
 */

/** A limit: `burst` requests at once, and one more every `intervalMs`. */
export interface RateLimit {
  /** Name of the policy in the RateLimit headers: the route class, with whose limit it is in front if it is not the caller's own. */
  readonly name: string;
  readonly burst: number;
  readonly intervalMs: number;
}

export type RateDecision =
  /**
   * `remaining` requests would be admitted at once after this one; the cell is full again after `resetMs`. `block` is what was
   * paid when a block was asked for, the first request included.
   */
  | { readonly admitted: true; readonly remaining: number; readonly resetMs: number; readonly block?: PaidBlock }
  /** `retryAfterMs` is when the next request would be admitted, if no other comes before it. */
  | { readonly admitted: false; readonly retryAfterMs: number; readonly resetMs: number };

/**
 * Consecutive slots of a cell. The one with number i, from 0, begins at `firstMs + i × interval` and may be used until then: a
 * request of a later moment would find the slot begun, and the cell refilled by as much.
 */
export interface PaidBlock {
  readonly firstMs: number;
  readonly count: number;
}

/** How much of a cell a taker wants: `block` is what a warm function may spend from its memory (`blockOf`). */
export type TakeSize = 'one' | 'block';

export interface RateLimiter {
  /**
   * Takes from the cell of `key`. It throws when the store cannot answer: the caller decides by the route's class
   * whether to fail closed or open. A key that was just refused is refused from memory until its time comes.
   */
  take(key: string, limit: RateLimit, size?: TakeSize): Promise<RateDecision>;
}

/** The next TAT of a cell and the decision, pure. `tatMs` is undefined for a cell that does not exist. */
export function gcra(
  tatMs: number | undefined,
  nowMs: number,
  limit: RateLimit,
  size: TakeSize = 'one',
): { readonly decision: RateDecision; readonly tatMs: number; readonly count: number } {
  const base = Math.max(tatMs ?? nowMs, nowMs);
  const spareMs = limit.burst * limit.intervalMs - (base - nowMs);
  if (spareMs < limit.intervalMs) {
    const retryAfterMs = limit.intervalMs - spareMs;
    return { decision: { admitted: false, retryAfterMs, resetMs: base - nowMs }, tatMs: base, count: 0 };
  }
  const count = size === 'one' ? 1 : blockOf(Math.floor(spareMs / limit.intervalMs), limit.burst);
  const next = base + count * limit.intervalMs;
  return { decision: admittedAt(next, nowMs, limit, { size, count }), tatMs: next, count };
}

/** The decision for a cell whose TAT has just become `tatMs` by taking `count` requests. */
export function admittedAt(
  tatMs: number,
  nowMs: number,
  limit: RateLimit,
  { size, count }: { readonly size: TakeSize; readonly count: number } = { size: 'one', count: 1 },
): RateDecision {
  const spareMs = limit.burst * limit.intervalMs - (tatMs - nowMs);
  return {
    admitted: true,
    remaining: Math.max(0, Math.floor(spareMs / limit.intervalMs)),
    resetMs: tatMs - nowMs,
    ...(size === 'one' ? {} : { block: { firstMs: tatMs - count * limit.intervalMs, count } }),
  };
}

/**
 * How many requests one block holds: a quarter of what is spare above half of the burst. Of a cell at rest that is an eighth;
 * of one that many functions draw on it becomes less with each, and below half of the burst every request is taken singly, so
 * that functions which hold blocks they do not need never keep the others from half of the burst.
 */
export function blockOf(spare: number, burst: number): number {
  return Math.max(1, Math.floor((spare - burst / 2) / 4));
}
