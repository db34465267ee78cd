import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AwsCall, AwsReply, LocalService } from '../front-door/contract';
import { s3Address } from '../front-door/operations';
import { AwsFault, element, xmlReply } from '../front-door/wire';
import { readUpload } from './s3-body';
import { Bucket, compareUtf8, modeFrom, type BucketSettings, type ObjectVersion, type Retention } from './s3-bucket';
import { listObjects, listVersions, namespace, type BucketRequest } from './s3-listing';
import type { Home } from './state';

export interface S3Service extends LocalService {
  /** Makes a bucket or updates its settings; objects and their locks stay. Object Lock implies versioning. Returns its ARN. */
  createBucket(bucket: { readonly name: string } & Partial<BucketSettings>): string;
  /** Every stored version with its bytes, for scans and verifiers. */
  versionsOf(bucketName: string): readonly (ObjectVersion & { readonly data: Buffer })[];
  encryptionKeyOf(bucketArn: string): string | undefined;
}

/** The part of S3 that an append-only archive needs [AmazonS3/latest/API]: path-style addresses, single-part uploads. */
export function startS3(home: Home): S3Service {
  const folder = join(home.stateDir, 's3');
  mkdirSync(folder, { recursive: true });
  const buckets = new Map<string, Bucket>();
  for (const name of readdirSync(folder)) {
    if (existsSync(join(folder, name, 'bucket.json'))) {
      buckets.set(name, new Bucket(name, home.stateDir, home.clock));
    }
  }
  const createBucket = (wanted: { readonly name: string } & Partial<BucketSettings>): string => {
    const bucket = buckets.get(wanted.name) ?? new Bucket(wanted.name, home.stateDir, home.clock);
    const { name, ...settings } = wanted;
    const objectLock = settings.objectLock ?? settings.defaultRetention !== undefined;
    bucket.configure({ ...settings, objectLock, versioning: settings.versioning === true || objectLock });
    buckets.set(name, bucket);
    return `arn:aws:s3:::${name}`;
  };

  return {
    name: 's3',
    async handle(call) {
      const { bucket: bucketName, key, query } = s3Address(call.url);
      if (call.action === 'ListBuckets') {
        const entries = [...buckets.keys()]
          .sort(compareUtf8)
          .map((name) => `<Bucket>${element('Name', name)}</Bucket>`);
        return xmlReply(
          `<ListAllMyBucketsResult ${namespace}><Buckets>${entries.join('')}</Buckets></ListAllMyBucketsResult>`,
        );
      }
      if (call.action === 'CreateBucket') {
        if (buckets.has(bucketName)) {
          throw new AwsFault(
            'BucketAlreadyOwnedByYou',
            'Your previous request to create the named bucket succeeded and you already own it.',
            409,
          );
        }
        createBucket({
          name: bucketName,
          objectLock: call.headers['x-amz-bucket-object-lock-enabled']?.toLowerCase() === 'true',
        });
        return empty({ location: `/${bucketName}` });
      }
      const bucket = buckets.get(bucketName);
      if (bucket === undefined) {
        throw new AwsFault('NoSuchBucket', 'The specified bucket does not exist', 404);
      }
      const operation = operations[call.action];
      if (call.action === 'DeleteBucket') {
        if (bucket.all().length > 0) {
          throw new AwsFault(
            'BucketNotEmpty',
            'The bucket you tried to delete is not empty. You must delete all versions in the bucket.',
            409,
          );
        }
        buckets.delete(bucketName);
        rmSync(join(folder, bucketName), { recursive: true, force: true });
        return empty({}, 204);
      }
      if (operation === undefined || call.headers['x-amz-copy-source'] !== undefined) {
        throw new AwsFault('NotImplemented', `The local S3 does not offer ${call.action}.`, 501);
      }
      const reply = operation({ call, bucket, key, query });
      return call.method === 'HEAD' ? { ...reply, body: Buffer.alloc(0) } : reply;
    },
    createBucket,
    versionsOf(bucketName) {
      const bucket = buckets.get(bucketName);
      return (
        bucket
          ?.all()
          .map((version) => ({ ...version, data: version.deleteMarker ? Buffer.alloc(0) : bucket.read(version) })) ?? []
      );
    },
    encryptionKeyOf: (bucketArn) => buckets.get(bucketArn.slice('arn:aws:s3:::'.length))?.settings.kmsKeyArn,
    close: async () => undefined,
  };
}

