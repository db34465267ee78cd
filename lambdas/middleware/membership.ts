import { admitKey, refusalsOfTheRightSecret } from '../domain/api-keys';
import type { KeyRefusal } from '../domain/api-keys';
import { isActivePlatformAdmin, parseMembership } from '../domain/identity';
import type { Membership } from '../domain/identity';
import { policyOf } from '../domain/policies';
import { tenantStatusOf } from '../domain/tenants';
import type { Clock } from '../kernel/clock';
import { InvariantViolation } from '../kernel/invariant';
import { platform } from '../kernel/journal';
import type { Owner } from '../kernel/journal';
import { err, ok } from '../kernel/result';
import type { Result } from '../kernel/result';
import type { Access } from '../kernel/views';
import { unauthenticated } from './caller';
import { before, known } from './exchange';
import type { Exchange, Link } from './exchange';
import type { Metrics } from './metrics';
import type { RefusalObserver } from './observations';
import type { ServiceDeps } from './ports';
import { refuse } from './problem';
import type { Problem } from './problem';
import { notFound } from './refusals';
import type { TenantPrincipal } from './request';
import { tenantInPath } from './tenant-in-path';
import { newUnprovedClaims } from './unproved-keys';

/**
 * Who is no member gets the answer of a tenant that does not exist. Only once an active membership, or a key that opens this
 * tenant, is found is anything used of what was read beside it.
 */
export function membership(
  { metrics, clock }: Pick<ServiceDeps, 'metrics' | 'clock'>,
  observer: RefusalObserver,
): Link {
  const isWorthARecord = newUnprovedClaims(clock);

  return before(async (exchange) => {
    if (known(exchange, 'route').principal !== 'tenant-member') return;
    const tenant = tenantInPath(exchange);
    if (tenant === undefined) throw new InvariantViolation('a tenant route names no tenant');
    const refused = async (reason: string, owner: Owner, problem: Problem): Promise<never> => {
      metrics.count('AccessRefused');
      await observer.observe(exchange, { type: 'AccessRefused', reason }, owner);
      return refuse(problem);
    };
    const refusedUnproved = async (reason: string, problem: Problem): Promise<never> => {
      if (isWorthARecord(exchange, reason)) return refused(reason, platform, problem);
      metrics.count('AccessRefused');
      return refuse(problem);
    };
    // A key says itself which tenant it opens: on the paths of any other it is refused before anything is read.
    if (isForeignKey(exchange)) return refusedUnproved('key-of-another-tenant', notFound);

    const access = known(exchange, 'access');
    const admitted = principalIn(exchange, access, clock);
    if (!admitted.ok) {
      switch (admitted.error.reason) {
        case 'not-a-member':
          return refused('not-a-member', platform, notFound);
        case 'member-suspended':
          return refused(
            'member-suspended',
            { tenant },
            { slug: 'member-suspended', detail: 'Your membership in this tenant is suspended.' },
          );
        case 'key-refused': {
          const { why } = admitted.error;
          // That its key was tried too late or from elsewhere is for the tenant to know; a guess at a key is not.
          return refusalsOfTheRightSecret.includes(why)
            ? refused(why, { tenant }, unauthenticated(exchange))
            : refusedUnproved(why, unauthenticated(exchange));
        }
      }
    }
    exchange.tenant = {
      id: tenant,
      principal: admitted.value,
      gate: access.gate,
      policy: policyOf(access.gate, known(exchange, 'platformPolicy')),
    };
    if (tenantStatusOf(access.gate) === 'suspended') {
      return refused('tenant-suspended', { tenant }, { slug: 'tenant-suspended', detail: 'This tenant is suspended.' });
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
    if (tenant.principal.permissions.some((held) => held === route.permission)) return;
    metrics.count('AccessRefused');
    await observer.observe(exchange, { type: 'AccessRefused', reason: route.permission }, { tenant: tenant.id });
    refuse({ slug: 'forbidden', detail: `This needs the permission ${route.permission}.` });
  });
}

/** Whether the caller is admitted to the tenant: an active member, or a key that opens it. */
export function isAdmitted(exchange: Exchange, access: Access, clock: Clock): boolean {
  return principalIn(exchange, access, clock).ok;
}

/** A key on the paths of another tenant than its own. */
export function isForeignKey(exchange: Exchange): boolean {
  const { caller } = exchange;
  return caller?.kind === 'api-key' && caller.presented.tenant !== tenantInPath(exchange);
}

type PrincipalRefusal =
  | { readonly reason: 'not-a-member' }
  | { readonly reason: 'member-suspended' }
  | { readonly reason: 'key-refused'; readonly why: KeyRefusal };

function principalIn(exchange: Exchange, access: Access, clock: Clock): Result<TenantPrincipal, PrincipalRefusal> {
  const caller = known(exchange, 'caller');
  if (caller.kind === 'api-key') {
    const origin = { now: clock.now(), ip: exchange.http.sourceIp };
    const limits = () => policyOf(access.gate, known(exchange, 'platformPolicy')).apiKeys;
    const admitted = admitKey(access.principal, caller.presented, origin, limits);
    return admitted.ok
      ? ok({ kind: 'api-key', ...admitted.value })
      : err({ reason: 'key-refused', why: admitted.error });
  }
  const member = memberIn(caller.user, access);
  const isOver = member?.until !== undefined && clock.now().getTime() >= Date.parse(member.until);
  if (member === undefined || member.status === 'removed' || isOver) return err({ reason: 'not-a-member' });
  if (member.status === 'suspended') return err({ reason: 'member-suspended' });
  const { userId, role, permissions } = member;
  return ok({ kind: 'member', userId, role, permissions });
}

function memberIn(user: string, access: Access): Membership | undefined {
  if (access.principal === undefined) return undefined;
  const member = parseMembership(access.principal);
  if (member.userId !== user) throw new InvariantViolation("a membership of another user's");
  return member;
}
