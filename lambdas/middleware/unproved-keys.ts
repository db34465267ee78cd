import { limitedAddressOf } from '../kernel/addresses';
import { newBoundedMap } from '../kernel/bounded-map';
import type { Clock } from '../kernel/clock';
import type { Exchange } from './exchange';

/** Addresses that a warm function remembers. */
const rememberedAddresses = 1_000;

const windowMs = 60_000;

/** Claims of one address that are written down in a minute. */
const observedClaims = 20;

/**
 * Whether a refusal of a key that has proved nothing is worth a record. Anybody can make up a key, so that a flood of them would be a
 * flood of writes that are kept for years: one function writes down each claim of an address once a minute, and only so many.
 */
export function newUnprovedClaims(clock: Clock): (exchange: Exchange, reason: string) => boolean {
  const byAddress = newBoundedMap<{ readonly untilMs: number; readonly claims: Set<string> }>(rememberedAddresses);

  return ({ caller, http }, reason) => {
    const nowMs = clock.now().getTime();
    const address = limitedAddressOf(http.sourceIp ?? 'unknown');
    const known = byAddress.get(address);
    const { untilMs, claims } =
      known !== undefined && known.untilMs > nowMs ? known : { untilMs: nowMs + windowMs, claims: new Set<string>() };
    const claim = `${reason} ${caller?.user ?? ''}`;
    if (claims.has(claim) || claims.size >= observedClaims) return false;
    claims.add(claim);
    byAddress.set(address, { untilMs, claims });
    return true;
  };
}
