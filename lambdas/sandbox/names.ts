import { createHash } from 'node:crypto';

/** A name that follows from what it names, so that the same thing always has the same one. */
export function derivedId(prefix: string, ...parts: readonly string[]): string {
  return `${prefix}_${createHash('sha256').update(parts.join('/')).digest('hex').slice(0, 24)}`;
}

/** The id of an event: a second delivery of the same news is seen for what it is. */
export function eventId(...parts: readonly string[]): string {
  return derivedId('evt', ...parts);
}
