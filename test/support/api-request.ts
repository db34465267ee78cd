/** A request as API Gateway's proxy integration hands it over, with the claims that Cognito would put in. */
export interface ApiRequest {
  readonly resource: string;
  readonly method?: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON; a text as it is. */
  readonly body?: unknown;
  readonly user?: string;
  readonly session?: string;
  readonly email?: string;
  readonly emailVerified?: boolean;
  /** When the sign-in of the session was. Unless given, it never grows too old, however much time a test lets pass. */
  readonly signedInAt?: Date;
  /** Replaces all claims; null: no authorizer at all. */
  readonly claims?: Readonly<Record<string, unknown>> | null;
  readonly requestId?: string;
  readonly base64?: boolean;
  readonly userAgent?: string;
  /** As the gateway saw it. */
  readonly sourceIp?: string;
}

export function anApiEvent(request: ApiRequest): object {
  const { user = 'user-1', session = 'session-1', email = `${user}@example.com`, emailVerified = true } = request;
  const text =
    request.body === undefined ? null : typeof request.body === 'string' ? request.body : JSON.stringify(request.body);
  const claims = request.claims ?? {
    token_use: 'id',
    sub: user,
    origin_jti: session,
    auth_time: String((request.signedInAt ?? new Date('2100-01-01T00:00:00.000Z')).getTime() / 1000),
    email,
    email_verified: String(emailVerified),
  };
  const headers: Record<string, string> = {
    ...(text === null ? {} : { 'Content-Type': 'application/json' }),
    ...request.headers,
  };
  const query = Object.entries(request.query ?? {}).map(([name, value]) => [name, [value].flat()]);
  return {
    resource: request.resource,
    path: request.resource,
    httpMethod: request.method ?? (text === null ? 'GET' : 'POST'),
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    pathParameters: request.params ?? null,
    queryStringParameters: null,
    multiValueQueryStringParameters: query.length === 0 ? null : Object.fromEntries(query),
    body: text === null || request.base64 !== true ? text : Buffer.from(text).toString('base64'),
    isBase64Encoded: request.base64 === true,
    stageVariables: null,
    requestContext: {
      requestId: request.requestId ?? 'request-1',
      identity: { sourceIp: request.sourceIp ?? '192.0.2.1', userAgent: request.userAgent ?? 'jest' },
      ...(request.claims === null ? {} : { authorizer: { claims } }),
    },
  };
}

/** What a service answers, with the body read. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ApiBody;
}

/** A body as tests look into it: the fields that they follow up are named. */
export interface ApiBody {
  readonly id: string;
  readonly data: readonly Readonly<Record<string, unknown>>[];
  readonly nextCursor: string | null;
  readonly [field: string]: ReturnType<typeof JSON.parse>;
}
