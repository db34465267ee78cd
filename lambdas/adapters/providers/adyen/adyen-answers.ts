import type { FailureReason, OperationOutcome } from '../../../domain/providers/provider';
import { fieldsOf, MalformedData, optionalTextOf, optionOf, textOf } from '../../reading';
import type { Fields } from '../../reading';
import { isRefusal } from '../provider-call';
import type { Call } from '../provider-call';
import { readPageUrl, readReference } from '../reading-events';
import { readAmount } from './adyen-amounts';
import { readPspReference } from './adyen-references';

/** What came of a call, if its answer reads as `read` has it. A refusal is a result; only what leaves the effect in doubt is unknown. */
export function outcomeOf(call: Call, read: (body: unknown) => OperationOutcome): OperationOutcome {
  switch (call.result) {
    case 'not-sent':
      return { status: 'failed', reason: 'provider_unreachable' };
    case 'unanswered':
      return unknown(call.detail);
    case 'answered':
      if (call.status === 200 || call.status === 201) return readOr(call.body, read);
      if (call.status === 429) return { status: 'failed', reason: 'provider_busy' };
      return isRefused(call) ? refused(call.body) : unknown(`status ${String(call.status)}`);
  }
}

export function unknown(detail: string): OperationOutcome {
  return { status: 'unknown', detail };
}

/**
 * A 4xx refuses, unless it says of itself that it is about this moment and the same key may be sent again [Adyen: API idempotency],
 * or that a request under the key is under way.
 */
function isRefused({ status, headers, body }: Extract<Call, { result: 'answered' }>): boolean {
  return isRefusal(status) && headers['transient-error'] !== 'true' && errorCodeOf(body) !== alreadyInProgress;
}

/** "Request already processed or in progress" [Adyen: error codes]. */
const alreadyInProgress = '704';

/** The stored payment method does not exist, or not for this shopper [Adyen: error codes 800 to 803]. */
const unknownMethodCodes = new Set(['800', '801', '802', '803']);

/** Card data that cannot be right, or a card that has expired [Adyen: error codes 101 to 103, 129]. */
const codeReasons: ReadonlyMap<string, FailureReason> = new Map([
  ['101', 'invalid_payment_method'],
  ['102', 'invalid_payment_method'],
  ['103', 'invalid_payment_method'],
  ['129', 'expired_card'],
]);

function refused(body: unknown): OperationOutcome {
  const code = errorCodeOf(body) ?? '';
  const reason = unknownMethodCodes.has(code)
    ? 'invalid_payment_method'
    : (codeReasons.get(code) ?? 'provider_refused');
  return { status: 'failed', reason };
}

function errorCodeOf(body: unknown): string | undefined {
  if (body === null || typeof body !== 'object') return undefined;
  const code: unknown = Reflect.get(body, 'errorCode');
  return typeof code === 'string' ? code : undefined;
}

/** An answer that cannot be read does not mean that nothing was done. */
function readOr(body: unknown, read: (body: unknown) => OperationOutcome): OperationOutcome {
  try {
    return read(body);
  } catch (error) {
    if (error instanceof MalformedData) return unknown('unreadable answer');
    throw error;
  }
}

/** [Adyen: refusal reasons]. What is not here is `declined`. */
const refusals: ReadonlyMap<string, FailureReason> = new Map<string, FailureReason>([
  ['4', 'provider_refused'],
  ['5', 'invalid_payment_method'],
  ['6', 'expired_card'],
  ['7', 'provider_refused'],
  ['8', 'invalid_payment_method'],
  ['9', 'provider_refused'],
  ['10', 'not_allowed'],
  ['11', 'authentication_failed'],
  ['12', 'insufficient_funds'],
  ['17', 'authentication_failed'],
  ['18', 'authentication_failed'],
  ['19', 'authentication_failed'],
  ['21', 'provider_refused'],
  ['23', 'not_allowed'],
  ['25', 'not_allowed'],
  ['28', 'insufficient_funds'],
  ['38', 'authentication_failed'],
  ['42', 'authentication_failed'],
]);

/**
 * The answer of /payments [Adyen: result codes]. Throws MalformedData on an answer that is not Adyen's.
 *
 * An authorization without its amount is not believed: the webhook, which signs the amount, tells the result.
 */
export function readPayment(body: unknown): OperationOutcome {
  const fields = fieldsOf(body, 'the answer');
  const code = textOf(fields, 'resultCode');
  switch (code) {
    case 'Authorised':
    case 'PartiallyAuthorised': {
      const providerReference = readPspReference(fields, 'pspReference');
      if (fields.amount === undefined) return { status: 'pending', providerReference };
      return { status: 'succeeded', providerReference, amount: readAmount(fields.amount) };
    }
    // Both are final. After an error nothing is authorized at Adyen, so that nothing can be captured.
    case 'Refused':
    case 'Error':
    case 'Cancelled':
      return { status: 'failed', reason: refusalOf(fields, code), ...referenceIn(fields) };
    // The bank wants the customer, who is not there when a stored method is charged. Adyen waits for what the customer would bring
    // back, which we do not send: nothing is authorized. Whoever is there pays on Adyen's page, which does all of this.
    case 'IdentifyShopper':
    case 'ChallengeShopper':
    case 'RedirectShopper':
      return { status: 'failed', reason: 'authentication_failed', ...referenceIn(fields) };
    case 'Received':
    case 'Pending':
    case 'PresentToShopper':
      return { status: 'pending', providerReference: readPspReference(fields, 'pspReference') };
    default:
      throw new MalformedData('resultCode is none that can come of a payment');
  }
}

function refusalOf(fields: Fields, code: string): FailureReason {
  const mapped = refusals.get(optionalTextOf(fields, 'refusalReasonCode') ?? '');
  return mapped ?? (code === 'Error' ? 'provider_refused' : 'declined');
}

function referenceIn(fields: Fields): { readonly providerReference?: string } {
  return fields.pspReference === undefined ? {} : { providerReference: readPspReference(fields, 'pspReference') };
}

/** The answer to a capture, cancellation or refund: received, and the result comes by webhook [Adyen: modifications]. */
export function readModification(body: unknown): OperationOutcome {
  const fields = fieldsOf(body, 'the answer');
  optionOf(fields, 'status', ['received']);
  return { status: 'pending', providerReference: readPspReference(fields, 'pspReference') };
}

/** A payment link [Adyen: Pay by Link API]. Who has paid with it is told by webhook, under another reference. */
export function readPaymentLink(body: unknown): OperationOutcome {
  const fields = fieldsOf(body, 'the answer');
  switch (optionOf(fields, 'status', ['active', 'paymentPending', 'completed', 'paid', 'expired'])) {
    case 'active':
      return {
        status: 'requires_action',
        providerReference: readReference(fields, 'id'),
        redirectUrl: readPageUrl(fields, 'url'),
      };
    case 'expired':
      return { status: 'failed', reason: 'provider_refused', providerReference: readReference(fields, 'id') };
    case 'paymentPending':
    case 'completed':
    case 'paid':
      return unknown('the webhook tells');
  }
}
