import { createHash } from 'node:crypto';

import {
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectRetentionCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectRetentionCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';

import { segmentFromBytes } from '../../lambdas/adapters/s3/segment-codec';
import type { AuditRecord } from '../../lambdas/domain/audit/ports';
import { functionNames } from '../../lambdas/env';
import { functions } from '../../lib/config/functions';
import { sharedCloud } from '../support/local-cloud';
import { newOperator, wormBucket } from '../support/operator';
import { aConnectedTenant, aPayment, must, newKey, paymentBody, type ConnectedTenant } from '../support/people';

const cloud = sharedCloud();
const operator = newOperator(cloud);

/** Roles of all functions; those of the tenant plane have a second one. */
const roles = functionNames.flatMap((name) =>
  functions[name].tenant === undefined
    ? [`countinghouse-dev-${name}`]
    : [`countinghouse-dev-${name}`, `countinghouse-dev-${name}-tenant`],
);

describe('the audit log in the WORM bucket', () => {
  let bucket: string;
  let tenant: ConnectedTenant;
  let key: string;

  beforeAll(async () => {
    bucket = await wormBucket(operator);
    tenant = await aConnectedTenant(cloud, 'Audited Shop');
    await Promise.all([1, 2, 3, 4].map(() => aPayment(tenant)));
    const { id } = await aPayment(tenant);
    must(await tenant.owner.api.post(`${tenant.path}/payments/${String(id)}/refunds`, {}, newKey()), 201);
    must(await tenant.owner.api.post(`${tenant.path}/payments`, paymentBody({ token: 'tok_declined' }), newKey()), 422);
    await cloud.idle();
    key = `${tenant.tenantId}/000000000000.json`;
  });

  describe('content', () => {
    let journal: Awaited<ReturnType<typeof operator.journal>>;
    let objects: Awaited<ReturnType<typeof operator.objects>>;
    /** The log of each owner: its objects in order. */
    const logs = new Map<string, { key: string; bytes: Buffer }[]>();

    beforeAll(async () => {
      await cloud.idle();
      [journal, objects] = await Promise.all([operator.journal(), operator.objects(bucket)]);
      for (const object of objects) {
        const owner = object.key.split('/')[0] ?? '';
        logs.set(owner, [...(logs.get(owner) ?? []), object]);
      }
    });

    const nameOf = (record: AuditRecord): string => {
      if (record.type === 'observation') return record.observation.commitId;
      const { stream, version } = record.commit;
      return JSON.stringify([stream.owner, stream.kind, stream.id, version]);
    };

    it('is every commit and observation of the journal, exactly once and word for word', () => {
      const shipped = objects.flatMap(({ bytes }) => segmentFromBytes(bytes).records);
      const byName = new Map(shipped.map((record) => [nameOf(record), record]));
      expect(shipped).toHaveLength(byName.size);
      expect([...byName.keys()].sort()).toEqual(journal.map(nameOf).sort());
      for (const record of journal) expect(byName.get(nameOf(record))).toEqual(record);
      expect(journal.length).toBeGreaterThan(30);
    });

    it('is one chain an owner: no index missing, every object sealed by the next', () => {
      for (const [owner, chain] of logs) {
        let index = 0;
        let previousHash = '0'.repeat(64);
        for (const { key: place, bytes } of chain) {
          const [header, ...lines] = bytes
            .toString()
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line));
          expect(place).toBe(`${owner}/${String(index).padStart(12, '0')}.json`);
          expect(header).toEqual({ owner, firstIndex: index, count: lines.length, previousHash });
          expect(lines.map((line) => line.index)).toEqual(lines.map((_, offset) => index + offset));
          index += lines.length;
          previousHash = createHash('sha256').update(bytes).digest('hex');
        }
      }
    });

    it('keeps the versions of every stream in their order', () => {
      for (const chain of logs.values()) {
        const versions = new Map<string, number>();
        for (const record of chain.flatMap(({ bytes }) => segmentFromBytes(bytes).records)) {
          if (record.type === 'observation') continue;
          const { stream, version } = record.commit;
          const name = `${stream.kind}/${stream.id}`;
          expect(version).toBe((versions.get(name) ?? 0) + 1);
          versions.set(name, version);
        }
      }
    });

    it('stands under compliance mode from the moment it is written', async () => {
      const { Retention } = await operator.s3.send(new GetObjectRetentionCommand({ Bucket: bucket, Key: key }));
      expect(Retention?.Mode).toBe('COMPLIANCE');
      expect(Retention?.RetainUntilDate?.getTime()).toBeGreaterThan(Date.now() + 12 * 3600_000);
    });
  });

  /** What must be refused, whoever tries it; each with the answer that S3 gives to the operator. */
  const attacks = (s3: S3Client, versionId: string | undefined) => {
    const object = { Bucket: bucket, Key: key };
    const version = { ...object, ...(versionId === undefined ? {} : { VersionId: versionId }) };
    const soon = new Date(Date.now() + 60_000);
    return {
      'overwrite it': () => s3.send(new PutObjectCommand({ ...object, Body: 'forged' })),
      'delete it': () => s3.send(new DeleteObjectCommand(object)),
      'delete its version': () => s3.send(new DeleteObjectCommand(version)),
      'delete its version past the lock': () =>
        s3.send(new DeleteObjectCommand({ ...version, BypassGovernanceRetention: true })),
      'shorten its retention': () =>
        s3.send(
          new PutObjectRetentionCommand({ ...version, Retention: { Mode: 'COMPLIANCE', RetainUntilDate: soon } }),
        ),
      'weaken its retention': () =>
        s3.send(
          new PutObjectRetentionCommand({
            ...version,
            Retention: { Mode: 'GOVERNANCE', RetainUntilDate: soon },
            BypassGovernanceRetention: true,
          }),
        ),
    };
  };

  const outcomeOf = (attempt: () => Promise<unknown>): Promise<string> =>
    attempt().then(
      () => 'done',
      (error: unknown) => (error as Error).name,
    );

  async function versionsOf(): Promise<readonly { versionId: string | undefined; text: string }[]> {
    const { Versions = [], DeleteMarkers = [] } = await operator.s3.send(
      new ListObjectVersionsCommand({ Bucket: bucket, Prefix: key }),
    );
    expect(DeleteMarkers).toEqual([]);
    return Promise.all(
      Versions.map(async ({ VersionId: versionId }) => {
        const { Body } = await operator.s3.send(
          new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }),
        );
        return { versionId, text: (await Body?.transformToString()) ?? '' };
      }),
    );
  }

  it('refuses everything to the operator, too', async () => {
    const before = await versionsOf();
    expect(before).toHaveLength(1);
    const outcomes: Record<string, string> = {};
    for (const [what, attempt] of Object.entries(attacks(operator.s3, before[0]?.versionId))) {
      outcomes[what] = await outcomeOf(attempt);
    }
    const overwrite = new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'forged', IfNoneMatch: '*' });
    outcomes['overwrite it if it is absent'] = await outcomeOf(() => operator.s3.send(overwrite));
    expect(outcomes).toEqual({
      'overwrite it': 'AccessDenied',
      'delete it': 'AccessDenied',
      'delete its version': 'AccessDenied',
      'delete its version past the lock': 'AccessDenied',
      'shorten its retention': 'AccessDenied',
      'weaken its retention': 'AccessDenied',
      'overwrite it if it is absent': 'PreconditionFailed',
    });
    expect(await versionsOf()).toEqual(before);
  });

  it.each(roles)('denies the role %s every attack', async (role) => {
    const { awsEndpoint, adminCredentials, region = 'eu-central-1' } = cloud.description;
    if (adminCredentials === undefined) throw new Error('the description names no operator');
    const settings = { endpoint: awsEndpoint, region, maxAttempts: 1 };
    const sts = new STSClient({ ...settings, credentials: adminCredentials });
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({
        RoleArn: `arn:aws:iam::000000000000:role/${role}`,
        RoleSessionName: 'attacker',
        Tags: [{ Key: 'tenant', Value: tenant.tenantId }],
      }),
    );
    const s3 = new S3Client({
      ...settings,
      forcePathStyle: true,
      credentials: {
        accessKeyId: Credentials?.AccessKeyId ?? '',
        secretAccessKey: Credentials?.SecretAccessKey ?? '',
        sessionToken: Credentials?.SessionToken ?? '',
      },
    });
    const [before] = await versionsOf();
    for (const attempt of Object.values(attacks(s3, before?.versionId))) {
      expect(await outcomeOf(attempt)).toBe('AccessDenied');
    }
    expect(await versionsOf()).toEqual([before]);
  });
});
