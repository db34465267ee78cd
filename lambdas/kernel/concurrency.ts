/**
 * How many expensive requests of one tenant may run at once. A holder that never gives its place back, because its function died,
 * loses it when its time is over, so that time must be longer than a function can run.
 */
export interface Place {
  /** Which pool of the tenant it is in. */
  readonly pool: string;
  /** The holder's own random token. */
  readonly nonce: string;
}

export type PlaceDecision =
  | { readonly admitted: true; readonly place: Place }
  /** All places are taken; trying again before `retryAfterMs` makes little sense. */
  | { readonly admitted: false; readonly retryAfterMs: number };

/** The places of one tenant. */
export interface ConcurrencyLimiter {
  /** Takes one of `max` places for `ttlMs` at most. Throws when the store cannot answer. */
  acquire(pool: string, max: number, ttlMs: number): Promise<PlaceDecision>;
  /** Gives a place back; nothing happens if its time was over. */
  release(place: Place): Promise<void>;
}

/** What such requests take, as people feel it: who is refused may try about then. */
export const placeRetryMs = 1_000;
