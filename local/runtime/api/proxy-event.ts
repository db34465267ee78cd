import { commonLogTime, type HttpRequest } from './http-exchange';
import type { ApiMethod, RestApiModel } from './rest-api-model';

export interface ProxyRequest {
  readonly api: RestApiModel;
  readonly method: ApiMethod;
  readonly request: HttpRequest;
  readonly path: string;
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly requestId: string;
  readonly extendedRequestId: string;
  readonly traceId: string;
  readonly accountId: string;
  readonly region: string;
  readonly claims: Readonly<Record<string, string>> | undefined;
  readonly atMs: number;
}

/** The event of a Lambda proxy integration of a REST API (API Gateway Developer Guide, "Input format of a Lambda function for proxy integration"). */
export function proxyEvent(input: ProxyRequest): object {
  const { api, method, request } = input;
  const domainPrefix = api.apiId;
  const domainName = `${api.apiId}.execute-api.${input.region}.amazonaws.com`;
  const headers = forwardedHeaders(input, domainName);
  const query = [...request.url.searchParams];
  const binary = isBinary(api.binaryMediaTypes, request.header('content-type'));
  return {
    resource: method.resourcePath,
    path: input.path,
    httpMethod: request.method,
    headers: lastOf(headers),
    multiValueHeaders: allOf(headers),
    queryStringParameters: query.length === 0 ? null : lastOf(query),
    multiValueQueryStringParameters: query.length === 0 ? null : allOf(query),
    pathParameters: Object.keys(input.pathParameters).length === 0 ? null : input.pathParameters,
    stageVariables: null,
    requestContext: {
      resourceId: method.resourceId,
      ...(input.claims === undefined ? {} : { authorizer: { claims: input.claims } }),
      resourcePath: method.resourcePath,
      operationName: undefined,
      httpMethod: request.method,
      extendedRequestId: input.extendedRequestId,
      requestTime: commonLogTime(input.atMs),
      path: `/${api.stageName}${input.path}`,
      accountId: input.accountId,
      protocol: 'HTTP/1.1',
      stage: api.stageName,
      domainPrefix,
      requestTimeEpoch: input.atMs,
      requestId: input.requestId,
      identity: {
        cognitoIdentityPoolId: null,
        accountId: null,
        cognitoIdentityId: null,
        caller: null,
        sourceIp: request.sourceIp,
        principalOrgId: null,
        accessKey: null,
        cognitoAuthenticationType: null,
        cognitoAuthenticationProvider: null,
        userArn: null,
        userAgent: request.header('user-agent') ?? null,
        user: null,
      },
      domainName,
      deploymentId: api.deploymentId,
      apiId: api.apiId,
    },
    body: request.body.length === 0 ? null : request.body.toString(binary ? 'base64' : 'utf8'),
    isBase64Encoded: binary && request.body.length > 0,
  };
}

/** The client's headers, with what the gateway sets itself put in place of whatever the client claimed. */
function forwardedHeaders(input: ProxyRequest, host: string): (readonly [string, string])[] {
  const own = new Set([
    'host',
    'x-forwarded-for',
    'x-forwarded-port',
    'x-forwarded-proto',
    'x-amzn-trace-id',
    'connection',
    'content-length',
    'transfer-encoding',
    'keep-alive',
  ]);
  const claimed = input.request.header('x-forwarded-for');
  return [
    ...input.request.headers.filter(([name]) => !own.has(name.toLowerCase())),
    ['Host', host],
    ['X-Amzn-Trace-Id', `Root=${input.traceId}`],
    ['X-Forwarded-For', claimed === undefined ? input.request.sourceIp : `${claimed}, ${input.request.sourceIp}`],
    ['X-Forwarded-Port', '443'],
    ['X-Forwarded-Proto', 'https'],
  ];
}

function lastOf(pairs: readonly (readonly [string, string])[]): Record<string, string> {
  return Object.fromEntries(pairs);
}

function allOf(pairs: readonly (readonly [string, string])[]): Record<string, string[]> {
  // A client may name them as it likes, `constructor` and `__proto__` included.
  const all = new Map<string, string[]>();
  for (const [name, value] of pairs) all.set(name, [...(all.get(name) ?? []), value]);
  return Object.fromEntries(all);
}

export function isBinary(binaryMediaTypes: readonly string[], contentType: string | undefined): boolean {
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? 'application/json';
  return binaryMediaTypes.some(
    (pattern) =>
      pattern === '*/*' ||
      pattern.toLowerCase() === type ||
      (pattern.endsWith('/*') && type.startsWith(pattern.slice(0, -1))),
  );
}
