import { Aws, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectLockRetention, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

import { deployedName } from '../config/names';
import type { StageConfig } from '../config/stage-config';
import { acknowledge } from './acknowledge';
import type { AccessLogBucket } from './plain-buckets';

export interface WormBucketProps {
  config: StageConfig;
  key: IKey;
  accessLogs: AccessLogBucket;
}

/**
 * The audit log's store: written once, read many times. Object Lock in compliance mode keeps every version for the stage's retention,
 * against everybody. The policy adds what Object Lock leaves open: a delete marker or a second version that would shadow an
 * object, and a change of the lock itself by any role of the product.
 */
export class WormBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { config, key, accessLogs }: WormBucketProps) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.KMS,
      encryptionKey: key,
      bucketKeyEnabled: true,
      versioned: true,
      objectLockEnabled: true,
      objectLockDefaultRetention: ObjectLockRetention.compliance(Duration.days(config.wormRetentionDays)),
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: 'worm/',
      // Its objects outlive the stack in every stage: nothing can delete them before their time.
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.denyToEveryone(key);
    this.denyToTheProduct(config);
    acknowledge(this.bucket, {
      'NIST.800.53.R5-S3BucketReplicationEnabled':
        'Objects are locked, versioned and kept in three availability zones; a copy in a second region is a decision of the company about where its data lies.',
    });
  }

  private deny(sid: string, statement: DenyProps): void {
    this.bucket.addToResourcePolicy(
      new PolicyStatement({ sid, effect: Effect.DENY, principals: [new AnyPrincipal()], ...statement }),
    );
  }

  private denyToEveryone(key: IKey): void {
    const objects = [this.bucket.arnForObjects('*')];
    this.deny('NothingIsDeletedOrShadowed', {
      actions: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
      resources: objects,
    });
    this.deny('NothingIsOverwritten', {
      actions: ['s3:PutObject'],
      resources: objects,
      conditions: { Null: { 's3:if-none-match': 'true' } },
    });
    this.deny('NothingIsStoredUnencrypted', {
      actions: ['s3:PutObject'],
      resources: objects,
      conditions: unlessAbsentOr('s3:x-amz-server-side-encryption', 'aws:kms'),
    });
    this.deny('NothingIsEncryptedWithAnotherKey', {
      actions: ['s3:PutObject'],
      resources: objects,
      conditions: unlessAbsentOr('s3:x-amz-server-side-encryption-aws-kms-key-id', key.keyArn),
    });
  }

  /**
   * What an operator may have to do (a longer retention, a legal hold) but no function ever does: the bucket's default
   * retention locks what the functions write.
   */
  private denyToTheProduct(config: StageConfig): void {
    const roles = `arn:${Stack.of(this).partition}:iam::${Aws.ACCOUNT_ID}:role/${deployedName(config, '*')}`;
    const conditions = { ArnLike: { 'aws:PrincipalArn': roles } };
    this.deny('TheProductHoldsNothing', {
      actions: ['s3:PutObjectRetention', 's3:PutObjectLegalHold', 's3:BypassGovernanceRetention'],
      resources: [this.bucket.arnForObjects('*')],
      conditions,
    });
    this.deny('TheProductDoesNotChangeTheLock', {
      actions: [
        's3:PutBucketObjectLockConfiguration',
        's3:PutBucketVersioning',
        's3:PutBucketPolicy',
        's3:DeleteBucketPolicy',
        's3:PutLifecycleConfiguration',
        's3:DeleteBucket',
      ],
      resources: [this.bucket.bucketArn],
      conditions,
    });
  }
}

/**
 * True when the header is there and says something else. Without the header the bucket encrypts as it should by default;
 * `StringNotEquals` alone is true of a header that is absent, and would refuse that.
 */
const unlessAbsentOr = (header: string, value: string): Record<string, unknown> => ({
  Null: { [header]: 'false' },
  StringNotEquals: { [header]: value },
});

interface DenyProps {
  actions: string[];
  resources: string[];
  conditions?: Record<string, unknown>;
}
