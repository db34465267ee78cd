import { changesNothing } from '../../kernel/entity';
import { deriveId } from '../../kernel/ids';
import { paymentIdOf } from '../providers/provider';
import type { EventSubject, SettlementLine } from '../providers/provider';
import type { NormalisedEvent } from '../providers/provider';
import { statusOf, toRecorded } from './outcome';
import { paymentEntity, paymentStream } from './payment';
import type { Payment } from './payment';
import type { PaymentEvent } from './payment-events';

/** What a provider's event means for the payment it names. */
export type ProviderEventDecision =
  /** It belongs to the payment. Without events the payment knew it already. */
  | { readonly result: 'applied'; readonly events: readonly PaymentEvent[] }
  /** Nothing that we act on, or news that was overtaken. */
  | { readonly result: 'ignored' }
  /** About nothing that we know. */
  | { readonly result: 'unmatched' };

/**
 * Decides on a provider's event. Only the connection that a payment was made through may speak of it: another one of the
 * same tenant proves nothing by its signature.
 */
export function decideProviderEvent(
  payment: Payment | undefined,
  connectionId: string,
  event: NormalisedEvent,
): ProviderEventDecision {
  const { subject } = event;
  if (!isOfPayment(subject)) return { result: 'ignored' };
  if (payment === undefined || payment.connectionId !== connectionId || payment.id !== subject.paymentId) {
    return { result: 'unmatched' };
  }
  if (isBeyondBounds(payment, subject)) return { result: 'unmatched' };
  switch (subject.type) {
    case 'operation': {
      const operation = payment.operations.find(({ id }) => id === subject.operationId);
      if (operation === undefined || operation.kind !== subject.kind) return { result: 'unmatched' };
      if (subject.outcome.status === 'unknown') return { result: 'ignored' };
      const data = { operationId: operation.id, outcome: toRecorded(subject.outcome) };
      const decision = unlessKnown(payment, { type: 'OutcomeRecorded', data }, event);
      // Undone is failed, in the words of a status.
      const told = subject.outcome.status === 'reversed' ? 'failed' : subject.outcome.status;
      const isOldNews = decision.events.length === 0 && statusOf(operation.evidence) !== told;
      return isOldNews ? { result: 'ignored' } : decision;
    }
    case 'external-operation': {
      const { kind, providerReference: reference, status, amount, captureReference } = subject;
      const operationId = externalOperationId(payment.id, kind, reference);
      const report = {
        operationId,
        kind,
        reference,
        status,
        ...amount,
        occurredAt: event.occurredAt,
        ...(captureReference === undefined ? {} : { captureReference }),
      };
      return unlessKnown(payment, { type: 'ExternalOperationReported', data: report }, event);
    }
    case 'approval': {
      const { operationId, providerReference: reference } = subject;
      const operation = payment.operations.find(({ id }) => id === operationId);
      if (operation === undefined) return { result: 'unmatched' };
      const data = { operationId, reference, occurredAt: event.occurredAt };
      return unlessKnown(payment, { type: 'ApprovalReported', data }, event);
    }
    case 'dispute': {
      const { disputeId, status, stage, amount, respondBy, captureReference } = subject;
      const report = {
        disputeId,
        status,
        ...amount,
        occurredAt: event.occurredAt,
        ...(stage === undefined ? {} : { stage }),
        ...(respondBy === undefined ? {} : { respondBy }),
        ...(captureReference === undefined ? {} : { captureReference }),
      };
      return unlessKnown(payment, { type: 'DisputeReported', data: report }, event);
    }
    case 'settlement':
      return unlessKnown(payment, { type: 'SettlementReported', data: settlementReport(subject) }, event);
    case 'expiry':
      return unlessKnown(payment, { type: 'AuthorizationExpired', data: {} }, event);
  }
}

/**
 * What a payment can have of one kind of report. No honest payment comes near it; without it, whoever holds the secret of a connection
 * could make a payment that no view can hold and no function can fold.
 */
const maxReports = 200;

/** What is known already goes on: the end of a dispute must not be lost because there are many. */
function isBeyondBounds(payment: Payment, subject: EventSubject): boolean {
  switch (subject.type) {
    case 'external-operation': {
      const operationId = externalOperationId(payment.id, subject.kind, subject.providerReference);
      return payment.operations.length >= maxReports && !payment.operations.some(({ id }) => id === operationId);
    }
    case 'dispute': {
      const { disputeId } = subject;
      return payment.disputes.length >= maxReports && !payment.disputes.some((known) => known.disputeId === disputeId);
    }
    case 'settlement':
      return !takesSettlement(payment, subject.settlementId);
    default:
      return false;
  }
}

/** A payment of which its provider has told more than can be honest is marked once: what comes on top is kept with the webhook events alone. */
export function decideTooManyReports(payment: Payment | undefined): readonly PaymentEvent[] {
  if (payment === undefined || payment.tooManyReports) return [];
  return [{ type: 'ReportsLeftOut', data: {} }];
}

/** Whether a payment takes a line of a payout: it knows it, or has not too many others. */
export function takesSettlement({ settlements }: Pick<Payment, 'settlements'>, settlementId: string): boolean {
  return settlements.length < maxReports || settlements.some((known) => known.settlementId === settlementId);
}

/** What the journal keeps of a line of a payout. */
export function settlementReport({
  settlementId,
  kind,
  amount,
  paidOut,
  payoutId,
}: SettlementLine): Extract<PaymentEvent, { type: 'SettlementReported' }>['data'] {
  return {
    settlementId,
    kind,
    ...amount,
    ...(paidOut === undefined ? {} : { paidOut }),
    ...(payoutId === undefined ? {} : { payoutId }),
  };
}

/** The id of an operation that was made without us: derived, so that all reports of it meet. */
export function externalOperationId(paymentId: string, kind: string, reference: string): string {
  return deriveId('operation', [paymentId, 'external', kind, reference]);
}

type PaymentSubject = Extract<EventSubject, { readonly paymentId: string }>;

function isOfPayment(subject: EventSubject): subject is PaymentSubject {
  return paymentIdOf(subject) !== undefined;
}

/** Leaves out an event that would change nothing: the answer to the request usually told it first. */
function unlessKnown(
  payment: Payment,
  event: PaymentEvent,
  { occurredAt }: NormalisedEvent,
): Extract<ProviderEventDecision, { result: 'applied' }> {
  const facts = { stream: paymentStream(payment.tenant, payment.id), at: occurredAt };
  return { result: 'applied', events: changesNothing(paymentEntity, payment, event, facts) ? [] : [event] };
}
