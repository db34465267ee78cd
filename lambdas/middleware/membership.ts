import { isActivePlatformAdmin, parseMembership } from '../domain/identity';
import type { Membership } from '../domain/identity';
import { policyOf } from '../domain/policies';
import type { SecurityPolicy } from '../domain/policies';
import { tenantStatusOf } from '../domain/tenants';
import { InvariantViolation } from '../kernel/invariant';
import { platform } from '../kernel/journal';
import type { Access } from '../kernel/views';
import { before, known } from './exchange';
import type { Exchange, Link } from './exchange';
import type { Metrics } from './metrics';
import type { RefusalObserver } from './observations';
import { refuse } from './problem';
import { notFound } from './refusals';
import { tenantInPath } from './tenant-in-path';

/**
 * Who is no member gets the answer of a tenant that does not exist. Only once an active membership is found is anything used of
 * what was read beside it.
 */
export function membership(platformPolicy: SecurityPolicy, observer: RefusalObserver, metrics: Metrics): Link {
  return before(async (exchange) => {
    if (known(exchange, 'route').principal !== 'tenant-member') return;
    const tenant = tenantInPath(exchange);
    if (tenant === undefined) throw new InvariantViolation('a tenant route names no tenant');
    const access = known(exchange, 'access');
    const member = memberIn(exchange, access);

    if (member === undefined || member.status === 'removed') {
      metrics.count('AccessRefused');
      await observer.observe(exchange, { type: 'AccessRefused', reason: 'not-a-member' }, platform);
      return refuse(notFound);
    }
    exchange.tenant = { id: tenant, member, gate: access.gate, policy: policyOf(access.gate, platformPolicy) };
    if (member.status === 'suspended') {
      metrics.count('AccessRefused');
      await observer.observe(exchange, { type: 'AccessRefused', reason: 'member-suspended' }, { tenant });
      return refuse({ slug: 'member-suspended', detail: 'Your membership in this tenant is suspended.' });
    }
    if (tenantStatusOf(access.gate) === 'suspended') {
      metrics.count('AccessRefused');
      await observer.observe(exchange, { type: 'AccessRefused', reason: 'tenant-suspended' }, { tenant });
      return refuse({ slug: 'tenant-suspended', detail: 'This tenant is suspended.' });
    }
  });
}

/** The permission that the route names, or the standing of a Super Admin. */
export function permission(observer: RefusalObserver, metrics: Metrics): Link {
  return before(async (exchange) => {
    const route = known(exchange, 'route');
    if (route.principal === 'platform-admin') {
      if (exchange.platformAdmin !== undefined && isActivePlatformAdmin(exchange.platformAdmin)) return;
      delete exchange.platformAdmin;
      metrics.count('AccessRefused');
      await observer.observe(exchange, { type: 'AccessRefused', reason: 'not-a-super-admin' }, platform);
      refuse({ slug: 'forbidden', detail: 'Only a Super Admin may do this.' });
    }
    if (route.permission === null) return;
    const tenant = known(exchange, 'tenant');
    if (tenant.member.permissions.includes(route.permission)) return;
    metrics.count('AccessRefused');
    await observer.observe(exchange, { type: 'AccessRefused', reason: route.permission }, { tenant: tenant.id });
    refuse({ slug: 'forbidden', detail: `This needs the permission ${route.permission}.` });
  });
}

export function isActiveMember(exchange: Exchange, access: Access): boolean {
  return memberIn(exchange, access)?.status === 'active';
}

function memberIn(exchange: Exchange, access: Access): Membership | undefined {
  if (access.member === undefined) return undefined;
  const member = parseMembership(access.member);
  if (member.userId !== known(exchange, 'caller').user) throw new InvariantViolation("a membership of another user's");
  return member;
}
