import { createHash } from 'node:crypto';

import { entriesOf } from './balance';
import type {
  Amount,
  Answer,
  Decided,
  DeclineReason,
  Effect,
  FollowUpKind,
  OperationRecord,
  PaymentRecord,
} from './books';
import { eventsOf, externalEvent, laterMs } from './events';
import { behaviourOf } from './tokens';
import type { Behaviour } from './tokens';

export interface AuthorizationRequest extends Amount {
  readonly operationId: string;
  readonly paymentId: string;
  readonly token: string;
  readonly capture: 'automatic' | 'manual';
  /** Where the sandbox's own pages are reached: a function does not know its own URL. */
  readonly pageBaseUrl: string;
}

export interface FollowUpRequest extends Amount {
  readonly operationId: string;
  readonly paymentId: string;
  readonly kind: FollowUpKind;
}

/**
 * Decides an authorization. `undefined`: the token says that nothing is to be written down and no answer given. A second
 * authorization of one payment is another effect, as it would be with a real provider, so that tests can see it.
 */
export function decideAuthorization(
  account: string,
  known: PaymentRecord | undefined,
  request: AuthorizationRequest,
  now: Date,
): Decided | undefined {
  const { token, paymentId, operationId, currency, capture } = request;
  const behaviour = behaviourOf(token);
  if (behaviour.authorization === 'ignore') return undefined;

  const reference = known?.reference ?? referenceOf('auth', operationId);
  const bare: PaymentRecord = {
    paymentId,
    token,
    currency,
    capture,
    reference,
    authorizationId: operationId,
    authorized: known?.authorized ?? 0,
    captured: known?.captured ?? 0,
    canceled: known?.canceled ?? 0,
    refunded: known?.refunded ?? 0,
    returned: known?.returned ?? [],
    effects: known?.effects ?? [],
    version: (known?.version ?? 0) + 1,
  };
  const asked = { amount: request.amount, currency };
  const settle = (answer: Answer, payment: PaymentRecord): Decided => {
    const operation = { operationId, paymentId, kind: 'authorization', asked, answer, version: 1 } as const;
    return {
      operation,
      payment,
      entries: entriesOf(operation, payment, now),
      events: eventsOf(operation, payment, now),
      holdsAnswer: behaviour.holdsAnswer ?? false,
    };
  };
  switch (behaviour.authorization) {
    case 'approve': {
      const amount = request.amount + (behaviour.excess ?? 0);
      return settle({ status: 'succeeded', reference, amount, currency }, approved(bare, operationId, amount, now));
    }
    case 'decline':
      return settle({ status: 'declined', reason: behaviour.declineReason ?? 'declined', reference }, bare);
    case 'ask': {
      const redirectUrl = `${request.pageBaseUrl.replace(/\/+$/, '')}/pay/${account}.${paymentId}`;
      return settle({ status: 'requires_action', reference, redirectUrl }, bare);
    }
  }
}

/**
 * Decides a capture, cancellation or refund. What the books do not allow is declined. `madeBy`: of what is made in the dashboard
 * the merchant's program has no id, and the token has no say in it.
 */
