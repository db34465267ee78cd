import { RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

import type { StageConfig } from '../config/stage-config';

export interface ProductLogGroupProps {
  config: StageConfig;
  name: string;
  key: IKey;
}

/** A log group as all of them are: encrypted, and kept for as long as the stage says. */
export class ProductLogGroup extends LogGroup {
  constructor(scope: Construct, id: string, { config, name, key }: ProductLogGroupProps) {
    super(scope, id, {
      logGroupName: name,
      retention: config.logRetention,
      encryptionKey: key,
      removalPolicy: config.protected ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
  }
}
