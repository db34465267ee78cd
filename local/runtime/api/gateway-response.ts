import type { HttpResponse } from './http-exchange';
import type { GatewayResponse } from './rest-api-model';

/** What API Gateway answers by itself, by response type (API Gateway Developer Guide, "Gateway response types"). */
const defaults = {
  ACCESS_DENIED: { status: 403, message: 'Access Denied' },
  BAD_REQUEST_PARAMETERS: { status: 400, message: 'Bad Request' },
  INTEGRATION_FAILURE: { status: 504, message: 'Internal server error' },
  INTEGRATION_TIMEOUT: { status: 504, message: 'Endpoint request timed out' },
  API_CONFIGURATION_ERROR: { status: 500, message: 'Internal server error' },
  MALFORMED_ANSWER: { status: 502, message: 'Internal server error' },
  MISSING_AUTHENTICATION_TOKEN: { status: 403, message: 'Missing Authentication Token' },
  REQUEST_TOO_LARGE: { status: 413, message: 'Request Too Long' },
  THROTTLED: { status: 429, message: 'Too Many Requests' },
  UNAUTHORIZED: { status: 401, message: 'Unauthorized' },
} as const;

export type GatewayResponseType = keyof typeof defaults;

export interface GatewayContext {
  readonly requestId: string;
  readonly extendedRequestId: string;
  readonly sourceIp: string;
  readonly stage: string;
  readonly httpMethod: string;
  readonly path: string;
  readonly resourcePath: string;
  requestHeader(name: string): string | undefined;
}

/** Builds the answer from the API's own gateway responses: the type's own, else DEFAULT_4XX or DEFAULT_5XX, else plain. */
export function gatewayResponse(
  responses: readonly GatewayResponse[],
  type: GatewayResponseType,
  context: GatewayContext,
  message: string = defaults[type].message,
): HttpResponse {
  const { status } = defaults[type];
  const own = responses.find((response) => response.responseType === type);
  const fallback = responses.find(
    (response) => response.responseType === (status < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX'),
  );
  const chosen = own ?? fallback;
  const variables = variablesOf(type, context, message);
  const [contentType, template] = Object.entries(chosen?.templates ?? {})[0] ?? [
    'application/json',
    '{"message":$context.error.messageString}',
  ];
  const headers = Object.entries(chosen?.headers ?? {}).flatMap(([name, value]): [string, string][] => {
    const mapped = mappedValue(value, variables, context);
    return mapped === undefined ? [] : [[name, mapped]];
  });
  return {
    status: chosen?.status ?? status,
    headers: [
      ...(headers.some(([name]) => name.toLowerCase() === 'content-type')
        ? []
        : [['Content-Type', contentType] as const]),
      ['x-amzn-ErrorType', errorTypes[type] ?? 'InternalServerErrorException'],
      ...headers,
    ],
    body: substitute(template, variables),
  };
}

const errorTypes: Partial<Record<GatewayResponseType, string>> = {
  ACCESS_DENIED: 'AccessDeniedException',
  BAD_REQUEST_PARAMETERS: 'BadRequestException',
  MISSING_AUTHENTICATION_TOKEN: 'MissingAuthenticationTokenException',
  REQUEST_TOO_LARGE: 'RequestTooLongException',
  THROTTLED: 'TooManyRequestsException',
  UNAUTHORIZED: 'UnauthorizedException',
};

function variablesOf(
  type: GatewayResponseType,
  context: GatewayContext,
  message: string,
): Readonly<Record<string, string>> {
  return {
    'error.messageString': JSON.stringify(message),
    'error.message': message,
    'error.responseType': type,
    requestId: context.requestId,
    extendedRequestId: context.extendedRequestId,
    'identity.sourceIp': context.sourceIp,
    stage: context.stage,
    httpMethod: context.httpMethod,
    path: context.path,
    resourcePath: context.resourcePath,
  };
}

function substitute(template: string, variables: Readonly<Record<string, string>>): string {
  return template.replace(/\$context\.([A-Za-z.]+[A-Za-z])/g, (whole, name: string) => {
    const value = variables[name];
    if (value === undefined) throw new Error(`Gateway response: ${whole} is not supported by the local cloud`);
    return value;
  });
}

/** `'static'`, `context.<variable>` or `method.request.header.<name>`. */
function mappedValue(
  value: string,
  variables: Readonly<Record<string, string>>,
  context: GatewayContext,
): string | undefined {
  const literal = /^'(.*)'$/s.exec(value)?.[1];
  if (literal !== undefined) return literal;
  const header = /^method\.request\.header\.(.+)$/.exec(value)?.[1];
  if (header !== undefined) return context.requestHeader(header);
  return variables[value.replace(/^context\./, '')];
}
