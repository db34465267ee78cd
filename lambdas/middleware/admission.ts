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
import type { Limits } from './limits';
import { tenantCell } from './limits';
import { isAdmitted, isForeignKey } from './membership';
import { readPlatformPolicy } from './platform-policy';
import type { ServiceDeps } from './ports';
import { addressCell, callerKeyOf, ownCell } from './rate-limit';
import { tenantInPath } from './tenant-in-path';

/** Callers that a warm function remembers. */
const rememberedCallers = 1_000;

/**
 * One round, and for a key that this function has not verified yet one before it: the rate limiter beside everything that admission must know of the caller. Nothing is judged here but the rate;
 * the links after it judge what was read.
 *
 * The limits of a tenant's policy are known only once its gate is read, so a member's request is measured by the policy as this
 * function last saw it, in the member's cell for this tenant; and until then by the platform's, in the cell that a person has for
 * everything else. So who names ever other tenants has that one cell, and a person as many more as there are tenants that have them.
 */
export function admission(deps: ServiceDeps, limits: Limits): Link {
  /** Of members alone: by a tenant's own limits, a stranger would learn that there is such a tenant. */
  const lastPolicy = newBoundedMap<SecurityPolicy>(rememberedCallers);
  /** Keys whose secret has proved right. */
  const verifiedKeys = newBoundedMap<true>(rememberedCallers);

  return before(async (exchange) => {
    const tenant = known(exchange, 'route').principal === 'tenant-member' ? tenantInPath(exchange) : undefined;
    const caller = callerKeyOf(exchange);
    const membership = tenant === undefined ? undefined : `${tenant}/${caller}`;
    const seen = membership === undefined ? undefined : lastPolicy.get(membership);
    const platforms = deps.policies.lastKnown();
    const own = seen === undefined ? ownCell(exchange, platforms) : ownCell(exchange, seen, tenant);
    const isClaim = exchange.caller?.kind === 'api-key' && verifiedKeys.get(caller) !== true;
    const address = addressCell(exchange, !isClaim, platforms);
    const shared = tenant === undefined || seen === undefined ? undefined : tenantCell(exchange, tenant, seen);

    // A caller who is over a limit costs no call: they are refused from memory. That a tenant is over its own is told without
    // reading only to those who were its members when this function last looked. A member who would be refused for another reason
    // is told it, too, but takes nothing.
    const empty = limits.knownEmpty([own, address, shared].filter((cell) => cell !== undefined));
    if (empty !== undefined) {
      const owner = tenant !== undefined && seen !== undefined ? { tenant } : platform;
      await limits.judge(exchange, empty.cell, empty.taken, owner);
    }

    // What only claims to be a key is measured by its address first: over that, no tenant's role is assumed and nothing is read.
    if (isClaim && address !== undefined) {
      await limits.judge(exchange, address, await limits.take(exchange, address), platform);
    }
    const beside = isClaim ? undefined : address;

    const [ownTaken, besideTaken] = await Promise.all([
      limits.take(exchange, own),
      beside === undefined ? undefined : limits.take(exchange, beside),
      readAccess(exchange, deps),
      readPlatformPolicy(exchange, deps),
    ]);
    const isMember = exchange.access !== undefined && isAdmitted(exchange, exchange.access, deps.clock);
    if (isMember && exchange.access !== undefined && membership !== undefined) {
      lastPolicy.set(membership, policyOf(exchange.access.gate, known(exchange, 'platformPolicy')));
      if (exchange.caller?.kind === 'api-key') verifiedKeys.set(caller, true);
    } else if (membership !== undefined) {
      // Who is a member no longer is a stranger again.
      lastPolicy.delete(membership);
    }

    const owner = isMember && tenant !== undefined ? { tenant } : platform;
    await limits.judge(exchange, own, ownTaken, owner);
    if (beside !== undefined && besideTaken !== undefined) {
      await limits.judge(exchange, beside, besideTaken, owner);
    }
  });
}

/**
 * The limit of all callers of a tenant together. It counts only what will be served: who may not do it, comes from elsewhere than
 * they may, has no second factor to show or sends what is no request cannot use up what others need. Each of them is bounded by
 * their own cell. Nor do strangers learn by it that there is such a tenant.
 */
export function tenantLimit(limits: Limits): Link {
  return before(async (exchange) => {
    const { tenant } = exchange;
    if (tenant === undefined) return;
    const cell = tenantCell(exchange, tenant.id, tenant.policy);
    if (cell === undefined) return;
    await limits.judge(exchange, cell, await limits.take(exchange, cell), { tenant: tenant.id });
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
