import { apiKeyStream } from '../domain/api-keys';
import { policyOf } from '../domain/policies';
import type { SecurityPolicy } from '../domain/policies';
import { newBoundedMap } from '../kernel/bounded-map';
import { InvariantViolation } from '../kernel/invariant';
import { platform } from '../kernel/journal';
import { memberOf } from '../kernel/views';
import { before, known } from './exchange';
import type { Exchange, Link } from './exchange';
import { createdStream } from './idempotency';
import { isAdmitted, isForeignKey } from './membership';
import type { RefusalObserver } from './observations';
import { readPlatformPolicy } from './platform-policy';
import type { ServiceDeps } from './ports';
import { limiterKeyOf, limitOf, refuseWithoutStore, takeRate, tooManyRequests } from './rate-limit';
import { tenantInPath } from './tenant-in-path';

/** Callers that a warm function remembers. */
const rememberedCallers = 1_000;

/**
 * One round: the rate limiter beside everything that admission must know of the caller. Nothing is judged here but the rate;
 * the links after it judge what was read.
 *
 * The limits of a tenant's policy are known only once its gate is read, so a request is measured by the policy as this function
 * last saw it, and by the platform's until then.
 */
export function admission(deps: ServiceDeps, observer: RefusalObserver): Link {
  const refusedUntilMs = newBoundedMap<number>(rememberedCallers);
  /** Of members alone: by a tenant's own limits, a stranger would learn that there is such a tenant. */
  const lastPolicy = newBoundedMap<SecurityPolicy>(rememberedCallers);

  return before(async (exchange) => {
    const tenant = known(exchange, 'route').principal === 'tenant-member' ? tenantInPath(exchange) : undefined;
    const membership = tenant === undefined ? undefined : `${tenant}/${known(exchange, 'caller').user}`;
    const limit = limitOf(
      exchange,
      (membership === undefined ? undefined : lastPolicy.get(membership)) ?? deps.policies.lastKnown(),
    );
    const key = `${limiterKeyOf(exchange)}/${limit.name}`;
    const nowMs = deps.clock.now().getTime();
    // A caller who is over the limit costs no reads: the limiter answers from its memory, and alone.
    const isRefused = (refusedUntilMs.get(key) ?? 0) > nowMs;
    const taking = takeRate(exchange, limit, deps);
    const first = isRefused ? await taking : undefined;
    const isHit = first !== undefined && first !== 'store-failed' && !first.admitted;

    const [decision] = await Promise.all([
      taking,
      isHit ? undefined : readAccess(exchange, deps),
      isHit ? undefined : readPlatformPolicy(exchange, deps),
    ]);
    if (
      exchange.access !== undefined &&
      membership !== undefined &&
      isAdmitted(exchange, exchange.access, deps.clock)
    ) {
      lastPolicy.set(membership, policyOf(exchange.access.gate, known(exchange, 'platformPolicy')));
    }

    refuseWithoutStore(exchange, decision);
    if (decision === 'store-failed') return;
    exchange.rateLimit = limit;
    exchange.rateDecision = decision;
    if (decision.admitted) return;

    deps.metrics.count('RateLimited');
    if (!isRefused) {
      // One observation a caller and refusal window, or a flood of requests would become a flood of writes.
      refusedUntilMs.set(key, nowMs + decision.retryAfterMs);
    }
    if (!isRefused && exchange.caller !== undefined) {
      const isMember = exchange.access !== undefined && isAdmitted(exchange, exchange.access, deps.clock);
      const owner = isMember && tenant !== undefined ? { tenant } : platform;
      await observer.observe(exchange, { type: 'RateLimited', reason: limit.name }, owner);
    }
    tooManyRequests(decision.retryAfterMs);
  });
}

/** The tenant role of the claimed tenant is assumed here, for the caller's own membership and what is read beside it. */
async function readAccess(exchange: Exchange, deps: ServiceDeps): Promise<void> {
  const route = known(exchange, 'route');
  switch (route.principal) {
    case 'public':
    case 'signed-in':
      return;
    case 'platform-admin': {
      const { user } = known(exchange, 'caller');
      const record = await deps.platform.views.record({ owner: platform, kind: 'platform-admin', id: user });
      if (record !== undefined) exchange.platformAdmin = record;
      return;
    }
    case 'tenant-member': {
      const tenant = tenantInPath(exchange);
      if (tenant === undefined) throw new InvariantViolation(`${route.id} names no tenant in its path`);
      // Nothing is read for a key of another tenant: the membership link refuses it.
      if (isForeignKey(exchange)) return;
      const caller = known(exchange, 'caller');
      const principal = caller.kind === 'api-key' ? apiKeyStream(tenant, caller.user) : memberOf(tenant, caller.user);
      exchange.access = await deps
        .forTenant(tenant)
        .views.access(tenant, principal, createdStream(exchange, route, tenant));
    }
  }
}
