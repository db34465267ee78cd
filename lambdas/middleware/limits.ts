import { newBoundedMap } from '../kernel/bounded-map';
import type { Owner } from '../kernel/journal';
import type { RateDecision, RateLimit } from '../kernel/rate-limit';
import { newSharedCells } from '../kernel/shared-cells';
import { known } from './exchange';
import type { Exchange } from './exchange';
import { errorFields } from './log';
import type { RefusalObserver } from './observations';
import type { ServiceDeps } from './ports';
import { refuseWithoutStore, tooManyRequests } from './rate-limit';

/** Cells that a warm function remembers to be empty. */
const rememberedCells = 1_000;

/** A refused cell is observed at most this often by one function, or a flood of requests would become a flood of writes. */
const observedEveryMs = 60_000;

/** A cell that a request takes from: the caller's own, or one that many share and that is taken from in blocks. */
export interface Cell {
  readonly key: string;
  readonly limit: RateLimit;
  readonly kind: 'own' | 'shared';
}

export type Taken = RateDecision | 'store-failed';

/** What the links of rate limiting have in common: the two kinds of cells, and the memory of what was refused. */
export interface Limits {
  /** Takes one request. A store that fails is counted; what it means is judged by `judge`. */
  take(exchange: Exchange, cell: Cell): Promise<Taken>;
  /**
   * The first of the cells that was empty when last looked at, and whose time has not come: it refuses from memory. Nothing is taken
   * from it, so that who has no right to what the cell is for cannot use it up, should its limit have become a wider one since.
   */
  knownEmpty(cells: readonly Cell[]): { readonly cell: Cell; readonly taken: RateDecision } | undefined;
  /** Ends the request where the cell refused it, or where it must not go on without the limiter's store. */
  judge(exchange: Exchange, cell: Cell, taken: Taken, owner: Owner): Promise<void>;
}

export function newLimits(
  deps: Pick<ServiceDeps, 'rateLimiter' | 'clock' | 'log' | 'metrics'>,
  observer: RefusalObserver,
): Limits {
  const sharedCells = newSharedCells({ limiter: deps.rateLimiter, clock: deps.clock });
  const emptyUntilMs = newBoundedMap<number>(rememberedCells);
  const observedUntilMs = newBoundedMap<number>(rememberedCells);
  const nowMs = (): number => deps.clock.now().getTime();

  const takeFrom = async ({ key, limit, kind }: Cell): Promise<RateDecision> => {
    if (kind === 'own') return deps.rateLimiter.take(key, limit);
    const decision = await sharedCells.take(key, limit);
    // What is left of a shared cell is told to nobody: the headers speak of it only where it refuses.
    return decision.admitted ? { admitted: true, remaining: 0, resetMs: 0 } : decision;
  };

  return {
    take: async (exchange, cell) => {
      try {
        return await takeFrom(cell);
      } catch (error) {
        deps.metrics.count('RateLimitStoreFailed');
        deps.log.error('rate limiter failed', { requestId: exchange.requestId, ...errorFields(error) });
        return 'store-failed';
      }
    },

    knownEmpty: (cells) => {
      for (const cell of cells) {
        const retryAfterMs = (emptyUntilMs.get(nameOf(cell)) ?? 0) - nowMs();
        if (retryAfterMs > 0) return { cell, taken: { admitted: false, retryAfterMs, resetMs: retryAfterMs } };
      }
      return undefined;
    },

    judge: async (exchange, cell, taken, owner) => {
      refuseWithoutStore(exchange, taken);
      if (taken === 'store-failed') return;
      if (cell.kind === 'own' || !taken.admitted) {
        exchange.rateLimit = cell.limit;
        exchange.rateDecision = taken;
      }
      if (taken.admitted) return;

      deps.metrics.count('RateLimited');
      emptyUntilMs.set(nameOf(cell), nowMs() + taken.retryAfterMs);
      if (exchange.caller !== undefined && (observedUntilMs.get(nameOf(cell)) ?? 0) <= nowMs()) {
        observedUntilMs.set(nameOf(cell), nowMs() + observedEveryMs);
        await observer.observe(exchange, { type: 'RateLimited', reason: cell.limit.name }, owner);
      }
      tooManyRequests(taken.retryAfterMs);
    },
  };
}

function nameOf({ key, limit }: Cell): string {
  return `${key}/${limit.name}`;
}

/** The route's class where a tenant's callers share a limit of it. */
export function tenantCell(exchange: Exchange, tenant: string, policy: TenantPolicy): Cell | undefined {
  const { rateClass } = known(exchange, 'route');
  if (rateClass !== 'read' && rateClass !== 'write' && rateClass !== 'money') return undefined;
  const limit = { name: `tenant-${rateClass}`, ...policy.tenantRateLimits[rateClass] };
  return { key: `tenant:${tenant}`, limit, kind: 'shared' };
}

type TenantPolicy = {
  readonly tenantRateLimits: Readonly<Record<'read' | 'write' | 'money', Omit<RateLimit, 'name'>>>;
};
