import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { AwsCall } from '../front-door/contract';
import { AwsFault } from '../front-door/wire';

export interface UploadedBody {
  readonly data: Buffer;
  /** Checksum headers of the upload, trailing ones included. */
  readonly checksums: Readonly<Record<string, string>>;
}

/**
 * The bytes of an upload, checked against what the caller said of them
 * [AmazonS3/latest/userguide/checking-object-integrity-upload.html]: Content-MD5, x-amz-content-sha256,
 * x-amz-checksum-sha256 and -crc32, in headers or as trailers of an aws-chunked body
 * [API/sigv4-streaming-trailers.html]. A mismatch is refused and nothing is stored.
 */
export function readUpload(call: AwsCall): UploadedBody {
  const chunked = call.headers['content-encoding']?.includes('aws-chunked') === true;
  const { data, trailers } = chunked ? dechunk(call.body) : { data: call.body, trailers: {} };
  const stated: Record<string, string> = {};
  for (const [name, value] of [...Object.entries(call.headers), ...Object.entries(trailers)]) {
    if (name.startsWith('x-amz-checksum-') && name !== 'x-amz-checksum-mode' && name !== 'x-amz-checksum-type') {
      stated[name] = value;
    }
  }
  const contentSha256 = call.headers['x-amz-content-sha256'];
  if (
    contentSha256 !== undefined &&
    /^[0-9a-f]{64}$/.test(contentSha256) &&
    contentSha256 !== createHash('sha256').update(data).digest('hex')
  ) {
    throw new AwsFault(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  }
  const contentMd5 = call.headers['content-md5'];
  if (contentMd5 !== undefined && contentMd5 !== createHash('md5').update(data).digest('base64')) {
    throw new AwsFault('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
  for (const [name, value] of Object.entries(stated)) {
    const algorithm = name.slice('x-amz-checksum-'.length);
    const actual = checksumOf(algorithm, data);
    if (actual !== undefined && actual !== value) {
      throw new AwsFault(
        'BadDigest',
        `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`,
      );
    }
  }
  return { data, checksums: stated };
}

/** Checksums the local S3 can compute; others are kept as stated. */
function checksumOf(algorithm: string, data: Buffer): string | undefined {
  switch (algorithm) {
    case 'sha256':
    case 'sha1':
      return createHash(algorithm).update(data).digest('base64');
    case 'crc32': {
      const sum = Buffer.alloc(4);
      sum.writeUInt32BE(crc32(data));
      return sum.toString('base64');
    }
    default:
      return undefined;
  }
}

/** Undoes aws-chunked: `<hex size>[;chunk-signature=…]\r\n<bytes>\r\n` … `0\r\n<trailers>\r\n\r\n`. */
function dechunk(body: Buffer): { readonly data: Buffer; readonly trailers: Readonly<Record<string, string>> } {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = body.indexOf('\r\n', at);
    const size = lineEnd < 0 ? Number.NaN : Number.parseInt(body.subarray(at, lineEnd).toString(), 16);
    if (Number.isNaN(size)) {
      throw new AwsFault('IncompleteBody', 'The request body terminated unexpectedly.');
    }
    at = lineEnd + 2;
    if (size === 0) {
      break;
    }
    parts.push(body.subarray(at, at + size));
    at += size + 2;
  }
  const trailers: Record<string, string> = {};
  for (const line of body.subarray(at).toString().split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) {
      trailers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
  }
  return { data: Buffer.concat(parts), trailers };
}
