export {
  decideProviderEvent,
  decideTooManyReports,
  externalOperationId,
  settlementReport,
  takesSettlement,
  type ProviderEventDecision,
} from './apply-provider-event';
export { isUndecided, isWithdrawn } from './disputes';
export { attentionOf, attentionReasons, type Attention, type AttentionReason } from './attention';
export { hasRunOut, nextLookupAt, nextLookupOf } from './lookups';
export { lookUpPayment, type Informant, type LookUpPorts, type LookedUp } from './look-up-payment';
export { openPaymentKind, type OpenPayment } from './open-payments';
export { countedOperations, openOperationsOf } from './operations';
export { decideResolve, resolveOperation, type ResolveRefusal, type Resolution } from './resolve-operation';
export { sweepPayments, type SweepReport } from './sweep-payments';
export { createPayment, replayCreate, type CreateRefusal, type KeyedContext } from './create-payment';
export { changePayment, type Change, type ChangeRefusal } from './change-payment';
export { statusOf } from './outcome';
export { operationOf, paymentEntity, paymentStream, type Operation, type Payment } from './payment';
export { attestationKinds, type PaymentEvent } from './payment-events';
export { type Performed, type PerformRefusal } from './perform-operation';
export { paymentViews, presentPayment, type PresentedPayment } from './present-payment';
export { reportedOf } from './reported';
export { settledSorts } from './settled';
export { statusOfPayment, totalsOf, type Totals } from './totals';
export { decideCancel } from './cancel-payment';
export { decideCapture } from './capture-payment';
export { decideRefund } from './refund-payment';
