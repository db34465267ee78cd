import type { Route } from '../../../lambdas/routes';

/**
 * What every caller must be answered on every route, from the route's classification alone. It says the rules a second time, in
 * its own words, so that a mistake in the product's is a difference and not an agreement.
 */

/** Who calls, as far as the rules care. */
export interface Standing {
  /** A key comes through the entrance for servers. */
  readonly kind: 'nobody' | 'person' | 'api-key';
  readonly superAdmin?: boolean;
  /** The tenant they are in, or that the key opens. */
  readonly place?: {
    readonly tenantId: string;
    readonly status: 'active' | 'suspended' | 'removed';
    readonly may: (permission: string) => boolean;
  };
}

/** What a path names. */
export interface Named {
  readonly tenantId: string;
  /** False: made up. */
  readonly tenantExists: boolean;
  /** Whose the entities in the path are; undefined: made up. */
  readonly entitiesOf: string | undefined;
}

export interface Expected {
  readonly status: number;
  /** Last part of the problem's type. */
  readonly type?: string;
}

const unauthenticated: Expected = { status: 401, type: 'unauthenticated' };
const notFound: Expected = { status: 404, type: 'not-found' };
const forbidden: Expected = { status: 403, type: 'forbidden' };

/** To whom a permission belongs by role. */
export const permissionsOf = {
  owner: () => true,
  admin: (permission: string) =>
    !['members:manage', 'connections:manage', 'policy:manage', 'api-keys:manage'].includes(permission),
  auditor: (permission: string) => permission.endsWith(':read'),
} as const;

/** The refusal of whoever may not call; undefined for whoever may. */
export function refusalOf(route: Route, who: Standing, named: Named): Expected | undefined {
  // The gateway has no such path for servers.
  if (who.kind === 'api-key' && !route.apiKeys) return notFound;
  switch (route.principal) {
    case 'public':
      return undefined;
    case 'signed-in':
      return who.kind === 'person' ? undefined : unauthenticated;
    case 'platform-admin':
      if (who.kind === 'nobody') return unauthenticated;
      return who.superAdmin === true ? undefined : forbidden;
    case 'tenant-member': {
      if (who.kind === 'nobody') return unauthenticated;
      const { place } = who;
      // Somebody else's tenant, a removed place and no such tenant are one answer.
      if (place === undefined || place.tenantId !== named.tenantId || place.status === 'removed') return notFound;
      if (place.status === 'suspended') return { status: 403, type: 'member-suspended' };
      return place.may(route.permission ?? '') ? undefined : forbidden;
    }
  }
}

/**
 * The answer to a request whose body no route takes: whoever may read is answered by what is there, whoever may change by
 * what is wrong with the body, so that nothing is changed.
 */
export function expectedOf(route: Route, who: Standing, named: Named): Expected {
  const refusal = refusalOf(route, who, named);
  if (refusal !== undefined) return refusal;
  if (route.method !== 'GET') return { status: 400, type: 'invalid-input' };
  return isThere(route, named) ? { status: 200 } : notFound;
}

/** Whether everything in the path exists, and belongs together. */
export function isThere(route: Route, named: Named): boolean {
  const parameters = parametersOf(route);
  if (parameters.includes('tenantId') && !named.tenantExists) return false;
  return entitiesIn(route).length === 0 || named.entitiesOf === named.tenantId;
}

/** What names no entity: an account of the chart, which every tenant has, and a place in the tenant's own log. */
const namesOfAll: readonly string[] = ['account', 'index'];

/** The parameters that name entities below the tenant. */
export function entitiesIn(route: Pick<Route, 'path'>): readonly string[] {
  return ownedIn(route).filter((name) => name !== 'tenantId');
}

/** The parameters that name the tenant, or something that is one tenant's. */
export function ownedIn(route: Pick<Route, 'path'>): readonly string[] {
  return parametersOf(route).filter((name) => !namesOfAll.includes(name));
}

export function parametersOf({ path }: Pick<Route, 'path'>): readonly string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
}
