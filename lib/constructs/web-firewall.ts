import { ArnFormat } from 'aws-cdk-lib';
import { ServicePrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnLoggingConfiguration, CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';

import { deployedName } from '../config/names';
import type { StageConfig } from '../config/stage-config';
import { ProductLogGroup } from './product-log-group';

export interface WebFirewallProps {
  config: StageConfig;
  /** Encrypts the log of what was blocked. */
  key: IKey;
  /** ARN of the API stage it stands before. */
  protectedArn: string;
}

const visible = (metricName: string): CfnWebACL.VisibilityConfigProperty => ({
  cloudWatchMetricsEnabled: true,
  metricName,
  // Samples hold whole requests; the log below holds what is needed of the blocked ones.
  sampledRequestsEnabled: false,
});

const managedRules = (name: string, priority: number): CfnWebACL.RuleProperty => ({
  name,
  priority,
  overrideAction: { none: {} },
  statement: { managedRuleGroupStatement: { vendorName: 'AWS', name } },
  visibilityConfig: visible(name),
});

/** The firewall before the API: too many requests of one address, then what AWS knows to be hostile. It logs what it blocks. */
export class WebFirewall extends Construct {
  constructor(scope: Construct, id: string, { config, key, protectedArn }: WebFirewallProps) {
    super(scope, id);
    const acl = new CfnWebACL(this, 'Acl', {
      name: deployedName(config, 'api'),
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      rules: [
        {
          name: 'requests-per-ip',
          priority: 0,
          action: { block: {} },
          statement: {
            rateBasedStatement: {
              limit: config.firewallRequestsPerIp,
              evaluationWindowSec: 300,
              aggregateKeyType: 'IP',
            },
          },
          visibilityConfig: visible('requests-per-ip'),
        },
        managedRules('AWSManagedRulesCommonRuleSet', 1),
        managedRules('AWSManagedRulesKnownBadInputsRuleSet', 2),
      ],
      visibilityConfig: visible(deployedName(config, 'api')),
    });
    new CfnWebACLAssociation(this, 'Association', { webAclArn: acl.attrArn, resourceArn: protectedArn });
    this.logBlocked(config, key, acl);
  }

  private logBlocked(config: StageConfig, key: IKey, acl: CfnWebACL): void {
    const logGroup = new ProductLogGroup(this, 'Logs', {
      config,
      // WAF writes only to groups with this prefix.
      name: `aws-waf-logs-${deployedName(config, 'api')}`,
      key,
    });
    logGroup.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('delivery.logs.amazonaws.com')],
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
    );
    const logging = new CfnLoggingConfiguration(this, 'Logging', {
      resourceArn: acl.attrArn,
      // WAF refuses the `:*` that the group's own ARN ends in.
      logDestinationConfigs: [logGroupArnWithoutStreams(logGroup)],
      redactedFields: [{ singleHeader: { Name: 'authorization' } }],
      loggingFilter: {
        DefaultBehavior: 'DROP',
        Filters: [
          { Behavior: 'KEEP', Requirement: 'MEETS_ANY', Conditions: [{ ActionCondition: { Action: 'BLOCK' } }] },
        ],
      },
    });
    logging.node.addDependency(logGroup);
  }
}

const logGroupArnWithoutStreams = (logGroup: LogGroup): string =>
  logGroup.stack.formatArn({
    service: 'logs',
    resource: 'log-group',
    resourceName: logGroup.logGroupName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
