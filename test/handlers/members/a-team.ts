import '../../support/function-env';

import { createHash } from 'node:crypto';

import { changeMember, invitationToken, inviteMember } from '../../../lambdas/domain/identity';
import type { MemberChange, Role } from '../../../lambdas/domain/identity';
import { newId } from '../../../lambdas/kernel/ids';
import { newMembers } from '../../../lambdas/handlers/members/handler';
import type { ApiAnswer } from '../../support/api-request';
import { ask, aServiceWorld } from '../../support/service-world';

/** The same subject id for the same name, always. */
export function userIdOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

export const [owner, second, admin, auditor, ada, eve] = [
  'owner',
  'second owner',
  'admin',
  'auditor',
  'ada',
  'eve',
].map(userIdOf) as [string, string, string, string, string, string];

interface Call {
  readonly user?: string;
  readonly session?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A tenant with two Owners, an Admin and an Auditor, all stepped up, and the service. */
export async function aTeam() {
  const world = aServiceWorld();
  const tenant = await world.tenant();
  await world.member(tenant, owner, 'owner');
  await world.member(tenant, second, 'owner');
  await world.member(tenant, admin, 'admin');
  await world.member(tenant, auditor, 'auditor');
  for (const user of [owner, second, admin, auditor, ada, eve]) await world.stepUp(user);
  const { macs, sealer } = world.deps;
  const service = newMembers({
    ...world.deps,
    checking: { tokens: macs, addresses: macs },
    hiding: () => ({ macs, sealer }),
  });

  const call = (method: string, path: string, params: object = {}, { user = owner, ...more }: Call = {}) =>
    ask(service, {
      resource: `/v1/tenants/{tenantId}${path}`,
      method,
      params: { tenantId: tenant, ...params },
      user,
      ...more,
    });
  let keys = 0;
  const newKey = () => {
    keys += 1;
    return { 'Idempotency-Key': `key-${String(keys)}` };
  };

  const member = (user: string, more?: Call) => call('GET', '/members/{userId}', { userId: user }, more);
  const change = (user: string, body: object, more?: Call) =>
    call('PATCH', '/members/{userId}', { userId: user }, { body, ...more });
  const suspend = (user: string, more?: Call) =>
    call('POST', '/members/{userId}/suspend', { userId: user }, { body: { reason: 'on leave' }, ...more });
  const reactivate = (user: string, more?: Call) =>
    call('POST', '/members/{userId}/reactivate', { userId: user }, more);
  const remove = (user: string, more?: Call) => call('DELETE', '/members/{userId}', { userId: user }, more);

  const invite = (body: object, more?: Call) => call('POST', '/members', {}, { headers: newKey(), body, ...more });
  const invitations = (more?: Call) => call('GET', '/invitations', {}, more);
  const resend = (id: string, more?: Call) =>
    call('POST', '/invitations/{invitationId}/resend', { invitationId: id }, { headers: newKey(), ...more });
  const revoke = (id: string, more?: Call) => call('DELETE', '/invitations/{invitationId}', { invitationId: id }, more);
  const tokenOf = (invitationId: string, issue = 1) => invitationToken({ tenant, invitationId, issue }, macs);
  const accept = (token: string, user = ada): Promise<ApiAnswer> =>
    ask(service, { resource: '/v1/invitations/accept', user, body: { token } });

  const ownership = (method: string, more?: Call) => call(method, '/ownership-transfer', {}, more);
  const offer = (to: string, more?: Call) => ownership('POST', { headers: newKey(), body: { userId: to }, ...more });
  const take = (user: string, more?: Call) => call('POST', '/ownership-transfer/accept', {}, { user, ...more });

  /** A Super Admin acts on Owners, from the platform's side. */
  const bySuperAdmin = (userId: string, wish: MemberChange) => {
    const context = {
      actor: { user: 'super', level: 'super-admin' },
      request: { id: 'request-1', route: 'test' },
      command: { name: 'test' },
    } as const;
    return changeMember(
      { ...world.deps, journal: world.store.journal },
      { tenant, userId },
      'super-admin',
      wish,
      context,
    );
  };

  /** A Super Admin invites from the platform's side; the answer is the id of the invitation, or why there is none. */
  const invitedBySuperAdmin = async (user: string, role: Role = 'owner'): Promise<string> => {
    const id = newId('invitation', world.deps.randomness);
    const ports = { ...world.deps, journal: world.store.journal };
    const context = {
      actor: { user: 'super', level: 'super-admin' },
      request: { id: 'request-1', route: 'test' },
      command: { name: 'test' },
    } as const;
    const wish = { email: `${user}@example.com`, role };
    const invited = await inviteMember(ports, { tenant, id }, 'super-admin', wish, context);
    return invited.ok ? id : invited.error.reason;
  };

  /** What was remembered as refused, newest last. */
  const refusals = () => world.store.observations.filter(({ type }) => type === 'AccessRefused');
  return {
    ...{ world, tenant, service, call, member, change, suspend, reactivate, remove },
    ...{
      invite,
      invitations,
      resend,
      revoke,
      tokenOf,
      accept,
      ownership,
      offer,
      take,
      bySuperAdmin,
      refusals,
      invitedBySuperAdmin,
    },
  };
}

/** The last part of a problem's type, and the reason of a rule that refused. */
export function problemIn({ status, body }: ApiAnswer) {
  const { type, reason } = body;
  const slug = typeof type === 'string' ? type.replace(/^.*\//, '') : 'none';
  return reason === undefined ? { status, slug } : { status, slug, reason };
}
