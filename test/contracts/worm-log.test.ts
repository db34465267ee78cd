import { createHash } from 'node:crypto';

import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';

import { newS3WormLog } from '../../lambdas/adapters/s3/s3-worm-log';
import { segmentFromBytes, segmentToBytes } from '../../lambdas/adapters/s3/segment-codec';
import type { Segment, WormLog } from '../../lambdas/domain/audit/ports';
import type { Owner } from '../../lambdas/kernel/journal';
import { startTestCloud, type TestCloud } from '../local/cloud';
import { aCommit, anObservation, aStream, aTenant } from '../support/a-commit';
import { newMemoryWormLog } from '../support/memory-audit';

function aSegment(overrides: Partial<Segment> = {}): Segment {
  const owner: Owner = overrides.owner ?? { tenant: aTenant() };
  const stream = aStream({ owner });
  const observation = anObservation({ owner, entity: { kind: 'payment', id: 'pay_1' }, data: { reason: 'é☃' } });
  return {
    owner,
    firstIndex: 0,
    previousHash: '0'.repeat(64),
    records: [
      { type: 'commit', commit: aCommit(stream, 1, { changes: [{ path: 'a', from: 1, to: { b: null } }] }) },
      { type: 'observation', observation },
      { type: 'commit', commit: aCommit(stream, 2, { actor: { user: 'sandbox', level: 'provider' } }) },
    ],
    ...overrides,
  };
}

function wormLogContract(make: () => WormLog): void {
  it('gives back what was put, with the same hash', async () => {
    const segment = aSegment({ firstIndex: 42, previousHash: 'ab'.repeat(32) });
    const put = await make().put(segment);
    const read = await make().read(segment.owner, 42);
    expect(read?.segment).toEqual(segment);
    expect(put).toEqual({ result: 'written', hash: read?.hash });
  });

  it('has nothing where nothing was put', async () => {
    const segment = aSegment();
    await make().put(segment);
    expect(await make().read(segment.owner, 1)).toBeUndefined();
    expect(await make().read({ tenant: aTenant() }, 0)).toBeUndefined();
    expect(await make().read('platform', 999)).toBeUndefined();
  });

  it('keeps the first of two segments at one index', async () => {
    const first = aSegment();
    expect((await make().put(first)).result).toBe('written');
    expect(await make().put(aSegment({ owner: first.owner }))).toEqual({ result: 'taken' });
    expect(await make().put(first)).toEqual({ result: 'taken' });
    expect((await make().read(first.owner, 0))?.segment).toEqual(first);
  });

  it('lets one of many write', async () => {
    const owner = { tenant: aTenant() };
    const puts = await Promise.all([1, 2, 3, 4, 5].map(() => make().put(aSegment({ owner }))));
    expect(puts.filter(({ result }) => result === 'written')).toHaveLength(1);
  });

  it('keeps the platform’s log beside the tenants’', async () => {
    const segment = aSegment({ owner: 'platform', firstIndex: 7 });
    await make().put(segment);
    expect((await make().read('platform', 7))?.segment).toEqual(segment);
  });
}

describe('the log in memory', () => {
  const log = newMemoryWormLog();
  wormLogContract(() => log);
});

