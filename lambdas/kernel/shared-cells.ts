import { newBoundedMap } from './bounded-map';
import type { Clock } from './clock';
import type { RateDecision, RateLimit, RateLimiter } from './rate-limit';

/** Cells that a warm function holds blocks of. */
const rememberedBlocks = 1_000;

/** What is left of a block. */
interface Rest {
  readonly burst: number;
  readonly intervalMs: number;
  /** When the next slot begins, and the last. */
  nextMs: number;
  readonly lastMs: number;
}

export interface SharedCells {
  /** Takes one request from a cell that many callers share. Refuses and throws as `RateLimiter.take` does. */
  take(
    key: string,
    limit: RateLimit,
  ): Promise<{ readonly admitted: true } | Extract<RateDecision, { admitted: false }>>;
}

/**
 * Cells that many callers share, such as a tenant's: a function takes a block of requests by one call and spends it from memory,
 * so that a shared limit beside the caller's own costs no call on most requests. Blocks are paid in advance and each of their
 * slots dies when it begins, so the bound of the cell holds exactly, however many functions hold blocks.
 */
export function newSharedCells({
  limiter,
  clock,
}: {
  readonly limiter: RateLimiter;
  readonly clock: Clock;
}): SharedCells {
  const rests = newBoundedMap<Rest>(rememberedBlocks);
  const asking = new Map<string, Promise<RateDecision>>();

  return {
    take: async (key, limit) => {
      const cell = `${key}/${limit.name}`;
      for (;;) {
        if (spend(rests.get(cell), limit, clock.now().getTime())) return { admitted: true };
        const other = asking.get(cell);
        if (other === undefined) return ask(cell, key, limit);
        // Somebody in this function is asking already: for both, unless the block is too small.
        const decision = await other;
        if (!decision.admitted) return decision;
      }
    },
  };

  async function ask(cell: string, key: string, limit: RateLimit) {
    // A crash after it leaves a block that nobody spends: the cell is refilled by as much while its slots pass.
    const asked = limiter.take(key, limit, 'block').then((decision) => {
      if (decision.admitted) keep(cell, limit, decision);
      return decision;
    });
    asking.set(cell, asked);
    try {
      const decision = await asked;
      return decision.admitted ? ({ admitted: true } as const) : decision;
    } finally {
      asking.delete(cell);
    }
  }

  /** The first slot is the asking request's own. */
  function keep(cell: string, { burst, intervalMs }: RateLimit, { block }: Extract<RateDecision, { admitted: true }>) {
    if (block === undefined || block.count < 2) return;
    const nextMs = block.firstMs + intervalMs;
    rests.set(cell, { burst, intervalMs, nextMs, lastMs: block.firstMs + (block.count - 1) * intervalMs });
  }
}

/** Uses the earliest slot that has not begun. A block that was paid under another limit is worth nothing. */
function spend(rest: Rest | undefined, limit: RateLimit, nowMs: number): boolean {
  if (rest === undefined || rest.burst !== limit.burst || rest.intervalMs !== limit.intervalMs) return false;
  const begun = Math.max(0, Math.ceil((nowMs - rest.nextMs) / rest.intervalMs));
  const slotMs = rest.nextMs + begun * rest.intervalMs;
  if (slotMs > rest.lastMs) return false;
  rest.nextMs = slotMs + rest.intervalMs;
  return true;
}
