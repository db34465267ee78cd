import { canonicalJson } from '../../kernel/canonical-json';
import { invariant } from '../../kernel/invariant';
import type { CommitFacts, Entity } from '../../kernel/entity';
import type { StreamId } from '../../kernel/journal';
import type { ProviderName } from '../providers/provider';
import type { Lookup } from './lookups';
import { noEvidence, withApproval, withReport } from './outcome';
import type { Evidence } from './outcome';
import { laterAttestation } from './attestation';
import type { Attestation } from './attestation';
import { parsePaymentEvent } from './payment-events';
import type {
  DisputeReport,
  ExternalReport,
  OperationKind,
  PaymentEvent,
  RecordedOutcome,
  SettlementReport,
} from './payment-events';
import { disputeWeight } from './disputes';
import { statusOfPayment, totalsOf } from './totals';

/** One act on a payment: what was asked of the provider, and all that it reported of it. Amounts in minor units. */
export interface Operation {
  readonly id: string;
  readonly kind: OperationKind;
  readonly amount: number;
  /** Why, in the words of whoever asked. */
  readonly reason: string | undefined;
  /** The provider's reference of the capture that a refund comes out of, where that is chosen or told. */
  readonly captureReference: string | undefined;
  readonly requestedAt: string;
  readonly evidence: Evidence;
  /** What a person has attested of it, where the provider never told. */
  readonly attestation?: Attestation;
  /** `provider`: made without us, in the provider's dashboard say. */
  readonly origin: 'own' | 'provider';
  /** What asking the provider came to while it told no result, in order. */
  readonly lookups: readonly Lookup[];
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
  /** Our own in the order of their intents, the first is the authorization; then those made without us, by id. */
  readonly operations: readonly [Operation, ...Operation[]];
  /** One report per dispute, the one that counts; by id. */
  readonly disputes: readonly DisputeReport[];
  readonly settlements: readonly SettlementReport[];
  /** A settlement was reported twice with different contents. */
  readonly settlementsContradict: boolean;
  /** The provider told more than is taken. */
  readonly tooManyReports: boolean;
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
        captureReference: undefined,
        requestedAt: at,
        evidence: noEvidence,
        origin: 'own',
        lookups: [],
      },
    ],
    disputes: [],
    settlements: [],
    settlementsContradict: false,
    tooManyReports: false,
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
      const { operationId: id, kind, amount, reason, captureReference } = event.data;
      invariant(
        payment.operations.every((operation) => operation.id !== id),
        `operation ${id} is requested once`,
      );
      const requested = { id, kind, amount, reason, captureReference, requestedAt: at, evidence: noEvidence } as const;
      const [authorization, ...others] = payment.operations;
      const own = [...others.filter(isOwn), { ...requested, origin: 'own' as const, lookups: [] }];
      return { ...payment, operations: [authorization, ...own, ...others.filter((other) => !isOwn(other))] };
    }
    case 'OutcomeRecorded': {
      const { operationId, outcome } = event.data;
      return withOperation(payment, operationId, (operation) => ({
        ...operation,
        evidence: withReport(operation.evidence, outcome, { amount: operation.amount, currency: payment.currency }),
      }));
    }
    case 'OutcomeAttested': {
      const { operationId, ...attested } = event.data;
      return withOperation(payment, operationId, (operation) => ({
        ...operation,
        attestation: laterAttestation(operation.attestation, { ...attested, at }),
      }));
    }
    case 'OperationLookedUp': {
      const { operationId, found } = event.data;
      return withOperation(payment, operationId, (operation) => ({
        ...operation,
        lookups: [...operation.lookups, { at, found }],
      }));
    }
    case 'ApprovalReported': {
      const { operationId, reference, occurredAt } = event.data;
      return withOperation(payment, operationId, (operation) => ({
        ...operation,
        evidence: withApproval(operation.evidence, reference, occurredAt),
      }));
    }
    case 'ExternalOperationReported':
      return withExternal(payment, event.data);
    case 'DisputeReported':
      return { ...payment, disputes: withDispute(payment.disputes, event.data) };
    case 'SettlementReported':
      return withSettlement(payment, event.data);
    case 'AuthorizationExpired':
      return { ...payment, expired: true };
    case 'ReportsLeftOut':
      return { ...payment, tooManyReports: true };
  }
}

