/** Reading of JSON whose shape is known only by its producer: templates, manifests, answers of AWS APIs. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** Every value that `JSON.parse` returns is Json by construction; this is the one place that says so. */
export function parseJson(text: string): Json {
  const value: unknown = JSON.parse(text);
  if (!isJson(value)) throw new Error('JSON.parse returned something that is not JSON');
  return value;
}

function isJson(value: unknown): value is Json {
  return value === null || ['boolean', 'number', 'string', 'object'].includes(typeof value);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

function wrong(what: string, expected: string, value: unknown): Error {
  return new Error(`${what}: expected ${expected}, found ${value === undefined ? 'nothing' : JSON.stringify(value)}`);
}

export function asObject(value: Json | undefined, what: string): JsonObject {
  if (!isObject(value)) throw wrong(what, 'an object', value);
  return value;
}

export function asList(value: Json | undefined, what: string): readonly Json[] {
  if (!isList(value)) throw wrong(what, 'a list', value);
  return value;
}

export function asString(value: Json | undefined, what: string): string {
  if (typeof value !== 'string') throw wrong(what, 'a string', value);
  return value;
}

/** CloudFormation accepts numbers written as strings, and CDK writes both. */
export function asNumber(value: Json | undefined, what: string): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || Number.isNaN(number)) throw wrong(what, 'a number', value);
  return number;
}

export function asBoolean(value: Json | undefined, what: string): boolean {
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw wrong(what, 'a boolean', value);
}

export function optional<T>(
  value: Json | undefined,
  read: (value: Json, what: string) => T,
  what: string,
): T | undefined {
  return value === undefined || value === null ? undefined : read(value, what);
}

export function listOf<T>(value: Json | undefined, read: (value: Json, what: string) => T, what: string): T[] {
  return value === undefined ? [] : asList(value, what).map((item, index) => read(item, `${what}[${index}]`));
}

/** A record of strings, as in environment variables, tags and header maps; numbers and booleans are written out. */
/** A scalar as text; lists and objects as JSON. */
export function textOf(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export function stringMap(value: Json | undefined, what: string): Record<string, string> {
  if (value === undefined) return {};
  const entries = Object.entries(asObject(value, what)).map(([key, item]): [string, string] => {
    if (typeof item === 'string') return [key, item];
    if (typeof item === 'number' || typeof item === 'boolean') return [key, String(item)];
    throw wrong(`${what}.${key}`, 'a string', item);
  });
  return Object.fromEntries(entries);
}
