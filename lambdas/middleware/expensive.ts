import { newBoundedMap } from '../kernel/bounded-map';
import type { Place } from '../kernel/concurrency';
import { InvariantViolation } from '../kernel/invariant';
import { known } from './exchange';
import type { Exchange, Link } from './exchange';
import { errorFields } from './log';
import type { RefusalObserver } from './observations';
import type { ServiceDeps } from './ports';
import { refuse } from './problem';
import { refuseWithoutStore } from './rate-limit';

/** Longer than any function with such routes can run: a place that is not given back by then has no holder. */
export const placeTtlMs = 30_000;

/** A refused tenant is observed at most this often by one function. */
const observedEveryMs = 60_000;

const rememberedTenants = 1_000;

/**
 * Holds one of the tenant's few places while a route that reads much at once is served. It is the last link, so that a place is
 * taken only by what will run, and given back whatever becomes of it; a function that is killed loses it when its time is over.
 */
export function expensive(
  deps: Pick<ServiceDeps, 'forTenant' | 'clock' | 'log' | 'metrics'>,
  observer: RefusalObserver,
): Link {
  const held = new WeakMap<Exchange, { readonly tenant: string; readonly place: Place }>();
  const observedUntilMs = newBoundedMap<number>(rememberedTenants);

  const acquire = async (exchange: Exchange, tenant: string, pool: string, max: number) => {
    try {
      return await deps.forTenant(tenant).places.acquire(pool, max, placeTtlMs);
    } catch (error) {
      deps.metrics.count('RateLimitStoreFailed');
      deps.log.error('places of a tenant cannot be counted', {
        requestId: exchange.requestId,
        tenantId: tenant,
        ...errorFields(error),
      });
      return 'store-failed';
    }
  };

  const release = async ({ event: exchange }: { readonly event: Exchange }): Promise<void> => {
    const holding = held.get(exchange);
    if (holding === undefined) return;
    held.delete(exchange);
    try {
      await deps.forTenant(holding.tenant).places.release(holding.place);
    } catch (error) {
      // The place comes back when its time is over; the answer stands.
      deps.metrics.count('RateLimitStoreFailed');
      deps.log.error('a place of a tenant cannot be given back', {
        requestId: exchange.requestId,
        tenantId: holding.tenant,
        ...errorFields(error),
      });
    }
  };

  return {
    before: async ({ event: exchange }) => {
      const route = known(exchange, 'route');
      if (!route.expensive) return;
      const { tenant } = exchange;
      if (tenant === undefined) throw new InvariantViolation(`${route.id} is expensive for no tenant`);
      const taken = await acquire(exchange, tenant.id, route.rateClass, tenant.policy.expensiveConcurrency);
      if (taken === 'store-failed') {
        refuseWithoutStore(exchange, taken);
        return;
      }
      if (taken.admitted) {
        held.set(exchange, { tenant: tenant.id, place: taken.place });
        return;
      }
      deps.metrics.count('ConcurrencyRefused');
      const nowMs = deps.clock.now().getTime();
      if ((observedUntilMs.get(tenant.id) ?? 0) <= nowMs) {
        observedUntilMs.set(tenant.id, nowMs + observedEveryMs);
        await observer.observe(exchange, { type: 'RateLimited', reason: 'too-many-concurrent' }, { tenant: tenant.id });
      }
      refuse({
        slug: 'too-many-concurrent',
        detail: 'Too many requests of this kind are running for your tenant. Wait as long as Retry-After says.',
        retryAfterSeconds: taken.retryAfterMs / 1_000,
      });
    },
    after: release,
    onError: release,
  };
}
