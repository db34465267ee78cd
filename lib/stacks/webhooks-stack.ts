import { CfnOutput, Stack } from 'aws-cdk-lib';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';

import type { StageConfig } from '../config/stage-config';
import type { Offer } from '../constructs/grant-targets';
import { tableProps } from '../constructs/product-tables';
import { PublicFunctionUrl } from '../constructs/public-function-url';
import { ConsumedQueue, QueueConsumer } from '../constructs/queue-consumer';
import { ServiceFunction } from '../constructs/service-function';
import { TableBackups } from '../constructs/table-backups';
import type { DataStack } from './data-stack';
import { stackProps } from './stack-props';

/** What providers send: taken in by a Function URL, kept in a queue, applied by the processor. And the sandbox, a provider of our own. */
export class WebhooksStack extends Stack {
  readonly offer: Offer;

  constructor(scope: Construct, config: StageConfig, data: DataStack) {
    super(scope, 'webhooks', stackProps(config, 'webhooks'));
    const key = data.keys.data;
    const encryption = { keyArn: key.keyArn, service: 'sqs' } as const;
    const { queue } = new ConsumedQueue(this, 'Webhooks', {
      config,
      name: 'webhooks',
      deadLetterName: 'webhooks-dlq',
      consumer: 'webhook-processor',
      maxReceiveCount: config.webhooksMaxReceiveCount,
      key,
    });
    const withQueue = data.offer.with(
      { webhooks: { arn: queue.queueArn, encryption } },
      { webhooksQueueUrl: queue.queueUrl },
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

    const withUrl = withQueue.with({}, { webhookUrl: url });
    this.offer = config.sandbox ? this.sandbox(config, data, withUrl) : withUrl;
    new CfnOutput(this, 'WebhookUrl', { value: url });
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
