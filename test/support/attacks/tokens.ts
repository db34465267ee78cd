import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Session } from '../local-cloud';

type Claims = Readonly<Record<string, unknown>>;

/** The key that the local user pool signs with: whatever is signed with it fails for another reason than its signature. */
const poolKey: KeyObject = createPrivateKey({
  key: (
    JSON.parse(
      readFileSync(join(dirname(require.resolve('cognito-local')), 'keys', 'cognitoLocal.private.json'), 'utf8'),
    ) as { pem: string }
  ).pem,
});

/** Everything that looks like the token of somebody and is not, by what is wrong with it. */
export function forgedTokens({ idToken, accessToken, refreshToken }: Session, victim: string): Record<string, string> {
  const [head = '', payload = '', signature = ''] = idToken.split('.');
  const header = read(head);
  const claims = read(payload);
  const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const nowSeconds = Math.floor(Date.now() / 1000);
  const publicPem = createPublicKey(poolKey).export({ type: 'spki', format: 'pem' }).toString();
  const byPool = (changes: Claims): string => signed(poolKey, header, { ...claims, ...changes });
  const hmac = `${part({ ...header, alg: 'HS256' })}.${payload}`;
  return {
    'an access token': accessToken,
    'a refresh token': refreshToken,
    'signed by nobody': `${part({ ...header, alg: 'none' })}.${payload}.`,
    'signed by nobody, in capitals': `${part({ ...header, alg: 'NONE' })}.${payload}.${signature}`,
    'without an algorithm': `${part({ kid: header['kid'] })}.${payload}.${signature}`,
    'signed with the public key as a secret': `${hmac}.${createHmac('sha256', publicPem).update(hmac).digest('base64url')}`,
    'signed with another key': signed(own.privateKey, header, claims),
    'with its own key in its header': signed(
      own.privateKey,
      { ...header, jwk: own.publicKey.export({ format: 'jwk' }) },
      claims,
    ),
    'with a key from elsewhere': signed(own.privateKey, { ...header, jku: 'https://evil.example/jwks.json' }, claims),
    'with a key of no pool': signed(own.privateKey, { ...header, kid: '__proto__' }, claims),
    'with a path for a key': signed(own.privateKey, { ...header, kid: '../../dev/null' }, claims),
    "with another's subject": `${head}.${part({ ...claims, sub: victim })}.${signature}`,
    'with a longer life': `${head}.${part({ ...claims, exp: 4_102_444_800 })}.${signature}`,
    'without its signature': `${head}.${payload}.`,
    'with two signatures': `${idToken}.${signature}`,
    'expired, by the pool': byPool({ exp: nowSeconds - 1, iat: nowSeconds - 3600 }),
    'of another pool, by its key': byPool({ iss: `${String(claims['iss'])}X` }),
    'for other use, by the pool': byPool({ token_use: 'access' }),
    nothing: '',
    dots: '..',
    'not base 64': '%%%.%%%.%%%',
    'too long': 'a'.repeat(7_000),
  };
}

/** The token of a session as the pool would sign it if the sign-in had been this long ago. */
export function tokenOfSignIn({ idToken }: Session, secondsAgo: number): string {
  const [head = '', payload = ''] = idToken.split('.');
  return signed(poolKey, read(head), { ...read(payload), auth_time: Math.floor(Date.now() / 1000) - secondsAgo });
}

/** Everything that looks like an API key and is not the one it was made of. */
export function forgedKeys(key: string, foreign: string): Record<string, string> {
  const [prefix = '', tenant = '', id = '', secret = ''] = partsOf(key);
  const [, foreignTenant = '', foreignId = '', foreignSecret = ''] = partsOf(foreign);
  const made = (...parts: readonly string[]): string => parts.join('_');
  const flipped = (secret.startsWith('A') ? 'B' : 'A') + secret.slice(1);
  return {
    'with one character changed': made(prefix, tenant, id, flipped),
    'cut short': key.slice(0, -1),
    'drawn out': `${key}A`,
    'without its secret': made(prefix, tenant, id, ''),
    "with another key's secret": made(prefix, tenant, id, foreignSecret),
    "of another tenant's id": made(prefix, tenant, foreignId, secret),
    "of another tenant's id and secret": made(prefix, tenant, foreignId, foreignSecret),
    'in capitals': key.toUpperCase(),
    'with another prefix': made('sk', tenant, id, secret),
    'with wildcards': made(prefix, tenant, '*'.repeat(20), secret),
    'with a separator of rows': made(prefix, tenant, `${id.slice(0, -1)}#`, secret),
    'with look-alike letters': key.replace('chk', '\u0441hk'),
    "named by both tenants'": made(prefix, foreignTenant, tenant, id, secret),
  };
}

/** `chk`, tenant, key, and the secret, which may hold underscores. */
function partsOf(key: string): readonly string[] {
  const found = /^(chk)_([^_]+)_([^_]+)_(.+)$/.exec(key);
  if (found === null) throw new Error('not an API key');
  return found.slice(1);
}

function read(text: string): Claims {
  return JSON.parse(Buffer.from(text, 'base64url').toString()) as Claims;
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function signed(key: KeyObject, header: Claims, claims: Claims): string {
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), key).toString('base64url')}`;
}
