import { isContradicted } from './attestation';
import { hasRunOut } from './lookups';
import { countedOperationOf, countedOperations, isOpen, openOperationsOf, sumOf } from './operations';
import type { Payment } from './payment';
import { reportedOf } from './reported';
import { unexplainedOf } from './settled';

/** Why a person must look at a payment. */
export const attentionReasons = [
  /** The provider did an operation in another amount or currency than was asked. */
  'amount-differs',
  /** The provider names one operation in two ways. */
  'reference-ambiguous',
  /** The provider reports an operation as done and as refused. */
  'outcomes-contradict',
  /** The provider was asked as often as it is going to be, and never said what became of an operation. */
  'outcome-unresolved',
  /** The provider reports otherwise than a person attested. The report counts. */
  'attestation-contradicted',
  /** More was captured than authorized, by the provider's reports. */
  'captured-beyond-authorized',
  /** More was, or is being, refunded and charged back than was captured. */
  'returned-beyond-captured',
  /** More was paid out than was captured. */
  'settled-beyond-captured',
  /** Payouts took back more for refunds than is reported of refunds. */
  'settled-beyond-refunded',
  /** Payouts took, or gave back, more for disputes than is reported of disputes. */
  'settled-beyond-disputed',
  /** The provider booked something else on the payment, and nothing stands against it. */
  'adjustments-open',
  /** A line of a payout whose net and fee are not its gross. */
  'settlement-unbalanced',
  /** One line of a payout was reported in two ways. */
  'settlements-contradict',
  /** A dispute or a payout is in another currency than the payment. */
  'currency-differs',
  /** The provider told more of the payment than is taken. */
  'too-many-reports',
] as const;

export type AttentionReason = (typeof attentionReasons)[number];

export interface Attention {
  readonly reason: AttentionReason;
  /** Absent where it is about the payment as a whole. */
  readonly operationId?: string;
}

/** What a person must look at, derived; empty while nothing is wrong. */
export function attentionOf(payment: Payment): readonly Attention[] {
  const counted = countedOperations(payment);
  const reported = reportedOf(payment);
  const captured = Math.min(reported.captured, reported.authorized);
  const returned = reported.refunded + sumOf(payment, 'refund', isOpen) + reported.disputed;
  const foreign = [...payment.disputes, ...payment.settlements].some(({ currency }) => currency !== payment.currency);
  const open = openOperationsOf(payment);
  const lines = unexplainedOf(payment);
  return [
    ...counted.flatMap(({ id: operationId, evidence }): readonly Attention[] => [
      ...(evidence.mismatched ? [{ reason: 'amount-differs', operationId } as const] : []),
      ...(evidence.ambiguous ? [{ reason: 'reference-ambiguous', operationId } as const] : []),
      ...(evidence.succeeded && evidence.failure !== undefined && !evidence.reversed
        ? [{ reason: 'outcomes-contradict', operationId } as const]
        : []),
    ]),
    ...open.filter(hasRunOut).map(({ id: operationId }) => ({ reason: 'outcome-unresolved', operationId }) as const),
    ...payment.operations
      .filter(({ id, ...attested }) => {
        const counted = countedOperationOf(payment, id);
        return counted !== undefined && isContradicted(attested, counted.evidence);
      })
      .map(({ id: operationId }) => ({ reason: 'attestation-contradicted', operationId }) as const),
    ...when(reported.captured > reported.authorized, 'captured-beyond-authorized'),
    ...when(returned > captured, 'returned-beyond-captured'),
    ...when(reported.settled > captured || lines.captured !== 0, 'settled-beyond-captured'),
    ...when(lines.refunded !== 0, 'settled-beyond-refunded'),
    ...when(lines.disputed !== 0, 'settled-beyond-disputed'),
    ...when(lines.adjusted !== 0, 'adjustments-open'),
    ...when(lines.uneven !== 0, 'settlement-unbalanced'),
    ...when(payment.settlementsContradict, 'settlements-contradict'),
    ...when(foreign, 'currency-differs'),
    ...when(payment.tooManyReports, 'too-many-reports'),
  ];
}

function when(holds: boolean, reason: AttentionReason): readonly Attention[] {
  return holds ? [{ reason }] : [];
}
