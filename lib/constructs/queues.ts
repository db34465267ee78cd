import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

import { type QueueName, queueNameOf } from '../config/names';
import type { StageConfig } from '../config/stage-config';
import { acknowledge } from './acknowledge';

export interface FailureQueueProps {
  config: StageConfig;
  name: QueueName;
  key: IKey;
  /** What ends here, as a sentence: it is the reason why this queue needs no dead-letter queue itself. */
  holds: string;
}

/** The end of the line: what failed for good waits here 14 days, the longest SQS keeps anything, for a person. */
export class FailureQueue extends Queue {
  constructor(scope: Construct, id: string, props: FailureQueueProps) {
    super(scope, id, {
      queueName: queueNameOf(props.config, props.name),
      retentionPeriod: Duration.days(14),
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: props.key,
      enforceSSL: true,
    });
    const reason = `${props.holds} It is where failures end; an alarm watches its depth.`;
    acknowledge(this, { 'AwsSolutions-SQS3': reason, 'Serverless-SQSRedrivePolicy': reason });
  }
}
