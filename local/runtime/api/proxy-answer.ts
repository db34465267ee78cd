import { asBoolean, isList, isObject, parseJson, textOf, type Json, type JsonObject } from '../../assembly/json';
import type { HttpResponse } from './http-exchange';

/**
 * Headers of a function's answer that a REST API renames to `x-amzn-Remapped-…` (API Gateway Developer Guide, "Important
 * notes": headers dropped or remapped). Content types and encodings are not among those in practice.
 */
const remapped = new Set([
  'authorization',
  'connection',
  'content-length',
  'content-md5',
  'date',
  'expect',
  'host',
  'max-forwards',
  'proxy-authenticate',
  'server',
  'te',
  'trailer',
  'upgrade',
  'via',
  'warn',
  'www-authenticate',
]);
const dropped = new Set(['transfer-encoding', 'keep-alive']);

/** Reads the output of a proxy integration; `undefined` if API Gateway would call it malformed and answer 502. */
export function proxyAnswer(payload: string): HttpResponse | undefined {
  const answer = parseJson(payload);
  if (!isObject(answer)) return undefined;
  const status = statusOf(answer['statusCode']);
  if (status === undefined) return undefined;
  const known = new Set(['statusCode', 'headers', 'multiValueHeaders', 'body', 'isBase64Encoded']);
  if (Object.keys(answer).some((key) => !known.has(key))) return undefined;
  const headers = headersOf(answer);
  const body = answer['body'] ?? '';
  if (headers === undefined || typeof body === 'object') return undefined;
  const encoded = answer['isBase64Encoded'] !== undefined && asBoolean(answer['isBase64Encoded'], 'isBase64Encoded');
  const hasType = headers.some(([name]) => name.toLowerCase() === 'content-type');
  return {
    status,
    headers: hasType ? headers : [['Content-Type', 'application/json'], ...headers],
    body: encoded ? Buffer.from(String(body), 'base64') : String(body),
  };
}

function statusOf(value: Json | undefined): number | undefined {
  const status = typeof value === 'string' ? Number(value) : value;
  return typeof status === 'number' && Number.isInteger(status) && status >= 100 && status <= 599 ? status : undefined;
}

/** A header in both maps is taken from `multiValueHeaders`. */
function headersOf(answer: JsonObject): [string, string][] | undefined {
  const single = answer['headers'] ?? {};
  const multiple = answer['multiValueHeaders'] ?? {};
  if (!isObject(single) || !isObject(multiple)) return undefined;
  const many = new Set(Object.keys(multiple).map((name) => name.toLowerCase()));
  const pairs: [string, string][] = [];
  for (const [name, value] of Object.entries(single)) {
    if (many.has(name.toLowerCase()) || value === null || value === undefined) continue;
    if (typeof value === 'object') return undefined;
    pairs.push([name, textOf(value)]);
  }
  for (const [name, values] of Object.entries(multiple)) {
    if (!isList(values)) return undefined;
    values.forEach((value) => pairs.push([name, textOf(value)]));
  }
  return pairs
    .filter(([name]) => !dropped.has(name.toLowerCase()))
    .map(([name, value]) => [remapped.has(name.toLowerCase()) ? `x-amzn-Remapped-${name}` : name, value]);
}