export function decideFollowUp(
  payment: PaymentRecord,
  request: FollowUpRequest,
  now: Date,
  madeBy: 'program' | 'dashboard' = 'program',
): Decided {
  const { operationId, paymentId, kind, amount, currency } = request;
  const behaviour = madeBy === 'program' ? behaviourOf(payment.token) : { authorization: 'approve' as const };
  const declined = declineReasonOf(payment, request, behaviour, now);
  const reference = referenceOf(kind, operationId);
  const done: Answer = { status: 'succeeded', reference, amount, currency };
  const laterAt = new Date(now.getTime() + laterMs).toISOString();
  const fate = (): Pick<OperationRecord, 'answer' | 'later'> => {
    if (declined !== undefined) return { answer: { status: 'declined', reason: declined, reference } };
    if (kind === 'capture' && behaviour.capture === 'pending') {
      return { answer: { status: 'pending', reference }, later: { at: laterAt, answer: done } };
    }
    if (kind === 'refund' && behaviour.refund === 'return') {
      return { answer: done, later: { at: laterAt, answer: { status: 'reversed', reason: 'declined', reference } } };
    }
    return { answer: done };
  };
  const moved =
    declined === undefined
      ? withEffect(withMoved(payment, kind, amount), { operationId, kind, amount, at: now.toISOString() })
      : payment;
  const operation = { operationId, paymentId, kind, asked: { amount, currency }, ...fate(), version: 1 };
  const isReturned = declined === undefined && kind === 'refund' && behaviour.refund === 'return';
  const after: PaymentRecord = {
    ...moved,
    returned: isReturned ? [...moved.returned, { at: laterAt, amount }] : moved.returned,
    version: payment.version + 1,
  };
  return {
    operation,
    payment: after,
    entries: entriesOf(operation, after, now),
    events: madeBy === 'program' ? eventsOf(operation, after, now) : externalEvent(operation, now),
    holdsAnswer: kind === 'refund' && behaviour.refund === 'hold-answer',
  };
}

/** The customer has answered on the sandbox's page. Only the first answer counts. */
export function decideCompletion(
  payment: PaymentRecord,
  operation: Decided['operation'],
  approve: boolean,
  now: Date,
): Decided | undefined {
  if (operation.answer.status !== 'requires_action') return undefined;
  const { reference } = operation.answer;
  const { asked } = operation;
  const answer: Answer = approve
    ? { status: 'succeeded', reference, ...asked }
    : { status: 'declined', reason: 'authentication_failed', reference };
  const decided = { ...operation, answer, version: operation.version + 1 };
  const base = { ...payment, version: payment.version + 1 };
  const after = approve ? approved(base, operation.operationId, asked.amount, now) : base;
  return {
    operation: decided,
    payment: after,
    entries: entriesOf(decided, after, now),
    events: eventsOf(decided, after, now),
    holdsAnswer: false,
  };
}

function declineReasonOf(
  payment: PaymentRecord,
  request: FollowUpRequest,
  behaviour: Behaviour,
  now: Date,
): DeclineReason | undefined {
  const { authorized, captured, canceled } = payment;
  const returned = payment.returned.filter(({ at }) => Date.parse(at) <= now.getTime());
  const refunded = payment.refunded - returned.reduce((sum, { amount }) => sum + amount, 0);
  if (request.currency !== payment.currency || request.amount <= 0) return 'not_allowed';
  switch (request.kind) {
    case 'capture':
      if (behaviour.capture === 'decline') return 'declined';
      return request.amount > authorized - captured - canceled ? 'not_allowed' : undefined;
    case 'cancellation':
      return request.amount > authorized - captured - canceled ? 'not_allowed' : undefined;
    case 'refund':
      if (behaviour.refund === 'decline') return 'declined';
      return request.amount > captured - refunded ? 'not_allowed' : undefined;
  }
}

function approved(payment: PaymentRecord, operationId: string, amount: number, now: Date): PaymentRecord {
  const effect: Effect = { operationId, kind: 'authorization', amount, at: now.toISOString() };
  const captured = payment.capture === 'automatic' ? payment.captured + amount : payment.captured;
  return withEffect({ ...payment, authorized: payment.authorized + amount, captured }, effect);
}

function withMoved(payment: PaymentRecord, kind: FollowUpRequest['kind'], amount: number): PaymentRecord {
  switch (kind) {
    case 'capture':
      return { ...payment, captured: payment.captured + amount };
    case 'cancellation':
      return { ...payment, canceled: payment.canceled + amount };
    case 'refund':
      return { ...payment, refunded: payment.refunded + amount };
  }
}

function withEffect(payment: PaymentRecord, effect: Effect): PaymentRecord {
  return { ...payment, effects: [...payment.effects, effect] };
}

function referenceOf(kind: string, operationId: string): string {
  return `${kind}_${createHash('sha256').update(operationId).digest('hex').slice(0, 16)}`;
}
