import { type GatewayResponseOptions, ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';

import type { StageConfig } from '../config/stage-config';

/** Headers that a browser script of the console may read. */
export const exposedHeaders = [
  'ETag',
  'Idempotent-Replayed',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'WWW-Authenticate',
  'X-Request-Id',
] as const;

const problemType = (slug: string): string => `https://countinghouse.example/problems/${slug}`;

/** A header's value as the gateway wants a constant: in single quotes. */
const constant = (value: string): string => `'${value}'`;

interface GatewayProblem {
  type: ResponseType;
  status: number;
  slug: string;
  title: string;
  detail: string;
  headers?: Readonly<Record<string, string>>;
}

const problems: readonly GatewayProblem[] = [
  {
    type: ResponseType.UNAUTHORIZED,
    status: 401,
    slug: 'unauthenticated',
    title: 'Not signed in',
    detail: 'Send a valid token of the signed-in user.',
    headers: { 'WWW-Authenticate': 'Bearer' },
  },
  {
    type: ResponseType.EXPIRED_TOKEN,
    status: 401,
    slug: 'unauthenticated',
    title: 'Not signed in',
    detail: 'The token has expired.',
    headers: { 'WWW-Authenticate': 'Bearer' },
  },
  {
    type: ResponseType.ACCESS_DENIED,
    status: 403,
    slug: 'forbidden',
    title: 'Not allowed',
    detail: 'The request is not allowed.',
  },
  {
    type: ResponseType.WAF_FILTERED,
    status: 403,
    slug: 'forbidden',
    title: 'Not allowed',
    detail: 'The request was refused by the firewall.',
  },
  {
    // What the gateway answers to a path or a method that does not exist.
    type: ResponseType.MISSING_AUTHENTICATION_TOKEN,
    status: 404,
    slug: 'not-found',
    title: 'Not found',
    detail: 'There is nothing under this path and method.',
  },
  {
    type: ResponseType.RESOURCE_NOT_FOUND,
    status: 404,
    slug: 'not-found',
    title: 'Not found',
    detail: 'There is nothing under this path.',
  },
  {
    type: ResponseType.REQUEST_TOO_LARGE,
    status: 413,
    slug: 'payload-too-large',
    title: 'Too large',
    detail: 'The request is too large.',
  },
  {
    type: ResponseType.THROTTLED,
    status: 429,
    slug: 'rate-limited',
    title: 'Too many requests',
    detail: 'Try again in a moment.',
    headers: { 'Retry-After': '1' },
  },
  {
    type: ResponseType.QUOTA_EXCEEDED,
    status: 429,
    slug: 'rate-limited',
    title: 'Too many requests',
    detail: 'Try again in a moment.',
    headers: { 'Retry-After': '1' },
  },
];

/**
 * Answers that the gateway makes itself, in the form of the product's own [RFC 9457]: signed out, no such route, throttled,
 * blocked, broken. The gateway can name one origin only, so it names the console's.
 */
export function addGatewayProblems(api: RestApi, config: StageConfig): void {
  const headers = {
    'Content-Type': constant('application/problem+json'),
    'Cache-Control': constant('no-store'),
    'Strict-Transport-Security': constant('max-age=63072000; includeSubDomains'),
    'X-Content-Type-Options': constant('nosniff'),
    'X-Frame-Options': constant('DENY'),
    'Referrer-Policy': constant('no-referrer'),
    'Access-Control-Allow-Origin': constant(config.allowedOrigins[0]),
    'Access-Control-Expose-Headers': constant(exposedHeaders.join(',')),
    Vary: constant('Origin'),
  };
  const respond = (id: string, options: GatewayResponseOptions): void => {
    api.addGatewayResponse(id, options);
  };
  const body = (members: { type: string; title: string; status?: number; detail: string }): string =>
    JSON.stringify({ ...members, requestId: '$context.requestId' });

  for (const problem of problems) {
    const more = Object.entries(problem.headers ?? {}).map(([name, value]) => [name, constant(value)] as const);
    respond(`Problem${problem.type.responseType}`, {
      type: problem.type,
      statusCode: String(problem.status),
      responseHeaders: { ...headers, ...Object.fromEntries(more) },
      templates: { 'application/json': body({ type: problemType(problem.slug), title: problem.title, status: problem.status, detail: problem.detail }) },
    });
  }
  // The rest keep the gateway's own status, which no template can name. A 5xx says nothing but its id.
  respond('Problem4xx', {
    type: ResponseType.DEFAULT_4XX,
    responseHeaders: headers,
    templates: { 'application/json': body({ type: problemType('bad-request'), title: 'Bad request', detail: 'The request could not be read.' }) },
  });
  respond('Problem5xx', {
    type: ResponseType.DEFAULT_5XX,
    responseHeaders: headers,
    templates: { 'application/json': body({ type: problemType('internal'), title: 'Internal error', detail: 'Something failed on our side.' }) },
  });
}
