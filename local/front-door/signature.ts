import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** The parts of a Signature Version 4 `Authorization` header. */
export interface Credentialed {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const headerPattern =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request,\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]+)$/;

export function parseAuthorization(header: string | undefined): Credentialed | undefined {
  const match = headerPattern.exec(header ?? '');
  if (match === null) {
    return undefined;
  }
  const [, accessKeyId = '', date = '', region = '', service = '', signedHeaders = '', signature = ''] = match;
  return { accessKeyId, date, region, service, signedHeaders: signedHeaders.split(';'), signature };
}

/**
 * Checks a Signature Version 4 [docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html].
 *
 * The age of the date is not checked: a paused debugger must not turn into a refused call.
 */
export function signatureMatches(
  request: {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Buffer;
  },
  credentials: Credentialed,
  secretAccessKey: string,
): boolean {
  const { date, region, service } = credentials;
  const [path = '/', query = ''] = splitOnce(request.url, '?');
  const canonical = [
    request.method,
    canonicalPath(path, service),
    canonicalQuery(query),
    ...credentials.signedHeaders.map((name) => `${name}:${(request.headers[name] ?? '').trim().replace(/\s+/g, ' ')}`),
    '',
    credentials.signedHeaders.join(';'),
    request.headers['x-amz-content-sha256'] ?? sha256(request.body),
  ].join('\n');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'] ?? '', scope, sha256(Buffer.from(canonical))].join(
    '\n',
  );
  const expected = hmac(signingKey(secretAccessKey, date, region, service), toSign);
  const given = Buffer.from(credentials.signature, 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

const signingKeys = new Map<string, Buffer>();

function signingKey(secretAccessKey: string, date: string, region: string, service: string): Buffer {
  const id = `${secretAccessKey}/${date}/${region}/${service}`;
  const known = signingKeys.get(id);
  if (known !== undefined) {
    return known;
  }
  if (signingKeys.size > 5000) {
    signingKeys.clear();
  }
  const key = [date, region, service, 'aws4_request'].reduce(
    (previous: Buffer, part) => hmac(previous, part),
    Buffer.from(`AWS4${secretAccessKey}`),
  );
  signingKeys.set(id, key);
  return key;
}

/** S3 signs the path as sent; every other service encodes each segment once more. */
function canonicalPath(path: string, service: string): string {
  return service === 's3' ? path : path.split('/').map(encode).join('/');
}

function canonicalQuery(query: string): string {
  if (query === '') {
    return '';
  }
  return query
    .split('&')
    .map((pair) => splitOnce(pair, '='))
    .map(([name = '', value = '']) => `${encode(decodeURIComponent(name))}=${encode(decodeURIComponent(value))}`)
    .sort()
    .join('&');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

function sha256(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
