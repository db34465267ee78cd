import { randomUUID } from 'node:crypto';

import { asBoolean, isList, isObject, parseJson, textOf } from '../../assembly/json';
import type { Activity } from '../activity';
import { traceIdOf, type FunctionRuntime } from '../worker/function-runtime';
import { commonLogTime, serve, type HttpRequest, type HttpResponse, type LocalServer } from './http-exchange';

const largestRequestBytes = 6 * 1024 * 1024;

export interface FunctionUrlOptions {
  readonly port: number;
  readonly runtime: FunctionRuntime;
  readonly activity: Activity;
  onResponse(response: { readonly status: number; readonly body: string }): void;
}

/** A Function URL with `AuthType: NONE` on a port of its own (AWS Lambda Developer Guide, "Invoking Lambda function URLs"). */
export function startFunctionUrl(options: FunctionUrlOptions): Promise<LocalServer> {
  const { runtime, activity } = options;
  return serve(options.port, largestRequestBytes, async (request) => {
    const end = activity.begin(`request to the URL of ${runtime.settings.functionName}`);
    try {
      const invocationId = randomUUID();
      const response = await answer(runtime, request, invocationId);
      options.onResponse({ status: response.status, body: response.body.toString() });
      return {
        ...response,
        headers: [
          ['x-amzn-RequestId', invocationId],
          ['X-Amzn-Trace-Id', `Root=${traceIdOf(invocationId)}`],
          ...response.headers,
        ],
      };
    } finally {
      end();
    }
  });
}

async function answer(runtime: FunctionRuntime, request: HttpRequest, invocationId: string): Promise<HttpResponse> {
  const payload = request.tooLarge ? '' : JSON.stringify(urlEvent(runtime, request, invocationId));
  if (request.tooLarge || Buffer.byteLength(payload) > largestRequestBytes) {
    return {
      status: 413,
      headers: [['Content-Type', 'application/json']],
      body: '{"Message":"Request must be smaller than 6291456 bytes for the InvokeFunction operation"}',
    };
  }
  const invocation = await runtime.invoke(payload, { invocationId });
  return (invocation.failure === undefined ? urlAnswer(invocation.payload) : undefined) ?? failure;
}

const failure: HttpResponse = {
  status: 502,
  headers: [['Content-Type', 'application/json']],
  body: 'Internal Server Error',
};

/** Payload format version 2.0. */
function urlEvent(runtime: FunctionRuntime, request: HttpRequest, requestId: string): object {
  const atMs = Date.now();
  const text = isText(request.header('content-type'));
  const query = joined([...request.url.searchParams]);
  const cookies = request.headers
    .filter(([name]) => name.toLowerCase() === 'cookie')
    .flatMap(([, value]) => value.split(/;\s*/));
  const domainPrefix = urlIdOf(runtime.settings.functionName);
  const own = new Set([
    'cookie',
    'connection',
    'keep-alive',
    'transfer-encoding',
    'x-forwarded-for',
    'x-forwarded-port',
    'x-forwarded-proto',
    'x-amzn-trace-id',
    'host',
  ]);
  const domainName = `${domainPrefix}.lambda-url.eu-central-1.on.aws`;
  const claimed = request.header('x-forwarded-for');
  const headers = joined([
    ...request.headers
      .filter(([name]) => !own.has(name.toLowerCase()))
      .map(([name, value]): [string, string] => [name.toLowerCase(), value]),
    ['host', domainName],
    ['x-amzn-trace-id', `Root=${traceIdOf(requestId)}`],
    ['x-forwarded-for', claimed === undefined ? request.sourceIp : `${claimed}, ${request.sourceIp}`],
    ['x-forwarded-port', '443'],
    ['x-forwarded-proto', 'https'],
  ]);
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: request.url.pathname,
    rawQueryString: request.url.search.replace(/^\?/, ''),
    ...(cookies.length === 0 ? {} : { cookies }),
    headers,
    ...(Object.keys(query).length === 0 ? {} : { queryStringParameters: query }),
    requestContext: {
      accountId: 'anonymous',
      apiId: domainPrefix,
      domainName,
      domainPrefix,
      http: {
        method: request.method,
        path: request.url.pathname,
        protocol: 'HTTP/1.1',
        sourceIp: request.sourceIp,
        userAgent: request.header('user-agent') ?? '',
      },
      requestId,
      routeKey: '$default',
      stage: '$default',
      time: commonLogTime(atMs),
      timeEpoch: atMs,
    },
    ...(request.body.length === 0 ? {} : { body: request.body.toString(text ? 'utf8' : 'base64') }),
    isBase64Encoded: request.body.length > 0 && !text,
  };
}

/** Bodies of these types are handed over as they are, all others in base64. */
function isText(contentType: string | undefined): boolean {
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  return type.startsWith('text/') || /^application\/(.+\+)?(json|javascript|xml|x-www-form-urlencoded)$/.test(type);
}

function joined(pairs: readonly (readonly [string, string])[]): Record<string, string> {
  // A client may name them as it likes, `constructor` and `__proto__` included.
  const all = new Map<string, string>();
  for (const [name, value] of pairs) {
    const before = all.get(name);
    all.set(name, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(all);
}

function urlIdOf(functionName: string): string {
  return functionName
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .slice(0, 32);
}

/** An answer without `statusCode` is a 200 with the answer itself as its JSON body. */
function urlAnswer(payload: string): HttpResponse | undefined {
  const value = parseJson(payload);
  if (!isObject(value) || value['statusCode'] === undefined) {
    return {
      status: 200,
      headers: [['Content-Type', 'application/json']],
      body: typeof value === 'string' ? value : payload,
    };
  }
  const status = Number(value['statusCode']);
  const given = value['headers'] ?? {};
  const body = value['body'] ?? '';
  if (!Number.isInteger(status) || status < 100 || status > 599 || !isObject(given) || typeof body === 'object')
    return undefined;
  const headers = Object.entries(given).map(([name, header]): [string, string] => [name, textOf(header)]);
  const cookies = isList(value['cookies'])
    ? value['cookies'].map((cookie): [string, string] => ['Set-Cookie', textOf(cookie)])
    : [];
  const hasType = headers.some(([name]) => name.toLowerCase() === 'content-type');
  const encoded = value['isBase64Encoded'] !== undefined && asBoolean(value['isBase64Encoded'], 'isBase64Encoded');
  return {
    status,
    headers: [...(hasType ? [] : [['Content-Type', 'application/json'] as const]), ...headers, ...cookies],
    body: encoded ? Buffer.from(String(body), 'base64') : String(body),
  };
}
