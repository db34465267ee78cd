import * as z from 'zod';

import { securityHeaders } from '../routes/response-headers';

/** A request to a Function URL, as far as we read it. Header names are in lower case. */
export interface UrlRequest {
  readonly requestId: string;
  readonly method: string;
  /** As it came, not decoded. */
  readonly path: string;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The very bytes that were sent. */
  readonly body: Buffer;
  /** From the gateway, never from a header. */
  readonly sourceIp: string;
}

export interface UrlAnswer {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

/** [Lambda Function URLs: request payload format 2.0] */
const urlEvent = z.object({
  rawPath: z.string(),
  headers: z.record(z.string(), z.string().optional()),
  queryStringParameters: z.record(z.string(), z.string().optional()).optional(),
  body: z.string().optional(),
  isBase64Encoded: z.boolean(),
  requestContext: z.object({
    requestId: z.string(),
    http: z.object({ method: z.string(), sourceIp: z.string() }),
  }),
});

/** Throws on anything that Lambda would not send. */
export function readUrlEvent(event: unknown): UrlRequest {
  const { rawPath, headers, queryStringParameters, body, isBase64Encoded, requestContext } = urlEvent.parse(event);
  return {
    requestId: requestContext.requestId,
    method: requestContext.http.method,
    path: rawPath,
    query: queryStringParameters ?? {},
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    body: Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8'),
    sourceIp: requestContext.http.sourceIp,
  };
}

export function jsonAnswer(statusCode: number, document: object, headers: Record<string, string> = {}): UrlAnswer {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', ...securityHeaders, ...headers },
    body: JSON.stringify(document),
  };
}
