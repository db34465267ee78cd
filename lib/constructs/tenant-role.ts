import type { Stack } from 'aws-cdk-lib';
import { Duration } from 'aws-cdk-lib';
import { ArnPrincipal, type IRole, ManagedPolicy, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

import type { FunctionName } from '../../lambdas/env';
import type { Grant } from '../config/function-spec';
import { tenantRoleNameOf } from '../config/names';
import type { StageConfig } from '../config/stage-config';
import { acknowledgeWildcardResource } from './acknowledge';
import type { Offer } from './grant-targets';
import { tenantStatements } from './statements';

export interface TenantRoleProps {
  config: StageConfig;
  functionName: FunctionName;
  /** The only role that may assume this one. */
  executionRole: IRole;
  grants: readonly Grant[];
  offer: Offer;
}

/** As near to `ten_` and twenty characters as a pattern of IAM comes. */
const tenantIdForm = `ten_${'?'.repeat(20)}`;

/** ARN of a function's tenant role. Built from names, because execution role and tenant role refer to each other. */
export const tenantRoleArn = (stack: Stack, config: StageConfig, functionName: FunctionName): string =>
  stack.formatArn({
    service: 'iam',
    region: '',
    resource: 'role',
    resourceName: tenantRoleNameOf(config, functionName),
  });

/**
 * Row isolation: the role through which a tenant-plane function reaches tables and secrets. Its sessions carry the tag `tenant`,
 * and its policy reaches only keys and names with that tenant in them. The tag must have the form of a tenant's id, so it cannot
 * widen the pattern; a session without the tag, or with any other tag beside it, is refused.
 */
export class TenantRole extends Construct {
  constructor(scope: Construct, id: string, props: TenantRoleProps) {
    super(scope, id);
    const policy = new ManagedPolicy(this, 'Grants', {
      description: `What ${props.functionName} may do for one tenant`,
      statements: tenantStatements(props.grants, props.offer, props.config.region),
    });
    for (const { on } of props.grants) {
      const { arn, wildcardReason } = props.offer.target(on);
      if (wildcardReason !== undefined) acknowledgeWildcardResource(policy, arn, wildcardReason);
    }
    new Role(this, 'Role', {
      roleName: tenantRoleNameOf(props.config, props.functionName),
      description: `Assumed by ${props.functionName} for the one tenant of its session tag`,
      assumedBy: new ArnPrincipal(props.executionRole.roleArn)
        .withConditions({
          Null: { 'aws:RequestTag/tenant': 'false' },
          'ForAllValues:StringEquals': { 'aws:TagKeys': ['tenant'] },
          StringLike: { 'aws:RequestTag/tenant': tenantIdForm },
        })
        .withSessionTags(),
      managedPolicies: [policy],
      // A role assumed by a role lives an hour at most.
      maxSessionDuration: Duration.hours(1),
    });
  }
}
