import { ArnFormat, CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

import { secretNameOf } from '../config/names';
import type { StageConfig } from '../config/stage-config';
import { type GrantTarget, Offer } from '../constructs/grant-targets';
import { AccessLogBucket, ExportsBucket } from '../constructs/plain-buckets';
import { ProductKeys } from '../constructs/product-keys';
import { ProductSecrets } from '../constructs/product-secrets';
import { ProductTables } from '../constructs/product-tables';
import { TableBackups } from '../constructs/table-backups';
import { WormBucket } from '../constructs/worm-bucket';
import { stackProps } from './stack-props';

/** What is kept: tables, keys, buckets, secrets and the backup plan. Everything else can be built again around it. */
export class DataStack extends Stack {
  readonly keys: ProductKeys;
  readonly journalStreamArn: string;
  /** What functions can be given of this stack, and the settings that any of them may ask for. */
  readonly offer: Offer;

  constructor(scope: Construct, config: StageConfig) {
    super(scope, 'data', stackProps(config, 'data'));
    this.keys = new ProductKeys(this, 'Keys', config);
    const tables = new ProductTables(this, 'Tables', { config, key: this.keys.data });
    this.journalStreamArn = tables.journalStreamArn;
    new TableBackups(this, 'Backups', {
      config,
      name: 'tables',
      key: this.keys.data,
      tables: [tables.journal, tables.views, tables.coordination],
    });
    const accessLogs = new AccessLogBucket(this, 'AccessLogs', config);
    const worm = new WormBucket(this, 'Worm', { config, key: this.keys.worm, accessLogs });
    new ExportsBucket(this, 'Exports', { config, key: this.keys.data, accessLogs });
    const secrets = new ProductSecrets(this, 'Secrets', { config, key: this.keys.secrets });

    const inDynamoDb = { keyArn: this.keys.data.keyArn, service: 'dynamodb' } as const;
    const inSecretsManager = { keyArn: this.keys.secrets.keyArn, service: 'secretsmanager' } as const;
    this.offer = new Offer(
      {
        journal: { arn: tables.journal.tableArn, encryption: inDynamoDb },
        'journal-stream': { arn: tables.journalStreamArn, encryption: inDynamoDb },
        views: { arn: tables.views.tableArn, encryption: inDynamoDb },
        'views/byTime': { arn: `${tables.views.tableArn}/index/byTime`, encryption: inDynamoDb },
        coordination: { arn: tables.coordination.tableArn, encryption: inDynamoDb },
        'worm-objects': {
          arn: worm.bucket.arnForObjects('*'),
          encryption: { keyArn: this.keys.worm.keyArn, service: 's3' },
          wildcardReason: 'Every object of the audit log: their names hold tenants and numbers that come later.',
        },
        'connection-secrets': { ...this.connectionSecrets(config), encryption: inSecretsManager },
        'cursor-secret': { arn: secrets.cursorSigning.secretArn, encryption: inSecretsManager },
        'resend-secret': { arn: secrets.resend.secretArn, encryption: inSecretsManager },
        'sealing-key': { arn: this.keys.sealing.keyArn },
        'token-key': { arn: this.keys.token.keyArn },
        'address-key': { arn: this.keys.address.keyArn },
      },
      {
        stage: config.stage,
        providerMode: config.providerMode,
        allowedOrigins: config.allowedOrigins.join(','),
        consoleUrl: config.consoleUrl,
        mailFrom: config.mailFrom,
        autoConfirmSignUps: String(config.autoConfirmSignUps),
        webhooksMaxReceiveCount: String(config.webhooksMaxReceiveCount),
        connectionSecretPrefix: secretNameOf(config, 'tenants'),
        journalTable: tables.journal.tableName,
        viewsTable: tables.views.tableName,
        coordinationTable: tables.coordination.tableName,
        wormBucket: worm.bucket.bucketName,
        sealingKeyArn: this.keys.sealing.keyArn,
        tokenKeyArn: this.keys.token.keyArn,
        addressKeyArn: this.keys.address.keyArn,
        secretsKeyArn: this.keys.secrets.keyArn,
        cursorSecretArn: secrets.cursorSigning.secretArn,
        resendSecretArn: secrets.resend.secretArn,
      },
    );
    new CfnOutput(this, 'JournalTable', { value: tables.journal.tableName });
    new CfnOutput(this, 'ViewsTable', { value: tables.views.tableName });
    new CfnOutput(this, 'WormBucket', { value: worm.bucket.bucketName });
  }

  /** One secret for each provider connection, made at run time under its tenant's prefix. */
  private connectionSecrets(config: StageConfig): GrantTarget {
    return {
      arn: this.formatArn({
        service: 'secretsmanager',
        resource: 'secret',
        resourceName: secretNameOf(config, 'tenants/${aws:PrincipalTag/tenant}/*'),
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
      wildcardReason: "Every connection of the session's own tenant and of no other: their ids come later.",
    };
  }
}
