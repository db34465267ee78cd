import type * as z from 'zod';

import type { PresentedKey } from '../domain/api-keys';
import type { KeyScope, Membership } from '../domain/identity';
import type { SecurityPolicy } from '../domain/policies';
import type { CommandContext } from '../kernel/command';
import type { Commit } from '../kernel/journal';
import type { ViewSlots } from '../kernel/views';
import type { Route, RouteTable } from '../routes/route';
import type { Problem } from './problem';

/** The signed-in user, from the claims of the ID token that API Gateway's authorizer has verified. */
export interface Person {
  readonly kind: 'person';
  /** Subject id. */
  readonly user: string;
  /** `origin_jti`: one sign-in, however often its tokens are refreshed. Step-up is bound to it. */
  readonly session: string;
  /** When they signed in (`auth_time`). */
  readonly signedInAtMs?: number;
  /** As the directory has it. Never stored or logged in clear. */
  readonly email: string | undefined;
  readonly emailVerified: boolean;
}

/** A server with an API key. Until admission has checked it, no more than a claim. */
export interface ApiKeyCaller {
  readonly kind: 'api-key';
  /** The key's id, which stands wherever a person's subject id would. */
  readonly user: string;
  readonly presented: PresentedKey;
}

export type Caller = Person | ApiKeyCaller;

/** By what right a tenant's route is called. */
export type TenantPrincipal =
  MemberPrincipal | { readonly kind: 'api-key'; readonly keyId: string; readonly permissions: readonly KeyScope[] };

export type MemberPrincipal = { readonly kind: 'member' } & Pick<Membership, 'userId' | 'role' | 'permissions'>;

/** The tenant in the path, once the caller's active membership in it, or their key, has been found. */
export interface TenantAccess<Principal extends TenantPrincipal = TenantPrincipal> {
  readonly id: string;
  readonly principal: Principal;
  /** Slots `tenant`, `policy`, `connection#<id>`, strongly consistent as of the admission. */
  readonly gate: ViewSlots;
  /** What holds here: the platform's floor, tightened by the tenant. */
  readonly policy: SecurityPolicy;
}

/** What an endpoint gets: everything parsed by the route's own schemas, and admitted. */
export interface TypedRequest<R extends Route = Route> {
  readonly route: R;
  readonly requestId: string;
  readonly params: z.output<R['params']>;
  readonly query: z.output<R['query']>;
  readonly body: Parsed<R['body']>;
  readonly caller: CallerOf<R['principal'], R['apiKeys']>;
  readonly tenant: TenantOf<R['principal'], R['apiKeys']>;
  /** Actor, origin and stamp (key, fingerprint) for `execute()` and `newCommit()`. */
  readonly context: CommandContext;
  /** Version of `If-Match`, for `execute()`. */
  readonly ifMatch: number | undefined;
  /** The id of the entity that this request creates, derived from its Idempotency-Key: the same for every repetition. */
  readonly createdId: CreatedIdOf<R['creates']>;
  /**
   * First commit of the stream of `createdId` (tenant routes that create), from the admission's one round. Present: this is a
   * repetition of the very request that created it (the fingerprint agrees). Absent: the stream is new.
   */
  readonly firstCommit: Commit | undefined;
}

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

type CallerOf<Principal, Keys> = Principal extends 'public' ? undefined : Keys extends false ? Person : Caller;

type TenantOf<Principal, Keys> = Principal extends 'tenant-member'
  ? TenantAccess<Keys extends false ? MemberPrincipal : TenantPrincipal>
  : undefined;

type CreatedIdOf<Creates> = Creates extends null ? undefined : string;

type Sent<Schema> = Schema extends z.ZodType ? z.input<Schema> : undefined;

/** An answer. A body passes through the route's response schema, which drops every field that is not in it. */
export type Reply<R extends Route = Route> = Answer<R> | { readonly problem: Problem };

type Answer<R extends Route> = {
  [Status in keyof R['responses'] & number]: AnswerParts & {
    readonly status: Status;
    readonly body: Sent<R['responses'][Status]>;
  };
}[keyof R['responses'] & number];

interface AnswerParts {
  /** The entity's version, sent as `ETag`. */
  readonly version?: number;
  /** True: sends `Idempotent-Replayed: true`. */
  readonly replayed?: boolean;
  /** Sends `Retry-After`. */
  readonly retryAfterSeconds?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Endpoint<R extends Route = Route> = (request: TypedRequest<R>) => Promise<Reply<R>>;

/** One endpoint for every route of a table: none can be left out. */
export type Endpoints<T extends RouteTable> = { readonly [Id in keyof T]: Endpoint<T[Id]> };
