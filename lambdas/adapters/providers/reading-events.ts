import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';

import type { NormalisedEvent, WebhookRefusal } from '../../domain/providers/provider';
import { passesLuhn } from '../../kernel/redaction';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import { MalformedData, textOf } from '../reading';
import type { Fields } from '../reading';

/** What the readers of all providers share: bytes to JSON, one event at a time, and what may stand in a field. */

const maxEvents = 1_000;

/** As much of why an event cannot be read is kept with it. */
export const maxReasonLength = 100;

/** The JSON of a body that is valid UTF-8; undefined for anything else. */
export function parseJsonBody(body: Uint8Array): unknown {
  if (!isUtf8(body)) return undefined;
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    return value;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * Reads every event of a genuine delivery. One that cannot be read harms no other: it becomes an event of its own that says so,
 * under its own key, or one derived from its content where it has none.
 */
export function readEach(
  eventsOf: () => readonly unknown[],
  {
    keyOf,
    normalise,
  }: { readonly keyOf: (event: unknown) => string; readonly normalise: (event: unknown) => NormalisedEvent },
): Result<readonly NormalisedEvent[], WebhookRefusal> {
  let events: readonly unknown[];
  try {
    events = eventsOf();
  } catch (error) {
    if (error instanceof MalformedData) return err('malformed');
    throw error;
  }
  if (events.length === 0 || events.length > maxEvents) return err('malformed');
  return ok(
    events.map((event) => {
      try {
        return normalise(event);
      } catch (error) {
        if (!(error instanceof MalformedData)) throw error;
        return unreadable(event, keyOf, error);
      }
    }),
  );
}

function unreadable(event: unknown, keyOf: (event: unknown) => string, { message }: MalformedData): NormalisedEvent {
  return {
    eventKey: keyOr(event, keyOf),
    // Nothing of it is believed, and a time must not depend on when it was read: a second delivery is the same event.
    occurredAt: new Date(0).toISOString(),
    eventType: 'unreadable',
    subject: { type: 'unreadable', detail: message.slice(0, maxReasonLength) },
  };
}

function keyOr(event: unknown, keyOf: (event: unknown) => string): string {
  try {
    return keyOf(event);
  } catch (error) {
    if (!(error instanceof MalformedData)) throw error;
    return `unreadable_${createHash('sha256').update(JSON.stringify(event)).digest('hex').slice(0, 40)}`;
  }
}

/** Plain characters only: references become part of records and logs, so a card number in the place of one is not taken either. */
export function readReference(fields: Fields, name: string): string {
  const text = textOf(fields, name);
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(text) || isCardNumber(text)) {
    throw new MalformedData(`${name} is no reference`);
  }
  return text;
}

function isCardNumber(text: string): boolean {
  const digits = text.replace(/[-_]/g, '');
  return /^\d{13,19}$/.test(digits) && passesLuhn(digits);
}

/** ISO 8601 in UTC. Years that it writes with more than four digits are no times of payments, and nothing else could read them. */
export function readInstant(fields: Fields, name: string): string {
  const instant = new Date(textOf(fields, name));
  if (Number.isNaN(instant.getTime()) || !/^\d{4}-/.test(instant.toISOString())) {
    throw new MalformedData(`${name} is no time`);
  }
  return instant.toISOString();
}

/** Addresses of hosted pages carry their state with them, and are longer than those of other pages. */
const maxPageUrlLength = 2_000;

/** A page to send a customer to: in plain characters, and without a user's name, which could pass for the host. */
export function readPageUrl(fields: Fields, name: string): string {
  const text = textOf(fields, name);
  if (
    text.length > maxPageUrlLength ||
    !/^https?:\/\/[\x21-\x7e]+$/.test(text) ||
    !URL.canParse(text) ||
    new URL(text).username !== ''
  ) {
    throw new MalformedData(`${name} is no URL`);
  }
  return text;
}