const operations: Readonly<Record<string, (request: BucketRequest) => AwsReply>> = {
  PutObject: putObject,
  GetObject: getObject,
  HeadObject: getObject,
  DeleteObject({ call, bucket, key, query }) {
    return empty(deleteOne(bucket, key, query.get('versionId') ?? undefined, bypasses(call)), 204);
  },
  DeleteObjects({ call, bucket }) {
    const results = [...call.body.toString().matchAll(/<Object>(.*?)<\/Object>/gs)].map(([, entry = '']) => {
      const key = unescapeXml(tag(entry, 'Key') ?? '');
      try {
        deleteOne(bucket, key, tag(entry, 'VersionId'), bypasses(call));
        return `<Deleted>${element('Key', key)}${element('VersionId', tag(entry, 'VersionId'))}</Deleted>`;
      } catch (error) {
        if (!(error instanceof AwsFault)) {
          throw error;
        }
        return `<Error>${element('Key', key)}${element('Code', error.code)}${element('Message', error.message)}</Error>`;
      }
    });
    return xmlReply(`<DeleteResult ${namespace}>${results.join('')}</DeleteResult>`);
  },
  HeadBucket: () => empty({}),
  ListObjectsV2: listObjects,
  ListObjectVersions: listVersions,
  PutObjectRetention(request) {
    const version = found(request);
    mustLock(request.bucket);
    const mode = modeFrom(tag(request.call.body.toString(), 'Mode'));
    const until = tag(request.call.body.toString(), 'RetainUntilDate');
    request.bucket.retain(
      version,
      mode === undefined ? undefined : { mode, untilMs: Date.parse(until ?? '') },
      bypasses(request.call),
    );
    return empty({});
  },
  GetObjectRetention(request) {
    const { retention } = found(request);
    if (retention === undefined) {
      throw new AwsFault(
        'NoSuchObjectLockConfiguration',
        'The specified object does not have a ObjectLock configuration',
        404,
      );
    }
    return xmlReply(
      `<Retention ${namespace}>${element('Mode', retention.mode)}${element('RetainUntilDate', new Date(retention.untilMs).toISOString())}</Retention>`,
    );
  },
  PutObjectLegalHold(request) {
    const version = found(request);
    mustLock(request.bucket);
    request.bucket.hold(version, tag(request.call.body.toString(), 'Status') === 'ON');
    return empty({});
  },
  GetObjectLegalHold(request) {
    return xmlReply(
      `<LegalHold ${namespace}>${element('Status', found(request).legalHold ? 'ON' : 'OFF')}</LegalHold>`,
    );
  },
  GetBucketVersioning({ bucket }) {
    return xmlReply(
      `<VersioningConfiguration ${namespace}>${element('Status', bucket.settings.versioning ? 'Enabled' : undefined)}</VersioningConfiguration>`,
    );
  },
  GetBucketLocation: () => xmlReply(`<LocationConstraint ${namespace}>local</LocationConstraint>`),
  GetObjectLockConfiguration({ bucket }) {
    const { objectLock, defaultRetention } = bucket.settings;
    if (!objectLock) {
      throw new AwsFault(
        'ObjectLockConfigurationNotFoundError',
        'Object Lock configuration does not exist for this bucket',
        404,
      );
    }
    const rule =
      defaultRetention === undefined
        ? ''
        : `<Rule><DefaultRetention>${element('Mode', defaultRetention.mode)}${element('Days', defaultRetention.days)}</DefaultRetention></Rule>`;
    return xmlReply(
      `<ObjectLockConfiguration ${namespace}><ObjectLockEnabled>Enabled</ObjectLockEnabled>${rule}</ObjectLockConfiguration>`,
    );
  },
  PutObjectLockConfiguration({ call, bucket }) {
    mustLock(bucket);
    const body = call.body.toString();
    const mode = modeFrom(tag(body, 'Mode'));
    const days = Number(tag(body, 'Days') ?? Number(tag(body, 'Years') ?? 0) * 365);
    const { defaultRetention: _replaced, ...settings } = bucket.settings;
    bucket.configure({ ...settings, ...(mode === undefined ? {} : { defaultRetention: { mode, days } }) });
    return empty({});
  },
};

