import { URL } from 'node:url';

/** Signing name and API operation of a request, whatever its protocol. */
export interface Operation {
  readonly service: string;
  /** Operation of the API reference: `PutItem`, `SendMessageBatch`, `HeadObject`, `Invoke`. */
  readonly action: string;
}

const targetServices: Readonly<Record<string, string>> = {
  DynamoDB_20120810: 'dynamodb',
  DynamoDBStreams_20120810: 'dynamodb',
  TrentService: 'kms',
  AmazonSQS: 'sqs',
  secretsmanager: 'secretsmanager',
  AWSCognitoIdentityProviderService: 'cognito-idp',
};

/**
 * Reads the operation of a request.
 *
 * JSON protocols name it in `X-Amz-Target` (Smithy AWS JSON 1.0/1.1), the query protocol in the form field `Action`,
 * REST protocols by method, path and query string.
 */
export function operationOf(
  method: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
  signingName: string | undefined,
): Operation | undefined {
  const target = headers['x-amz-target'];
  if (target !== undefined) {
    const dot = target.lastIndexOf('.');
    const service = targetServices[target.slice(0, dot)] ?? signingName;
    return service === undefined ? undefined : { service, action: target.slice(dot + 1) };
  }
  if (signingName === undefined) {
    return undefined;
  }
  if (signingName === 's3') {
    return { service: 's3', action: s3Operation(method, url) };
  }
  if (signingName === 'lambda') {
    return { service: 'lambda', action: /\/functions\/[^/]+\/invocations/.test(url) ? 'Invoke' : 'Unknown' };
  }
  if (headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true) {
    return { service: signingName, action: new URLSearchParams(body.toString()).get('Action') ?? 'Unknown' };
  }
  return undefined;
}

/** Bucket and key of a path-style S3 address; the key is decoded. */
export function s3Address(url: string): {
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
} {
  const parsed = new URL(url, 'http://localhost');
  const [, bucket = '', ...rest] = parsed.pathname.split('/');
  return { bucket: decodeURIComponent(bucket), key: decodeURIComponent(rest.join('/')), query: parsed.searchParams };
}

const bucketSubresources: readonly (readonly [string, string])[] = [
  ['versions', 'ListObjectVersions'],
  ['object-lock', 'ObjectLockConfiguration'],
  ['versioning', 'BucketVersioning'],
  ['location', 'BucketLocation'],
  ['encryption', 'BucketEncryption'],
  ['policy', 'BucketPolicy'],
];

function s3Operation(method: string, url: string): string {
  const { bucket, key, query } = s3Address(url);
  if (bucket === '') {
    return 'ListBuckets';
  }
  const verb = method === 'PUT' ? 'Put' : method === 'DELETE' ? 'Delete' : 'Get';
  if (key === '') {
    for (const [name, operation] of bucketSubresources) {
      if (query.has(name)) {
        return name === 'versions' ? operation : verb + operation;
      }
    }
    if (method === 'POST' && query.has('delete')) {
      return 'DeleteObjects';
    }
    return method === 'PUT'
      ? 'CreateBucket'
      : method === 'DELETE'
        ? 'DeleteBucket'
        : method === 'HEAD'
          ? 'HeadBucket'
          : query.get('list-type') === '2'
            ? 'ListObjectsV2'
            : 'ListObjects';
  }
  if (query.has('retention')) {
    return `${verb}ObjectRetention`;
  }
  if (query.has('legal-hold')) {
    return `${verb}ObjectLegalHold`;
  }
  if (query.has('uploads') || query.has('uploadId')) {
    return 'MultipartUpload';
  }
  return method === 'HEAD' ? 'HeadObject' : `${verb}Object`;
}
