import type * as z from 'zod';

import { before, known } from './exchange';
import type { Exchange, Link } from './exchange';
import { headerOf } from './http-request';
import { invalidHeader, refuse } from './problem';
import type { InputError } from './problem';
import { readStrictJson } from './strict-json';
import type { JsonRefusal } from './strict-json';

/** Query and body by the route's schemas, and `If-Match`. All that is wrong is told at once; no value is repeated. */
export function input(): Link {
  return before((exchange) => {
    const route = known(exchange, 'route');
    const errors: InputError[] = [];
    exchange.query = parsed(route.query, queryOf(exchange, errors), 'query', errors);
    exchange.rawBody = readBody(exchange);
    if (route.body !== null) exchange.body = parsed(route.body, exchange.rawBody, 'body', errors);
    else if (exchange.rawBody !== undefined) errors.push(...leftovers(exchange.rawBody));
    if (errors.length > 0) {
      refuse({ slug: 'invalid-input', detail: 'The request does not have the form that this route takes.', errors });
    }
    const version = ifMatchOf(exchange);
    if (version !== undefined) exchange.ifMatch = version;
  });
}

const maxErrors = 20;

function parsed(schema: z.ZodType, value: unknown, where: InputError['in'], errors: InputError[]): unknown {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  errors.push(...read.error.issues.flatMap((issue) => errorsOf(issue, where)).slice(0, maxErrors));
  return undefined;
}

function errorsOf(issue: z.core.$ZodIssue, where: InputError['in']): readonly InputError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ in: where, pointer: pointer([...issue.path, key]), detail: 'unknown field' }));
  }
  return [{ in: where, pointer: pointer(issue.path), detail: issue.message }];
}

/** A JSON Pointer as a URI fragment [RFC 6901 section 6]; names are cut, since they may be the caller's own. */
function pointer(path: readonly PropertyKey[]): string {
  return `#${path
    .map((part) =>
      String(part).slice(0, 64).replace(loneSurrogates, '\ufffd').replaceAll('~', '~0').replaceAll('/', '~1'),
    )
    .map((part) => `/${encodeURI(part)}`)
    .join('')}`;
}

const loneSurrogates = /\p{Cs}/gu;

function queryOf(exchange: Exchange, errors: InputError[]): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(exchange.http.query).map(([name, values]) => {
      if (values !== undefined && values.length > 1) {
        errors.push({ in: 'query', pointer: pointer([name]), detail: 'given more than once' });
      }
      return [name, values?.[0]];
    }),
  );
}

function readBody(exchange: Exchange): unknown {
  if (exchange.http.body.byteLength === 0) return undefined;
  const read = readStrictJson(exchange.http.body);
  if (!read.ok) return refuse({ slug: 'bad-request', detail: jsonFaults[read.error] });
  return read.value;
}

const jsonFaults: Readonly<Record<JsonRefusal, string>> = {
  'not-utf8': 'The body is not UTF-8.',
  malformed: 'The body is not JSON.',
  'too-deep': 'The body nests too deeply.',
  'duplicate-name': 'The body has an object with a name twice.',
  'forbidden-name': 'The body has an object with a name that is not allowed.',
};

/** Where no body is read, none or an empty object may be sent. */
function leftovers(body: unknown): readonly InputError[] {
  const isEmpty = body !== null && typeof body === 'object' && !Array.isArray(body) && Object.keys(body).length === 0;
  return isEmpty ? [] : [{ in: 'body', pointer: '#', detail: 'this route takes no body' }];
}

/** `If-Match: "7"` names version 7 [RFC 9110 section 13.1.1]. A weak tag never matches a strong comparison: version 0. */
function ifMatchOf(exchange: Exchange): number | undefined {
  const header = headerOf(exchange.http, 'if-match');
  if (header === undefined || header === '*') return undefined;
  const match = typeof header === 'string' ? /^(W\/)?"(\d{1,8})"$/.exec(header.trim()) : null;
  if (match === null) return refuse(invalidHeader('If-Match', 'Send one entity tag, e.g. "7".'));
  return match[1] === undefined ? Number(match[2]) : 0;
}
