import type * as z from 'zod';

import type { Permission } from '../domain/identity/permissions';
import { keyScopes } from '../domain/identity/permissions';
import type { RateClass, StepUpPurpose } from '../domain/policies/security-policy';
import type { ServiceFunctionName } from '../env';
import type { IdKind } from '../kernel/ids';

/**
 * One route, fully classified: API Gateway's resources, the middleware chain, OpenAPI, the permission matrix and the
 * isolation tests all come from these values. A field cannot be left out, so a route that is not classified cannot be built.
 */
export interface Route {
  /** Stable name, e.g. `payments.create`: in logs, metrics, commits and as OpenAPI's operationId. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** API Gateway resource path with `{parameters}`. */
  readonly path: string;
  /** The function that serves it. */
  readonly function: ServiceFunctionName;
  readonly summary: string;
  /**
   * Who may call. `public`: anyone · `signed-in`: any user of the pool · `platform-admin`: an active Super Admin ·
   * `tenant-member`: an active member of the tenant in the path who holds `permission`.
   */
  readonly principal: 'public' | 'signed-in' | 'platform-admin' | 'tenant-member';
  /** Needed of a tenant member; null for the other principals. */
  readonly permission: Permission | null;
  /**
   * Whether an API key of the tenant that has `permission` among its scopes may call as well. Keys come through the entrance for
   * servers, `/server/v1/…`, people through `/v1/…`.
   */
  readonly apiKeys: boolean;
  /**
   * The policy flag `require2faFor…` that governs it; `always` where no policy can waive the second factor; `once-enrolled` where
   * it is wanted of whoever has one, which the endpoint decides, since it reads the factors; null where none is ever asked. It is
   * asked of people: what an API key may do was granted under a second factor.
   */
  readonly stepUp: StepUpPurpose | 'always' | 'once-enrolled' | null;
  readonly rateClass: RateClass;
  /** Takes one of the few places that a tenant has for requests that read much at once. */
  readonly expensive: boolean;
  /** `required`: the Idempotency-Key header must be sent. */
  readonly idempotency: 'required' | 'none';
  /** The kind of entity it creates, named by an id derived from the Idempotency-Key; null when it creates none. */
  readonly creates: IdKind | null;
  /** Schemas of what comes in. Unknown fields are refused. `body` is null where none is read. */
  readonly params: z.ZodType;
  readonly query: z.ZodType;
  readonly body: z.ZodType | null;
  /** Schemas of what goes out, by status; null is an empty body. Errors are problem+json and listed by `problems`. */
  readonly responses: Readonly<Record<number, z.ZodType | null>>;
  /** Statuses of the problems a caller should expect beside 400, 401, 403, 404, 429 and 503. */
  readonly problems: readonly number[];
}

/** What stands before the path of a route where API keys call it, instead of people. */
export const serverEntrance = '/server';

/** A route table of one function: keys are route ids. */
export type RouteTable = Readonly<Record<string, Route>>;

/** Checks a table's shape without widening it, so that handlers know each route's own schemas. */
export function defineRoutes<const T extends RouteTable>(table: T): T {
  for (const [id, route] of Object.entries(table)) {
    if (route.id !== id) throw new Error(`route ${route.id} stands under the key ${id}`);
    if ((route.permission !== null) !== (route.principal === 'tenant-member')) {
      throw new Error(`route ${id}: a tenant-member route names a permission, and no other does`);
    }
    if (route.principal === 'tenant-member' && !route.path.startsWith('/v1/tenants/{tenantId}')) {
      throw new Error(`route ${id}: a tenant-member route lies under /v1/tenants/{tenantId}`);
    }
    if (route.apiKeys && !keyScopes.some((scope) => scope === route.permission)) {
      throw new Error(`route ${id}: an API key can never hold its permission`);
    }
    if (route.creates !== null && route.idempotency !== 'required') {
      throw new Error(`route ${id}: what creates an entity requires an Idempotency-Key`);
    }
  }
  return table;
}
