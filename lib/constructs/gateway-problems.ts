import { type GatewayResponseOptions, ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';

import { problems, type ProblemSlug, problemType } from '../../lambdas/routes/problems';
import { exposedHeaders, securityHeaders } from '../../lambdas/routes/response-headers';
import type { StageConfig } from '../config/stage-config';

interface GatewayProblem {
  type: ResponseType;
  slug: ProblemSlug;
  detail: string;
  headers?: Readonly<Record<string, string>>;
}

/** A refusal in the gateway before any function is called. */
const refusals: readonly GatewayProblem[] = [
  {
    type: ResponseType.UNAUTHORIZED,
    slug: 'unauthenticated',
    detail: 'Send a valid token of the signed-in user.',
    headers: { 'WWW-Authenticate': 'Bearer' },
  },
  {
    type: ResponseType.EXPIRED_TOKEN,
    slug: 'unauthenticated',
    detail: 'The token has expired.',
    headers: { 'WWW-Authenticate': 'Bearer' },
  },
  { type: ResponseType.ACCESS_DENIED, slug: 'forbidden', detail: 'The request is not allowed.' },
  { type: ResponseType.WAF_FILTERED, slug: 'forbidden', detail: 'The request was refused by the firewall.' },
  // What the gateway answers to a path or a method that does not exist.
  {
    type: ResponseType.MISSING_AUTHENTICATION_TOKEN,
    slug: 'not-found',
    detail: 'There is nothing under this path and method.',
  },
  { type: ResponseType.RESOURCE_NOT_FOUND, slug: 'not-found', detail: 'There is nothing under this path.' },
  { type: ResponseType.REQUEST_TOO_LARGE, slug: 'payload-too-large', detail: 'The request is too large.' },
  {
    type: ResponseType.THROTTLED,
    slug: 'rate-limited',
    detail: 'Try again in a moment.',
    headers: { 'Retry-After': '1' },
  },
];

/** A header's value as the gateway wants a constant: in single quotes. */
const constant = (value: string): string => `'${value}'`;

/**
 * Answers that the gateway makes itself, in the form of the product's own [RFC 9457]: signed out, no such route, throttled,
 * blocked, broken. The gateway can name one origin only, so it names the console's.
 */
export function addGatewayProblems(api: RestApi, config: StageConfig): void {
  const headers = {
    'Content-Type': constant('application/problem+json'),
    ...Object.fromEntries(Object.entries(securityHeaders).map(([name, value]) => [name, constant(value)])),
    'X-Request-Id': 'context.requestId',
    'Access-Control-Allow-Origin': constant(config.allowedOrigins[0]),
    'Access-Control-Expose-Headers': constant(exposedHeaders.join(',')),
    Vary: constant('Origin'),
  };
  const add = (
    id: string,
    options: Omit<GatewayResponseOptions, 'templates'>,
    document: Record<string, unknown>,
  ): void => {
    const template = JSON.stringify({ ...document, requestId: '$context.requestId' });
    api.addGatewayResponse(id, { responseHeaders: headers, ...options, templates: { 'application/json': template } });
  };
  for (const { type, slug, detail, headers: more } of refusals) {
    const { status, title } = problems[slug];
    const quoted = Object.entries(more ?? {}).map(([name, value]) => [name, constant(value)] as const);
    add(
      `Problem${type.responseType}`,
      { type, statusCode: String(status), responseHeaders: { ...headers, ...Object.fromEntries(quoted) } },
      { type: problemType(slug), title, status, detail },
    );
  }
  // The rest keep the gateway's own status, which no template can name. A 5xx says nothing but its id.
  add(
    'Problem4xx',
    { type: ResponseType.DEFAULT_4XX },
    {
      type: problemType('bad-request'),
      title: problems['bad-request'].title,
      detail: 'The request could not be read.',
    },
  );
  add(
    'Problem5xx',
    { type: ResponseType.DEFAULT_5XX },
    { type: problemType('internal'), title: problems.internal.title },
  );
}
