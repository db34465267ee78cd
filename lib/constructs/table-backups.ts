import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { BackupPlan, BackupPlanRule, BackupResource, BackupVault } from 'aws-cdk-lib/aws-backup';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

import { deployedName } from '../config/names';
import type { StageConfig } from '../config/stage-config';
import { acknowledge } from './acknowledge';

export interface TableBackupsProps {
  config: StageConfig;
  /** Last part of the vault's and the plan's name. */
  name: string;
  key: IKey;
  tables: readonly Table[];
}

/** Daily backups beside point-in-time recovery: they outlive a deleted table, and the 35 days that recovery reaches back. */
export class TableBackups extends Construct {
  constructor(scope: Construct, id: string, { config, name, key, tables }: TableBackupsProps) {
    super(scope, id);
    const vault = new BackupVault(this, 'Vault', {
      backupVaultName: deployedName(config, name),
      encryptionKey: key,
      removalPolicy: config.protected ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    const plan = new BackupPlan(this, 'Plan', {
      backupPlanName: deployedName(config, name),
      backupPlanRules: [
        new BackupPlanRule({
          ruleName: 'daily',
          backupVault: vault,
          scheduleExpression: Schedule.cron({ hour: '2', minute: '30' }),
          deleteAfter: Duration.days(config.protected ? 90 : 7),
        }),
      ],
    });
    const role = new Role(this, 'Role', {
      description: 'AWS Backup: copies the tables',
      assumedBy: new ServicePrincipal('backup.amazonaws.com'),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSBackupServiceRolePolicyForBackup')],
    });
    acknowledge(role, {
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup]':
        'Assumed by AWS Backup alone, whose needs AWS keeps in this policy; no function has it.',
    });
    plan.addSelection('Tables', {
      resources: tables.map((table) => BackupResource.fromDynamoDbTable(table)),
      role,
      allowRestores: false,
    });
  }
}
