import { Aws } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';

import { deployedName } from '../config/names';
import type { StageConfig } from '../config/stage-config';
import { acknowledge } from './acknowledge';
import type { Severity } from './alarm-with-runbook';

export interface OnCallTopicProps {
  config: StageConfig;
  severity: Severity;
  key: IKey;
}

/** Where alarms of one severity go. Only this account's alarms may publish to it, and only over TLS. */
export class OnCallTopic extends Topic {
  constructor(scope: Construct, id: string, { config, severity, key }: OnCallTopicProps) {
    super(scope, id, {
      topicName: deployedName(config, `oncall-${severity}`),
      displayName: `Countinghouse ${config.stage} ${severity}`,
      masterKey: key,
      enforceSSL: true,
    });
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
    for (const address of config.oncallEmails[severity]) {
      const subscription = this.addSubscription(new EmailSubscription(address));
      acknowledge(subscription, {
        'Serverless-SNSRedrivePolicy':
          'SNS retries e-mail itself, and the alarm stays red in CloudWatch whether or not the mail arrives.',
      });
    }
  }
}
