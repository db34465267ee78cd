import { CfnOutput, Stack } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric, SingleValueWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';

import { deployedName } from '../config/names';
import type { StageConfig } from '../config/stage-config';
import { AlarmWithRunbook } from '../constructs/alarm-with-runbook';
import {
  apiMetric,
  iteratorAgeMs,
  productMetric,
  queueAgeSeconds,
  queueDepth,
  tableThrottles,
} from '../constructs/metrics';
import { OnCallTopic } from '../constructs/on-call-topic';
import { alarmsOf } from '../constructs/product-alarms';
import type { DataStack } from './data-stack';
import { stackProps } from './stack-props';

/** What watches the rest: on-call topics, alarms, one dashboard. It knows the other stacks' things by name alone. */
export class OperationsStack extends Stack {
  constructor(scope: Construct, config: StageConfig, data: DataStack) {
    super(scope, 'operations', stackProps(config, 'operations'));
    const key = data.keys.data;
    const topics = {
      critical: new OnCallTopic(this, 'Critical', { config, severity: 'critical', key }),
      warning: new OnCallTopic(this, 'Warning', { config, severity: 'warning', key }),
    };
    for (const alarm of alarmsOf(config)) {
      new AlarmWithRunbook(this, { ...alarm, config, topics });
    }
    this.dashboard(config);
    new CfnOutput(this, 'OnCallCriticalTopic', { value: topics.critical.topicArn });
    new CfnOutput(this, 'OnCallWarningTopic', { value: topics.warning.topicArn });
  }

  /** Top to bottom: what callers feel, what waits, what has failed, what was refused. */
  private dashboard(config: StageConfig): void {
    const graph = (title: string, ...left: IMetric[]): GraphWidget => new GraphWidget({ title, left, width: 8 });
    new Dashboard(this, 'Dashboard', {
      dashboardName: deployedName(config, 'overview'),
      widgets: [
        [
          graph('Requests', apiMetric(config, 'Count', 'Sum')),
          graph('Answers 4xx and 5xx', apiMetric(config, '4XXError', 'Sum'), apiMetric(config, '5XXError', 'Sum')),
          graph('Latency, ms', apiMetric(config, 'Latency', 'p50'), apiMetric(config, 'Latency', 'p99')),
        ],
        [
          graph(
            'Oldest webhook and notice, s',
            queueAgeSeconds(config, 'webhooks'),
            queueAgeSeconds(config, 'notifications'),
          ),
          graph(
            'Stream consumers behind, ms',
            iteratorAgeMs(config, 'audit-sequencer'),
            iteratorAgeMs(config, 'projector'),
          ),
          graph('Throttled by DynamoDB', tableThrottles(config, ['journal', 'views', 'coordination'])),
        ],
        [
          new SingleValueWidget({
            title: 'Waiting for a person',
            width: 12,
            metrics: [
              queueDepth(config, 'webhooks-dlq'),
              queueDepth(config, 'webhook-redrives-dlq'),
              queueDepth(config, 'notifications-dlq'),
              queueDepth(config, 'payment-sweeper-failures'),
              queueDepth(config, 'projector-failures'),
              queueDepth(config, 'audit-sequencer-failures'),
              queueDepth(config, 'audit-sweep-failures'),
            ],
          }),
          new GraphWidget({
            title: 'Counted by the product',
            width: 12,
            left: [
              productMetric(config, 'WebhookSignatureRejected'),
              productMetric(config, 'WebhookDead'),
              productMetric(config, 'AuditGapFound'),
              productMetric(config, 'JournalTampered'),
              productMetric(config, 'ViewsProjectionFailed'),
              productMetric(config, 'RateLimitStoreFailed'),
              productMetric(config, 'StoreUnavailable'),
              productMetric(config, 'PolicyStoreFailed'),
            ],
          }),
        ],
        [
          graph('Second factors shown', productMetric(config, 'MfaVerified'), productMetric(config, 'MfaRefused')),
          graph(
            'Refused by the product',
            productMetric(config, 'AccessRefused'),
            productMetric(config, 'StepUpRefused'),
            productMetric(config, 'RateLimited'),
            productMetric(config, 'ConcurrencyRefused'),
          ),
          graph(
            'Not as it should be',
            productMetric(config, 'UnexpectedError'),
            productMetric(config, 'ObservationFailed'),
            productMetric(config, 'KeyUseNotNoted'),
          ),
        ],
      ],
    });
  }
}