function withOperation(payment: Payment, id: string, change: (operation: Operation) => Operation): Payment {
  operationOf(payment, id);
  const changed = (operation: Operation): Operation => (operation.id === id ? change(operation) : operation);
  const [authorization, ...others] = payment.operations;
  return { ...payment, operations: [changed(authorization), ...others.map(changed)] };
}

function isOwn({ origin }: Operation): boolean {
  return origin === 'own';
}

/**
 * Adds a report of an operation that was made without us. What was asked is known from the reports alone: of two that name different
 * amounts the smaller is taken for it, so that the order of the reports does not matter, and the other contradicts it.
 */
function withExternal(payment: Payment, report: ExternalReport): Payment {
  const { operationId: id, kind, occurredAt } = report;
  const known = payment.operations.find((operation) => operation.id === id);
  const [authorization, ...others] = payment.operations;
  const before: Operation = known ?? {
    id,
    kind,
    amount: report.amount,
    reason: undefined,
    captureReference: report.captureReference,
    requestedAt: occurredAt,
    evidence: noEvidence,
    origin: 'provider',
    lookups: [],
  };
  const amount = Math.min(before.amount, report.amount);
  const differs = before.amount !== report.amount || report.currency !== payment.currency;
  // Of two captures the smaller name is kept, as of two references: it is of one, and a person must look.
  const captures = [before.captureReference, report.captureReference].filter((it) => it !== undefined).sort();
  const asked = { amount, currency: payment.currency };
  const evidence = withReport(before.evidence, outcomeOf(report, asked), asked);
  const after: Operation = {
    ...before,
    amount,
    requestedAt: occurredAt < before.requestedAt ? occurredAt : before.requestedAt,
    captureReference: captures[0],
    evidence: {
      ...evidence,
      mismatched: evidence.mismatched || differs,
      ambiguous: evidence.ambiguous || captures[0] !== captures.at(-1),
    },
  };
  const external = byId(
    [...others.filter((other) => !isOwn(other) && other.id !== id), after],
    (operation) => operation.id,
  );
  return { ...payment, operations: [authorization, ...others.filter(isOwn), ...external] };
}

function outcomeOf(
  { status, reference }: ExternalReport,
  asked: { readonly amount: number; readonly currency: string },
): RecordedOutcome {
  switch (status) {
    case 'succeeded':
      return { status, reference, ...asked };
    case 'failed':
    case 'reversed':
      return { status, reason: 'provider_refused', reference };
    case 'pending':
      return { status, reference };
  }
}

/** Keeps the report that counts (`disputes.ts`). */
function withDispute(disputes: readonly DisputeReport[], report: DisputeReport): readonly DisputeReport[] {
  const known = disputes.find(({ disputeId }) => disputeId === report.disputeId);
  if (known !== undefined && disputeWeight(known) >= disputeWeight(report)) return disputes;
  return byId([...disputes.filter((other) => other !== known), report], ({ disputeId }) => disputeId);
}

/** Two reports of one settlement that differ cannot both be true: one is kept, whichever came first, and the payment is marked. */
function withSettlement(payment: Payment, report: SettlementReport): Payment {
  const known = payment.settlements.find(({ settlementId }) => settlementId === report.settlementId);
  if (known === undefined) {
    return { ...payment, settlements: byId([...payment.settlements, report], ({ settlementId }) => settlementId) };
  }
  const [before, now] = [canonicalJson(known), canonicalJson(report)];
  if (before === now) return payment;
  return {
    ...payment,
    settlementsContradict: true,
    settlements:
      now < before ? payment.settlements.map((other) => (other === known ? report : other)) : payment.settlements,
  };
}

function byId<T>(items: readonly T[], idOf: (item: T) => string): readonly T[] {
  return [...items].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
}

function nonZero(amounts: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(amounts).filter(([, amount]) => amount !== 0));
}
