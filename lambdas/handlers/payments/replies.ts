import { presentPayment, statusOf } from '../../domain/payments';
import type { ChangeRefusal, CreateRefusal, Performed, PerformRefusal, ResolveRefusal } from '../../domain/payments';
import type { ChoiceRefusal } from '../../domain/providers';
import type { CommandRefusal } from '../../kernel/command';
import { formatMoney } from '../../kernel/money';
import type { Problem } from '../../middleware/problem';
import { commandProblem, notFound } from '../../middleware/refusals';

/**
 * The answer to an operation: `done` when it succeeded or the customer must act, 202 while its fate is not known, and a problem
 * when the provider refused. A repetition is answered alike, and says that it is one.
 */
export function replyTo<const Done extends 200 | 201>(performed: Performed, done: Done) {
  const { payment, version, operation, replayed } = performed;
  const answer = { body: presentPayment(payment, version), version, replayed };
  switch (statusOf(operation.evidence)) {
    case 'succeeded':
    case 'requires_action':
      return { status: done, ...answer } as const;
    case 'pending':
    case 'unknown':
      return { status: 202, ...answer } as const;
    case 'failed':
      return { problem: refusedByProvider(performed) } as const;
  }
}

function refusedByProvider({ payment, operation, replayed }: Performed): Problem {
  const reason = operation.evidence.failure ?? 'provider_refused';
  return {
    slug: 'refused',
    detail: `The provider refused the operation: ${reason}.`,
    extensions: { reason, paymentId: payment.id, operationId: operation.id },
    ...(replayed ? { headers: { 'idempotent-replayed': 'true' } } : {}),
  };
}

export function problemOf(refusal: ChangeRefusal | CreateRefusal | PerformRefusal): Problem {
  switch (refusal.reason) {
    case 'payment-not-found':
      return notFound;
    case 'in-progress':
      return {
        slug: 'in-progress',
        detail: 'The first request under this Idempotency-Key is still in progress.',
        retryAfterSeconds: refusal.retryAfterSeconds,
      };
    case 'currency-differs':
      return ruled(refusal.reason, 'The currency is not that of the payment.');
    case 'nothing-to-capture':
      return ruled(refusal.reason, 'Nothing of this payment can be captured.');
    case 'nothing-to-cancel':
      return ruled(refusal.reason, 'Nothing of this payment can be canceled.');
    case 'nothing-to-refund':
      return ruled(refusal.reason, 'Nothing of this payment can be refunded.');
    case 'capture-in-progress':
      return ruled(refusal.reason, 'A capture of this payment has not been answered yet.');
    case 'dispute-undecided':
      return ruled(refusal.reason, 'This payment is disputed: nothing can be refunded until that is decided.');
    case 'amount-exceeds-capturable':
      return ruled(refusal.reason, `At most ${formatMoney(refusal.capturable)} can be captured.`);
    case 'amount-exceeds-refundable':
      return ruled(refusal.reason, `At most ${formatMoney(refusal.refundable)} can be refunded.`);
    case 'amount-exceeds-capture':
      return ruled(
        refusal.reason,
        `The provider refunds one capture at a time: at most ${formatMoney(refusal.refundableAtOnce)} in one refund.`,
      );
    case 'reference-ambiguous':
      return ruled(refusal.reason, 'The provider names this payment in two ways; it needs attention first.');
    case 'not-supported-by-provider':
      return ruled(refusal.reason, 'The provider of this connection cannot do that.');
    default:
      return commandProblem(refusal);
  }
}

export function resolveProblem(refusal: ResolveRefusal | CommandRefusal): Problem {
  switch (refusal.reason) {
    case 'payment-not-found':
    case 'operation-not-found':
      return notFound;
    case 'operation-not-open':
      return {
        slug: 'conflict',
        detail: 'The outcome of this operation is known.',
        extensions: { reason: refusal.reason },
      };
    case 'look-ups-not-exhausted':
      return ruled(
        refusal.reason,
        `The provider is still asked about this operation, next at ${refusal.nextLookUpAt}.`,
      );
    case 'amount-differs':
      return ruled(refusal.reason, 'The provider reports this operation in another amount or currency than was asked.');
    case 'reported-amount-differs':
      return ruled(
        refusal.reason,
        `The provider did this operation for ${formatMoney(refusal.reported)}: accept that amount.`,
      );
    case 'attested-amount-differs':
      return ruled(
        refusal.reason,
        `The operation was asked for ${formatMoney(refusal.asked)}, and not for this amount.`,
      );
    case 'attested-reference-differs':
      return ruled(refusal.reason, 'The provider has given this operation another reference.');
    case 'reference-malformed':
      return ruled(
        refusal.reason,
        `This is no reference of this operation at its provider; wanted: ${refusal.wanted}.`,
      );
    case 'reference-taken':
      return ruled(refusal.reason, `By this reference the provider knows another operation, ${refusal.operationId}.`);
    default:
      return commandProblem(refusal);
  }
}

export function connectionProblem(refusal: ChoiceRefusal): Problem {
  switch (refusal) {
    case 'no-connection':
      return ruled(refusal, 'This tenant has no active provider connection.');
    case 'connection-not-found':
      return ruled(refusal, 'This tenant has no such provider connection.');
    case 'connection-disabled':
      return ruled(refusal, 'This provider connection is disabled.');
    case 'connection-not-named':
      return ruled(refusal, 'This tenant has several active provider connections: name one in connectionId.');
  }
}

function ruled(reason: string, detail: string): Problem {
  return { slug: 'refused', detail, extensions: { reason } };
}
