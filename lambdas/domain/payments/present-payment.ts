import type { Head } from '../../kernel/entity';
import type { ViewWrite } from '../../kernel/journal';
import { paidOutOf } from '../providers/provider';
import type { DisputeStatus } from '../providers/provider';
import type { Attestation } from './attestation';
import { attentionOf } from './attention';
import type { AttentionReason } from './attention';
import { nextLookupAt } from './lookups';
import { openPaymentView } from './open-payments';
import { authorizationOf, countedOperations, openOperationsOf } from './operations';
import { differingAmountOf, statusOf } from './outcome';
import type { OperationStatus } from './outcome';
import type { OperationKind, OutcomeAttested } from './payment-events';
import type { Operation, Payment } from './payment';
import { statusOfPayment, totalsOf } from './totals';
import type { PaymentStatus } from './totals';

interface PresentedMoney {
  amount: number;
  currency: string;
}

/** A payment as the API shows it; `routes/payments.ts` documents the same shape. */
export interface PresentedPayment {
  id: string;
  tenantId: string;
  status: PaymentStatus;
  amount: PresentedMoney;
  authorizedAmount: PresentedMoney;
  capturedAmount: PresentedMoney;
  refundedAmount: PresentedMoney;
  disputedAmount: PresentedMoney;
  settledAmount: PresentedMoney;
  needsAttention: boolean;
  attention: { reason: AttentionReason; operationId?: string }[];
  connectionId: string;
  provider: string;
  reference?: string;
  failureReason?: string;
  nextAction?: { type: 'redirect'; url: string };
  operations: {
    id: string;
    kind: OperationKind | 'dispute';
    status: OperationStatus;
    amount: PresentedMoney;
    /** `provider`: made without us, in the provider's dashboard say; disputes always are. */
    origin: 'own' | 'provider';
    /** What the provider did of it, where that is another amount than was asked and nobody has accepted it. */
    reportedAmount?: PresentedMoney;
    /** The provider's own id of it, as far as it is known. */
    providerReference?: string;
    failureReason?: string;
    /** How often the provider was asked what became of it. */
    lookUps: number;
    nextLookUpAt?: string;
    /** What a person said became of it, where the provider never told. */
    attestation?: {
      outcome: 'succeeded' | 'failed';
      providerReference?: string;
      evidence: OutcomeAttested['evidence'];
      attestedAt: string;
    };
    createdAt: string;
  }[];
  disputes: {
    id: string;
    status: DisputeStatus;
    stage?: number;
    amount: PresentedMoney;
    respondBy?: string;
    reportedAt: string;
  }[];
  /** What payouts hold of the payment: net and fees a currency of payout. */
  settlement: { lines: number; paidOut: { currency: string; net: number; fee: number }[] };
  createdAt: string;
  version: number;
}

export function presentPayment(payment: Payment, version: number): PresentedPayment {
  const totals = totalsOf(payment);
  const money = (amount: number): PresentedMoney => ({ amount, currency: payment.currency });
  const { evidence: authorization } = authorizationOf(payment);
  const status = statusOfPayment(payment);
  const open = new Set(openOperationsOf(payment).map(({ id }) => id));
  return {
    id: payment.id,
    tenantId: payment.tenant,
    status,
    amount: money(payment.amount),
    authorizedAmount: money(totals.authorized),
    capturedAmount: money(totals.captured),
    refundedAmount: money(totals.refunded),
    disputedAmount: money(totals.disputed),
    settledAmount: money(totals.settled),
    needsAttention: totals.needsAttention,
    attention: attentionOf(payment).map((each) => ({ ...each })),
    connectionId: payment.connectionId,
    provider: payment.provider,
    ...(payment.reference === undefined ? {} : { reference: payment.reference }),
    ...(status === 'failed' && authorization.failure !== undefined ? { failureReason: authorization.failure } : {}),
    ...(status === 'requires_action' && authorization.redirectUrl !== undefined
      ? { nextAction: { type: 'redirect', url: authorization.redirectUrl } }
      : {}),
    operations: [
      ...countedOperations(payment).map((operation) => presentOperation(operation, money, open.has(operation.id))),
      ...disputesOf(payment),
    ],
    disputes: payment.disputes.map(
      ({ disputeId: id, status: state, stage, amount, currency, respondBy, occurredAt }) => ({
        id,
        status: state,
        ...(stage === undefined ? {} : { stage }),
        amount: { amount, currency },
        ...(respondBy === undefined ? {} : { respondBy }),
        reportedAt: occurredAt,
      }),
    ),
    settlement: { lines: payment.settlements.length, paidOut: settledSumsOf(payment) },
    createdAt: payment.createdAt,
    version,
  };
}

