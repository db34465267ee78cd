import { newBoundedMap } from '../kernel/bounded-map';
import type { Exchange, Link } from './exchange';
import { errorFields } from './log';
import type { ServiceDeps } from './ports';

/** A warm function notes a key's use at most this often. */
const intervalMs = 5 * 60 * 1000;

/** Keys that a warm function remembers to have noted. */
const rememberedKeys = 1_000;

/**
 * Notes when an admitted API key was last used, and from where: beside the endpoint, so that nobody waits for it, and without ever
 * failing the request. It is awaited before the answer leaves, since Lambda stops the function then.
 */
export function keyUse(deps: Pick<ServiceDeps, 'forTenant' | 'clock' | 'log' | 'metrics'>): Link {
  const notedAtMs = newBoundedMap<number>(rememberedKeys);
  const notes = new WeakMap<Exchange, Promise<void>>();

  const note = async (exchange: Exchange, tenant: string, keyId: string, now: Date): Promise<void> => {
    const ip = exchange.http.sourceIp;
    try {
      // A crash before this write loses one note of many.
      await deps
        .forTenant(tenant)
        .keyUses.record(keyId, { at: now.toISOString(), ...(ip === undefined ? {} : { ip }) });
    } catch (error) {
      deps.metrics.count('KeyUseNotNoted');
      deps.log.warn('the use of an API key could not be noted', {
        requestId: exchange.requestId,
        tenantId: tenant,
        ...errorFields(error),
      });
    }
  };
  const noted = async ({ event }: { readonly event: Exchange }): Promise<void> => notes.get(event);

  return {
    before: ({ event: exchange }) => {
      const principal = exchange.tenant?.principal;
      if (exchange.tenant === undefined || principal?.kind !== 'api-key') return;
      const now = deps.clock.now();
      if (now.getTime() - (notedAtMs.get(principal.keyId) ?? -Infinity) < intervalMs) return;
      notedAtMs.set(principal.keyId, now.getTime());
      notes.set(exchange, note(exchange, exchange.tenant.id, principal.keyId, now));
    },
    after: noted,
    onError: noted,
  };
}
