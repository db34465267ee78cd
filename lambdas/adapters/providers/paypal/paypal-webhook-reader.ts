import { rootCertificates } from 'node:tls';

import type { NormalisedEvent, RawDelivery, WebhookReader, WebhookRefusal } from '../../../domain/providers/provider';
import { err } from '../../../kernel/result';
import type { Result } from '../../../kernel/result';
import { fieldsOf, MalformedData, textOf } from '../../reading';
import type { Fields } from '../../reading';
import { parseJsonBody, readEach, readInstant } from '../reading-events';
import { certificateHosts, newCertificates } from './paypal-certificates';
import type { Certificates } from './paypal-certificates';
import { subjectOf } from './paypal-events';
import { settlementOf } from './paypal-settlement';
import { verifyTransmission } from './paypal-signature';

export interface PaypalWebhookReaderOptions {
  readonly fetch?: typeof fetch;
  /** Roots in PEM that PayPal's certificates lead to: those that Node comes with, but where a fake stands in for PayPal. */
  readonly roots?: readonly string[];
  /** Where certificates are fetched instead of from PayPal's hosts. A delivery must name one of these all the same. */
  readonly baseUrl?: string;
}

/** A certificate is fetched while PayPal waits for our answer. */
const timeoutMs = 3_000;

/** Reads PayPal's webhooks. Their secret is the id of the merchant's webhook. */
export function newPaypalWebhookReader(options: PaypalWebhookReaderOptions): WebhookReader {
  const certificates = newCertificates({
    fetch: options.fetch ?? globalThis.fetch,
    timeoutMs,
    roots: () => options.roots ?? rootCertificates,
    hosts: certificateHosts,
    ...(options.baseUrl === undefined ? {} : { baseUrl: options.baseUrl }),
  });
  return { provider: 'paypal', read: (...given) => read(certificates, ...given) };
}

/**
 * A delivery is two events: what happened, and what it moved in the merchant's PayPal account, often nothing. Both are kept under the id
 * of the transmission and not of the event, since that is what PayPal signs. A body that somebody makes to fit a signature that he has
 * seen is thereby a second delivery of what was delivered, whatever it says; so no delivery may leave one of the two keys free.
 * PayPal sending an event again under another transmission changes nothing: what is told twice merges.
 */
async function read(
  certificates: Certificates,
  delivery: RawDelivery,
  secrets: readonly string[],
  nowMs: number,
  mayFetch: () => boolean = () => true,
): Promise<Result<readonly NormalisedEvent[], WebhookRefusal>> {
  const verified = await verifyTransmission(certificates, delivery, secrets, { nowMs, mayFetch });
  if (!verified.ok) return verified;
  const document = parseJsonBody(delivery.body);
  if (document === undefined) return err('malformed');
  const { transmissionId } = verified.value;
  const happened = readEach(() => [document], {
    keyOf: () => transmissionId,
    normalise: (event) => normalise(event, transmissionId, subjectOf),
  });
  const moved = readEach(() => [document], {
    keyOf: () => `${transmissionId}.settlement`,
    normalise: (event) => normalise(event, `${transmissionId}.settlement`, settlementOf),
  });
  if (!happened.ok) return happened;
  return moved.ok ? { ok: true, value: [...happened.value, ...moved.value] } : moved;
}

function normalise(
  value: unknown,
  eventKey: string,
  read: (eventType: string, resource: Fields) => NormalisedEvent['subject'],
): NormalisedEvent {
  const event = fieldsOf(value, 'the event');
  const eventType = textOf(event, 'event_type');
  if (!/^[A-Z0-9._-]{1,100}$/.test(eventType)) throw new MalformedData('event_type is no name');
  return {
    eventKey,
    occurredAt: readInstant(event, 'create_time'),
    eventType,
    subject: read(eventType, fieldsOf(event.resource, 'the resource')),
  };
}
