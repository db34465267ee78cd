import { createHash, createHmac } from 'node:crypto';

/** Keys that sign, of a role's session. */
export interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A token opens a connection within this time; the connection lasts twelve hours. */
const lifetimeSeconds = 900;

/**
 * The password of an IAM user of a serverless cache: a presigned request that is never sent [ElastiCache: authenticating with IAM;
 * AWS Signature Version 4, query parameters]. Signing is local; nothing is called.
 */
export function valkeyToken(
  { cache, user, region }: { readonly cache: string; readonly user: string; readonly region: string },
  { accessKeyId, secretAccessKey, sessionToken }: SigningCredentials,
  now: Date,
): string {
  const time = now.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = `${time.slice(0, 8)}/${region}/elasticache/aws4_request`;
  const query = queryOf({
    Action: 'connect',
    ResourceType: 'ServerlessCache',
    User: user,
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${accessKeyId}/${scope}`,
    'X-Amz-Date': time,
    'X-Amz-Expires': String(lifetimeSeconds),
    ...(sessionToken === undefined ? {} : { 'X-Amz-Security-Token': sessionToken }),
    'X-Amz-SignedHeaders': 'host',
  });
  const request = ['GET', '/', query, `host:${cache}`, '', 'host', sha256('')].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(request)].join('\n');
  const key = scope.split('/').reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${secretAccessKey}`);
  return `${cache}/?${query}&X-Amz-Signature=${hmac(key, toSign).toString('hex')}`;
}

/** In the order of the names, everything but unreserved characters encoded. */
function queryOf(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}=${encode(value)}`)
    .join('&');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
