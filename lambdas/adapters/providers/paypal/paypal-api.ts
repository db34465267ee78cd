import { createHash } from 'node:crypto';

import { newBoundedMap } from '../../../kernel/bounded-map';
import type { BoundedMap } from '../../../kernel/bounded-map';
import { err, ok } from '../../../kernel/result';
import type { Result } from '../../../kernel/result';
import { fieldsOf, integerOf, MalformedData, textOf } from '../../reading';
import { callProvider } from '../provider-call';
import type { Call } from '../provider-call';

export interface PaypalApiOptions {
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly fetch: typeof fetch;
  /** For each single call, from resolving the name to the last byte. */
  readonly timeoutMs: number;
  readonly now: () => Date;
  /** Shared by all clients of a warm function. */
  readonly tokens: PaypalTokens;
}

/** Access tokens by a hash of what opens them. In memory alone. */
export type PaypalTokens = BoundedMap<CachedToken>;

interface CachedToken {
  readonly token: string;
  readonly useUntilMs: number;
}

export function newPaypalTokens(): PaypalTokens {
  return newBoundedMap(200);
}

export interface PaypalRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  /** `PayPal-Request-Id`: a second request under it is answered with what came of the first [PayPal: idempotency]. */
  readonly requestId?: string;
  readonly body?: object;
}

export type PaypalCall = Call | { readonly result: 'no-token'; readonly why: TokenRefusal };

export type TokenRefusal = 'unreachable' | 'busy' | 'refused';

/** So long before its end a token is renewed: a call that carries it may take a while. */
const renewBeforeMs = 60_000;

/** Calls PayPal under the connection's token. One that PayPal no longer takes is renewed once: what it answers 401, it has not done. */
export async function callPaypal(options: PaypalApiOptions, request: PaypalRequest): Promise<PaypalCall> {
  const token = await tokenOf(options);
  if (!token.ok) return { result: 'no-token', why: token.error };
  const first = await send(options, request, token.value);
  if (first.result !== 'answered' || first.status !== 401) return first;

  // Another call may have renewed it meanwhile.
  const key = keyOf(options);
  if (options.tokens.get(key)?.token === token.value) options.tokens.delete(key);
  const renewed = await tokenOf(options);
  return renewed.ok ? send(options, request, renewed.value) : { result: 'no-token', why: renewed.error };
}

function send(options: PaypalApiOptions, request: PaypalRequest, token: string): Promise<Call> {
  const { method, path, requestId, body } = request;
  return callProvider(options, {
    method,
    url: `${options.baseUrl.replace(/\/+$/, '')}${path}`,
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      prefer: 'return=representation',
      ...(requestId === undefined ? {} : { 'paypal-request-id': requestId }),
    },
    ...(body === undefined ? {} : { json: body }),
  });
}

/** PayPal asks that tokens be kept and not drawn for each call, and limits who draws many [PayPal: rate limiting guidelines]. */
async function tokenOf(options: PaypalApiOptions): Promise<Result<string, TokenRefusal>> {
  const { tokens, now } = options;
  const key = keyOf(options);
  const known = tokens.get(key);
  if (known !== undefined && now().getTime() < known.useUntilMs) return ok(known.token);
  const drawn = await drawToken(options);
  if (!drawn.ok) return drawn;
  tokens.set(key, drawn.value);
  return ok(drawn.value.token);
}

async function drawToken(options: PaypalApiOptions): Promise<Result<CachedToken, TokenRefusal>> {
  const { baseUrl, clientId, clientSecret, now } = options;
  const answer = await callProvider(options, {
    method: 'POST',
    url: `${baseUrl.replace(/\/+$/, '')}/v1/oauth2/token`,
    headers: {
      authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
    },
    text: 'grant_type=client_credentials',
  });
  if (answer.result !== 'answered' || answer.status >= 500) return err('unreachable');
  if (answer.status === 429) return err('busy');
  if (answer.status !== 200) return err('refused');
  try {
    const fields = fieldsOf(answer.body, 'the token');
    const token = textOf(fields, 'access_token');
    // It becomes part of a header.
    if (!/^[\x21-\x7e]{1,4096}$/.test(token)) throw new MalformedData('access_token is no token');
    const lifetimeMs = integerOf(fields, 'expires_in') * 1000;
    return ok({ token, useUntilMs: now().getTime() + lifetimeMs - renewBeforeMs });
  } catch (error) {
    if (error instanceof MalformedData) return err('unreachable');
    throw error;
  }
}

/** Credentials that were replaced open another entry, and the old token is not used any longer. */
function keyOf({ baseUrl, clientId, clientSecret }: PaypalApiOptions): string {
  return createHash('sha256')
    .update(JSON.stringify([baseUrl, clientId, clientSecret]))
    .digest('base64');
}
