import {
  asNumber,
  asObject,
  asString,
  isObject,
  listOf,
  optional,
  stringMap,
  type JsonObject,
} from '../../assembly/json';

/** Answer of a MOCK method: what CDK makes of `defaultCorsPreflightOptions`. */
export interface Preflight {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Further origins that are allowed, as exact values or as patterns of `String.matches`. */
  readonly allowedOrigins: readonly string[];
}

export function readPreflight(integration: JsonObject, what: string): Preflight {
  const [response] = listOf(integration['IntegrationResponses'], asObject, `${what}.IntegrationResponses`);
  if (response === undefined) throw new Error(`${what}: a MOCK method without a response`);
  const headers = Object.entries(stringMap(response['ResponseParameters'], what)).map(
    ([name, value]): [string, string] => [name.replace(/^method\.response\.header\./, ''), literal(value, what)],
  );
  const requestTemplate = isObject(integration['RequestTemplates'])
    ? integration['RequestTemplates']['application/json']
    : undefined;
  const requested = /statusCode["']?\s*:\s*(\d+)/.exec(optional(requestTemplate, asString, what) ?? '')?.[1];
  const templates = Object.values(stringMap(response['ResponseTemplates'], what)).filter(
    (template) => template.trim() !== '',
  );
  return {
    status: asNumber(response['StatusCode'] ?? requested, `${what} status`),
    headers: Object.fromEntries(headers),
    allowedOrigins: templates.flatMap((template) => originsOf(template, what)),
  };
}

/** Headers of the answer to one preflight request. */
export function preflightHeaders(preflight: Preflight, origin: string | undefined): [string, string][] {
  const headers = { ...preflight.headers };
  const matched =
    origin !== undefined &&
    preflight.allowedOrigins.some((allowed) => allowed === origin || new RegExp(`^(?:${allowed})$`).test(origin));
  if (matched) headers['Access-Control-Allow-Origin'] = origin;
  return Object.entries(headers);
}

/** Static values are quoted in the template; anything else would be a mapping that is not known here. */
function literal(value: string, what: string): string {
  const match = /^'(.*)'$/s.exec(value);
  if (match === null) throw new Error(`${what}: response parameter ${value} is not supported by the local cloud`);
  return match[1] ?? '';
}

/** The one response template that CDK writes: if the origin is one of a list, it is sent back. */
function originsOf(template: string, what: string): string[] {
  if (!template.includes('$context.responseOverride.header.Access-Control-Allow-Origin')) {
    throw new Error(`${what}: this response template is not supported by the local cloud: ${template}`);
  }
  return [...template.matchAll(/\$origin(?:\.matches\(|\s*==\s*)"([^"]+)"/g)].map((match) => match[1] ?? '');
}
