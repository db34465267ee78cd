import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

import type { FunctionName } from '../../lambdas/env';
import type { GrantTargetName } from '../config/function-spec';
import type { StageConfig } from '../config/stage-config';
import type { Offer } from '../constructs/grant-targets';
import { ConsumedQueue, QueueConsumer } from '../constructs/queue-consumer';
import { FailureQueue } from '../constructs/queues';
import { ScheduledJob } from '../constructs/scheduled-job';
import { ServiceFunction } from '../constructs/service-function';
import { StreamConsumer } from '../constructs/stream-consumer';
import type { DataStack } from './data-stack';
import type { IdentityStack } from './identity-stack';
import { stackProps } from './stack-props';
import type { WebhooksStack } from './webhooks-stack';

export interface AuditStackParts {
  data: DataStack;
  identity: IdentityStack;
  webhooks: WebhooksStack;
}

/** What follows the journal: the sequencer and its sweep to the WORM bucket, the ledger behind them, the projector to views, the notifier to people. */
export class AuditStack extends Stack {
  private readonly config: StageConfig;
  private readonly data: DataStack;

  constructor(scope: Construct, config: StageConfig, { data, identity, webhooks }: AuditStackParts) {
    super(scope, 'audit', stackProps(config, 'audit'));
    this.config = config;
    this.data = data;
    this.sequencer(this.ledger());
    this.sweep();
    const imports = { 'payout-imports': webhooks.offer.target('payout-imports') };
    const values = { payoutImportsQueueUrl: webhooks.offer.value('payoutImportsQueueUrl') };
    this.projector(this.notifications(identity.offer).with(imports, values));
    this.function('RebuildViews', 'rebuild-views', data.offer);
  }

  private function(id: string, name: FunctionName, offer: Offer): ServiceFunction {
    return new ServiceFunction(this, id, { config: this.config, name, offer, logKey: this.data.keys.data });
  }

  private failureQueue(id: string, name: GrantTargetName & `${string}-failures`, holds: string): FailureQueue {
    return new FailureQueue(this, id, { config: this.config, name, key: this.data.keys.data, holds });
  }

  private queueTarget(queue: { queueArn: string }) {
    return { arn: queue.queueArn, encryption: { keyArn: this.data.keys.data.keyArn, service: 'sqs' } } as const;
  }

  /** One batch of a shard at a time: consumers of one tenant's log would only lose to each other at its head. */
  private sequencer(following: Offer): void {
    const failures = this.failureQueue(
      'SequencerFailures',
      'audit-sequencer-failures',
      'Holds positions of stream records that the sequencer failed on for good.',
    );
    const offer = following.with({ 'audit-sequencer-failures': this.queueTarget(failures) });
    new StreamConsumer(this, 'Sequencing', {
      streamArn: this.data.journalStreamArn,
      consumer: this.function('Sequencer', 'audit-sequencer', offer),
      failures,
      batchSize: 100,
      parallelizationFactor: 1,
      insertsOnly: false,
    });
  }

  /** The books of every tenant, projected from its log, and the operator's way to make them anew. */
  private ledger(): Offer {
    const key = this.data.keys.data;
    const { queue } = new ConsumedQueue(this, 'Ledger', {
      config: this.config,
      name: 'ledger',
      deadLetterName: 'ledger-dlq',
      consumer: 'ledger-projector',
      maxReceiveCount: 5,
      key,
    });
    const offer = this.data.offer.with({ ledger: this.queueTarget(queue) }, { ledgerQueueUrl: queue.queueUrl });
    const projector = this.function('LedgerProjector', 'ledger-projector', offer);
    new QueueConsumer(this, 'LedgerProjecting', { queue, consumer: projector, batchSize: 10, maxConcurrency: 10 });
    const failures = this.failureQueue(
      'LedgerSweepFailures',
      'ledger-sweep-failures',
      "Holds runs of the ledgers' sweep that failed.",
    );
    const job = new ServiceFunction(this, 'LedgerSweep', {
      config: this.config,
      name: 'ledger-sweep',
      offer: offer.with({ 'ledger-sweep-failures': this.queueTarget(failures) }),
      logKey: key,
      deadLetterQueue: failures,
    });
    new ScheduledJob(this, 'LedgerSweepSchedule', {
      config: this.config,
      name: 'ledger-sweep',
      job,
      every: 'rate(15 minutes)',
      failures,
      key,
    });
    this.function('RebuildLedger', 'rebuild-ledger', this.data.offer);
    return offer;
  }

  private sweep(): void {
    const failures = this.failureQueue('SweepFailures', 'audit-sweep-failures', 'Holds runs of the sweep that failed.');
    const job = new ServiceFunction(this, 'Sweep', {
      config: this.config,
      name: 'audit-sweep',
      offer: this.data.offer.with({ 'audit-sweep-failures': this.queueTarget(failures) }),
      logKey: this.data.keys.data,
      deadLetterQueue: failures,
    });
    new ScheduledJob(this, 'SweepSchedule', {
      config: this.config,
      name: 'audit-sweep',
      job,
      every: 'rate(15 minutes)',
      failures,
      key: this.data.keys.data,
    });
  }

  private notifications(people: Offer): Offer {
    const key = this.data.keys.data;
    const { queue } = new ConsumedQueue(this, 'Notifications', {
      config: this.config,
      name: 'notifications',
      deadLetterName: 'notifications-dlq',
      consumer: 'notifier',
      maxReceiveCount: 5,
      key,
    });
    const offer = people.with({ notifications: this.queueTarget(queue) }, { notificationsQueueUrl: queue.queueUrl });
    const notifier = this.function('Notifier', 'notifier', offer);
    new QueueConsumer(this, 'Notifying', { queue, consumer: notifier, batchSize: 5, maxConcurrency: 5 });
    new CfnOutput(this, 'NotificationsQueueUrl', { value: queue.queueUrl });
    return offer;
  }

  private projector(offer: Offer): void {
    const failures = this.failureQueue(
      'ProjectorFailures',
      'projector-failures',
      'Holds positions of stream records that the projector failed on for good.',
    );
    new StreamConsumer(this, 'Projecting', {
      streamArn: this.data.journalStreamArn,
      consumer: this.function(
        'Projector',
        'projector',
        offer.with({ 'projector-failures': this.queueTarget(failures) }),
      ),
      failures,
      batchSize: 100,
      parallelizationFactor: 2,
      insertsOnly: true,
    });
  }
}
