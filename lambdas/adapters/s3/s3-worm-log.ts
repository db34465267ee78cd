import type { S3Client } from '@aws-sdk/client-s3';
import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3ServiceException } from '@aws-sdk/client-s3';

import type { WormLog } from '../../domain/audit/ports';
import type { Sleep } from '../../kernel/clock';
import { hashOf, segmentFromBytes, segmentKey, segmentToBytes } from './segment-codec';

export interface S3WormLogDependencies {
  readonly client: S3Client;
  readonly bucket: string;
  readonly sleep: Sleep;
}

const maxAttempts = 4;

/**
 * The log in an Object Lock bucket: one single-part PUT a segment, which either creates the object whole or does nothing. The
 * bucket's default retention (compliance mode) locks it; the function has no say in it, so it needs no right to set one.
 */
export function newS3WormLog({ client, bucket, sleep }: S3WormLogDependencies): WormLog {
  return {
    put: async (segment) => {
      const bytes = segmentToBytes(segment);
      const hash = hashOf(bytes);
      const put = new PutObjectCommand({
        Bucket: bucket,
        Key: segmentKey(segment.owner, segment.firstIndex),
        Body: bytes,
        ContentType: 'application/x-ndjson',
        ChecksumSHA256: Buffer.from(hash, 'hex').toString('base64'),
        IfNoneMatch: '*',
      });
      for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
        try {
          await client.send(put);
          return { result: 'written', hash };
        } catch (error) {
          // Also after a lost answer of our own: the caller reads what stands there and finds it to be its own.
          if (statusOf(error) === 412) return { result: 'taken' };
          // Another upload to the key is under way; only a later try can tell how it ended [S3: conditional writes].
          if (statusOf(error) !== 409) throw error;
          await sleep(50 * 2 ** attempt);
        }
      }
      throw new Error(`an upload beside ours did not end: ${segmentKey(segment.owner, segment.firstIndex)}`);
    },

    read: async (owner, firstIndex) => {
      try {
        const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: segmentKey(owner, firstIndex) }));
        const bytes = await answer.Body?.transformToByteArray();
        if (bytes === undefined) throw new Error('S3 answered an object without a body');
        return { segment: segmentFromBytes(bytes), hash: hashOf(bytes) };
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
  };
}

function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}
