import * as z from 'zod';

import { before, known } from './exchange';
import type { Link } from './exchange';
import { refuse } from './problem';
import type { Caller } from './request';

/** Ids become parts of keys, so they are held to plain characters here. */
const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/);

/** The claims of a Cognito ID token, all texts, as the REST authorizer hands them over after it has verified the token. */
const idTokenClaims = z.object({
  token_use: z.literal('id'),
  sub: id,
  origin_jti: id,
  email: z.string().max(254).optional(),
  email_verified: z.union([z.literal('true'), z.literal('false'), z.boolean()]).optional(),
});

/** Who calls. It fails closed: a route that is not public needs claims of an ID token with user and session. */
export function caller(): Link {
  return before((exchange) => {
    if (known(exchange, 'route').principal === 'public') return;
    const found = callerOf(exchange.http.claims);
    if (found === undefined) {
      return refuse({
        slug: 'unauthenticated',
        detail: 'Send a valid token of the signed-in user.',
        headers: { 'www-authenticate': 'Bearer' },
      });
    }
    exchange.caller = found;
  });
}

export function callerOf(claims: unknown): Caller | undefined {
  const read = idTokenClaims.safeParse(claims);
  if (!read.success) return undefined;
  const { sub, origin_jti: session, email, email_verified: verified } = read.data;
  return {
    user: sub,
    session,
    email,
    emailVerified: email !== undefined && (verified === true || verified === 'true'),
  };
}
