import { newBoundedMap } from '../../kernel/bounded-map';
import type { Clock } from '../../kernel/clock';
import { newTokenBuckets } from '../../kernel/token-buckets';

/**
 * What may be fetched for deliveries that nobody has verified yet, in one warm instance: of one connection by one address three at once, then three
 * a minute, and of one connection twenty at once, then twenty a minute. So whoever forges deliveries makes us flood nobody, and from one
 * address uses up no more than a part of what the connection has; another connection loses nothing.
 */
const addressFetches = { burst: 3, perSecond: 0.05 };
const connectionFetches = { burst: 20, perSecond: 1 / 3 };

const rememberedConnections = 1_000;
const rememberedAddresses = 10_000;

/** Who sends deliveries to a connection that cannot be verified, and what is still done for them. An address is one of limits (`kernel/addresses.ts`). */
export interface Suspects {
  /**
   * Milliseconds for which the address is over the limit of bad signatures at this connection, as far as this instance has heard; undefined
   * where it is not. Its deliveries are still verified, by what is at hand: the address may be one that others share.
   */
  overLimitMs(connectionId: string, address: string): number | undefined;
  note(connectionId: string, address: string, retryAfterMs: number): void;
  /** Whether something may be fetched to verify a delivery. Taken with the question. */
  mayFetch(connectionId: string, address: string): boolean;
}

export function newSuspects(clock: Clock): Suspects {
  const untilMs = newBoundedMap<number>(rememberedAddresses);
  const byAddress = newTokenBuckets(clock, addressFetches, rememberedAddresses);
  const byConnection = newTokenBuckets(clock, connectionFetches, rememberedConnections);
  const overLimitMs = (connectionId: string, address: string): number | undefined => {
    const leftMs = (untilMs.get(keyOf(connectionId, address)) ?? 0) - clock.now().getTime();
    return leftMs > 0 ? leftMs : undefined;
  };
  return {
    overLimitMs,
    note: (connectionId, address, retryAfterMs) =>
      untilMs.set(keyOf(connectionId, address), clock.now().getTime() + retryAfterMs),
    // The address first: one that has used up its own takes nothing from the connection's.
    mayFetch: (connectionId, address) =>
      overLimitMs(connectionId, address) === undefined &&
      byAddress.take(keyOf(connectionId, address)) === undefined &&
      byConnection.take(connectionId) === undefined,
  };
}

function keyOf(connectionId: string, address: string): string {
  return `${connectionId}/${address}`;
}
