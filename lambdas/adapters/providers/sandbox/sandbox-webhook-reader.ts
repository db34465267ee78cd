import type {
  EventSubject,
  NormalisedEvent,
  RawDelivery,
  WebhookReader,
  WebhookRefusal,
} from '../../../domain/providers/provider';
import { err } from '../../../kernel/result';
import type { Result } from '../../../kernel/result';
import { fieldsOf, integerOf, listOf, MalformedData, optionOf, textOf } from '../../reading';
import type { Fields } from '../../reading';
import { parseJsonBody, readEach, readInstant, readReference } from '../reading-events';
import { signStandardWebhook, verifyStandardWebhook } from '../standard-webhooks';
import { readAnswer, readMoney } from './sandbox-answers';

const kinds = { authorization: 'authorize', capture: 'capture', cancellation: 'cancel', refund: 'refund' } as const;

/** Reads the sandbox's webhooks: Standard Webhooks, one or more events a delivery. */
export const sandboxWebhookReader: WebhookReader = {
  provider: 'sandbox',
  read: (delivery, secrets, nowMs) => Promise.resolve(read(delivery, secrets, nowMs)),
  signTest: (testId, secret, now) => {
    const id = `evt_${testId}`;
    const event = { id, type: 'connection.test', occurredAt: now.toISOString(), test: { id: testId } };
    return signStandardWebhook(id, Buffer.from(JSON.stringify({ events: [event] })), secret, now);
  },
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
  if (event.external !== undefined) {
    const external = fieldsOf(event.external, 'external');
    return {
      type: 'external-operation',
      paymentId: readReference(event, 'payment'),
      kind: kinds[optionOf(external, 'kind', ['capture', 'cancellation', 'refund'])],
      providerReference: readReference(external, 'reference'),
      amount: readMoney(external),
      status: 'succeeded',
    };
  }
  if (event.payout !== undefined) {
    const payout = fieldsOf(event.payout, 'payout');
    return {
      type: 'payout',
      payoutId: readReference(payout, 'id'),
      status: 'paid',
      amount: readMoney(payout),
      arrivesOn: readDay(payout, 'arrivesOn'),
    };
  }
  if (event.dispute !== undefined) {
    const dispute = fieldsOf(event.dispute, 'dispute');
    return {
      type: 'dispute',
      paymentId: readReference(event, 'payment'),
      disputeId: readReference(dispute, 'id'),
      status: optionOf(dispute, 'status', ['inquiry', 'opened', 'won', 'lost']),
      ...(dispute.stage === undefined ? {} : { stage: readStage(dispute) }),
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
  if (event.test !== undefined) return { type: 'test', testId: readReference(fieldsOf(event.test, 'test'), 'id') };
  if (eventType === 'authorization.expired') return { type: 'expiry', paymentId: readReference(event, 'payment') };
  return { type: 'other' };
}

function readStage(dispute: Fields): number {
  const stage = integerOf(dispute, 'stage');
  if (stage < 0 || stage > 99) throw new MalformedData('stage is none');
  return stage;
}

function readDay(fields: Fields, name: string): string {
  const day = textOf(fields, name);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || Number.isNaN(Date.parse(day))) throw new MalformedData(`${name} is no day`);
  return day;
}
