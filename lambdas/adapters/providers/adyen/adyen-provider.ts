import type {
  AuthorizeRequest,
  ConnectRefusal,
  FollowUpRequest,
  LookupRequest,
  OperationOutcome,
  Provider,
  ProviderCapability,
} from '../../../domain/providers/provider';
import { err, ok } from '../../../kernel/result';
import type { Result } from '../../../kernel/result';
import { callProvider } from '../provider-call';
import type { Call } from '../provider-call';
import { toAdyenAmount } from './adyen-amounts';
import type { AdyenAmount } from './adyen-amounts';
import { outcomeOf, readModification, readPayment, readPaymentLink, unknown } from './adyen-answers';
import { adyenHosts } from './adyen-hosts';
import { pspReferenceOf, writeReference } from './adyen-references';
import type { Purpose } from './adyen-references';
import { newSettlementReports } from './adyen-reports';
import { inspectWebhook, registerWebhook } from './adyen-webhooks-api';

export interface AdyenProviderOptions {
  readonly apiKey: string;
  readonly merchantAccount: string;
  readonly environment: 'test' | 'live';
  readonly liveUrlPrefix?: string;
  /** Who may download reports [Adyen: get reports automatically]. Without one, payouts are not read. */
  readonly reportUser?: { readonly name: string; readonly password: string };
  /** In place of all hosts of Adyen, in development. */
  readonly baseUrl?: string;
  readonly fetch: typeof fetch;
  /** For a whole call, from resolving the name to the last byte. */
  readonly timeoutMs: number;
}

/**
 * No `lookup`: Adyen finds no payment by our reference, and tells results by webhook. No `redirect`: what a customer brings back from
 * a bank's page would have to be handed to Adyen by us; its own page does without. `several-captures` is a setting of the account
 * [Adyen: multiple partial captures]; without it a second capture is refused.
 */
const capabilities: readonly ProviderCapability[] = [
  'manual-capture',
  'partial-capture',
  'several-captures',
  'cancel',
  'partial-refund',
  'several-refunds',
  'hosted-page',
  'webhook-registration',
];

/** The customer of a stored card is not there to come back; Adyen wants an address all the same. Nobody lives at this one [RFC 2606]. */
const nowhere = 'https://return.invalid/';

/** The client of Adyen's Checkout API. */
export function newAdyenProvider(options: AdyenProviderOptions): Provider {
  const { reportUser, ...rest } = options;
  const reports = reportUser === undefined ? undefined : newSettlementReports({ ...rest, reportUser });
  return {
    name: 'adyen',
    capabilities: reports === undefined ? capabilities : [...capabilities, 'payout-lines'],
    authorize: (request) => authorize(options, request),
    capture: (request) => followUp(options, request, 'captures', 'capture'),
    cancel: (request) => followUp(options, request, 'cancels', { cancel: request.amount.amount }),
    refund: (request) => followUp(options, request, 'refunds', 'refund'),
    lookup: (request) => lookup(options, request),
    check: () => check(options),
    registerWebhook: ({ url }) => registerWebhook(options, url),
    inspectWebhook: (url) => inspectWebhook(options, url),
    ...(reports === undefined ? {} : { payoutLines: reports }),
  };
}

async function authorize(options: AdyenProviderOptions, request: AuthorizeRequest): Promise<OperationOutcome> {
  const amount = toAdyenAmount(request.amount);
  // Nothing has left: Adyen cannot express the amount, or has not got the currency.
  if (amount === undefined) return { status: 'failed', reason: 'not_allowed' };
  return request.method.type === 'hosted-page'
    ? authorizeOnPage(options, request, amount)
    : authorizeToken(options, request, request.method, amount);
}

/** Pay by Link: a page of Adyen's that carries our reference, is paid once, and lives for a day unless it is paid [Adyen: Pay by Link]. */
async function authorizeOnPage(
  options: AdyenProviderOptions,
  { operationId, paymentId, capture, returnUrl }: AuthorizeRequest,
  amount: AdyenAmount,
): Promise<OperationOutcome> {
  const answer = await post(options, '/paymentLinks', operationId, {
    merchantAccount: options.merchantAccount,
    reference: writeReference({ paymentId, operationId, purpose: capture === 'manual' ? 'page' : 'page-sale' }),
    amount,
    reusable: false,
    ...(capture === 'manual' ? { manualCapture: true } : { captureDelayHours: 0 }),
    ...(returnUrl === undefined ? {} : { returnUrl }),
  });
  return outcomeOf(answer, readPaymentLink);
}

