/**
 * A lease with a fencing token: the right of one worker to do a long job, and a number that rises with every holder, so that
 * a holder that was paused past its time is refused by whatever it writes to. Never used on the payment path.
 */
export interface Lease {
  readonly name: string;
  /** Strictly greater than the fence of every earlier holder. Guarded writes carry it. */
  readonly fence: number;
  /** The holder's own random token: proves to the store that a lost answer was ours. */
  readonly nonce: string;
  readonly expiresAtMs: number;
}

export interface Leases {
  /** Takes the lease if it is free or expired; undefined while another holds it. */
  acquire(name: string, ttlMs: number): Promise<Lease | undefined>;
  /** Extends a lease that is still ours; undefined when it was lost. */
  heartbeat(lease: Lease, ttlMs: number): Promise<Lease | undefined>;
  /** Gives the lease back. The record stays, so that the fence never falls. */
  release(lease: Lease): Promise<void>;
}
