import { CfnOutput, Stack } from 'aws-cdk-lib';
import { CognitoUserPoolsAuthorizer } from 'aws-cdk-lib/aws-apigateway';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

import type { ServiceFunctionName } from '../../lambdas/env';
import { deployedName } from '../config/names';
import type { StageConfig } from '../config/stage-config';
import type { Offer } from '../constructs/grant-targets';
import { RouteTableApi } from '../constructs/route-table-api';
import { ServiceFunction } from '../constructs/service-function';
import { ValkeyStore } from '../constructs/valkey-store';
import { WebFirewall } from '../constructs/web-firewall';
import type { DataStack } from './data-stack';
import type { IdentityStack } from './identity-stack';
import { stackProps } from './stack-props';
import type { WebhooksStack } from './webhooks-stack';

export interface ApiStackParts {
  data: DataStack;
  identity: IdentityStack;
  webhooks: WebhooksStack;
}

/** What people and the console call: the service functions, the REST API before them and the firewall before that. */
export class ApiStack extends Stack {
  constructor(scope: Construct, config: StageConfig, { data, identity, webhooks }: ApiStackParts) {
    super(scope, 'api', stackProps(config, 'api'));
    const key = data.keys.data;
    const offer = webhooks.offer.with({}, { userPoolId: identity.userPool.userPoolId });
    const { api, stage } = new RouteTableApi(this, 'Rest', {
      config,
      // It verifies the ID token: the route table names no OAuth scopes, for which it would want an access token.
      authorizer: new CognitoUserPoolsAuthorizer(this, 'Authorizer', {
        authorizerName: deployedName(config, 'users'),
        cognitoUserPools: [identity.userPool],
      }),
      functions: this.serviceFunctions(config, offer, data),
      logKey: key,
    });
    new WebFirewall(this, 'Firewall', { config, key, protectedArn: stage.stageArn });
    new CfnOutput(this, 'ApiUrl', {
      value: `https://${api.restApiId}.execute-api.${config.region}.${this.urlSuffix}/${stage.stageName}`,
    });
  }

  private serviceFunctions(config: StageConfig, offer: Offer, data: DataStack): Record<ServiceFunctionName, IFunction> {
    const logKey = data.keys.data;
    const limits =
      config.rateLimitStore === 'valkey' ? { valkey: new ValkeyStore(this, 'Limits', { config, key: logKey }) } : {};
    const make = (name: ServiceFunctionName): IFunction =>
      new ServiceFunction(this, name, { config, name, offer, logKey, ...limits }).function;
    return {
      tenants: make('tenants'),
      members: make('members'),
      me: make('me'),
      'mfa-resets': make('mfa-resets'),
      'api-keys': make('api-keys'),
      connections: make('connections'),
      payments: make('payments'),
      settlements: make('settlements'),
      ledger: make('ledger'),
      'webhook-events': make('webhook-events'),
      'audit-events': make('audit-events'),
      'security-policy': make('security-policy'),
      'platform-policy': make('platform-policy'),
      'api-docs': make('api-docs'),
    };
  }
}