/**
 * A stored payment method, charged by the merchant without its customer [Adyen: tokenization, unscheduled card on file]: nobody is
 * there to be authenticated. A customer who is there pays on the page.
 */
async function authorizeToken(
  options: AdyenProviderOptions,
  { operationId, paymentId, capture, returnUrl }: AuthorizeRequest,
  { token, customer }: { readonly token: string; readonly customer?: string },
  amount: AdyenAmount,
): Promise<OperationOutcome> {
  // Adyen keeps stored methods by shopper. Nothing has left.
  if (customer === undefined) return { status: 'failed', reason: 'invalid_payment_method' };
  const answer = await post(options, '/payments', operationId, {
    merchantAccount: options.merchantAccount,
    reference: writeReference({ paymentId, operationId, purpose: capture === 'manual' ? 'authorize' : 'sale' }),
    amount,
    paymentMethod: { type: 'scheme', storedPaymentMethodId: token },
    shopperReference: customer,
    shopperInteraction: 'ContAuth',
    recurringProcessingModel: 'UnscheduledCardOnFile',
    returnUrl: returnUrl ?? nowhere,
    ...(capture === 'manual' ? { additionalData: { manualCapture: 'true' } } : { captureDelayHours: 0 }),
  });
  return outcomeOf(answer, readPayment);
}

/** A cancellation names no amount: it is all that is left. */
async function followUp(
  options: AdyenProviderOptions,
  { operationId, paymentId, providerReference, amount }: FollowUpRequest,
  path: 'captures' | 'cancels' | 'refunds',
  purpose: Purpose,
): Promise<OperationOutcome> {
  const converted = toAdyenAmount(amount);
  if (converted === undefined) return { status: 'failed', reason: 'not_allowed' };
  const answer = await post(
    options,
    `/payments/${encodeURIComponent(pspReferenceOf(providerReference))}/${path}`,
    operationId,
    {
      merchantAccount: options.merchantAccount,
      reference: writeReference({ paymentId, operationId, purpose }),
      ...(path === 'cancels' ? {} : { amount: converted }),
    },
  );
  return outcomeOf(answer, readModification);
}

const linkForm = /^PL[A-Z0-9]{1,60}$/;

/** Only of a page that was never paid can Adyen be asked. */
async function lookup(
  options: AdyenProviderOptions,
  { kind, providerReference }: LookupRequest,
): Promise<OperationOutcome> {
  if (kind !== 'authorize' || providerReference === undefined || !linkForm.test(providerReference)) {
    return unknown('only a webhook can tell');
  }
  const answer = await call(options, 'GET', `/paymentLinks/${providerReference}`);
  // A question has no effect: whatever keeps it from being answered says nothing about the operation.
  if (answer.result !== 'answered' || answer.status !== 200) return unknown('the look-up was not answered');
  return outcomeOf(answer, readPaymentLink);
}

/** Asks for the payment methods of the merchant account, which takes the same key and changes nothing. */
async function check(options: AdyenProviderOptions): Promise<Result<void, ConnectRefusal>> {
  const json = { merchantAccount: options.merchantAccount };
  const answer = await call(options, 'POST', '/paymentMethods', { json });
  if (answer.result !== 'answered' || answer.status >= 500 || answer.status === 429) return err('provider-unreachable');
  return answer.status === 200 ? ok(undefined) : err('credentials-refused');
}

function post(options: AdyenProviderOptions, path: string, operationId: string, json: object): Promise<Call> {
  return call(options, 'POST', path, { json, headers: { 'idempotency-key': operationId } });
}

function call(
  options: AdyenProviderOptions,
  method: 'GET' | 'POST',
  path: string,
  content: { readonly json?: object; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Call> {
  const { apiKey, fetch, timeoutMs } = options;
  return callProvider(
    { fetch, timeoutMs },
    {
      method,
      url: `${adyenHosts(options).checkout}${path}`,
      headers: { 'x-api-key': apiKey, ...content.headers },
      ...(content.json === undefined ? {} : { json: content.json }),
    },
  );
}