describe('the log in S3', () => {
  let cloud: TestCloud;
  let client: S3Client;
  beforeAll(async () => {
    cloud = await startTestCloud();
    cloud.door.services.s3.createBucket({
      name: 'worm',
      objectLock: true,
      defaultRetention: { mode: 'COMPLIANCE', days: 30 },
    });
    client = new S3Client({ ...cloud.client(), forcePathStyle: true });
  });
  afterAll(async () => {
    client.destroy();
    await cloud.close();
  });
  const make = (using = client) => newS3WormLog({ client: using, bucket: 'worm', sleep: async () => undefined });
  const bytesOf = async (key: string): Promise<Buffer> => {
    const answer = await client.send(new GetObjectCommand({ Bucket: 'worm', Key: key }));
    return Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
  };

  wormLogContract(() => make());

  it('is a file of JSON lines whose SHA-256 anyone can check', async () => {
    const segment = aSegment({ firstIndex: 120 });
    const put = await make().put(segment);
    const owner = segment.owner === 'platform' ? '' : segment.owner.tenant;
    const bytes = await bytesOf(`${owner}/000000000120.json`);
    const lines = bytes.toString().split('\n');
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      firstIndex: 120,
      count: 3,
      previousHash: segment.previousHash,
      owner,
    });
    expect(lines.slice(1, 4).map((line) => (JSON.parse(line) as { index: number }).index)).toEqual([120, 121, 122]);
    expect(lines.slice(4)).toEqual(['']);
    expect(put).toEqual({ result: 'written', hash: createHash('sha256').update(bytes).digest('hex') });
  });

  it("leaves each object locked by the bucket's default, in compliance mode until the retention ends", async () => {
    const segment = aSegment({ owner: 'platform', firstIndex: 1_000 });
    const beforeMs = Date.now();
    await make().put(segment);
    const head = await client.send(
      new HeadObjectCommand({ Bucket: 'worm', Key: 'platform/000000001000.json', ChecksumMode: 'ENABLED' }),
    );
    expect(head.ObjectLockMode).toBe('COMPLIANCE');
    const lockedMs = (head.ObjectLockRetainUntilDate?.getTime() ?? 0) - 30 * 86_400_000;
    expect(lockedMs).toBeGreaterThanOrEqual(beforeMs - 1_000);
    expect(lockedMs).toBeLessThanOrEqual(Date.now() + 1_000);
    expect(head.ChecksumSHA256).toBeDefined();
    const deletion = client.send(
      new DeleteObjectCommand({ Bucket: 'worm', Key: 'platform/000000001000.json', VersionId: head.VersionId }),
    );
    await expect(deletion).rejects.toThrow();
  });

  it('finds its own object when the answer was lost', async () => {
    const segment = aSegment();
    const losing = new S3Client({ ...cloud.client(), forcePathStyle: true, maxAttempts: 3 });
    let lost = false;
    losing.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        if (lost) return result;
        lost = true;
        throw Object.assign(new Error('the answer was lost'), { name: 'TimeoutError' });
      },
      { step: 'deserialize' },
    );
    expect(await make(losing).put(segment)).toEqual({ result: 'taken' });
    expect((await make().read(segment.owner, 0))?.segment).toEqual(segment);
  });

  it('tries again while another upload to the key is under way', async () => {
    const conflicted = new S3Client({ ...cloud.client(), forcePathStyle: true });
    let conflicts = 0;
    conflicted.middlewareStack.add(
      (next, context) => async (args) => {
        if (context.commandName !== 'PutObjectCommand' || conflicts === 2) return next(args);
        conflicts += 1;
        const { S3ServiceException } = await import('@aws-sdk/client-s3');
        throw new S3ServiceException({
          name: 'ConditionalRequestConflict',
          $fault: 'client',
          $metadata: { httpStatusCode: 409 },
        });
      },
      { step: 'initialize' },
    );
    expect((await make(conflicted).put(aSegment())).result).toBe('written');
    expect(conflicts).toBe(2);
  });

  it('throws on an object that is no segment, and on any other refusal', async () => {
    const owner = { tenant: aTenant() };
    await client.send(new PutObjectCommand({ Bucket: 'worm', Key: `${owner.tenant}/000000000000.json`, Body: '{}\n' }));
    await expect(make().read(owner, 0)).rejects.toThrow();
    const elsewhere = newS3WormLog({
      client,
      bucket: 'no-such-bucket',
      sleep: async () => undefined,
    });
    await expect(elsewhere.put(aSegment())).rejects.toThrow();
    await expect(elsewhere.read(owner, 0)).rejects.toThrow();
  });
});

describe('the bytes of a segment', () => {
  it('are the same whatever the order of fields in what was read', () => {
    const segment = aSegment();
    const shuffled = JSON.parse(JSON.stringify(segment, replacerThatReverses)) as Segment;
    expect(segmentToBytes(shuffled).equals(segmentToBytes(segment))).toBe(true);
    expect(JSON.stringify(shuffled)).not.toBe(JSON.stringify(segment));
  });

  it.each<[string, (lines: string[]) => string[]]>([
    ['a line is missing', (lines) => lines.slice(0, -1)],
    ['a line is repeated', (lines) => [...lines.slice(0, -1), lines[1] ?? '']],
    ['lines are swapped', ([header = '', a = '', b = '', ...rest]) => [header, b, a, ...rest]],
    ['the header is missing', (lines) => lines.slice(1)],
    ['nothing is left', () => []],
  ])('are refused when %s', (_, damage) => {
    const lines = segmentToBytes(aSegment()).toString().trimEnd().split('\n');
    expect(() =>
      segmentFromBytes(
        Buffer.from(
          damage(lines)
            .map((line) => `${line}\n`)
            .join(''),
        ),
      ),
    ).toThrow();
  });
});

function replacerThatReverses(_: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).reverse());
}
