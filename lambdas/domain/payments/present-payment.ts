import type { Head } from '../../kernel/entity';
import type { ViewWrite } from '../../kernel/journal';
import { openPaymentView } from './open-payments';
import { statusOf } from './outcome';
import type { OperationStatus } from './outcome';
import type { OperationKind } from './payment-events';
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
    failureReason?: string;
    createdAt: string;
  }[];
  createdAt: string;
  version: number;
}

export function presentPayment(payment: Payment, version: number): PresentedPayment {
  const totals = totalsOf(payment);
  const money = (amount: number): PresentedMoney => ({ amount, currency: payment.currency });
  const [{ evidence: authorization }] = payment.operations;
  const status = statusOfPayment(payment);
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
    connectionId: payment.connectionId,
    provider: payment.provider,
    ...(payment.reference === undefined ? {} : { reference: payment.reference }),
    ...(status === 'failed' && authorization.failure !== undefined ? { failureReason: authorization.failure } : {}),
    ...(status === 'requires_action' && authorization.redirectUrl !== undefined
      ? { nextAction: { type: 'redirect', url: authorization.redirectUrl } }
      : {}),
    operations: [...payment.operations.map((operation) => presentOperation(operation, money)), ...disputesOf(payment)],
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
  { id, kind, amount, requestedAt, evidence }: Operation,
  money: (amount: number) => PresentedMoney,
): PresentedPayment['operations'][number] {
  const status = statusOf(evidence);
  return {
    id,
    kind,
    status,
    amount: money(amount),
    ...(status === 'failed' && evidence.failure !== undefined ? { failureReason: evidence.failure } : {}),
    createdAt: requestedAt,
  };
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
    createdAt: occurredAt,
  }));
}
