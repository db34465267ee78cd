import { Duration, Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

import { env, type FunctionName } from '../../lambdas/env';
import type { EnvName, FunctionSpec, Invocation } from '../config/function-spec';
import { functions } from '../config/functions';
import { functionNameOf, metricNamespace, metricServiceOf } from '../config/names';
import type { StageConfig } from '../config/stage-config';
import { acknowledge, acknowledgeWildcardResource } from './acknowledge';
import { bundledCode } from './bundle';
import type { Offer } from './grant-targets';
import { ProductLogGroup } from './product-log-group';
import { ownStatements } from './statements';
import { TenantRole, tenantRoleArn } from './tenant-role';
import type { ValkeyStore } from './valkey-store';

export interface ServiceFunctionProps {
  config: StageConfig;
  name: FunctionName;
  offer: Offer;
  /** Encrypts its log group. */
  logKey: IKey;
  /** Where it keeps the cells of its rate limits, if not in DynamoDB. It then runs in the cache's network. */
  valkey?: ValkeyStore;
  /** Where an asynchronous invocation goes that failed for good. Required of functions on a schedule, refused of others. */
  deadLetterQueue?: IQueue;
}

/** Why a function has no dead-letter queue of its own: nobody invokes it asynchronously. */
const whyNoDeadLetterQueue: Record<Exclude<Invocation, 'schedule'>, string> = {
  api: 'Invoked synchronously by API Gateway: the caller gets the error.',
  'function-url': 'Invoked synchronously through its Function URL: the caller gets the error and sends again.',
  queue: 'Invoked synchronously by the poller of its queue, which has a dead-letter queue.',
  stream: 'Invoked synchronously by the poller of the stream, which has a failure queue.',
  cognito: 'Invoked synchronously by Cognito: the sign-up or the sign-in fails.',
  operator: 'Invoked synchronously by the operator, who sees the error.',
};

/** A function of the product with all that belongs to it: bundle, log group, execution role and, if it is of the tenant plane, tenant role. */
export class ServiceFunction extends Construct {
  readonly function: LambdaFunction;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    super(scope, id);
    const { config, name } = props;
    const spec: FunctionSpec = functions[name];
    if ((spec.invokedBy === 'schedule') !== (props.deadLetterQueue !== undefined)) {
      throw new Error(`${name}: a function on a schedule, and no other, is given a dead-letter queue`);
    }

    const functionName = functionNameOf(config, name);
    const logGroup = new ProductLogGroup(this, 'Logs', {
      config,
      name: `/aws/lambda/${functionName}`,
      key: props.logKey,
    });
    const role = this.executionRole(spec, logGroup, props);
    const reserved = config.reserveConcurrency ? spec.reservedConcurrency : undefined;
    this.function = new LambdaFunction(this, 'Function', {
      functionName,
      description: `Countinghouse ${config.stage}: ${name}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: bundledCode(name, { withValkey: props.valkey !== undefined }),
      handler: 'index.handler',
      memorySize: spec.memoryMb,
      timeout: Duration.seconds(spec.timeoutSeconds),
      tracing: Tracing.ACTIVE,
      logGroup,
      // Everything it may do is in its policy already: what CDK would add by itself would be a second place to look.
      role: role.withoutPolicyUpdates(),
      environment: this.environment(spec, props),
      ...(reserved === undefined ? {} : { reservedConcurrentExecutions: reserved }),
      ...(props.deadLetterQueue === undefined ? {} : { deadLetterQueue: props.deadLetterQueue }),
      ...props.valkey?.placement,
    });
    if (spec.tenant !== undefined) {
      new TenantRole(this, 'Tenant', {
        config,
        functionName: name,
        executionRole: role,
        grants: spec.tenant,
        offer: props.offer,
      });
    }
    this.acknowledgeFindings(spec, reserved, props.valkey !== undefined);
  }

  private executionRole(spec: FunctionSpec, logGroup: LogGroup, props: ServiceFunctionProps): Role {
    const { config, name, offer } = props;
    const traces = new PolicyStatement({
      actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
      resources: ['*'],
    });
    const policy = new ManagedPolicy(this, 'Grants', {
      description: `What ${name} may do`,
      statements: [
        new PolicyStatement({
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          resources: [logGroup.logGroupArn],
        }),
        traces,
        ...(props.valkey?.statements(functionNameOf(config, name)) ?? []),
        ...ownStatements(spec.own, offer, config.region),
        ...(spec.tenant === undefined
          ? []
          : [
              new PolicyStatement({
                actions: ['sts:AssumeRole', 'sts:TagSession'],
                resources: [tenantRoleArn(Stack.of(this), config, name)],
              }),
            ]),
      ],
    });
    acknowledge(policy, {
      'AwsSolutions-IAM5[Resource::*]':
        'X-Ray has no resources to name: both of its write actions accept * only. Nor have network interfaces that Lambda has yet to make, where it runs in a network.',
    });
    for (const { on } of spec.own) {
      const { arn, wildcardReason } = offer.target(on);
      if (wildcardReason !== undefined) acknowledgeWildcardResource(policy, arn, wildcardReason);
    }
    return new Role(this, 'Role', {
      roleName: functionNameOf(config, name),
      description: `Execution role of ${name}`,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      managedPolicies: [policy],
    });
  }

  private environment(spec: FunctionSpec, props: ServiceFunctionProps): Record<string, string> {
    const { config, name, offer } = props;
    const valueOf = (variable: EnvName): string | undefined => {
      if (variable === 'tenantRoleArn') return tenantRoleArn(Stack.of(this), config, name);
      return variable === 'sandboxUrl' ? offer.optionalValue(variable) : offer.value(variable);
    };
    const entries = spec.env.flatMap((variable) => {
      const value = valueOf(variable);
      return value === undefined ? [] : [[env[variable], value] as const];
    });
    return {
      ...Object.fromEntries(entries),
      ...(props.valkey === undefined ? {} : { [env.valkeyUrl]: props.valkey.url }),
      // Read by Powertools itself: one `service` for all, so that a metric is one metric whichever function counts it.
      POWERTOOLS_SERVICE_NAME: metricServiceOf(config),
      POWERTOOLS_METRICS_NAMESPACE: metricNamespace,
    };
  }

  private acknowledgeFindings(spec: FunctionSpec, reserved: number | undefined, insideVpc: boolean): void {
    if (!insideVpc) {
      acknowledge(this.function, {
        'NIST.800.53.R5-LambdaInsideVPC':
          'There is nothing in a VPC to reach: it calls AWS services and providers over TLS, with rights from its role alone.',
      });
    }
    if (reserved === undefined) {
      acknowledge(this.function, {
        'NIST.800.53.R5-LambdaConcurrency':
          "Shares the account's concurrency: the API's throttle, the queue's size or the stream's shards bound it, and setting aside for it would take from payments.",
      });
    }
    if (spec.invokedBy !== 'schedule') {
      const reason = whyNoDeadLetterQueue[spec.invokedBy];
      acknowledge(this.function, { 'Serverless-LambdaDLQ': reason, 'NIST.800.53.R5-LambdaDLQ': reason });
    }
  }
}
