import { createHash } from 'node:crypto';

import { xmlFailure } from './wire';
import type { Reply } from './wire';

/** A bucket whose objects are written once: conditional single-part puts with their checksum [S3: conditional writes]. */
export class Bucket {
  readonly objects = new Map<string, Uint8Array>();

  answer(method: string, key: string, headers: Readonly<Record<string, string>>, body: Uint8Array): Reply {
    if (method === 'GET') {
      const found = this.objects.get(key);
      if (found === undefined) return xmlFailure(404, 'NoSuchKey');
      return { status: 200, headers: { 'content-length': String(found.byteLength) }, body: found };
    }
    if (method !== 'PUT' || headers['if-none-match'] !== '*') throw new Error(`S3 ${method} is not of the log`);
    if (this.objects.has(key)) return xmlFailure(412, 'PreconditionFailed');
    const checksum = createHash('sha256').update(body).digest('base64');
    if (headers['x-amz-checksum-sha256'] !== checksum) return xmlFailure(400, 'BadDigest');
    this.objects.set(key, body);
    return { status: 200, headers: { etag: '"object"' }, body: new Uint8Array() };
  }
}
