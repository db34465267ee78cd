import type { Clock } from '../../lambdas/kernel/clock';
import type { Guard } from '../../lambdas/kernel/journal';
import type { Leases } from '../../lambdas/kernel/lease';

/** Leases in memory. `guardHolds` is what a journal asks of a guarded append. */
export function newMemoryLeases(clock: Clock): Leases & { guardHolds(guard: Guard): boolean } {
  const cells = new Map<string, { fence: number; nonce: string; expiresAtMs: number }>();
  return {
    acquire: async (name, ttlMs) => {
      const nowMs = clock.now().getTime();
      const cell = cells.get(name);
      if (cell !== undefined && cell.expiresAtMs > nowMs) return undefined;
      const fence = (cell?.fence ?? 0) + 1;
      const next = { fence, nonce: `nonce-${name}-${String(fence)}`, expiresAtMs: nowMs + ttlMs };
      cells.set(name, next);
      return { name, ...next };
    },
    heartbeat: async (lease, ttlMs) => {
      const nowMs = clock.now().getTime();
      const cell = cells.get(lease.name);
      if (cell?.nonce !== lease.nonce || cell.expiresAtMs === 0) return undefined;
      cell.expiresAtMs = nowMs + ttlMs;
      return { ...lease, expiresAtMs: cell.expiresAtMs };
    },
    release: async (lease) => {
      const cell = cells.get(lease.name);
      if (cell?.nonce === lease.nonce) cell.expiresAtMs = 0;
    },
    guardHolds: (guard) => {
      const cell = cells.get(guard.lease);
      return cell !== undefined && cell.fence === guard.fence && cell.expiresAtMs > 0;
    },
  };
}
