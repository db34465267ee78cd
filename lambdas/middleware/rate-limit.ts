import { failsClosed } from '../domain/policies';
import type { SecurityPolicy } from '../domain/policies';
import { limitedAddressOf } from '../kernel/addresses';
import type { RateDecision, RateLimit } from '../kernel/rate-limit';
import { known } from './exchange';
import type { Exchange, Link } from './exchange';
import type { Cell, Taken } from './limits';
import { refuse } from './problem';

/**
 * The caller's own cell: the user who signs in, the API key, or the address of a public request. The cell of a key is of its secret
 * too: who knows only a key's id cannot use up its limit.
 *
 * `tenant` says whose policy it is, if not the platform's. What a tenant demands of its members then counts in a cell of its own:
 * one tenant's slow limit must not hold them up in another, nor on routes of no tenant. Whoever guesses at factors or tokens does it
 * on those, in the one cell of the person.
 */
export function ownCell(exchange: Exchange, policy: SecurityPolicy, tenant?: string): Cell {
  const { rateClass } = known(exchange, 'route');
  const caller = callerKeyOf(exchange);
  // A key opens one tenant, so its cell is that tenant's already.
  const key = tenant === undefined || exchange.caller?.kind === 'api-key' ? caller : `${caller}@${tenant}`;
  return { key, limit: { name: rateClass, ...policy.rateLimits[rateClass] }, kind: 'own' };
}

export function callerKeyOf({ caller, http }: Exchange): string {
  if (caller === undefined) return addressOf(http);
  return caller.kind === 'api-key'
    ? `key:${caller.user}:${caller.presented.secretHash.slice(0, 16)}`
    : `user:${caller.user}`;
}

/**
 * The cell of the address that a request comes from, as the gateway saw it: where many people's factors could be guessed at, and
 * where a key is only what somebody claims. One that this function has verified is limited as a caller alone. No tenant is known
 * here, so the policy is the platform's.
 */
export function addressCell(
  exchange: Exchange,
  isVerifiedKey: boolean,
  { addressRateLimits }: SecurityPolicy,
): Cell | undefined {
  const { rateClass } = known(exchange, 'route');
  const isClaimedKey = exchange.caller?.kind === 'api-key' && !isVerifiedKey;
  const guarded = rateClass === 'mfa' || rateClass === 'sign-in' ? rateClass : undefined;
  const of = isClaimedKey ? 'server' : guarded;
  if (of === undefined) return undefined;
  return { key: addressOf(exchange.http), limit: { name: `ip-${of}`, ...addressRateLimits[of] }, kind: 'shared' };
}

function addressOf({ sourceIp }: Exchange['http']): string {
  return `ip:${limitedAddressOf(sourceIp ?? 'unknown')}`;
}

/** Without its store, the limiter lets reads pass and refuses what moves money or guesses at factors. */
export function refuseWithoutStore(exchange: Exchange, decision: Taken): void {
  if (decision === 'store-failed' && failsClosed(known(exchange, 'route').rateClass)) {
    refuse({ slug: 'unavailable', retryAfterSeconds: 5 });
  }
}

export function tooManyRequests(retryAfterMs: number): never {
  return refuse({
    slug: 'rate-limited',
    detail: 'Too many requests. Wait as long as Retry-After says.',
    retryAfterSeconds: retryAfterMs / 1000,
  });
}

/**
 * `RateLimit-Policy` and `RateLimit` [draft-ietf-httpapi-ratelimit-headers-11], each a list of one String item. `q` in `w` is the
 * burst and the time it takes to refill; `r` what is left, `t` the seconds until there is more: for a refused request the
 * same moment as Retry-After.
 */
export function rateLimitHeaders(): Link {
  const decorate = (exchange: Exchange, answer: { headers: Record<string, string> } | null): void => {
    const { rateLimit: limit, rateDecision: decision } = exchange;
    if (answer === null || limit === undefined || decision === undefined) return;
    const remaining = decision.admitted ? decision.remaining : 0;
    answer.headers = {
      'ratelimit-policy': `"${limit.name}";q=${String(limit.burst)};w=${seconds(limit.burst * limit.intervalMs)}`,
      ratelimit: `"${limit.name}";r=${String(remaining)};t=${seconds(moreInMs(decision, limit))}`,
      ...answer.headers,
    };
  };
  return {
    after: ({ event, response }) => decorate(event, response),
    onError: ({ event, response }) => decorate(event, response),
  };
}

function moreInMs(decision: RateDecision, limit: RateLimit): number {
  if (!decision.admitted) return decision.retryAfterMs;
  const rest = decision.resetMs % limit.intervalMs;
  return decision.resetMs > 0 && rest === 0 ? limit.intervalMs : rest;
}

/** Rounded up, at least 1: never earlier than it is. */
function seconds(ms: number): string {
  return String(Math.max(1, Math.ceil(ms / 1000)));
}
