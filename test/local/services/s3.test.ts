import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { allow, policy, startTestCloud, type TestCloud } from '../cloud';

const day = 86_400_000;

describe('S3', () => {
  let cloud: TestCloud;
  let s3: S3Client;
  let next = 0;

  beforeAll(async () => {
    cloud = await startTestCloud();
    s3 = new S3Client(cloud.client());
    cloud.door.services.s3.createBucket({ name: 'worm', defaultRetention: { mode: 'COMPLIANCE', days: 1 } });
    cloud.door.services.s3.createBucket({ name: 'governed', objectLock: true });
    cloud.door.services.s3.createBucket({ name: 'plain' });
  });
  afterAll(() => cloud.close());

  const aKey = (): string => {
    next += 1;
    return `tenant/log #${next}.json`;
  };
  const put = async (
    bucket: string,
    key: string,
    extra: Partial<ConstructorParameters<typeof PutObjectCommand>[0]> = {},
  ) => (await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'body', ...extra }))).VersionId ?? '';
  const deleteVersion = (bucket: string, key: string, versionId: string, bypass?: boolean) =>
    s3.send(
      new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId, BypassGovernanceRetention: bypass }),
    );
  const retain = (bucket: string, key: string, mode: 'COMPLIANCE' | 'GOVERNANCE', days: number, bypass?: boolean) =>
    s3.send(
      new PutObjectRetentionCommand({
        Bucket: bucket,
        Key: key,
        Retention: { Mode: mode, RetainUntilDate: new Date(cloud.door.clock.nowMs() + days * day) },
        BypassGovernanceRetention: bypass,
      }),
    );

  it('stores and returns bytes, metadata and checksum', async () => {
    const key = aKey();
    const checksum = createHash('sha256').update('ledger').digest('base64');
    await put('plain', key, {
      Body: 'ledger',
      ChecksumSHA256: checksum,
      Metadata: { tenant: 'acme' },
      ContentType: 'application/json',
    });
    const got = await s3.send(new GetObjectCommand({ Bucket: 'plain', Key: key, ChecksumMode: 'ENABLED' }));
    expect(await got.Body?.transformToString()).toBe('ledger');
    expect(got).toMatchObject({
      ChecksumSHA256: checksum,
      Metadata: { tenant: 'acme' },
      ContentType: 'application/json',
    });
    expect(await s3.send(new HeadObjectCommand({ Bucket: 'plain', Key: key }))).toMatchObject({ ContentLength: 6 });
  });

  // API/sigv4-streaming-trailers.html
  it('takes a streamed upload with a trailing checksum', async () => {
    const key = aKey();
    await put('plain', key, { Body: Readable.from([Buffer.from('str'), Buffer.from('eam')]), ContentLength: 6 });
    const got = await s3.send(new GetObjectCommand({ Bucket: 'plain', Key: key }));
    expect(await got.Body?.transformToString()).toBe('stream');
  });

  // userguide/checking-object-integrity-upload.html
  it('refuses bytes that do not match their SHA-256', async () => {
    const wrong = createHash('sha256').update('other').digest('base64');
    await expect(put('plain', aKey(), { ChecksumSHA256: wrong })).rejects.toMatchObject({ name: 'BadDigest' });
  });

  // userguide/conditional-writes.html
  it('writes with If-None-Match only where no object is, a delete marker counting as none', async () => {
    const key = aKey();
    await put('worm', key, { IfNoneMatch: '*' });
    await expect(put('worm', key, { IfNoneMatch: '*' })).rejects.toMatchObject({
      name: 'PreconditionFailed',
      $metadata: { httpStatusCode: 412 },
    });
    await s3.send(new DeleteObjectCommand({ Bucket: 'worm', Key: key }));
    await expect(put('worm', key, { IfNoneMatch: '*' })).resolves.toBeDefined();
  });

  describe('Object Lock', () => {
    // userguide/object-lock.html#object-lock-bucket-config
    it("gives a new version the bucket's default retention", async () => {
      const key = aKey();
      await put('worm', key);
      const { Retention } = await s3.send(new GetObjectRetentionCommand({ Bucket: 'worm', Key: key }));
      expect(Retention?.Mode).toBe('COMPLIANCE');
      const left = (Retention?.RetainUntilDate?.getTime() ?? 0) - cloud.door.clock.nowMs();
      expect(left).toBeGreaterThan(day - 60_000);
      expect(left).toBeLessThanOrEqual(day);
    });

    // userguide/object-lock.html#object-lock-retention-modes: nobody, not even the root user
    it('refuses to delete a version under compliance, also to the operator and with bypass', async () => {
      const key = aKey();
      const versionId = await put('worm', key);
      for (const bypass of [undefined, true]) {
        await expect(deleteVersion('worm', key, versionId, bypass)).rejects.toMatchObject({
          name: 'AccessDenied',
          $metadata: { httpStatusCode: 403 },
        });
      }
    });

    it('refuses to shorten a compliance retention or weaken its mode, and lets it be extended', async () => {
      const key = aKey();
      await put('worm', key);
      await retain('worm', key, 'COMPLIANCE', 3);
      await expect(retain('worm', key, 'COMPLIANCE', 2)).rejects.toMatchObject({ name: 'AccessDenied' });
      await expect(retain('worm', key, 'GOVERNANCE', 5, true)).rejects.toMatchObject({ name: 'AccessDenied' });
    });

    it('lets a version go when its retention is over', async () => {
      const key = aKey();
      const versionId = await put('governed', key, {
        ObjectLockMode: 'COMPLIANCE',
        ObjectLockRetainUntilDate: new Date(cloud.door.clock.nowMs() + 60_000),
      });
      await expect(deleteVersion('governed', key, versionId)).rejects.toMatchObject({ name: 'AccessDenied' });
      cloud.door.clock.advance(61_000);
      await expect(deleteVersion('governed', key, versionId)).resolves.toBeDefined();
    });

    // userguide/object-lock-managing.html#object-lock-managing-bypass
    it('lets governance be bypassed by header only', async () => {
      const key = aKey();
      const versionId = await put('governed', key);
      await retain('governed', key, 'GOVERNANCE', 2);
      await expect(retain('governed', key, 'GOVERNANCE', 1)).rejects.toMatchObject({ name: 'AccessDenied' });
      await expect(deleteVersion('governed', key, versionId)).rejects.toMatchObject({ name: 'AccessDenied' });
      await retain('governed', key, 'GOVERNANCE', 1, true);
      await expect(deleteVersion('governed', key, versionId, true)).resolves.toBeDefined();
    });

    it('asks for s3:BypassGovernanceRetention and s3:DeleteObjectVersion of the caller', async () => {
      const key = aKey();
      const versionId = await put('governed', key);
      await retain('governed', key, 'GOVERNANCE', 2);
      cloud.roles.set('deletes', {
        policy: policy(allow(['s3:DeleteObject', 's3:DeleteObjectVersion'], 'arn:aws:s3:::governed/*')),
      });
      const worker = new S3Client(cloud.worker('deletes', 'deletes'));
      const bypassing = new DeleteObjectCommand({
        Bucket: 'governed',
        Key: key,
        VersionId: versionId,
        BypassGovernanceRetention: true,
      });
      await expect(worker.send(bypassing)).rejects.toMatchObject({
        message: expect.stringContaining('s3:BypassGovernanceRetention'),
      });
      cloud.roles.set('hides', { policy: policy(allow('s3:DeleteObject', 'arn:aws:s3:::governed/*')) });
      const hider = new S3Client(cloud.worker('hides', 'hides'));
      await expect(
        hider.send(new DeleteObjectCommand({ Bucket: 'governed', Key: key, VersionId: versionId })),
      ).rejects.toMatchObject({
        message: expect.stringContaining('s3:DeleteObjectVersion'),
      });
    });

    // userguide/object-lock.html#object-lock-legal-holds
    it('keeps a version under legal hold until the hold is lifted', async () => {
      const key = aKey();
      const versionId = await put('governed', key);
      const hold = (status: 'ON' | 'OFF') =>
        s3.send(new PutObjectLegalHoldCommand({ Bucket: 'governed', Key: key, LegalHold: { Status: status } }));
      await hold('ON');
      await expect(deleteVersion('governed', key, versionId, true)).rejects.toMatchObject({ name: 'AccessDenied' });
      await hold('OFF');
      await expect(deleteVersion('governed', key, versionId)).resolves.toBeDefined();
    });

    // userguide/DeleteMarker.html, userguide/object-lock-managing.html#object-lock-managing-delete-markers
    it('hides a locked object behind a delete marker, which itself can be deleted', async () => {
      const key = aKey();
      const versionId = await put('worm', key);
      const { VersionId: markerId } = await s3.send(new DeleteObjectCommand({ Bucket: 'worm', Key: key }));
      await expect(s3.send(new GetObjectCommand({ Bucket: 'worm', Key: key }))).rejects.toMatchObject({
        name: 'NoSuchKey',
      });
      const listed = await s3.send(new ListObjectVersionsCommand({ Bucket: 'worm', Prefix: key }));
      expect(listed.DeleteMarkers).toMatchObject([{ VersionId: markerId, IsLatest: true }]);
      expect(listed.Versions).toMatchObject([{ VersionId: versionId, IsLatest: false }]);
      await deleteVersion('worm', key, markerId ?? '');
      const back = await s3.send(new GetObjectCommand({ Bucket: 'worm', Key: key }));
      expect(await back.Body?.transformToString()).toBe('body');
    });

    it('keeps both versions of an overwritten object', async () => {
      const key = aKey();
      const first = await put('worm', key, { Body: 'true' });
      await put('worm', key, { Body: 'forged' });
      const kept = await s3.send(new GetObjectCommand({ Bucket: 'worm', Key: key, VersionId: first }));
      expect(await kept.Body?.transformToString()).toBe('true');
    });

    // userguide/object-lock.html: only buckets with Object Lock enabled take lock settings
    it('refuses a retention where the bucket has no Object Lock', async () => {
      const until = new Date(Date.now() + day);
      await expect(
        put('plain', aKey(), { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: until }),
      ).rejects.toMatchObject({
        name: 'InvalidRequest',
      });
    });

    it('refuses locked versions in a multi-object delete one by one', async () => {
      const [locked, free] = [aKey(), aKey()];
      const lockedVersion = await put('worm', locked);
      const freeVersion = await put('governed', free);
      const deleteIn = (bucket: string, key: string, versionId: string) =>
        s3.send(
          new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: [{ Key: key, VersionId: versionId }] } }),
        );
      expect((await deleteIn('worm', locked, lockedVersion)).Errors).toMatchObject([
        { Key: locked, Code: 'AccessDenied' },
      ]);
      expect((await deleteIn('governed', free, freeVersion)).Deleted).toMatchObject([{ Key: free }]);
    });
  });

  // API/API_ListObjectsV2.html
  it('lists in the order of bytes, by pages and by folders', async () => {
    cloud.door.services.s3.createBucket({ name: 'listed' });
    for (const key of ['b/2', 'a', 'b/1', 'c']) {
      await put('listed', key);
    }
    const page = await s3.send(new ListObjectsV2Command({ Bucket: 'listed', MaxKeys: 3 }));
    expect(page.Contents?.map(({ Key }) => Key)).toEqual(['a', 'b/1', 'b/2']);
    const rest = await s3.send(
      new ListObjectsV2Command({ Bucket: 'listed', ContinuationToken: page.NextContinuationToken }),
    );
    expect(rest.Contents?.map(({ Key }) => Key)).toEqual(['c']);
    const folders = await s3.send(new ListObjectsV2Command({ Bucket: 'listed', Delimiter: '/' }));
    expect(folders.CommonPrefixes).toEqual([{ Prefix: 'b/' }]);
    expect(folders.Contents?.map(({ Key }) => Key)).toEqual(['a', 'c']);
  });

  // userguide/UsingKMSEncryption.html
  it('asks for kms:GenerateDataKey to write and kms:Decrypt to read a bucket under SSE-KMS', async () => {
    const keyArn = cloud.door.services.kms.createKey({ keyId: 'worm-key' });
    cloud.door.services.s3.createBucket({ name: 'sealed', kmsKeyArn: keyArn });
    const objects = allow(['s3:PutObject', 's3:GetObject'], 'arn:aws:s3:::sealed/*');
    cloud.roles.set('writes', { policy: policy(objects, allow('kms:GenerateDataKey', keyArn)) });
    const writer = new S3Client(cloud.worker('writes', 'writes'));
    await writer.send(new PutObjectCommand({ Bucket: 'sealed', Key: 'a', Body: 'x' }));
    await expect(writer.send(new GetObjectCommand({ Bucket: 'sealed', Key: 'a' }))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('kms:Decrypt'),
    });
  });

  it('obeys a Deny of the bucket policy, with the context of the request', async () => {
    cloud.door.services.s3.createBucket({ name: 'guarded' });
    const guarded = 'arn:aws:s3:::guarded/*';
    cloud.roles.set('archiver', { policy: policy(allow('s3:PutObject', guarded)) });
    cloud.resourcePolicies.set(
      'arn:aws:s3:::guarded',
      policy({
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:PutObject',
        Resource: guarded,
        Condition: { Null: { 's3:if-none-match': 'true' } },
      }),
    );
    cloud.door.policiesChanged();
    const archiver = new S3Client(cloud.worker('archiver', 'archiver'));
    await expect(archiver.send(new PutObjectCommand({ Bucket: 'guarded', Key: 'a', Body: 'x' }))).rejects.toMatchObject(
      {
        name: 'AccessDenied',
        message: expect.stringContaining('explicit deny in a resource-based policy'),
      },
    );
    await expect(
      archiver.send(new PutObjectCommand({ Bucket: 'guarded', Key: 'a', Body: 'x', IfNoneMatch: '*' })),
    ).resolves.toBeDefined();
  });

  it('keeps objects, versions and locks over a restart', async () => {
    const key = aKey();
    const versionId = await put('worm', key);
    await retain('worm', key, 'COMPLIANCE', 2);
    await s3.send(new DeleteObjectCommand({ Bucket: 'worm', Key: key }));
    await cloud.restart();
    s3 = new S3Client(cloud.client());
    await expect(deleteVersion('worm', key, versionId)).rejects.toMatchObject({ name: 'AccessDenied' });
    const got = await s3.send(new GetObjectCommand({ Bucket: 'worm', Key: key, VersionId: versionId }));
    expect(await got.Body?.transformToString()).toBe('body');
    const listed = await s3.send(new ListObjectVersionsCommand({ Bucket: 'worm', Prefix: key }));
    expect(listed.DeleteMarkers).toHaveLength(1);
    const held = await s3.send(new GetObjectRetentionCommand({ Bucket: 'worm', Key: key, VersionId: versionId }));
    expect(held.Retention?.RetainUntilDate?.getTime()).toBeGreaterThan(Date.now() + day);
  });
});
