import { Stack, Validations } from 'aws-cdk-lib';
import type { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference';
import type { IConstruct } from 'constructs';

/** Accepts findings on one construct, each with its reason. Keys are finding ids as the report prints them. */
export function acknowledge(construct: IConstruct, reasons: Readonly<Record<string, string>>): void {
  for (const [id, reason] of Object.entries(reasons)) {
    Validations.of(construct).acknowledge({ id, reason });
  }
}

/**
 * Accepts one wildcard resource of a policy. The finding's id contains the resource as the template will print it, which is
 * known only when references across stacks are resolved: after the tree is prepared, before it is validated.
 */
export function acknowledgeWildcardResource(policy: ManagedPolicy, resource: string, reason: string): void {
  policy.node.addValidation({
    validate: () => {
      const printed = flattenCfnReference(Stack.of(policy).resolve(resource));
      acknowledge(policy, { [`AwsSolutions-IAM5[Resource::${printed}]`]: reason });
      return [];
    },
  });
}
