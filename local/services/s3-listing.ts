import type { AwsCall, AwsReply } from '../front-door/contract';
import { element, xmlReply } from '../front-door/wire';
import { compareUtf8, type Bucket, type ObjectVersion } from './s3-bucket';

export const namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

/** A call to a bucket that exists. */
export interface BucketRequest {
  readonly call: AwsCall;
  readonly bucket: Bucket;
  readonly key: string;
  readonly query: URLSearchParams;
}

/** ListObjectsV2: current objects in the order of their UTF-8 bytes, by pages and folders [API/API_ListObjectsV2.html]. */
export function listObjects({ bucket, query }: BucketRequest): AwsReply {
  const prefix = query.get('prefix') ?? '';
  const token = query.get('continuation-token');
  const after = token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64url').toString();
  const limit = Number(query.get('max-keys') ?? 1000);
  const delimiter = query.get('delimiter') ?? '';
  const live = [...new Set(bucket.all().map(({ key }) => key))]
    .map((key) => bucket.current(key))
    .filter((version) => version !== undefined && !version.deleteMarker)
    .filter(
      (version) =>
        version !== undefined &&
        version.key.startsWith(prefix) &&
        (after === '' || compareUtf8(version.key, after) > 0),
    );
  const contents: string[] = [];
  const prefixes = new Set<string>();
  let last = '';
  let truncated = false;
  for (const version of live) {
    if (version === undefined) {
      continue;
    }
    if (contents.length + prefixes.size >= limit) {
      truncated = true;
      break;
    }
    last = version.key;
    const cut = delimiter === '' ? -1 : version.key.indexOf(delimiter, prefix.length);
    if (cut >= 0) {
      prefixes.add(version.key.slice(0, cut + delimiter.length));
      continue;
    }
    contents.push(`<Contents>${listed(version)}</Contents>`);
  }
  return xmlReply(
    `<ListBucketResult ${namespace}>${element('Name', bucket.name)}${element('Prefix', prefix)}${element('KeyCount', contents.length + prefixes.size)}` +
      `${element('MaxKeys', limit)}${element('IsTruncated', String(truncated))}` +
      `${truncated ? element('NextContinuationToken', Buffer.from(last).toString('base64url')) : ''}${contents.join('')}` +
      `${[...prefixes].map((each) => `<CommonPrefixes>${element('Prefix', each)}</CommonPrefixes>`).join('')}</ListBucketResult>`,
  );
}

/** ListObjectVersions: every version and delete marker, newest first within a key [API/API_ListObjectVersions.html]. */
export function listVersions({ bucket, query }: BucketRequest): AwsReply {
  const prefix = query.get('prefix') ?? '';
  const limit = Number(query.get('max-keys') ?? 1000);
  const keyMarker = query.get('key-marker');
  const versionMarker = query.get('version-id-marker');
  const all = bucket.all().filter(({ key }) => key.startsWith(prefix));
  const start =
    keyMarker === null
      ? 0
      : versionMarker === null
        ? all.filter(({ key }) => compareUtf8(key, keyMarker) <= 0).length
        : all.findIndex(({ key, versionId }) => key === keyMarker && versionId === versionMarker) + 1;
  const page = all.slice(start, start + limit);
  const truncated = start + limit < all.length;
  const last = page.at(-1);
  const entries = page.map((version) => {
    const isLatest = bucket.current(version.key)?.versionId === version.versionId;
    const name = version.deleteMarker ? 'DeleteMarker' : 'Version';
    return `<${name}>${listed(version)}${element('VersionId', version.versionId)}${element('IsLatest', String(isLatest))}</${name}>`;
  });
  return xmlReply(
    `<ListVersionsResult ${namespace}>${element('Name', bucket.name)}${element('Prefix', prefix)}${element('MaxKeys', limit)}` +
      element('IsTruncated', String(truncated)) +
      `${truncated ? element('NextKeyMarker', last?.key) + element('NextVersionIdMarker', last?.versionId) : ''}${entries.join('')}</ListVersionsResult>`,
  );
}

function listed(version: ObjectVersion): string {
  const own = version.deleteMarker
    ? ''
    : element('ETag', version.etag) + element('Size', version.size) + element('StorageClass', 'STANDARD');
  return element('Key', version.key) + element('LastModified', new Date(version.lastModifiedMs).toISOString()) + own;
}
