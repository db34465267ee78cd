import type { NormalisedEvent, RawDelivery, WebhookReader, WebhookRefusal } from '../../../domain/providers/provider';
import { err } from '../../../kernel/result';
import type { Result } from '../../../kernel/result';
import { fieldsOf, MalformedData, textOf } from '../../reading';
import type { Fields } from '../../reading';
import { parseJsonBody, readEach, readInstant } from '../reading-events';
import { readId, readSeconds } from './stripe-objects';
import { stripeSignature, verifyStripeSignature } from './stripe-signature';
import { subjectOf } from './stripe-subjects';

/** A test of our own: Stripe sends none of this type. */
const testType = 'countinghouse.test';

/** Reads Stripe's webhooks: one event a delivery, as a snapshot, or as a notification without content ("thin") of API v2. */
export const stripeWebhookReader: WebhookReader = {
  provider: 'stripe',
  read: (delivery, secrets, nowMs) => Promise.resolve(read(delivery, secrets, nowMs)),
  signTest: (testId, secret, now) => {
    const event = {
      id: `evt_${testId}`,
      object: 'event',
      type: testType,
      created: Math.floor(now.getTime() / 1000),
      data: { object: { id: testId, object: testType } },
    };
    const body = Buffer.from(JSON.stringify(event));
    return { headers: { 'stripe-signature': stripeSignature(secret, now, body) }, body };
  },
};

function read(
  delivery: RawDelivery,
  secrets: readonly string[],
  nowMs: number,
): Result<readonly NormalisedEvent[], WebhookRefusal> {
  const verified = verifyStripeSignature(delivery, secrets, nowMs);
  if (!verified.ok) return verified;
  const document = parseJsonBody(delivery.body);
  if (document === undefined) return err('malformed');
  return readEach(() => [fieldsOf(document, 'the delivery')], {
    keyOf: (event) => readId(fieldsOf(event, 'the event'), 'id'),
    normalise: (event) => normalise(fieldsOf(event, 'the event')),
  });
}

function normalise(event: Fields): NormalisedEvent {
  const eventType = textOf(event, 'type');
  if (!/^[a-z0-9_.[\]]{1,100}$/.test(eventType)) throw new MalformedData('type is no name');
  const eventKey = readId(event, 'id');
  // A notification of API v2 names an object and tells nothing of it: none is about what we act on.
  if (event.object === 'v2.core.event') {
    return { eventKey, occurredAt: readInstant(event, 'created'), eventType, subject: { type: 'other' } };
  }
  const occurredAt = readSeconds(event, 'created');
  const data = fieldsOf(event.data, 'data');
  const object = fieldsOf(data.object, 'data.object');
  if (eventType === testType) {
    return { eventKey, occurredAt, eventType, subject: { type: 'test', testId: readId(object, 'id') } };
  }
  return { eventKey, occurredAt, eventType, subject: subjectOf(eventType, object, event) };
}
