import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

import type { FunctionName } from '../../lambdas/env';
import { functions } from '../config/functions';
import { type QueueName, queueNameOf } from '../config/names';
import type { StageConfig } from '../config/stage-config';
import { acknowledge } from './acknowledge';
import { FailureQueue } from './queues';
import type { ServiceFunction } from './service-function';

export interface ConsumedQueueProps {
  config: StageConfig;
  name: QueueName;
  deadLetterName: QueueName;
  /** Its timeout decides the visibility timeout. */
  consumer: FunctionName;
  /** Deliveries before a message goes to the dead-letter queue. */
  maxReceiveCount: number;
  key: IKey;
}

/** A queue with its dead-letter queue, made for one consumer. */
export class ConsumedQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: ConsumedQueueProps) {
    super(scope, id);
    this.deadLetters = new FailureQueue(this, 'DeadLetters', {
      config: props.config,
      name: props.deadLetterName,
      key: props.key,
      holds: `Holds what ${props.consumer} failed on ${props.maxReceiveCount} times.`,
    });
    this.queue = new Queue(this, 'Queue', {
      queueName: queueNameOf(props.config, props.name),
      // Six times the function's timeout, so that a message being worked on is not handed out twice. [Lambda: SQS event sources]
      visibilityTimeout: Duration.seconds(6 * functions[props.consumer].timeoutSeconds),
      retentionPeriod: Duration.days(14),
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: props.key,
      // SQS asks KMS for a data key once an hour instead of every five minutes.
      dataKeyReuse: Duration.hours(1),
      enforceSSL: true,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: props.maxReceiveCount },
    });
  }
}

export interface QueueConsumerProps {
  queue: Queue;
  consumer: ServiceFunction;
  batchSize: number;
  /** Most executions at once that the poller starts; keeps a flood of one kind from taking the account's concurrency. */
  maxConcurrency: number;
}

/** Lets a function consume a queue, message by message: what failed of a batch comes back alone. */
export class QueueConsumer extends Construct {
  constructor(scope: Construct, id: string, props: QueueConsumerProps) {
    super(scope, id);
    const mapping = new EventSourceMapping(this, 'Mapping', {
      target: props.consumer.function,
      eventSourceArn: props.queue.queueArn,
      batchSize: props.batchSize,
      maxConcurrency: props.maxConcurrency,
      reportBatchItemFailures: true,
    });
    acknowledge(mapping, {
      'Serverless-LambdaEventSourceMappingDestination':
        'Queues have no failure destination: the redrive policy of the queue moves what fails to its dead-letter queue.',
    });
  }
}
