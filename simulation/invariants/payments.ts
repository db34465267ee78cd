import {
  attentionOf,
  hasRunOut,
  openOperationsOf,
  paymentEntity,
  statusOf,
  statusOfPayment,
  totalsOf,
} from '../../lambdas/domain/payments';
import type { Operation, Payment } from '../../lambdas/domain/payments';
import { evolveAll } from '../../lambdas/kernel/entity';
import type { Commit } from '../../lambdas/kernel/journal';
import { streamName } from '../../lambdas/kernel/journal';
import { answerAt } from '../../lambdas/sandbox/books';
import type { Effect, OperationRecord, PaymentRecord } from '../../lambdas/sandbox/books';
import type { Jury } from './violation';

/** What the provider wrote into its books: the truth that the journal is held to. */
export interface ProviderTruth {
  operation(operationId: string): OperationRecord | undefined;
  now(): Date;
}

export interface PaymentChecks {
  commit(commit: Commit): void;
  effect(payment: PaymentRecord, effect: Effect): void;
  readonly payments: ReadonlyMap<string, Payment>;
  /** Operations that a person said the outcome of. */
  readonly attested: number;
  /** After everything has come to rest. */
  atRest(): void;
}

/** Work in the provider's dashboard has keys that begin so: no intent of ours belongs to it. */
export const dashboardPrefix = 'dashboard-';

export function newPaymentChecks(jury: Jury, truth: ProviderTruth): PaymentChecks {
  const payments = new Map<string, Payment>();
  const effects = new Map<string, number>();
  let attested = 0;

  return {
    payments,
    get attested() {
      return attested;
    },

    commit: (commit) => {
      const name = streamName(commit.stream);
      const before = payments.get(name);
      const after = evolveAll(paymentEntity, before, commit);
      if (after === undefined) throw new Error('a commit of a payment leaves a payment');
      payments.set(name, after);
      for (const event of commit.events) {
        if (event.type === 'OperationRequested') intentFits(jury, before, after);
        if (event.type === 'OutcomeAttested') {
          attested += 1;
          wordWasWanted(jury, before, after);
        }
      }
      for (const each of after.operations) outcomeIsTrue(jury, truth, each, before);
      reportsOutweighWords(jury, after);
      amountsFit(jury, after);
    },

    effect: (payment, effect) => {
      if (effect.operationId.startsWith(dashboardPrefix)) return;
      const intent = [...payments.values()]
        .find(({ id }) => id === payment.paymentId)
        ?.operations.find(({ id }) => id === effect.operationId);
      jury.check(
        intent !== undefined,
        'no effect without a journaled intent',
        () => `${effect.kind} ${effect.operationId} of ${payment.paymentId}`,
      );
      const count = (effects.get(effect.operationId) ?? 0) + 1;
      effects.set(effect.operationId, count);
      jury.check(
        count === 1,
        'one provider effect per operation',
        () => `${effect.operationId} has had ${String(count)}`,
      );
      jury.check(
        intent === undefined || intent.amount === effect.amount || payment.token === 'tok_wrong_amount',
        'the provider moves what was journaled',
        () => effect.operationId,
      );
      jury.check(
        payment.captured + payment.canceled <= payment.authorized,
        'captured ≤ authorized at the provider',
        () => payment.paymentId,
      );
      const returned = payment.returned.reduce((sum, { amount }) => sum + amount, 0);
      jury.check(
        payment.refunded - returned <= payment.captured,
        'refunded ≤ captured at the provider',
        () => payment.paymentId,
      );
    },

    atRest: () => {
      for (const payment of payments.values()) {
        const { needsAttention } = totalsOf(payment);
        for (const operation of payment.operations) {
          const status = standingOf(operation);
          // An authorization that was canceled or ran out at the provider holds nothing any more, whatever came of it.
          const isGivenUp =
            operation.kind === 'authorize' && ['canceled', 'expired'].includes(statusOfPayment(payment));
          jury.check(
            status === 'succeeded' || status === 'failed' || needsAttention || isGivenUp,
            'every operation ends terminal or needsAttention',
            () => `${operation.kind} ${operation.id} of ${payment.id} is ${status}`,
          );
          if (operation.origin === 'own') outcomeIsTrue(jury, truth, operation, undefined);
        }
      }
    },
  };
}

/** At the version before it the intent had room: what was decided on stands where it was appended. */
function intentFits(jury: Jury, before: Payment | undefined, after: Payment): void {
  const requested = after.operations.find(({ id }) => before?.operations.every((known) => known.id !== id) ?? false);
  if (before === undefined || requested === undefined) return;
  const { authorized, captured, openCaptures, refunded, openRefunds, disputed } = sumsOf(before);
  const room =
    requested.kind === 'refund'
      ? Math.min(captured, authorized) - disputed - refunded - openRefunds
      : authorized - captured - openCaptures;
  jury.check(
    requested.amount > 0 && requested.amount <= room,
    requested.kind === 'refund' ? 'pending + succeeded refunds ≤ captured − charged back' : 'captured ≤ authorized',
    () => `${requested.kind} of ${String(requested.amount)} on ${after.id}, where ${String(room)} was left`,
  );
}

