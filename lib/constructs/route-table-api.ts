import { Duration } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  AuthorizationType,
  CfnRestApi,
  type CognitoUserPoolsAuthorizer,
  EndpointType,
  type IResource,
  LambdaIntegration,
  LogGroupLogDestination,
  type Method,
  MethodLoggingLevel,
  RestApi,
  type Stage,
} from 'aws-cdk-lib/aws-apigateway';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

import type { ServiceFunctionName } from '../../lambdas/env';
import { type Route, routes } from '../../lambdas/routes';
import { serverEntrance } from '../../lambdas/routes/route';
import { apiNameOf } from '../config/names';
import type { StageConfig } from '../config/stage-config';
import { acknowledge } from './acknowledge';
import { addGatewayProblems } from './gateway-problems';
import { ProductLogGroup } from './product-log-group';

export interface RouteTableApiProps {
  config: StageConfig;
  authorizer: CognitoUserPoolsAuthorizer;
  functions: Readonly<Record<ServiceFunctionName, IFunction>>;
  logKey: IKey;
}

/** Headers that the console sends beyond those a browser may always send. */
const allowedHeaders = ['Authorization', 'Content-Type', 'Idempotency-Key', 'If-Match', 'X-Request-Id'];

/**
 * The REST API, made from the route table: one proxied method for each route, and on each path a preflight that the gateway answers
 * itself. The gateway takes bodies of up to 10 MB; the functions refuse more than a route needs.
 */
export class RouteTableApi extends Construct {
  readonly api: RestApi;
  readonly stage: Stage;

  constructor(scope: Construct, id: string, props: RouteTableApiProps) {
    super(scope, id);
    const { config } = props;
    this.api = new RestApi(this, 'Api', {
      restApiName: apiNameOf(config),
      description: `Countinghouse ${config.stage}`,
      endpointTypes: [EndpointType.REGIONAL],
      cloudWatchRole: true,
      deployOptions: {
        stageName: config.stage,
        tracingEnabled: true,
        loggingLevel: MethodLoggingLevel.ERROR,
        // Never: it would log bodies.
        dataTraceEnabled: false,
        accessLogDestination: new LogGroupLogDestination(
          new ProductLogGroup(this, 'AccessLogs', {
            config,
            name: `/aws/apigateway/${apiNameOf(config)}`,
            key: props.logKey,
          }),
        ),
        accessLogFormat: accessLogFormat(),
        throttlingRateLimit: config.apiThrottle.ratePerSecond,
        throttlingBurstLimit: config.apiThrottle.burst,
      },
    });
    // The stack gives the address as its own output, without a trailing slash.
    this.api.node.tryRemoveChild('Endpoint');
    this.requireModernTls();
    this.stage = this.api.deploymentStage;
    // The gateway would make this group itself, to be kept for ever.
    const errors = new ProductLogGroup(this, 'ErrorLogs', {
      config,
      name: `API-Gateway-Execution-Logs_${this.api.restApiId}/${config.stage}`,
      key: props.logKey,
    });
    this.stage.node.addDependency(errors);

    for (const route of routes) this.addRoute(route, props);
    this.addPreflights(config);
    addGatewayProblems(this.api, config);
    this.acknowledgeFindings();
  }

  private addRoute(route: Route, { authorizer, functions }: RouteTableApiProps): void {
    const integration = new LambdaIntegration(functions[route.function], {
      // One permission a function, for all methods of this API: one a method would fill the stack [CloudFormation quotas: 500 resources].
      scopePermissionToMethod: false,
    });
    const resource = this.api.root.resourceForPath(route.path);
    if (route.principal !== 'public') {
      resource.addMethod(route.method, integration, { authorizationType: AuthorizationType.COGNITO, authorizer });
      if (route.apiKeys) this.addServerEntrance(route, integration);
      return;
    }
    const method: Method = resource.addMethod(route.method, integration, { authorizationType: AuthorizationType.NONE });
    const reason = `${route.id} is public by the route table: ${route.summary}.`;
    acknowledge(method, { 'AwsSolutions-APIG4': reason, 'AwsSolutions-COG4': reason });
  }

  /** The same route for API keys. There is no preflight: a key does not belong into a browser. */
  private addServerEntrance(route: Route, integration: LambdaIntegration): void {
    const resource = this.api.root.resourceForPath(`${serverEntrance}${route.path}`);
    const method = resource.addMethod(route.method, integration, { authorizationType: AuthorizationType.NONE });
    const reason = `${route.id} is called with an API key here: the function checks it against its hash in the round that admits the request, so that a revocation holds at once.`;
    acknowledge(method, { 'AwsSolutions-APIG4': reason, 'AwsSolutions-COG4': reason });
  }

  private addPreflights(config: StageConfig): void {
    for (const path of new Set(routes.map((route) => route.path))) {
      const resource: IResource = this.api.root.resourceForPath(path);
      resource.addCorsPreflight({
        allowOrigins: [...config.allowedOrigins],
        allowMethods: routes.filter((route) => route.path === path).map((route) => route.method),
        allowHeaders: allowedHeaders,
        maxAge: Duration.hours(2),
      });
    }
  }

  /** TLS 1.2 with forward secrecy, or 1.3. */
  private requireModernTls(): void {
    const api = this.api.node.defaultChild;
    if (!(api instanceof CfnRestApi)) throw new Error('The REST API is a CfnRestApi');
    api.securityPolicy = 'SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09';
    api.endpointAccessMode = 'BASIC';
  }

  private acknowledgeFindings(): void {
    acknowledge(this.api, {
      'AwsSolutions-APIG2':
        'The functions check every body, query and path by the schemas of the route table, and answer problem+json with pointers, which the gateway cannot.',
    });
    acknowledge(this.stage, {
      'NIST.800.53.R5-APIGWCacheEnabledAndEncrypted': 'Nothing may be cached: answers depend on who asks.',
      'NIST.800.53.R5-APIGWSSLEnabled':
        'A client certificate is for HTTP back ends; all integrations are Lambda functions, invoked with IAM.',
    });
    acknowledge(this.api.node.findChild('CloudWatchRole'), {
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]':
        'Assumed by API Gateway alone, which checks the account role against what this policy allows; no function has it.',
    });
  }
}

/** One line of JSON a request, without the query string: it may hold a cursor. */
function accessLogFormat(): AccessLogFormat {
  return AccessLogFormat.custom(
    JSON.stringify({
      at: '$context.requestTime',
      requestId: '$context.requestId',
      ip: '$context.identity.sourceIp',
      user: '$context.authorizer.claims.sub',
      method: '$context.httpMethod',
      route: '$context.resourcePath',
      status: '$context.status',
      responseBytes: '$context.responseLength',
      latencyMs: '$context.responseLatency',
      integrationMs: '$context.integrationLatency',
      error: '$context.error.responseType',
      firewall: '$context.waf.status',
      trace: '$context.xrayTraceId',
    }),
  );
}
