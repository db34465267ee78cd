import { createHash } from 'node:crypto';

import type { OperationRecord, PaymentRecord, SandboxEvent, ScheduledEvent } from './books';
import { behaviourOf } from './tokens';

/** A webhook leaves a moment after the answer, as it does with real providers. */
const usualDelaySeconds = 1;

const lateDelaySeconds = 6;

const outOfOrderDelaySeconds = 3;

/** The webhooks that tell of an operation just decided. */
export function eventsOf(operation: OperationRecord, payment: PaymentRecord, now: Date): readonly ScheduledEvent[] {
  const { webhooks } = behaviourOf(payment.token);
  const told: ScheduledEvent = {
    event: outcomeEvent(operation, now),
    delaySeconds: webhooks === 'late' ? lateDelaySeconds : usualDelaySeconds,
  };
  const isAuthorization = operation.kind === 'authorization';
  return [
    told,
    ...(webhooks === 'twice' ? [told] : []),
    ...(webhooks === 'out-of-order' && isAuthorization ? [overtaken(operation, now)] : []),
    ...laterEvents(operation, payment, now),
  ];
}

/** The id is derived, so that the same news always has the same id and a second delivery is seen for what it is. */
export function eventId(...parts: readonly string[]): string {
  return `evt_${createHash('sha256').update(parts.join('/')).digest('hex').slice(0, 24)}`;
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
  const { later } = behaviourOf(payment.token);
  if (later === undefined || operation.answer.status !== 'succeeded') return [];
  const isCapture =
    operation.kind === 'capture' || (operation.kind === 'authorization' && payment.capture === 'automatic');
  const occurredAt = new Date(now.getTime() + 1_000).toISOString();
  const at = { occurredAt, payment: payment.paymentId };
  const { operationId, asked } = operation;
  switch (later) {
    case 'dispute': {
      const dispute = { id: `dp_${payment.paymentId.slice(4)}`, status: 'opened', ...asked } as const;
      return isCapture ? [soon({ ...at, id: eventId(operationId, 'dispute'), type: 'dispute.opened', dispute })] : [];
    }
    case 'settlement': {
      const settlement = { id: `po_${operationId.slice(3)}`, ...asked };
      return isCapture
        ? [soon({ ...at, id: eventId(operationId, 'settlement'), type: 'settlement.paid', settlement })]
        : [];
    }
    case 'expiry':
      return isCapture || operation.kind !== 'authorization'
        ? []
        : [soon({ ...at, id: eventId(operationId, 'expiry'), type: 'authorization.expired' })];
  }
}

function soon(event: SandboxEvent): ScheduledEvent {
  return { event, delaySeconds: 2 };
}
