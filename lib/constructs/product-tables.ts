import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  StreamViewType,
  Table,
  TableEncryption,
  type TableProps,
} from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

import { type TableName, tableNameOf } from '../config/names';
import type { StageConfig } from '../config/stage-config';

export interface EncryptedTableProps {
  config: StageConfig;
  key: IKey;
}

/** What every table has: keys `pk` and `sk`, pay per request, point-in-time recovery, the customer key, the stage's protection. */
export const tableProps = (name: TableName, { config, key }: EncryptedTableProps): TableProps => ({
  tableName: tableNameOf(config, name),
  partitionKey: { name: 'pk', type: AttributeType.STRING },
  sortKey: { name: 'sk', type: AttributeType.STRING },
  billingMode: BillingMode.PAY_PER_REQUEST,
  pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
  encryption: TableEncryption.CUSTOMER_MANAGED,
  encryptionKey: key,
  deletionProtection: config.protected,
  removalPolicy: config.protected ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
});

/** The three tables. Which rules hold for which is told in docs/architecture.md. */
export class ProductTables extends Construct {
  /** Commits, the source of truth: only ever added to. */
  readonly journal: Table;
  readonly journalStreamArn: string;
  /** What screens and lookups read. */
  readonly views: Table;
  /** Leases, limiter cells, counters: nothing here is history. */
  readonly coordination: Table;

  constructor(scope: Construct, id: string, props: EncryptedTableProps) {
    super(scope, id);
    this.journal = new Table(this, 'Journal', { ...tableProps('journal', props), stream: StreamViewType.NEW_IMAGE });
    if (this.journal.tableStreamArn === undefined)
      throw new Error('The journal has a stream: everything downstream follows it');
    this.journalStreamArn = this.journal.tableStreamArn;

    this.views = new Table(this, 'Views', tableProps('views', props));
    this.views.addGlobalSecondaryIndex({
      indexName: 'byTime',
      partitionKey: { name: 'gsi1pk', type: AttributeType.STRING },
      sortKey: { name: 'gsi1sk', type: AttributeType.STRING },
    });

    this.coordination = new Table(this, 'Coordination', {
      ...tableProps('coordination', props),
      timeToLiveAttribute: 'expiresAt',
    });
  }
}
