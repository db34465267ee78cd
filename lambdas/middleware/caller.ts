import * as z from 'zod';

import { readKeyToken } from '../domain/api-keys';
import { before, known } from './exchange';
import type { Exchange, Link } from './exchange';
import { headerOf } from './http-request';
import { refuse } from './problem';
import type { Problem } from './problem';
import type { ApiKeyCaller, Person } from './request';

/** Ids become parts of keys, so they are held to plain characters here. */
const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/);

/** The claims of a Cognito ID token, all texts, as the REST authorizer hands them over after it has verified the token. */
const idTokenClaims = z.object({
  token_use: z.literal('id'),
  sub: id,
  origin_jti: id,
  auth_time: z.union([z.string().regex(/^\d{1,12}$/), z.int().nonnegative()]).optional(),
  email: z.string().max(254).optional(),
  email_verified: z.union([z.literal('true'), z.literal('false'), z.boolean()]).optional(),
});

/**
 * Who calls. It fails closed: a route that is not public needs claims of an ID token with user and session, or, through the
 * entrance for servers, something of the form of an API key, which admission then checks.
 */
export function caller(): Link {
  return before((exchange) => {
    if (known(exchange, 'route').principal === 'public') return;
    const found = known(exchange, 'entrance') === 'server' ? keyOf(exchange) : personOf(exchange.http.claims);
    if (found === undefined) return refuse(unauthenticated(exchange));
    exchange.caller = found;
  });
}

/** One answer to every caller who is not known, so that none learns how near they were. */
export function unauthenticated(exchange: Exchange): Problem {
  return {
    slug: 'unauthenticated',
    detail:
      exchange.entrance === 'server'
        ? 'Send a valid API key of this tenant in the Authorization header.'
        : 'Send a valid token of the signed-in user.',
    headers: { 'www-authenticate': 'Bearer' },
  };
}

export function personOf(claims: unknown): Person | undefined {
  const read = idTokenClaims.safeParse(claims);
  if (!read.success) return undefined;
  const { sub, origin_jti: session, auth_time: authTime, email, email_verified: verified } = read.data;
  return {
    kind: 'person',
    user: sub,
    session,
    ...(authTime === undefined ? {} : { signedInAtMs: Number(authTime) * 1_000 }),
    email,
    emailVerified: email !== undefined && (verified === true || verified === 'true'),
  };
}

/** [RFC 6750 section 2.1] */
function keyOf({ http }: Exchange): ApiKeyCaller | undefined {
  const header = headerOf(http, 'authorization');
  const token = typeof header === 'string' ? /^Bearer (\S+)$/i.exec(header)?.[1] : undefined;
  const presented = token === undefined ? undefined : readKeyToken(token);
  return presented === undefined ? undefined : { kind: 'api-key', user: presented.keyId, presented };
}
