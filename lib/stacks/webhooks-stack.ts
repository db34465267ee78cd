import { CfnOutput, Stack } from 'aws-cdk-lib';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

import type { StageConfig } from '../config/stage-config';
import type { Offer } from '../constructs/grant-targets';
import { tableProps } from '../constructs/product-tables';
import { PublicFunctionUrl } from '../constructs/public-function-url';
import { FailureQueue } from '../constructs/queues';
import { ConsumedQueue, QueueConsumer } from '../constructs/queue-consumer';
import { ScheduledJob } from '../constructs/scheduled-job';
import { ServiceFunction } from '../constructs/service-function';
import { TableBackups } from '../constructs/table-backups';
import type { DataStack } from './data-stack';
import { stackProps } from './stack-props';

/** With the pauses of the importer these span most of a day. */
const maxPayoutImportReceives = 12;

/** What providers send: taken in by a Function URL, kept in a queue, applied by the processor. And the sandbox, a provider of our own. */
export class WebhooksStack extends Stack {
  readonly offer: Offer;

  constructor(scope: Construct, config: StageConfig, data: DataStack) {
    super(scope, 'webhooks', stackProps(config, 'webhooks'));
    const key = data.keys.data;
    const encryption = { keyArn: key.keyArn, service: 'sqs' } as const;
    const { queue, deadLetters } = new ConsumedQueue(this, 'Webhooks', {
      config,
      name: 'webhooks',
      deadLetterName: 'webhooks-dlq',
      consumer: 'webhook-processor',
      maxReceiveCount: config.webhooksMaxReceiveCount,
      key,
    });
    const withQueue = data.offer.with(
      { webhooks: { arn: queue.queueArn, encryption }, 'webhooks-dlq': { arn: deadLetters.queueArn, encryption } },
      { webhooksQueueUrl: queue.queueUrl, webhooksDeadLetterQueueUrl: deadLetters.queueUrl },
    );

    const ingest = new ServiceFunction(this, 'Ingest', {
      config,
      name: 'webhook-ingest',
      offer: withQueue,
      logKey: key,
    });
    const { url } = new PublicFunctionUrl(this, 'IngestUrl', {
      target: ingest,
      callersAreKnownBy:
        'Payment providers have no AWS credentials: the function verifies the signature over the raw bytes before it believes any of them.',
    });
    const processor = new ServiceFunction(this, 'Processor', {
      config,
      name: 'webhook-processor',
      offer: withQueue,
      logKey: key,
    });
    new QueueConsumer(this, 'Processing', { queue, consumer: processor, batchSize: 10, maxConcurrency: 20 });

    const withUrl = this.redrives(config, key, withQueue).with({}, { webhookUrl: url });
    this.offer = this.payouts(config, key, config.sandbox ? this.sandbox(config, data, withUrl) : withUrl);
    this.sweeper(config, key);
    new CfnOutput(this, 'WebhookUrl', { value: url });
  }

  /** Redrives of many events, and the look through what the queue has given up. */
  private redrives(config: StageConfig, key: IKey, offer: Offer): Offer {
    const { queue, deadLetters: failures } = new ConsumedQueue(this, 'Redrives', {
      config,
      name: 'webhook-redrives',
      deadLetterName: 'webhook-redrives-dlq',
      consumer: 'webhook-redrive',
      maxReceiveCount: 8,
      key,
    });
    const target = ({ queueArn }: { queueArn: string }) =>
      ({ arn: queueArn, encryption: { keyArn: key.keyArn, service: 'sqs' } }) as const;
    const withQueue = offer.with(
      { 'webhook-redrives': target(queue), 'webhook-redrives-dlq': target(failures) },
      { webhookRedrivesQueueUrl: queue.queueUrl },
    );
    const common = { config, offer: withQueue, logKey: key };
    const redriver = new ServiceFunction(this, 'Redriver', { ...common, name: 'webhook-redrive' });
    new QueueConsumer(this, 'Redriving', { queue, consumer: redriver, batchSize: 1, maxConcurrency: 5 });
    const job = new ServiceFunction(this, 'DeadLetters', {
      ...common,
      name: 'webhook-dead-letters',
      deadLetterQueue: failures,
    });
    new ScheduledJob(this, 'DeadLettersSchedule', {
      config,
      name: 'webhook-dead-letters',
      job,
      every: 'rate(15 minutes)',
      failures,
      key,
    });
    return withQueue;
  }

