import { serverEntrance } from '../../../lambdas/routes/route';
import type { Route } from '../../../lambdas/routes';
import type { ApiAnswer, Session, TestCloud } from '../local-cloud';
import { aMember, aPerson, aSuperAdmin, newKey } from '../people';
import type { Standing } from './oracle';
import { permissionsOf } from './oracle';
import type { Place } from './places';

/** Somebody who calls, and what the rules know of them. */
export interface Caller {
  readonly what: string;
  readonly standing: Standing;
  /** Of a person. */
  readonly session?: Session;
  /** Of a server. */
  readonly key?: string;
}

/** Everybody, seen from the first tenant. */
export async function callersOf(cloud: TestCloud, one: Place, other: Place): Promise<readonly Caller[]> {
  const { tenantId } = one.tenant;
  const member = async (role: 'admin' | 'auditor', what: string, only?: 'tenant:read'): Promise<Caller> => {
    const grant = only === undefined ? { role } : { role, permissions: [only] };
    const { session } = await aMember(cloud, one.tenant, grant);
    const may = only === undefined ? permissionsOf[role] : (permission: string) => permission === only;
    return { what, session, standing: { kind: 'person', place: { tenantId, status: 'active', may } } };
  };
  const ownerOf = (what: string, { tenant }: Place): Caller => ({
    what,
    session: tenant.owner.session,
    standing: {
      kind: 'person',
      place: { tenantId: tenant.tenantId, status: 'active', may: permissionsOf.owner },
    },
  });
  const [stranger, superAdmin, ...members] = await Promise.all([
    aPerson(cloud, 'stranger'),
    aSuperAdmin(cloud),
    member('admin', 'an Admin'),
    member('admin', 'an Admin with one permission', 'tenant:read'),
    member('auditor', 'an Auditor'),
  ]);
  return [
    { what: 'nobody', standing: { kind: 'nobody' } },
    { what: 'a stranger', session: stranger.session, standing: { kind: 'person' } },
    ownerOf('the Owner', one),
    ...members,
    ownerOf("another tenant's Owner", other),
    { what: 'a Super Admin', session: superAdmin.session, standing: { kind: 'person', superAdmin: true } },
  ];
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