/** The views of a payment: its record in the tenant's list, and where the sweeper finds it while something is open. */
export function paymentViews(payment: Payment, head: Head): readonly ViewWrite[] {
  return [
    {
      type: 'record',
      entity: head.stream,
      version: head.version,
      data: presentPayment(payment, head.version),
      listed: { at: payment.createdAt },
    },
    openPaymentView(payment, head),
  ];
}

function presentOperation(
  operation: Operation,
  money: (amount: number) => PresentedMoney,
  isOpen: boolean,
): PresentedPayment['operations'][number] {
  const { id, kind, amount, requestedAt, evidence, origin, lookups, attestation } = operation;
  const status = statusOf(evidence);
  const next = isOpen ? nextLookupAt(operation) : undefined;
  const reference = evidence.reference ?? evidence.openReference;
  const reported = differingAmountOf(evidence);
  return {
    id,
    kind,
    status,
    amount: money(amount),
    origin,
    ...(reported === undefined ? {} : { reportedAmount: { ...reported } }),
    ...(reference === undefined ? {} : { providerReference: reference }),
    ...(status === 'failed' && evidence.failure !== undefined ? { failureReason: evidence.failure } : {}),
    lookUps: lookups.length,
    ...(next === undefined ? {} : { nextLookUpAt: next }),
    ...(attestation === undefined ? {} : { attestation: presentAttestation(attestation) }),
    createdAt: requestedAt,
  };
}

function presentAttestation({
  outcome,
  evidence,
  at: attestedAt,
}: Attestation): NonNullable<PresentedPayment['operations'][number]['attestation']> {
  const reference = outcome.status === 'succeeded' ? { providerReference: outcome.reference } : {};
  return { outcome: outcome.status, ...reference, evidence: { ...evidence }, attestedAt };
}

/** A dispute is the customer's operation, not ours: open while the bank decides, succeeded when the money is lost. */
function disputesOf(payment: Payment): PresentedPayment['operations'] {
  const statuses = {
    inquiry: 'pending',
    opened: 'pending',
    under_review: 'pending',
    lost: 'succeeded',
    won: 'failed',
  } as const;
  return payment.disputes.map(({ disputeId, status, amount, currency, occurredAt }) => ({
    id: disputeId,
    kind: 'dispute',
    status: statuses[status],
    amount: { amount, currency },
    origin: 'provider',
    lookUps: 0,
    createdAt: occurredAt,
  }));
}

/** By currency of payout. A line that tells no more than its amount reached the bank whole, or was taken from it. */
function settledSumsOf({ settlements }: Payment): PresentedPayment['settlement']['paidOut'] {
  const sums = new Map<string, { net: number; fee: number }>();
  for (const line of settlements.map(paidOutOf)) {
    const sum = sums.get(line.currency) ?? { net: 0, fee: 0 };
    sums.set(line.currency, { net: sum.net + line.net, fee: sum.fee + line.fee });
  }
  return [...sums]
    .map(([currency, { net, fee }]) => ({ currency, net, fee }))
    .sort((a, b) => (a.currency < b.currency ? -1 : 1));
}
