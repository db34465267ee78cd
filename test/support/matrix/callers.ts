import { keyScopes } from '../../../lambdas/domain/identity/permissions';
import { serverEntrance } from '../../../lambdas/routes/route';
import type { Route } from '../../../lambdas/routes';
import type { ApiAnswer, Session, TestCloud } from '../local-cloud';
import { aMember, aPerson, aSuperAdmin, enrol, must, newKey, type SignedIn } from '../people';
import type { Standing } from './oracle';
import { permissionsOf } from './oracle';
import { anApiKey, type Place } from './places';

/** Somebody who calls, and what the rules know of them. */
export interface Caller {
  readonly what: string;
  readonly standing: Standing;
  readonly userId?: string;
  /** Of a person. */
  readonly session?: Session;
  /** Of a server. */
  readonly key?: string;
  /** One of many alike, who differ in what they may do: asked for what is their own, and not for what is another tenant's. */
  readonly isAlike?: boolean;
}

/** Everybody, seen from the first tenant. */
export async function callersOf(cloud: TestCloud, one: Place, other: Place): Promise<readonly Caller[]> {
  const { tenant } = one;
  const admin = (permission: string) => permissionsOf.admin(permission);
  const read = (permission: string) => permissionsOf.auditor(permission);
  const invited = async (what: string, grant: Parameters<typeof aMember>[2], may: May): Promise<Caller> =>
    member(what, one, await aMember(cloud, tenant, grant), may);
  const [stranger, superAdmin, guest, ...others] = await Promise.all([
    aPerson(cloud, 'stranger'),
    aSuperAdmin(cloud),
    aGuest(cloud, one),
    invited(
      'an Admin with one permission',
      { role: 'admin', permissions: ['tenant:read'] },
      (one) => one === 'tenant:read',
    ),
    invited('an Auditor', { role: 'auditor' }, read),
    invited('a suspended Admin', { role: 'admin' }, admin).then((caller) => put(one, caller, 'suspended')),
    invited('a removed Admin', { role: 'admin' }, admin).then((caller) => put(one, caller, 'removed')),
    ...keyScopes.map(async (scope) => ({
      ...(await aServer(`a server with the scope ${scope}`, one, [scope])),
      isAlike: true,
    })),
  ]);
  return [
    { what: 'nobody', standing: { kind: 'nobody' } },
    { what: 'a stranger', session: stranger.session, standing: { kind: 'person' } },
    member('the Owner', one, tenant.owner, permissionsOf.owner),
    member('an Admin', one, one.admin, admin),
    ...others,
    member("another tenant's Owner", other, other.tenant.owner, permissionsOf.owner),
    { what: 'a Super Admin', session: superAdmin.session, standing: { kind: 'person', superAdmin: true } },
    guest,
    server('a server that may all', one, one.key, keyScopes),
    server("another tenant's server", other, other.key, keyScopes),
  ];
}

type May = (permission: string) => boolean;

function member(what: string, { tenant }: Place, who: SignedIn, may: May): Caller {
  const place = { tenantId: tenant.tenantId, status: 'active', may } as const;
  return { what, userId: who.userId, session: who.session, standing: { kind: 'person', place } };
}

function server(what: string, { tenant }: Place, key: string, scopes: readonly string[]): Caller {
  const may = (permission: string) => scopes.includes(permission);
  return { what, key, standing: { kind: 'api-key', place: { tenantId: tenant.tenantId, status: 'active', may } } };
}

async function aServer(what: string, place: Place, scopes: readonly string[]): Promise<Caller> {
  return server(what, place, (await anApiKey(place.tenant, scopes)).key, scopes);
}

/** Suspends or removes a member. */
async function put({ tenant }: Place, caller: Caller, status: 'suspended' | 'removed'): Promise<Caller> {
  const { path, owner } = tenant;
  const place = `${path}/members/${caller.userId ?? ''}`;
  if (status === 'suspended') must(await owner.api.post(`${place}/suspend`, { reason: 'On leave' }), 200);
  else must(await owner.api.delete(place), 204);
  const { standing } = caller;
  return { ...caller, standing: { ...standing, ...(standing.place && { place: { ...standing.place, status } }) } };
}

/** A second Super Admin, who has broken the glass of the first tenant to look into it. */
async function aGuest(cloud: TestCloud, { tenant }: Place): Promise<Caller> {
  const person = await aPerson(cloud, 'guest');
  await enrol(person);
  const { functionError, payload } = await cloud.invoke('countinghouse-dev-platform-admins', {
    action: 'appoint',
    email: person.email,
  });
  if (functionError !== undefined) throw new Error(`not appointed: ${JSON.stringify(payload)}`);
  const body = { reason: 'The matrix looks in' };
  must(await person.api.post(`${tenant.path}/break-glass`, body, newKey()), 201);
  const may = (permission: string) => permissionsOf.auditor(permission);
  return {
    what: 'a Super Admin who has broken the glass',
    userId: person.userId,
    session: person.session,
    standing: { kind: 'person', superAdmin: true, place: { tenantId: tenant.tenantId, status: 'active', may } },
  };
}

/** Takes the second Super Admin away again: whoever comes after finds the one they know. */
export async function dismissGuests(cloud: TestCloud, callers: readonly Caller[]): Promise<void> {
  for (const { userId, standing } of callers) {
    if (standing.superAdmin !== true || standing.place === undefined) continue;
    const order = { action: 'remove', userId, reason: 'The matrix has ended' };
    const { functionError, payload } = await cloud.invoke('countinghouse-dev-platform-admins', order);
    if (functionError !== undefined) throw new Error(`not removed: ${JSON.stringify(payload)}`);
  }
}

/** Sends a request as a caller, through the entrance that is theirs. */
export function ask(
  cloud: TestCloud,
  { session, key }: Pick<Caller, 'session' | 'key'>,
  { method }: Pick<Route, 'method'>,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<ApiAnswer> {
  const entrance = key === undefined ? '' : serverEntrance;
  const content = method === 'GET' ? undefined : body;
  return cloud.api(session).request(method, `${entrance}${path}`, content, {
    ...newKey(),
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    ...headers,
  });
}