function putObject({ call, bucket, key }: BucketRequest): AwsReply {
  const { data, checksums } = readUpload(call);
  const current = bucket.current(key);
  const exists = current !== undefined && !current.deleteMarker;
  // Conditional writes [userguide/conditional-writes.html]: a delete marker counts as no object.
  if (call.headers['if-none-match'] === '*' && exists) {
    throw new AwsFault('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412);
  }
  const ifMatch = call.headers['if-match'];
  if (ifMatch !== undefined && !exists) {
    throw new AwsFault('NoSuchKey', 'The specified key does not exist.', 404);
  }
  if (ifMatch !== undefined && ifMatch.replaceAll('"', '') !== current?.etag.replaceAll('"', '')) {
    throw new AwsFault('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412);
  }
  const retention = requestedRetention(call, bucket);
  const willLock = retention !== undefined || bucket.settings.defaultRetention !== undefined;
  // [API/API_PutObject.html, Content-MD5]: an upload under a retention must carry a checksum.
  if (willLock && call.headers['content-md5'] === undefined && Object.keys(checksums).length === 0) {
    throw new AwsFault(
      'InvalidRequest',
      'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters',
    );
  }
  const kept: Record<string, string> = {
    'content-type': call.headers['content-type'] ?? 'application/octet-stream',
    ...checksums,
  };
  for (const [name, value] of Object.entries(call.headers)) {
    if (name.startsWith('x-amz-meta-') || name === 'cache-control' || name === 'content-disposition') {
      kept[name] = value;
    }
  }
  const version = bucket.put(key, data, kept, {
    legalHold: call.headers['x-amz-object-lock-legal-hold'] === 'ON',
    ...(retention === undefined ? {} : { retention }),
  });
  return empty({ etag: version.etag, ...versionHeader(bucket, version), ...encryptionHeaders(bucket), ...checksums });
}

function requestedRetention(call: AwsCall, bucket: Bucket): Retention | undefined {
  const mode = modeFrom(call.headers['x-amz-object-lock-mode']);
  const until = call.headers['x-amz-object-lock-retain-until-date'];
  if (mode === undefined && until === undefined && call.headers['x-amz-object-lock-legal-hold'] === undefined) {
    return undefined;
  }
  mustLock(bucket);
  if (mode === undefined && until === undefined) {
    return undefined;
  }
  const untilMs = Date.parse(until ?? '');
  if (mode === undefined || Number.isNaN(untilMs)) {
    throw new AwsFault(
      'InvalidArgument',
      'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied',
    );
  }
  return { mode, untilMs };
}

function getObject(request: BucketRequest): AwsReply {
  const { call, bucket } = request;
  const version = found(request);
  const checksums = call.headers['x-amz-checksum-mode'] === 'ENABLED';
  const headers = Object.fromEntries(
    Object.entries(version.headers).filter(([name]) => checksums || !name.startsWith('x-amz-checksum-')),
  );
  const data = bucket.read(version);
  return {
    status: 200,
    headers: {
      ...headers,
      etag: version.etag,
      'content-length': String(data.length),
      'last-modified': new Date(version.lastModifiedMs).toUTCString(),
      ...versionHeader(bucket, version),
      ...encryptionHeaders(bucket),
      ...(version.retention === undefined
        ? {}
        : {
            'x-amz-object-lock-mode': version.retention.mode,
            'x-amz-object-lock-retain-until-date': new Date(version.retention.untilMs).toISOString(),
          }),
      ...(version.legalHold ? { 'x-amz-object-lock-legal-hold': 'ON' } : {}),
    },
    body: data,
  };
}

/** The version a request names. A delete marker answers 404 by key, 405 by version [userguide/DeleteMarker.html]. */
function found({ call, bucket, key, query }: BucketRequest): ObjectVersion {
  const versionId = query.get('versionId');
  const version = versionId === null ? bucket.current(key) : bucket.version(key, versionId);
  if (version === undefined) {
    throw versionId === null
      ? new AwsFault('NoSuchKey', 'The specified key does not exist.', 404)
      : new AwsFault('NoSuchVersion', 'The specified version does not exist.', 404);
  }
  if (version.deleteMarker) {
    const byVersion =
      versionId !== null || call.action === 'PutObjectRetention' || call.action === 'PutObjectLegalHold';
    throw byVersion
      ? new AwsFault('MethodNotAllowed', 'The specified method is not allowed against this resource.', 405)
      : new AwsFault('NoSuchKey', 'The specified key does not exist.', 404);
  }
  return version;
}

function deleteOne(
  bucket: Bucket,
  key: string,
  versionId: string | undefined,
  bypassGovernance: boolean,
): Record<string, string> {
  if (versionId === undefined) {
    const marker = bucket.hide(key);
    return marker === undefined ? {} : { 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker.versionId };
  }
  const version = bucket.version(key, versionId);
  if (version !== undefined) {
    bucket.deleteVersion(version, bypassGovernance);
  }
  return {
    'x-amz-version-id': versionId,
    ...(version?.deleteMarker === true ? { 'x-amz-delete-marker': 'true' } : {}),
  };
}

function mustLock(bucket: Bucket): void {
  if (!bucket.settings.objectLock) {
    throw new AwsFault('InvalidRequest', 'Bucket is missing Object Lock Configuration');
  }
}

function bypasses(call: AwsCall): boolean {
  return call.headers['x-amz-bypass-governance-retention'] === 'true';
}

function versionHeader(bucket: Bucket, version: ObjectVersion): Record<string, string> {
  return bucket.settings.versioning ? { 'x-amz-version-id': version.versionId } : {};
}

function encryptionHeaders(bucket: Bucket): Record<string, string> {
  const { kmsKeyArn } = bucket.settings;
  return kmsKeyArn === undefined
    ? { 'x-amz-server-side-encryption': 'AES256' }
    : { 'x-amz-server-side-encryption': 'aws:kms', 'x-amz-server-side-encryption-aws-kms-key-id': kmsKeyArn };
}

function empty(headers: Readonly<Record<string, string>>, status = 200): AwsReply {
  return { status, headers: { ...headers, 'x-amz-request-id': 'local' }, body: Buffer.alloc(0) };
}

function tag(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>(.*?)</${name}>`, 's').exec(xml)?.[1];
}

function unescapeXml(text: string): string {
  return text
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
}
