import { createPublicKey, verify, type JsonWebKey, type KeyObject } from 'node:crypto';

import { isList, isObject, parseJson, textOf, type Json, type JsonObject } from '../../assembly/json';

export type TokenCheck =
  | { readonly ok: true; readonly claims: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly message: string };

/**
 * The Cognito authorizer of a REST API without scopes: an ID token of one of the pools, with a valid signature, not
 * expired (API Gateway Developer Guide, "Control access to REST APIs using Amazon Cognito user pools as an authorizer").
 */
export function newIdTokenVerifier(
  keySet: () => object,
): (authorization: string | undefined, userPoolArns: readonly string[], nowMs: number) => TokenCheck {
  const keys = new Map<string, KeyObject>();
  const keyOf = (keyId: string): KeyObject | undefined => {
    const known = keys.get(keyId);
    if (known !== undefined) return known;
    const set: unknown = Reflect.get(keySet(), 'keys');
    const found = Array.isArray(set)
      ? set.find((jwk: unknown): jwk is JsonWebKey => isObject(jwk) && jwk['kid'] === keyId)
      : undefined;
    if (found === undefined) return undefined;
    const key = createPublicKey({ key: found, format: 'jwk' });
    keys.set(keyId, key);
    return key;
  };

  return (authorization, userPoolArns, nowMs) => {
    const token = (authorization ?? '').replace(/^Bearer\s+/i, '').trim();
    const [head = '', payload = '', signature = '', ...more] = token.split('.');
    const header = decode(head);
    const claims = decode(payload);
    const key = keyOf(textOf(header?.['kid']));
    if (more.length > 0 || claims === undefined || key === undefined || header?.['alg'] !== 'RS256')
      return { ok: false, message: 'Unauthorized' };
    if (!verify('RSA-SHA256', Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, 'base64url')))
      return { ok: false, message: 'Unauthorized' };
    const poolId = textOf(claims['iss']).split('/').at(-1) ?? '';
    if (claims['token_use'] !== 'id' || !userPoolArns.some((arn) => arn.endsWith(`/${poolId}`)))
      return { ok: false, message: 'Unauthorized' };
    if (Number(claims['exp']) * 1000 <= nowMs) return { ok: false, message: 'The incoming token has expired' };
    return { ok: true, claims: authorizerClaims(claims) };
  };
}

function decode(part: string): JsonObject | undefined {
  try {
    const value = parseJson(Buffer.from(part, 'base64url').toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Claims as the gateway hands them over: all strings, `exp` and `iat` as dates in words, lists joined by commas. */
function authorizerClaims(claims: JsonObject): Record<string, string> {
  return Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [
      name,
      name === 'exp' || name === 'iat' ? dateInWords(Number(value)) : claimText(value),
    ]),
  );
}

function claimText(value: Json | undefined): string {
  if (isList(value)) return value.map(claimText).join(',');
  return textOf(value);
}

/** `Tue Nov 22 10:00:00 UTC 2026`. */
function dateInWords(epochSeconds: number): string {
  const [weekday = '', day = '', month = '', year = '', time = ''] = new Date(epochSeconds * 1000)
    .toUTCString()
    .replace(',', '')
    .split(' ');
  return `${weekday} ${month} ${day} ${time} UTC ${year}`;
}
