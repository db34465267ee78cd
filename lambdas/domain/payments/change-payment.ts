import type { CommandRefusal } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import { invariant } from '../../kernel/invariant';
import type { Money } from '../../kernel/money';
import { err } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import type { FollowUpRequest, OperationOutcome, Provider } from '../providers/provider';
import { decideCancel } from './cancel-payment';
import type { CancelRefusal } from './cancel-payment';
import { decideCapture } from './capture-payment';
import type { CaptureRefusal } from './capture-payment';
import { deriveOperationId } from './create-payment';
import type { KeyedContext } from './create-payment';
import { authorizationOf, countedOperations, isOpen } from './operations';
import { paymentEntity, paymentStream } from './payment';
import type { Operation, Payment } from './payment';
import type { PaymentEvent } from './payment-events';
import { performOperation } from './perform-operation';
import type { Performed, PaymentPorts, PerformRefusal } from './perform-operation';
import { decideRefund } from './refund-payment';
import type { RefundRefusal } from './refund-payment';
import { totalsOf } from './totals';

/** A further operation on a payment. Without an amount it takes all that is left. */
export type Change =
  | { readonly kind: 'capture'; readonly amount?: Money }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'refund'; readonly amount?: Money; readonly reason?: string };

export type ChangeRefusal =
  | CaptureRefusal
  | CancelRefusal
  | RefundRefusal
  /** The provider has given the authorization two names: money must not move by the wrong one. A person must look. */
  | { readonly reason: 'reference-ambiguous' };

/**
 * Captures, cancels or refunds. `providerOf` gives the client of the connection that the payment was made through; it is asked
 * before anything is written, so that missing credentials leave no open intent behind.
 */
export async function changePayment(
  ports: PaymentPorts,
  context: KeyedContext,
  target: { readonly tenant: string; readonly paymentId: string; readonly ifMatch: number | undefined },
  change: Change,
  providerOf: (payment: Payment) => Promise<Provider>,
): Promise<Result<Performed, ChangeRefusal | PerformRefusal | CommandRefusal>> {
  const stream = paymentStream(target.tenant, target.paymentId);
  const loaded = fold(paymentEntity, await ports.journal.read(stream));
  if (loaded.state === undefined) return err({ reason: 'payment-not-found' });
  const provider = await providerOf(loaded.state);
  const operationId = deriveOperationId(target.paymentId, context.command.key, change.kind);

  return performOperation<ChangeRefusal>(ports, stream, context, {
    operationId,
    loaded,
    ...(target.ifMatch === undefined ? {} : { ifMatch: target.ifMatch }),
    decide: (payment) => decide(payment, operationId, change, provider),
    call: (payment, operation) => callerOf(provider, change.kind)(followUpOf(payment, operation)),
  });
}

function decide(
  payment: Payment | undefined,
  operationId: string,
  change: Change,
  { capabilities }: Provider,
): Result<readonly PaymentEvent[], ChangeRefusal> {
  if (payment?.operations[0].evidence.ambiguous === true) return err({ reason: 'reference-ambiguous' });
  switch (change.kind) {
    case 'capture':
      return decideCapture(payment, { ...change, operationId, capabilities });
    case 'cancel':
      return decideCancel(payment, { operationId, capabilities });
    case 'refund':
      return decideRefund(payment, { ...change, operationId, capabilities });
  }
}

function callerOf(provider: Provider, kind: Change['kind']): (request: FollowUpRequest) => Promise<OperationOutcome> {
  switch (kind) {
    case 'capture':
      return (request) => provider.capture(request);
    case 'cancel':
      return (request) => provider.cancel(request);
    case 'refund':
      return (request) => provider.refund(request);
  }
}

function followUpOf(payment: Payment, { id: operationId, kind, amount, captureReference }: Operation): FollowUpRequest {
  return {
    operationId,
    paymentId: payment.id,
    amount: { amount, currency: payment.currency },
    providerReference: referenceOf(payment),
    ...(captureReference === undefined ? {} : { captureReference }),
    ...(kind === 'capture' ? { final: isLastCapture(payment, operationId) } : {}),
  };
}

/**
 * Whether nothing can be captured any more beside it, its own intent being counted. While another capture is open, it may still come
 * to the provider later, or turn out never to have come: the authorization must not be closed before it.
 */
function isLastCapture(payment: Payment, operationId: string): boolean {
  const isOther = ({ id, kind }: Operation): boolean => kind === 'capture' && id !== operationId;
  return totalsOf(payment).capturable === 0 && !countedOperations(payment).some((it) => isOther(it) && isOpen(it));
}

/** The provider's name for the payment: only an authorization that succeeded, and so has one, can be followed up. */
function referenceOf(payment: Payment): string {
  const { evidence } = authorizationOf(payment);
  invariant(evidence.reference !== undefined, `payment ${payment.id} has no reference at the provider`);
  return evidence.reference;
}
