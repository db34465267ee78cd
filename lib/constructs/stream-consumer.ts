import { Duration } from 'aws-cdk-lib';
import { EventSourceMapping, FilterCriteria, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

import type { ServiceFunction } from './service-function';

export interface StreamConsumerProps {
  streamArn: string;
  consumer: ServiceFunction;
  /** Gets the position, not the content, of records that failed for good. */
  failures: IQueue;
  batchSize: number;
  /** Batches of one shard worked on at once; records of one partition key stay in order. */
  parallelizationFactor: number;
  /**
   * True: it is handed additions only, which is all that the product makes. False: also changes and removals, for the one
   * consumer that raises the alarm about them.
   */
  insertsOnly: boolean;
}

/** Lets a function follow the journal's stream. */
export class StreamConsumer extends Construct {
  constructor(scope: Construct, id: string, props: StreamConsumerProps) {
    super(scope, id);
    new EventSourceMapping(this, 'Mapping', {
      target: props.consumer.function,
      eventSourceArn: props.streamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: props.batchSize,
      parallelizationFactor: props.parallelizationFactor,
      // The failing record is isolated by halving its batch, tried for some minutes and then put aside, so that one record
      // cannot hold up its shard for the 24 hours that the stream remembers.
      bisectBatchOnError: true,
      retryAttempts: 10,
      maxRecordAge: Duration.hours(12),
      reportBatchItemFailures: true,
      onFailure: new SqsDlq(props.failures),
      ...(props.insertsOnly ? { filters: [FilterCriteria.filter({ eventName: ['INSERT'] })] } : {}),
    });
  }
}
