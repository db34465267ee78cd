import * as z from 'zod';

/** What the chain reads of API Gateway's proxy event. Header names are in lower case. */
export interface HttpRequest {
  readonly method: string;
  /** The resource as in the route table: `/v1/tenants/{tenantId}`. */
  readonly resource: string;
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly pathParameters: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, readonly string[] | undefined>>;
  readonly body: Uint8Array;
  /** From the gateway, never from a header that the caller could write. */
  readonly sourceIp: string | undefined;
  readonly userAgent: string | undefined;
  readonly claims: Readonly<Record<string, unknown>> | undefined;
}

const texts = z.record(z.string(), z.string().nullish()).nullish();

const lists = z.record(z.string(), z.array(z.string()).nullish()).nullish();

/** [https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html#apigateway-example-event] */
const proxyEvent = z.object({
  resource: z.string(),
  httpMethod: z.string(),
  headers: texts,
  multiValueHeaders: lists,
  pathParameters: texts,
  queryStringParameters: texts,
  multiValueQueryStringParameters: lists,
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
  requestContext: z.object({
    requestId: z.string(),
    identity: z.object({ sourceIp: z.string().nullish(), userAgent: z.string().nullish() }).nullish(),
    authorizer: z.object({ claims: z.record(z.string(), z.unknown()).nullish() }).nullish(),
  }),
});

/** Reads the event of API Gateway's proxy integration; throws on anything else, which only a wrong trigger can send. */
export function readProxyEvent(event: unknown): { readonly requestId: string; readonly http: HttpRequest } {
  const read = proxyEvent.parse(event);
  const { requestContext } = read;
  return {
    requestId: requestContext.requestId,
    http: {
      method: read.httpMethod,
      resource: read.resource,
      headers: headersOf(read),
      pathParameters: withoutNull(read.pathParameters),
      query: queryOf(read),
      body: Buffer.from(read.body ?? '', read.isBase64Encoded === true ? 'base64' : 'utf8'),
      sourceIp: requestContext.identity?.sourceIp ?? undefined,
      userAgent: requestContext.identity?.userAgent ?? undefined,
      claims: requestContext.authorizer?.claims ?? undefined,
    },
  };
}

/** The only value of a header; undefined when it is absent, and `several` when it came more than once. */
export function headerOf(http: HttpRequest, name: string): string | undefined | { readonly several: true } {
  const values = http.headers.get(name);
  if (values === undefined || values.length === 0) return undefined;
  return values.length === 1 ? values[0] : { several: true };
}

type ProxyEvent = z.output<typeof proxyEvent>;

function headersOf({ headers, multiValueHeaders }: ProxyEvent): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const add = (name: string, values: readonly string[]): void => {
    const key = name.toLowerCase();
    found.set(key, [...(found.get(key) ?? []), ...values]);
  };
  if (multiValueHeaders) {
    for (const [name, values] of Object.entries(multiValueHeaders)) add(name, values ?? []);
    return found;
  }
  for (const [name, value] of Object.entries(headers ?? {})) if (typeof value === 'string') add(name, [value]);
  return found;
}

function queryOf(read: ProxyEvent): Readonly<Record<string, readonly string[]>> {
  if (read.multiValueQueryStringParameters) {
    return Object.fromEntries(
      Object.entries(read.multiValueQueryStringParameters).map(([name, values]) => [name, values ?? []]),
    );
  }
  return Object.fromEntries(
    Object.entries(read.queryStringParameters ?? {}).map(([name, value]) => [
      name,
      typeof value === 'string' ? [value] : [],
    ]),
  );
}

function withoutNull(record: ProxyEvent['pathParameters']): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(record ?? {}).map(([name, value]) => [name, value ?? undefined]));
}
