import { invariant } from '../../kernel/invariant';
import type { CommitFacts, Entity } from '../../kernel/entity';
import type { StreamId } from '../../kernel/journal';
import type { ProviderName } from '../providers/provider';
import { noEvidence, withReport } from './outcome';
import type { Evidence } from './outcome';
import { parsePaymentEvent } from './payment-events';
import type { DisputeReport, OperationKind, PaymentEvent, SettlementReport } from './payment-events';
import { statusOfPayment, totalsOf } from './totals';

/** One act on a payment: what was asked of the provider, and all that it reported of it. Amounts in minor units. */
export interface Operation {
  readonly id: string;
  readonly kind: OperationKind;
  readonly amount: number;
  /** Why, in the words of whoever asked. */
  readonly reason: string | undefined;
  readonly requestedAt: string;
  readonly evidence: Evidence;
}

/** A payment: intents and reports. Every amount and the status are derived from them (`totals.ts`). */
export interface Payment {
  readonly id: string;
  readonly tenant: string;
  readonly connectionId: string;
  readonly provider: ProviderName;
  readonly currency: string;
  readonly amount: number;
  readonly capture: 'automatic' | 'manual';
  readonly reference: string | undefined;
  readonly createdAt: string;
  /** In the order of their intents; the first is the authorization. */
  readonly operations: readonly [Operation, ...Operation[]];
  /** One report per dispute, the one that counts; by id. */
  readonly disputes: readonly DisputeReport[];
  readonly settlements: readonly SettlementReport[];
  /** A settlement was reported twice with different contents. */
  readonly settlementsContradict: boolean;
  readonly expired: boolean;
}

export const paymentEntity: Entity<Payment, PaymentEvent> = {
  kind: 'payment',
  parseEvent: parsePaymentEvent,
  evolve: (payment, event, commit) => {
    if (event.type === 'PaymentCreated') {
      invariant(payment === undefined, 'a payment is created once');
      return create(event.data, commit);
    }
    invariant(payment !== undefined, `${event.type} before PaymentCreated`);
    return evolve(payment, event, commit);
  },
  audited: (payment) => {
    const totals = totalsOf(payment);
    return {
      status: statusOfPayment(payment),
      ...nonZero({
        authorized: totals.authorized,
        captured: totals.captured,
        refunded: totals.refunded,
        disputed: totals.disputed,
        settled: totals.settled,
      }),
      ...(totals.needsAttention ? { needsAttention: true } : {}),
    };
  },
};

export function paymentStream(tenant: string, id: string): StreamId {
  return { owner: { tenant }, kind: paymentEntity.kind, id };
}

/** The operation of this id. Throws when there is none: the caller has just requested or found it. */
export function operationOf(payment: Payment, operationId: string): Operation {
  const operation = payment.operations.find(({ id }) => id === operationId);
  invariant(operation !== undefined, `payment ${payment.id} has no operation ${operationId}`);
  return operation;
}

function create(
  data: Extract<PaymentEvent, { type: 'PaymentCreated' }>['data'],
  { at, stream }: Pick<CommitFacts, 'at' | 'stream'>,
): Payment {
  invariant(stream.owner !== 'platform', 'a payment belongs to a tenant');
  return {
    id: stream.id,
    tenant: stream.owner.tenant,
    connectionId: data.connectionId,
    provider: data.provider,
    currency: data.currency,
    amount: data.amount,
    capture: data.capture,
    reference: data.reference,
    createdAt: at,
    operations: [
      {
        id: data.operationId,
        kind: 'authorize',
        amount: data.amount,
        reason: undefined,
        requestedAt: at,
        evidence: noEvidence,
      },
    ],
    disputes: [],
    settlements: [],
    settlementsContradict: false,
    expired: false,
  };
}

function evolve(
  payment: Payment,
  event: Exclude<PaymentEvent, { type: 'PaymentCreated' }>,
  { at }: Pick<CommitFacts, 'at'>,
): Payment {
  switch (event.type) {
    case 'OperationRequested': {
      const { operationId: id, kind, amount, reason } = event.data;
      invariant(
        payment.operations.every((operation) => operation.id !== id),
        `operation ${id} is requested once`,
      );
      const operation: Operation = { id, kind, amount, reason, requestedAt: at, evidence: noEvidence };
      return { ...payment, operations: [...payment.operations, operation] };
    }
    case 'OutcomeRecorded': {
      const { operationId, outcome } = event.data;
      operationOf(payment, operationId);
      const report = (operation: Operation): Operation =>
        operation.id === operationId
          ? {
              ...operation,
              evidence: withReport(operation.evidence, outcome, {
                amount: operation.amount,
                currency: payment.currency,
              }),
            }
          : operation;
      const [authorization, ...others] = payment.operations;
      return { ...payment, operations: [report(authorization), ...others.map(report)] };
    }
    case 'DisputeReported':
      return { ...payment, disputes: withDispute(payment.disputes, event.data) };
    case 'SettlementReported':
      return withSettlement(payment, event.data);
    case 'AuthorizationExpired':
      return { ...payment, expired: true };
  }
}

/** Keeps the report that counts: a decision over an opening, the later over the earlier, and at one instant the loss. */
function withDispute(disputes: readonly DisputeReport[], report: DisputeReport): readonly DisputeReport[] {
  const known = disputes.find(({ disputeId }) => disputeId === report.disputeId);
  if (known !== undefined && weightOf(known) >= weightOf(report)) return disputes;
  return byId([...disputes.filter((other) => other !== known), report], ({ disputeId }) => disputeId);
}

/** A total order of the reports of one dispute, as text that compares. */
function weightOf({ status, occurredAt, amount, currency }: DisputeReport): string {
  const decided = status === 'opened' ? '0' : '1';
  const lost = status === 'lost' ? '1' : '0';
  return [decided, occurredAt, lost, String(amount).padStart(16, '0'), currency].join(' ');
}

function withSettlement(payment: Payment, report: SettlementReport): Payment {
  const known = payment.settlements.find(({ settlementId }) => settlementId === report.settlementId);
  if (known === undefined) {
    return { ...payment, settlements: byId([...payment.settlements, report], ({ settlementId }) => settlementId) };
  }
  if (known.amount === report.amount && known.currency === report.currency) return payment;
  const kept = report.amount < known.amount || (report.amount === known.amount && report.currency < known.currency);
  return {
    ...payment,
    settlementsContradict: true,
    settlements: kept ? payment.settlements.map((other) => (other === known ? report : other)) : payment.settlements,
  };
}

function byId<T>(items: readonly T[], idOf: (item: T) => string): readonly T[] {
  return [...items].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
}

function nonZero(amounts: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(amounts).filter(([, amount]) => amount !== 0));
}
