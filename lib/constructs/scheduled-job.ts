import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Aws } from 'aws-cdk-lib';
import { Construct } from 'constructs';

import { deployedName } from '../config/names';
import type { StageConfig } from '../config/stage-config';
import type { ServiceFunction } from './service-function';

export interface ScheduledJobProps {
  config: StageConfig;
  name: string;
  job: ServiceFunction;
  /** EventBridge Scheduler expression, e.g. `rate(15 minutes)`. */
  every: string;
  /** Gets what the scheduler could not deliver. */
  failures: IQueue;
  /** Encrypts `failures`. */
  key: IKey;
}

/** Runs a function on a schedule. What cannot be delivered, and what the function fails on, ends in the failure queue. */
export class ScheduledJob extends Construct {
  constructor(scope: Construct, id: string, props: ScheduledJobProps) {
    super(scope, id);
    const policy = new ManagedPolicy(this, 'Grants', {
      description: `What the schedule of ${props.name} may do`,
      statements: [
        new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [props.job.function.functionArn] }),
        new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [props.failures.queueArn] }),
        new PolicyStatement({
          actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
          resources: [props.key.keyArn],
          conditions: { StringEquals: { 'kms:ViaService': `sqs.${props.config.region}.amazonaws.com` } },
        }),
      ],
    });
    const role = new Role(this, 'Role', {
      roleName: deployedName(props.config, `${props.name}-schedule`),
      description: `Starts ${props.name}`,
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      managedPolicies: [policy],
    });
    new CfnSchedule(this, 'Schedule', {
      name: deployedName(props.config, props.name),
      description: `Starts ${props.name}`,
      scheduleExpression: props.every,
      flexibleTimeWindow: { mode: 'OFF' },
      state: 'ENABLED',
      target: {
        arn: props.job.function.functionArn,
        roleArn: role.roleArn,
        input: '{}',
        // The next run is never far: an old one is not worth catching up on.
        retryPolicy: { maximumRetryAttempts: 3, maximumEventAgeInSeconds: 900 },
        deadLetterConfig: { arn: props.failures.queueArn },
      },
    });
  }
}