  /** Payouts that are paid: their lines are fetched from the provider. */
  private payouts(config: StageConfig, key: IKey, offer: Offer): Offer {
    const { queue } = new ConsumedQueue(this, 'PayoutImports', {
      config,
      name: 'payout-imports',
      deadLetterName: 'payout-imports-dlq',
      consumer: 'payout-importer',
      maxReceiveCount: maxPayoutImportReceives,
      key,
    });
    const withQueue = offer.with(
      { 'payout-imports': { arn: queue.queueArn, encryption: { keyArn: key.keyArn, service: 'sqs' } } },
      { payoutImportsQueueUrl: queue.queueUrl, payoutImportsMaxReceiveCount: String(maxPayoutImportReceives) },
    );
    const importer = new ServiceFunction(this, 'PayoutImporter', {
      config,
      name: 'payout-importer',
      offer: withQueue,
      logKey: key,
    });
    new QueueConsumer(this, 'PayoutImporting', { queue, consumer: importer, batchSize: 2, maxConcurrency: 5 });
    return withQueue;
  }

  /** Operations that no webhook and no answer told the outcome of: the provider is asked. */
  private sweeper(config: StageConfig, key: IKey): void {
    const failures = new FailureQueue(this, 'PaymentSweeperFailures', {
      config,
      name: 'payment-sweeper-failures',
      key,
      holds: 'Holds runs of the payment sweeper that failed.',
    });
    const job = new ServiceFunction(this, 'PaymentSweeper', {
      config,
      name: 'payment-sweeper',
      offer: this.offer.with({
        'payment-sweeper-failures': {
          arn: failures.queueArn,
          encryption: { keyArn: key.keyArn, service: 'sqs' },
        },
      }),
      logKey: key,
      deadLetterQueue: failures,
    });
    new ScheduledJob(this, 'PaymentSweeperSchedule', {
      config,
      name: 'payment-sweeper',
      job,
      every: 'rate(1 minute)',
      failures,
      key,
    });
  }

  /** The sandbox is another party: its books, its queue and its functions touch nothing of the product's. */
  private sandbox(config: StageConfig, data: DataStack, offer: Offer): Offer {
    const key = data.keys.data;
    const table = new Table(this, 'SandboxTable', tableProps('sandbox', { config, key }));
    new TableBackups(this, 'SandboxBackups', { config, name: 'sandbox', key, tables: [table] });
    const { queue } = new ConsumedQueue(this, 'SandboxWebhooks', {
      config,
      name: 'sandbox-webhooks',
      deadLetterName: 'sandbox-webhooks-dlq',
      consumer: 'sandbox-webhooks',
      maxReceiveCount: 5,
      key,
    });
    const sandboxOffer = offer.with(
      {
        sandbox: { arn: table.tableArn, encryption: { keyArn: key.keyArn, service: 'dynamodb' } },
        'sandbox-webhooks': { arn: queue.queueArn, encryption: { keyArn: key.keyArn, service: 'sqs' } },
      },
      { sandboxTable: table.tableName, sandboxWebhooksQueueUrl: queue.queueUrl },
    );
    const provider = new ServiceFunction(this, 'SandboxProvider', {
      config,
      name: 'sandbox-provider',
      offer: sandboxOffer,
      logKey: key,
    });
    const { url } = new PublicFunctionUrl(this, 'SandboxUrl', {
      target: provider,
      callersAreKnownBy: 'A merchant of the sandbox sends its API key as a bearer token, which the function checks.',
    });
    const sender = new ServiceFunction(this, 'SandboxSender', {
      config,
      name: 'sandbox-webhooks',
      offer: sandboxOffer,
      logKey: key,
    });
    new QueueConsumer(this, 'SandboxSending', { queue, consumer: sender, batchSize: 5, maxConcurrency: 5 });
    new CfnOutput(this, 'SandboxUrlOutput', { value: url }).overrideLogicalId('SandboxUrl');
    return sandboxOffer.with({}, { sandboxUrl: url });
  }
}
