import type { EventSubject, NormalisedEvent, WebhookReader } from '../../domain/providers/provider';
import { err, ok } from '../../kernel/result';
import { fieldsOf, listOf, MalformedData, optionOf, textOf } from '../reading';
import type { Fields } from '../reading';
import { readAnswer, readMoney, readReference } from './sandbox-answers';
import { verifyStandardWebhook } from './standard-webhooks';

const kinds = { authorization: 'authorize', capture: 'capture', cancellation: 'cancel', refund: 'refund' } as const;

const maxEvents = 100;

/** Reads the sandbox's webhooks: Standard Webhooks, one or more events a delivery. */
export const sandboxWebhookReader: WebhookReader = {
  provider: 'sandbox',
  read: (delivery, secrets, nowMs) => {
    const verified = verifyStandardWebhook(delivery, secrets, nowMs);
    if (!verified.ok) return verified;
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(delivery.body);
      const document: unknown = JSON.parse(text);
      const events = listOf(fieldsOf(document, 'the delivery'), 'events');
      if (events.length === 0 || events.length > maxEvents) return err('malformed');
      return ok(events.map((event) => normalise(fieldsOf(event, 'an event'))));
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof TypeError || error instanceof MalformedData)
        return err('malformed');
      throw error;
    }
  },
};

function normalise(event: Fields): NormalisedEvent {
  const occurredAt = readInstant(event, 'occurredAt');
  const eventType = textOf(event, 'type');
  if (!/^[a-z_.]{1,60}$/.test(eventType)) throw new MalformedData('type is no name');
  return {
    eventKey: readReference(event, 'id'),
    occurredAt,
    eventType,
    subject: subjectOf(event, eventType),
  };
}

/** ISO 8601 in UTC. Years that it writes with more than four digits are no times of payments, and nothing else could read them. */
function readInstant(fields: Fields, name: string): string {
  const instant = new Date(textOf(fields, name));
  if (Number.isNaN(instant.getTime()) || !/^\d{4}-/.test(instant.toISOString())) {
    throw new MalformedData(`${name} is no time`);
  }
  return instant.toISOString();
}

function subjectOf(event: Fields, eventType: string): EventSubject {
  if (event.operation !== undefined) {
    const operation = fieldsOf(event.operation, 'operation');
    return {
      type: 'operation',
      paymentId: readReference(event, 'payment'),
      operationId: readReference(operation, 'id'),
      kind: kinds[optionOf(operation, 'kind', ['authorization', 'capture', 'cancellation', 'refund'])],
      outcome: readAnswer(operation.answer),
    };
  }
  if (event.dispute !== undefined) {
    const dispute = fieldsOf(event.dispute, 'dispute');
    return {
      type: 'dispute',
      paymentId: readReference(event, 'payment'),
      disputeId: readReference(dispute, 'id'),
      status: optionOf(dispute, 'status', ['opened', 'won', 'lost']),
      amount: readMoney(dispute),
    };
  }
  if (event.settlement !== undefined) {
    const settlement = fieldsOf(event.settlement, 'settlement');
    return {
      type: 'settlement',
      paymentId: readReference(event, 'payment'),
      settlementId: readReference(settlement, 'id'),
      amount: readMoney(settlement),
    };
  }
  if (eventType === 'authorization.expired') return { type: 'expiry', paymentId: readReference(event, 'payment') };
  return { type: 'other' };
}