/** A person is heard only where the provider has told nothing, and is asked no more. */
function wordWasWanted(jury: Jury, before: Payment | undefined, after: Payment): void {
  const said = after.operations.find(
    ({ id, attestation }) =>
      attestation !== undefined && before?.operations.find((known) => known.id === id)?.attestation !== attestation,
  );
  const isWanted =
    before !== undefined && openOperationsOf(before).some((open) => open.id === said?.id && hasRunOut(open));
  jury.check(isWanted, 'a person is heard where nobody else will tell', () => after.id);
}

/** What a person said never stands against what the provider told, and does not hide it. */
function reportsOutweighWords(jury: Jury, payment: Payment): void {
  for (const { id, kind, evidence, attestation } of payment.operations) {
    if (attestation === undefined || !isTold(evidence)) continue;
    const told = statusOf(evidence);
    const counts = told === 'succeeded' ? payment.amount : 0;
    jury.check(
      kind !== 'authorize' || totalsOf(payment).authorized === counts,
      'a report counts, whatever a person said',
      () => id,
    );
    jury.check(
      told === attestation.outcome.status ||
        evidence.reversed ||
        attentionOf(payment).some((each) => each.reason === 'attestation-contradicted' && each.operationId === id),
      'a person who was wrong is shown to be',
      () => id,
    );
  }
}

/** What is known of an operation: by the provider, or else by a person. Said a second time, in the simulation's own words. */
function standingOf({ evidence, attestation }: Operation): string {
  return attestation === undefined || isTold(evidence) ? statusOf(evidence) : attestation.outcome.status;
}

function isTold({ succeeded, mismatched, failure }: Operation['evidence']): boolean {
  return succeeded || mismatched || failure !== undefined;
}

/** A provider may contradict itself or act on its own; then the payment says that a person must look, and shows no impossible sum. */
function amountsFit(jury: Jury, payment: Payment): void {
  const shown = totalsOf(payment);
  const raw = sumsOf(payment);
  const isOver =
    raw.captured > raw.authorized ||
    raw.refunded + raw.openRefunds + raw.disputed > Math.min(raw.captured, raw.authorized);
  jury.check(!isOver || shown.needsAttention, 'amounts beyond their limits are marked', () => payment.id);
  const { authorized, captured, refunded, disputed, settled, capturable, refundable } = shown;
  const all = [authorized, captured, refunded, disputed, settled, capturable, refundable];
  jury.check(
    all.every((amount) => Number.isSafeInteger(amount) && amount >= 0),
    'nothing negative',
    () => payment.id,
  );
  jury.check(captured <= authorized, 'captured ≤ authorized', () => payment.id);
  jury.check(refunded <= captured && settled <= captured, 'refunded and settled ≤ captured', () => payment.id);
}

/** The journal says of an operation only what the provider's books say. */
function outcomeIsTrue(jury: Jury, truth: ProviderTruth, operation: Operation, before: Payment | undefined): void {
  if (operation.origin !== 'own') return;
  const { succeeded, mismatched, failure, reversed } = operation.evidence;
  const known = before?.operations.find(({ id }) => id === operation.id)?.evidence;
  if (known === operation.evidence) return;
  const record = truth.operation(operation.id);
  const answers = record === undefined ? [] : [record.answer, answerAt(record, truth.now()), record.later?.answer];
  const did = answers.some((answer) => answer?.status === 'succeeded' || answer?.status === 'reversed');
  jury.check(!(succeeded || mismatched) || did, 'no success that the provider did not have', () => operation.id);
  const isLie = failure !== undefined && !reversed && did;
  jury.check(!isLie, 'no failure of what the provider did', () => `${operation.kind} ${operation.id}`);
}

/** Sums of the operations, without the limits that the product puts on what it shows. */
function sumsOf(payment: Payment) {
  const [authorization] = payment.operations;
  const sum = (kind: Operation['kind'], counts: (operation: Operation) => boolean): number =>
    payment.operations
      .filter((operation) => operation.kind === kind && counts(operation))
      .reduce((total, { amount }) => total + amount, 0);
  const isDone = (operation: Operation): boolean => standingOf(operation) === 'succeeded';
  const isOpen = (operation: Operation): boolean => !['succeeded', 'failed'].includes(standingOf(operation));
  const authorized = isDone(authorization) ? payment.amount : 0;
  return {
    authorized,
    captured: (payment.capture === 'automatic' ? authorized : 0) + sum('capture', isDone),
    openCaptures: sum('capture', isOpen),
    refunded: sum('refund', isDone),
    openRefunds: sum('refund', isOpen),
    disputed: payment.disputes
      .filter(({ status }) => status === 'opened' || status === 'under_review' || status === 'lost')
      .reduce((total, { amount }) => total + amount, 0),
  };
}
