import type middy from '@middy/core';

import type { StepUp } from '../domain/mfa';
import type { SecurityPolicy } from '../domain/policies';
import type { Commit } from '../kernel/journal';
import type { RateDecision, RateLimit } from '../kernel/rate-limit';
import type { Access, ViewRecord } from '../kernel/views';
import { InvariantViolation } from '../kernel/invariant';
import type { Route } from '../routes/route';
import type { HttpRequest } from './http-request';
import type { Caller, TenantAccess } from './request';

/** The answer in the form that API Gateway's proxy integration wants. */
export interface HttpAnswer {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

/** One request on its way through the chain. Each link sets what it has found out; a later link relies on it through `known`. */
export interface Exchange {
  readonly requestId: string;
  readonly startedAtMs: number;
  readonly http: HttpRequest;
  route?: Route;
  /** `server` is the entrance of API keys; the gateway lets only signed-in people through the other. */
  entrance?: 'console' | 'server';
  caller?: Caller;
  params?: unknown;
  query?: unknown;
  /** The body as JSON, before the schema: the fingerprint is made of it. */
  rawBody?: unknown;
  /** The body as the route's schema gives it. */
  body?: unknown;
  /** The Idempotency-Key header, or why it will not do. Judged after admission, so that strangers learn nothing by it. */
  idempotencyKey?: { readonly key: string } | { readonly fault: 'missing' | 'invalid' };
  createdId?: string;
  ifMatch?: number;
  commandKey?: string;
  fingerprint?: string;
  /** The platform's policy, from the admission round. */
  platformPolicy?: SecurityPolicy;
  rateLimit?: RateLimit;
  rateDecision?: RateDecision;
  /** What the admission round read; not to be used beyond the membership link. */
  access?: Access;
  platformAdmin?: ViewRecord;
  tenant?: TenantAccess;
  firstCommit?: Commit;
  /** The session's step-up, once it has been read. */
  stepUp?: { readonly done: StepUp | undefined };
  /** What became of it, for the log. */
  problem?: string;
  error?: unknown;
}

export type Link = middy.MiddlewareObj<Exchange, HttpAnswer>;

/** A link that looks at the request before the endpoint. It throws `Refused` to end the request. */
export function before(look: (exchange: Exchange) => Promise<void> | void): Link {
  return { before: async ({ event }) => look(event) };
}

/** What an earlier link must have set. */
export function known<K extends keyof Exchange>(exchange: Exchange, field: K): NonNullable<Exchange[K]> {
  const value = exchange[field];
  if (value === undefined || value === null) throw new InvariantViolation(`no link has set ${field}`);
  return value;
}
