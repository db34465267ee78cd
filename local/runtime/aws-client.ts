import { createHash, createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';

import { isObject, parseJson, type Json, type JsonObject } from '../assembly/json';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export class AwsError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
  ) {
    super(`${code}: ${message}`);
    this.name = 'AwsError';
  }
}

/**
 * Calls AWS APIs at the front door, signed with Signature Version 4. The cloud needs a handful of operations of nine
 * services; loading nine SDK clients for them would double its start-up time.
 */
export interface AwsClient {
  /** An operation of the AWS JSON protocols (DynamoDB, SQS, KMS, Secrets Manager, Cognito). */
  json(service: JsonService, operation: string, input: JsonObject, options?: CallOptions): Promise<JsonObject>;
  /** An operation of the query protocol (SNS); answers XML text. */
  query(service: string, version: string, operation: string, input: Readonly<Record<string, string>>): Promise<string>;
  /** A REST operation (S3). */
  rest(
    service: string,
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string,
  ): Promise<string>;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

const targets = {
  dynamodb: { prefix: 'DynamoDB_20120810', version: '1.0' },
  streams: { prefix: 'DynamoDBStreams_20120810', version: '1.0', signingName: 'dynamodb' },
  sqs: { prefix: 'AmazonSQS', version: '1.0' },
  kms: { prefix: 'TrentService', version: '1.1' },
  secretsmanager: { prefix: 'secretsmanager', version: '1.1' },
  'cognito-idp': { prefix: 'AWSCognitoIdentityProviderService', version: '1.1' },
} as const;

export type JsonService = keyof typeof targets;

export function newAwsClient(endpoint: string, region: string, credentials: Credentials): AwsClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const call = async (
    service: string,
    method: string,
    path: string,
    headers: Record<string, string>,
    body: string,
    signal?: AbortSignal,
  ): Promise<string> => {
    const signed = sign({ service, region, credentials, method, path, host: new URL(endpoint).host, headers, body });
    const reply = await send(agent, endpoint + path, method, signed, body, signal);
    if (reply.status < 400) return reply.text;
    throw errorOf(reply.status, reply.text, reply.errorType);
  };
  return {
    async json(service, operation, input, options) {
      const target = targets[service];
      const headers = {
        'content-type': `application/x-amz-json-${target.version}`,
        'x-amz-target': `${target.prefix}.${operation}`,
      };
      const signingName = 'signingName' in target ? target.signingName : service;
      const text = await call(signingName, 'POST', '/', headers, JSON.stringify(input), options?.signal);
      const answer = text === '' ? {} : parseJson(text);
      return isObject(answer) ? answer : {};
    },
    query(service, version, operation, input) {
      const body = new URLSearchParams({ Action: operation, Version: version, ...input }).toString();
      return call(service, 'POST', '/', { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }, body);
    },
    rest: (service, method, path, headers, body) => call(service, method, path, { ...headers }, body),
  };
}

function send(
  agent: Agent,
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal | undefined,
): Promise<{ status: number; text: string; errorType: string | undefined }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { agent, method, headers, ...(signal === undefined ? {} : { signal }) },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const errorType = incoming.headers['x-amzn-errortype'];
          resolve({
            status: incoming.statusCode ?? 0,
            text: Buffer.concat(chunks).toString('utf8'),
            errorType: typeof errorType === 'string' ? errorType : undefined,
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function errorOf(status: number, text: string, errorType: string | undefined): AwsError {
  if (text.startsWith('<')) {
    return new AwsError(
      /<Code>([^<]*)/.exec(text)?.[1] ?? 'Unknown',
      /<Message>([^<]*)/.exec(text)?.[1] ?? text,
      status,
    );
  }
  const body: Json = text.startsWith('{') ? parseJson(text) : {};
  const read = (name: string): string | undefined => {
    const value = isObject(body) ? body[name] : undefined;
    return typeof value === 'string' ? value : undefined;
  };
  const code = (read('__type') ?? errorType ?? read('code') ?? 'Unknown').replace(/^.*#/, '').replace(/:.*$/, '');
  return new AwsError(code, read('message') ?? read('Message') ?? text, status);
}

interface Unsigned {
  readonly service: string;
  readonly region: string;
  readonly credentials: Credentials;
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Signature Version 4 (IAM User Guide, "Create a signed AWS API request"). */
function sign(call: Unsigned): Record<string, string> {
  const { credentials } = call;
  const stamp = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const date = stamp.slice(0, 8);
  const bodyHash = hash(call.body);
  const headers: Record<string, string> = {
    ...call.headers,
    host: call.host,
    'x-amz-content-sha256': bodyHash,
    'x-amz-date': stamp,
    ...(credentials.sessionToken === undefined ? {} : { 'x-amz-security-token': credentials.sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const [path = '/', query = ''] = call.path.split('?');
  const canonicalQuery = query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => (pair.includes('=') ? pair : `${pair}=`))
    .sort()
    .join('&');
  // Every service but S3 signs its path with each segment encoded once more.
  const canonicalPath = call.service === 's3' ? path : path.split('/').map(encodeURIComponent).join('/');
  const canonical = [
    call.method,
    canonicalPath,
    canonicalQuery,
    ...names.map((name) => `${name}:${headers[name]?.trim() ?? ''}`),
    '',
    names.join(';'),
    bodyHash,
  ].join('\n');
  const scope = `${date}/${call.region}/${call.service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', stamp, scope, hash(canonical)].join('\n');
  const key = [date, call.region, call.service, 'aws4_request'].reduce(
    (previous: string | Buffer, part) => hmac(previous, part),
    `AWS4${credentials.secretAccessKey}`,
  );
  headers['authorization'] =
    `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${hmac(key, toSign).toString('hex')}`;
  return headers;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
