import { Aws, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

import { deployedName } from '../config/names';
import type { StageConfig } from '../config/stage-config';
import { acknowledge } from './acknowledge';

/** The customer keys, one for each reason to revoke one. Roles are given uses of them in their own policies. */
export class ProductKeys extends Construct {
  /** Tables, queues, topics, log groups, exports. */
  readonly data: Key;
  /** The audit log's objects. Outlives every stage, as they do. */
  readonly worm: Key;
  /** Secrets Manager. */
  readonly secrets: Key;
  /** Seals TOTP seeds and e-mail addresses by direct calls with an encryption context. */
  readonly sealing: Key;
  /** Makes and verifies invitation tokens. Who may make one may let anybody into a tenant. */
  readonly token: Key;
  /** Makes and verifies keyed hashes of e-mail addresses. */
  readonly address: Key;

  constructor(scope: Construct, id: string, config: StageConfig) {
    super(scope, id);
    const removalPolicy = config.protected ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const rotated = (name: string, description: string, removal = removalPolicy): Key =>
      new Key(this, name, {
        alias: deployedName(config, name.toLowerCase()),
        description: `Countinghouse ${config.stage}: ${description}`,
        enableKeyRotation: true,
        rotationPeriod: Duration.days(365),
        removalPolicy: removal,
      });

    this.data = rotated('Data', 'tables, queues, topics, logs');
    this.worm = rotated('Worm', 'the audit log', RemovalPolicy.RETAIN);
    this.secrets = rotated('Secrets', 'credentials of provider connections');
    this.sealing = rotated('Sealing', 'TOTP seeds and e-mail addresses');
    const forCodes = (name: string, description: string): Key => {
      const key = new Key(this, name, {
        alias: deployedName(config, name.toLowerCase()),
        description: `Countinghouse ${config.stage}: ${description}`,
        keySpec: KeySpec.HMAC_256,
        keyUsage: KeyUsage.GENERATE_VERIFY_MAC,
        removalPolicy,
      });
      const cannotRotate =
        'KMS rotates no HMAC keys; what they vouch for expires in days, so a key is replaced by hand if it must be.';
      acknowledge(key, {
        'AwsSolutions-KMS5': cannotRotate,
        'NIST.800.53.R5-KMSBackingKeyRotationEnabled': cannotRotate,
      });
      return key;
    };
    this.token = forCodes('Token', 'invitation tokens');
    this.address = forCodes('Address', 'keyed hashes of e-mail addresses');
    this.letServicesUseData(config);
  }

  private letServicesUseData(config: StageConfig): void {
    const logGroups = (pattern: string): string =>
      `arn:${Stack.of(this).partition}:logs:${config.region}:${Aws.ACCOUNT_ID}:log-group:${pattern}`;
    this.data.addToResourcePolicy(
      new PolicyStatement({
        sid: 'LogGroupsOfTheProduct',
        principals: [new ServicePrincipal(`logs.${config.region}.amazonaws.com`)],
        actions: [
          'kms:Encrypt',
          'kms:Decrypt',
          'kms:ReEncryptFrom',
          'kms:ReEncryptTo',
          'kms:GenerateDataKey',
          'kms:DescribeKey',
        ],
        resources: ['*'],
        conditions: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': [
              logGroups(`*${deployedName(config, '*')}`),
              logGroups('API-Gateway-Execution-Logs_*'),
            ],
          },
        },
      }),
    );
    this.data.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsToOnCallTopics',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
  }
}
