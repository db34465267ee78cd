import { err, ok } from '../kernel/result';
import type { Result } from '../kernel/result';

/** How deep objects and arrays of a body may nest. No route needs more than four. */
export const maxDepth = 16;

export type JsonRefusal = 'not-utf8' | 'malformed' | 'too-deep' | 'duplicate-name' | 'forbidden-name';

/** Names that reach for the prototype when an object is carelessly merged. */
const forbiddenNames = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Reads JSON so that no two readers can understand it differently [RFC 7493, I-JSON]: UTF-8 only, no name twice in an object, no
 * names of the prototype, bounded depth.
 */
export function readStrictJson(bytes: Uint8Array): Result<unknown, JsonRefusal> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return err('not-utf8');
  }
  const fault = faultOfNames(text);
  if (fault !== undefined) return err(fault);
  try {
    const value: unknown = JSON.parse(text);
    return ok(value);
  } catch {
    return err('malformed');
  }
}

/**
 * Walks the text once for what `JSON.parse` does not tell: names and depth. It need not know that the text is JSON at all; what is
 * none is refused by the parser afterwards.
 */
function faultOfNames(text: string): JsonRefusal | undefined {
  const open: (Set<string> | undefined)[] = [];
  let position = 0;
  while (position < text.length) {
    const character = text.charAt(position);
    if (character === '{' || character === '[') {
      open.push(character === '{' ? new Set() : undefined);
      if (open.length > maxDepth) return 'too-deep';
    } else if (character === '}' || character === ']') {
      open.pop();
    } else if (character === '"') {
      const end = endOfString(text, position);
      const names = open.at(-1);
      if (names !== undefined && isName(text, end)) {
        const name = decoded(text.slice(position, end));
        if (name === undefined) return 'malformed';
        if (forbiddenNames.has(name)) return 'forbidden-name';
        if (names.has(name)) return 'duplicate-name';
        names.add(name);
      }
      position = end;
      continue;
    }
    position += 1;
  }
  return undefined;
}

/** The position after the closing quote, or the end of the text. */
function endOfString(text: string, start: number): number {
  let position = start + 1;
  while (position < text.length && text.charAt(position) !== '"') position += text.charAt(position) === '\\' ? 2 : 1;
  return Math.min(position + 1, text.length);
}

/** Whether a colon follows: then the string is the name of a member. */
function isName(text: string, end: number): boolean {
  let position = end;
  while (' \t\n\r'.includes(text.charAt(position)) && position < text.length) position += 1;
  return text.charAt(position) === ':';
}

/** `"\u005f_proto__"` is `__proto__` too. */
function decoded(quoted: string): string | undefined {
  try {
    const name: unknown = JSON.parse(quoted);
    return typeof name === 'string' ? name : undefined;
  } catch {
    return undefined;
  }
}
