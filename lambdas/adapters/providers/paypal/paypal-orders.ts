import type { AuthorizeRequest, OperationOutcome } from '../../../domain/providers/provider';
import { ok } from '../../../kernel/result';
import type { Result } from '../../../kernel/result';
import { fieldsOf, MalformedData } from '../../reading';
import { isRefusal } from '../provider-call';
import { isOrderOf, paymentOfOrder, readLink, readOrder } from './paypal-answers';
import type { Order } from './paypal-answers';
import { callPaypal } from './paypal-api';
import type { PaypalApiOptions, PaypalCall } from './paypal-api';
import { markOf } from './paypal-marks';
import { toPaypalAmount } from './paypal-money';
import type { AmountRefusal } from './paypal-money';
import { issuesOf, outcomeOf, readIfReadable, unknown } from './paypal-refusals';

type Asked = Pick<AuthorizeRequest, 'operationId' | 'paymentId' | 'amount' | 'capture'>;

/**
 * Makes an order and completes it in two calls: the order alone holds no money, so whatever is left open afterwards is the completion
 * of an order that can be asked for. With a hosted page the customer approves in between, and `lookUp` completes it.
 */
export async function authorizeOrder(options: PaypalApiOptions, request: AuthorizeRequest): Promise<OperationOutcome> {
  const { method, operationId } = request;
  const source =
    method.type === 'token' ? { completion: sourceOf(method.token) } : { creation: pageFor(request.returnUrl) };
  const body = orderBody(request, source.creation);
  // PayPal does not know the currency, or not so fine an amount of it.
  if (!body.ok) return { status: 'failed', reason: 'not_allowed' };
  const created = await callPaypal(options, {
    method: 'POST',
    path: '/v2/checkout/orders',
    requestId: orderRequestId(operationId),
    body: body.value,
  });
  // Nobody knows the id of an order whose creation was not answered: it cannot be approved or completed, and nothing comes of it.
  if (wasLost(created)) return { status: 'failed', reason: 'provider_busy' };
  if (created.result !== 'answered' || !isTaken(created.status)) return outcomeOf(created, unreadable);
  const order = readIfReadable(() => readOrder(created.body));
  if (order === undefined) return { status: 'failed', reason: 'provider_refused' };
  if (source.completion === undefined) return pageOf(order, request);
  return completeOrder(options, { ...request, orderId: order.id, source: source.completion });
}

/** The order of an operation: of the same content every time, as PayPal's idempotency asks. */
export function orderBody(
  { operationId, paymentId, amount, capture }: Asked,
  paymentSource?: object,
): Result<object, AmountRefusal> {
  const written = toPaypalAmount(amount);
  if (!written.ok) return written;
  const mark = markOf({ paymentId, operationId, kind: 'authorize' });
  return ok({
    intent: capture === 'automatic' ? 'CAPTURE' : 'AUTHORIZE',
    // Where the account blocks a second payment of one invoice, that is one more guard against paying twice.
    purchase_units: [{ custom_id: mark, invoice_id: mark, amount: written.value }],
    ...(paymentSource === undefined ? {} : { payment_source: paymentSource }),
  });
}

/** Keys of both steps, at most 108 characters [PayPal: Orders v2, PayPal-Request-Id]. */
export function orderRequestId(operationId: string): string {
  return `${operationId}-order`;
}

/**
 * Authorizes or captures an order under the operation's own key: however often it is asked, it is done once. What the customer has
 * approved has another key than the attempt before it, whose refusal PayPal would repeat; an order itself is completed only once.
 */
export async function completeOrder(
  options: PaypalApiOptions,
  { orderId, source, ...asked }: Asked & { readonly orderId: string; readonly source?: object },
): Promise<OperationOutcome> {
  const step = asked.capture === 'automatic' ? 'capture' : 'authorize';
  const completed = await callPaypal(options, {
    method: 'POST',
    path: `/v2/checkout/orders/${encodeURIComponent(orderId)}/${step}`,
    requestId: source === undefined ? `${asked.operationId}-approved` : asked.operationId,
    body: source === undefined ? {} : { payment_source: source },
  });
  return payerActionOf(completed, orderId) ?? outcomeOf(completed, (body) => completionOf(readOrder(body), asked));
}

/** The bank wants to see the customer: PayPal says so in a refusal or in the order, and names the page [PayPal: payer action]. */
function payerActionOf(call: PaypalCall, orderId: string): OperationOutcome | undefined {
  if (call.result !== 'answered' || call.status !== 422) return undefined;
  if (!issuesOf(call.body).includes('PAYER_ACTION_REQUIRED')) return undefined;
  const redirectUrl = readIfReadable(() => readLink(fieldsOf(call.body, 'the refusal'), ['payer-action']));
  return redirectUrl === undefined ? undefined : { status: 'requires_action', providerReference: orderId, redirectUrl };
}

function completionOf(order: Order, asked: Asked): OperationOutcome {
  const outcome = paymentOfOrder(order, asked.capture);
  if (outcome !== undefined) return outcome;
  return order.status === 'PAYER_ACTION_REQUIRED' ? pageOf(order, asked) : unknown('an order without a payment');
}

function pageOf(order: Order, asked: Asked): OperationOutcome {
  // A repeated request may find the order approved and paid meanwhile.
  const outcome = paymentOfOrder(order, asked.capture);
  if (outcome !== undefined) return outcome;
  if (!isOrderOf(order, asked) || order.payerActionUrl === undefined) return unknown('an order without a page');
  return { status: 'requires_action', providerReference: order.id, redirectUrl: order.payerActionUrl };
}

/**
 * The vault knows cards and PayPal accounts by ids of one form: `paypal_` before the id says that it is an account. Billing agreements
 * begin with `B-`. Anything else is a card [PayPal: Orders v2, payment_source].
 */
function sourceOf(token: string): object {
  const [, kind, id = token] = /^(card|paypal)_(.+)$/.exec(token) ?? [];
  if (kind === 'paypal') return { paypal: { vault_id: id } };
  if (kind === undefined && token.startsWith('B-')) return { token: { id: token, type: 'BILLING_AGREEMENT' } };
  return { card: { vault_id: id } };
}

/** PayPal's own page. Nothing is shipped for all that PayPal needs to know, so it asks the customer for no address. */
function pageFor(returnUrl: string | undefined): object {
  return {
    paypal: {
      experience_context: {
        user_action: 'PAY_NOW',
        shipping_preference: 'NO_SHIPPING',
        ...(returnUrl === undefined ? {} : { return_url: returnUrl, cancel_url: returnUrl }),
      },
    },
  };
}

function wasLost(call: PaypalCall): boolean {
  return (
    call.result === 'unanswered' || (call.result === 'answered' && !isTaken(call.status) && !isRefusal(call.status))
  );
}

function isTaken(status: number): boolean {
  return status === 200 || status === 201;
}

function unreadable(): never {
  throw new MalformedData('an order that was not made');
}
