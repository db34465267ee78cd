import { randomBytes, randomUUID } from 'node:crypto';

import type { Activity } from '../activity';
import type { FunctionRuntime, Invocation } from '../worker/function-runtime';
import { traceIdOf } from '../worker/function-runtime';
import { gatewayResponse, type GatewayContext, type GatewayResponseType } from './gateway-response';
import { serve, type HttpRequest, type HttpResponse, type LocalServer } from './http-exchange';
import type { TokenCheck } from './id-token';
import { preflightHeaders } from './preflight';
import { proxyAnswer } from './proxy-answer';
import { proxyEvent } from './proxy-event';
import type { ApiMethod, RestApiModel } from './rest-api-model';
import { findMethod } from './route-match';
import { newThrottle } from './throttle';

export interface RestApiOptions {
  readonly port: number;
  readonly model: RestApiModel;
  readonly accountId: string;
  readonly region: string;
  readonly activity: Activity;
  functionNamed(name: string): FunctionRuntime;
  /** Whether API Gateway may invoke the function for this method, by the function's policy. */
  mayInvoke(functionArn: string, sourceArn: string): Promise<boolean>;
  verifyToken(authorization: string | undefined, userPoolArns: readonly string[], nowMs: number): TokenCheck;
  onResponse(response: {
    readonly route: string;
    readonly status: number;
    readonly latencyMs: number;
    readonly body: string;
  }): void;
}

/** 10 MB for the gateway, 6 MB for the function's event. */
const largestRequestBytes = 10 * 1024 * 1024;
const largestEventBytes = 6 * 1024 * 1024;

interface Exchange {
  readonly request: HttpRequest;
  readonly path: string;
  readonly requestId: string;
  readonly invocationId: string;
  readonly extendedRequestId: string;
  method: ApiMethod | undefined;
}

/** Serves one REST API at the root of a local port: no stage prefix, everything else as API Gateway does it. */
export function startRestApi(options: RestApiOptions): Promise<LocalServer> {
  const { model } = options;
  const throttle = newThrottle();

  const refuse = (exchange: Exchange, type: GatewayResponseType, message?: string): HttpResponse => {
    const context: GatewayContext = {
      requestId: exchange.requestId,
      extendedRequestId: exchange.extendedRequestId,
      sourceIp: exchange.request.sourceIp,
      stage: model.stageName,
      httpMethod: exchange.request.method,
      path: `/${model.stageName}${exchange.path}`,
      resourcePath: exchange.method?.resourcePath ?? exchange.path,
      requestHeader: (name) => exchange.request.header(name),
    };
    return gatewayResponse(model.gatewayResponses, type, context, message);
  };

  const answer = async (exchange: Exchange): Promise<HttpResponse> => {
    const { request } = exchange;
    if (request.tooLarge) return refuse(exchange, 'REQUEST_TOO_LARGE');
    const match = findMethod(model.methods, request.method, exchange.path);
    if (match === undefined) return refuse(exchange, 'MISSING_AUTHENTICATION_TOKEN');
    const { method, pathParameters } = match;
    exchange.method = method;
    if (
      method.throttle !== undefined &&
      !throttle(`${method.httpMethod} ${method.resourcePath}`, method.throttle, Date.now())
    ) {
      return refuse(exchange, 'THROTTLED');
    }
    let claims: Readonly<Record<string, string>> | undefined;
    if (method.userPoolArns !== undefined) {
      const check = options.verifyToken(request.header('authorization'), method.userPoolArns, Date.now());
      if (!check.ok) return refuse(exchange, 'UNAUTHORIZED', check.message);
      claims = check.claims;
    }
    const missing = method.requiredParameters.filter((name) => !hasParameter(name, request, pathParameters));
    if (missing.length > 0) {
      return refuse(
        exchange,
        'BAD_REQUEST_PARAMETERS',
        `Missing required request parameters: [${missing.map((name) => name.split('.').at(-1) ?? name).join(', ')}]`,
      );
    }
    if (method.integration.kind === 'mock') {
      const { preflight } = method.integration;
      return { status: preflight.status, headers: preflightHeaders(preflight, request.header('origin')), body: '' };
    }
    return callFunction(exchange, method, pathParameters, claims, method.integration);
  };

  const callFunction = async (
    exchange: Exchange,
    method: ApiMethod,
    pathParameters: Readonly<Record<string, string>>,
    claims: Readonly<Record<string, string>> | undefined,
    integration: { readonly functionName: string; readonly timeoutMs: number },
  ): Promise<HttpResponse> => {
    const { request, requestId, extendedRequestId, invocationId, path } = exchange;
    const runtime = options.functionNamed(integration.functionName);
    const sourceArn = `arn:aws:execute-api:${options.region}:${options.accountId}:${model.apiId}/${model.stageName}/${request.method}${method.resourcePath}`;
    if (!(await options.mayInvoke(runtime.settings.functionArn, sourceArn)))
      return refuse(exchange, 'API_CONFIGURATION_ERROR');
    const { accountId, region } = options;
    const traceId = traceIdOf(invocationId);
    const event = proxyEvent({
      api: model,
      method,
      request,
      path,
      pathParameters,
      requestId,
      extendedRequestId,
      traceId,
      accountId,
      region,
      claims,
      atMs: Date.now(),
    });
    const payload = JSON.stringify(event);
    if (Buffer.byteLength(payload) > largestEventBytes) return refuse(exchange, 'REQUEST_TOO_LARGE');
    const outcome = await within(integration.timeoutMs, runtime.invoke(payload, { invocationId }));
    if (outcome === 'timeout') return refuse(exchange, 'INTEGRATION_TIMEOUT');
    const response = outcome.failure === undefined ? proxyAnswer(outcome.payload) : undefined;
    return response ?? refuse(exchange, 'MALFORMED_ANSWER');
  };

  return serve(options.port, largestRequestBytes, async (request) => {
    const end = options.activity.begin(`request ${request.method} ${request.url.pathname}`);
    const startedMs = Date.now();
    const exchange: Exchange = {
      request,
      path: request.url.pathname,
      requestId: randomUUID(),
      invocationId: randomUUID(),
      extendedRequestId: `${randomBytes(11).toString('base64url')}=`,
      method: undefined,
    };
    try {
      const response = await answer(exchange);
      options.onResponse({
        route: `${request.method} ${exchange.method?.resourcePath ?? exchange.path}`,
        status: response.status,
        latencyMs: Date.now() - startedMs,
        body: response.body.toString(),
      });
      return {
        ...response,
        headers: [
          ['x-amzn-RequestId', exchange.requestId],
          ['x-amz-apigw-id', exchange.extendedRequestId],
          ['X-Amzn-Trace-Id', `Root=${traceIdOf(exchange.invocationId)}`],
          ...response.headers,
        ],
      };
    } finally {
      end();
    }
  });
}

function hasParameter(name: string, request: HttpRequest, pathParameters: Readonly<Record<string, string>>): boolean {
  const [, , place, ...rest] = name.split('.');
  const key = rest.join('.');
  if (place === 'querystring') return request.url.searchParams.has(key);
  if (place === 'header') return request.header(key) !== undefined;
  return pathParameters[key] !== undefined;
}

function within(ms: number, invocation: Promise<Invocation>): Promise<Invocation | 'timeout'> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve('timeout'), ms);
    invocation.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
