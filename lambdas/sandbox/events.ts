import type { Amount, OperationRecord, PaymentRecord, SandboxEvent, ScheduledEvent } from './books';
import { isCapture } from './balance';
import { disputeStepsOf } from './disputes';
import { eventId } from './names';
import { behaviourOf } from './tokens';

/** A webhook leaves a moment after the answer, as it does with real providers. */
const usualDelaySeconds = 1;

const lateDelaySeconds = 6;

const outOfOrderDelaySeconds = 3;

/** How long after its answer an operation comes to something else by itself. */
export const laterMs = 2_000;

/** The webhooks that tell of an operation just decided. */
export function eventsOf(operation: OperationRecord, payment: PaymentRecord, now: Date): readonly ScheduledEvent[] {
  const { webhooks } = behaviourOf(payment.token);
  const told: ScheduledEvent = {
    event: outcomeEvent(operation, now),
    delaySeconds: webhooks === 'late' ? lateDelaySeconds : usualDelaySeconds,
  };
  const isAuthorization = operation.kind === 'authorization';
  const { later } = operation;
  const toldLater = later && outcomeEvent({ ...operation, answer: later.answer }, new Date(later.at));
  return [
    told,
    ...(toldLater === undefined ? [] : [{ event: toldLater, delaySeconds: usualDelaySeconds + laterMs / 1_000 }]),
    ...(webhooks === 'twice' ? [told] : []),
    ...(webhooks === 'out-of-order' && isAuthorization ? [overtaken(operation, now)] : []),
    ...laterEvents(operation, payment, now),
  ];
}

/** An operation that was made in the dashboard: the merchant's program learns of it by webhook alone. */
export function externalEvent(operation: OperationRecord, now: Date): readonly ScheduledEvent[] {
  const { kind, answer, operationId, paymentId } = operation;
  if (kind === 'authorization' || answer.status !== 'succeeded') return [];
  const type = `${kind}.${answer.status}`;
  const { reference, amount, currency } = answer;
  const event = {
    id: eventId(operationId, type),
    type,
    occurredAt: now.toISOString(),
    payment: paymentId,
    external: { kind, reference, amount, currency },
  };
  return [{ event, delaySeconds: usualDelaySeconds }];
}

function outcomeEvent(operation: OperationRecord, now: Date): SandboxEvent {
  const type = `${operation.kind}.${operation.answer.status}`;
  return {
    id: eventId(operation.operationId, type),
    type,
    occurredAt: now.toISOString(),
    payment: operation.paymentId,
    operation: { id: operation.operationId, kind: operation.kind, answer: operation.answer },
  };
}

/** News from before the decision that arrives after it. */
function overtaken(operation: OperationRecord, now: Date): ScheduledEvent {
  const earlier = new Date(now.getTime() - 1_000);
  const { reference } = operation.answer;
  const asking = { status: 'requires_action', reference, redirectUrl: 'https://sandbox.example/overtaken' } as const;
  return { event: outcomeEvent({ ...operation, answer: asking }, earlier), delaySeconds: outOfOrderDelaySeconds };
}

function laterEvents(operation: OperationRecord, payment: PaymentRecord, now: Date): readonly ScheduledEvent[] {
  const { answer, operationId } = operation;
  if (answer.status !== 'succeeded') return [];
  const { amount, currency } = answer;
  const { later } = behaviourOf(payment.token);
  const captured = isCapture(operation, payment);
  const at = { occurredAt: new Date(now.getTime() + 1_000).toISOString(), payment: payment.paymentId };
  if (later === 'expiry' && !captured && operation.kind === 'authorization') {
    return [soon({ ...at, id: eventId(operationId, 'expiry'), type: 'authorization.expired' })];
  }
  if (!captured) return [];
  const settlement = { id: `po_${operationId.slice(3)}`, amount, currency };
  return [
    ...disputeEvents(operation, payment, { amount, currency }, now),
    ...(later === 'settlement'
      ? [soon({ ...at, id: eventId(operationId, 'settlement'), type: 'settlement.paid', settlement })]
      : []),
  ];
}

function disputeEvents(
  { operationId }: OperationRecord,
  payment: PaymentRecord,
  disputed: Amount,
  now: Date,
): readonly ScheduledEvent[] {
  return disputeStepsOf(payment, now).map(({ status, stage, occurredAt, delaySeconds }) => ({
    event: {
      id: eventId(operationId, 'dispute', status, String(stage)),
      type: `dispute.${status}`,
      occurredAt,
      payment: payment.paymentId,
      dispute: { id: `dp_${operationId.slice(3)}`, status, stage, ...disputed },
    },
    delaySeconds,
  }));
}

function soon(event: SandboxEvent): ScheduledEvent {
  return { event, delaySeconds: 2 };
}
