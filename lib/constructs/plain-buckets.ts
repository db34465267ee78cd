import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, type BucketProps, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

import type { StageConfig } from '../config/stage-config';
import { acknowledge } from './acknowledge';

const bucketProps = (config: StageConfig): BucketProps => ({
  versioned: true,
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  removalPolicy: config.protected ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
});

/** Gets the access logs of the other buckets. */
export class AccessLogBucket extends Bucket {
  /** Said here because CDK leaves it undefined, which its own interface of a bucket does not allow. */
  override get isWebsite(): boolean {
    return false;
  }

  constructor(scope: Construct, id: string, config: StageConfig) {
    super(scope, id, {
      ...bucketProps(config),
      encryption: BucketEncryption.S3_MANAGED,
      lifecycleRules: [
        {
          expiration: Duration.days(config.logRetention),
          noncurrentVersionExpiration: Duration.days(1),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
    });
    const endOfTheLine = 'It is the target of access logs: logging it to itself would never end.';
    acknowledge(this, {
      'AwsSolutions-S1': endOfTheLine,
      'NIST.800.53.R5-S3BucketLoggingEnabled': endOfTheLine,
      'NIST.800.53.R5-S3DefaultEncryptionKMS': 'S3 delivers access logs only to buckets encrypted with its own keys.',
      'NIST.800.53.R5-S3BucketReplicationEnabled':
        'Access logs expire with the log retention; losing a region loses no record of the business.',
    });
  }
}

export interface ExportsBucketProps {
  config: StageConfig;
  key: IKey;
  accessLogs: AccessLogBucket;
}

/** Holds exports until they are fetched; each expires in 30 days. */
export class ExportsBucket extends Bucket {
  constructor(scope: Construct, id: string, { config, key, accessLogs }: ExportsBucketProps) {
    super(scope, id, {
      ...bucketProps(config),
      encryption: BucketEncryption.KMS,
      encryptionKey: key,
      bucketKeyEnabled: true,
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: 'exports/',
      lifecycleRules: [
        {
          expiration: Duration.days(30),
          noncurrentVersionExpiration: Duration.days(1),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
    });
    acknowledge(this, {
      'NIST.800.53.R5-S3BucketReplicationEnabled': 'An export can be made again from the journal at any time.',
    });
  }
}
