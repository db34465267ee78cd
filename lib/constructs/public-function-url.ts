import { type FunctionUrl, FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

import { acknowledge } from './acknowledge';
import type { ServiceFunction } from './service-function';

export interface PublicFunctionUrlProps {
  target: ServiceFunction;
  /** How the function itself knows its callers, since Lambda does not ask: the reason why that is acceptable. */
  callersAreKnownBy: string;
}

/** An address that anyone may call, because the callers have no AWS credentials to sign with. */
export class PublicFunctionUrl extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, { target, callersAreKnownBy }: PublicFunctionUrlProps) {
    super(scope, id);
    const functionUrl: FunctionUrl = target.function.addFunctionUrl({ authType: FunctionUrlAuthType.NONE });
    this.url = functionUrl.url;
    // The permissions are children of the function.
    acknowledge(target.function, { 'NIST.800.53.R5-LambdaFunctionPublicAccessProhibited': callersAreKnownBy });
  }
}
