import type {
  EventSubject,
  NormalisedEvent,
  RawDelivery,
  WebhookReader,
  WebhookRefusal,
} from '../../../domain/providers/provider';
import { err } from '../../../kernel/result';
import type { Result } from '../../../kernel/result';
import { fieldsOf, listOf, MalformedData, optionOf, textOf } from '../../reading';
import type { Fields } from '../../reading';
import { parseJsonBody, readEach, readInstant, readReference } from '../reading-events';
import { verifyStandardWebhook } from '../standard-webhooks';
import { readAnswer, readMoney } from './sandbox-answers';

const kinds = { authorization: 'authorize', capture: 'capture', cancellation: 'cancel', refund: 'refund' } as const;

/** Reads the sandbox's webhooks: Standard Webhooks, one or more events a delivery. */
export const sandboxWebhookReader: WebhookReader = {
  provider: 'sandbox',
  read: (delivery, secrets, nowMs) => Promise.resolve(read(delivery, secrets, nowMs)),
};

function read(
  delivery: RawDelivery,
  secrets: readonly string[],
  nowMs: number,
): Result<readonly NormalisedEvent[], WebhookRefusal> {
  const verified = verifyStandardWebhook(delivery, secrets, nowMs);
  if (!verified.ok) return verified;
  const document = parseJsonBody(delivery.body);
  if (document === undefined) return err('malformed');
  return readEach(() => listOf(fieldsOf(document, 'the delivery'), 'events'), {
    keyOf: (event) => readReference(fieldsOf(event, 'an event'), 'id'),
    normalise: (event) => normalise(fieldsOf(event, 'an event')),
  });
}

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
      kind: 'capture',
      amount: readMoney(settlement),
    };
  }
  if (eventType === 'authorization.expired') return { type: 'expiry', paymentId: readReference(event, 'payment') };
  return { type: 'other' };
}
