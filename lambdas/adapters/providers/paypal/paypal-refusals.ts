import type { FailureReason, OperationOutcome } from '../../../domain/providers/provider';
import { MalformedData } from '../../reading';
import { isRefusal } from '../provider-call';
import type { PaypalCall } from './paypal-api';

/** PayPal's refusals in our words: `details[].issue` of an error [PayPal: Orders v2 errors, Payments v2 errors]. */

/** Maps: in a plain object PayPal's word could be `constructor` and find something. */
const reasons: ReadonlyMap<string, FailureReason> = new Map([
  ...each(
    'declined',
    'INSTRUMENT_DECLINED PAYER_CANNOT_PAY TRANSACTION_REFUSED TRANSACTION_LIMIT_EXCEEDED PAYER_ACCOUNT_LOCKED_OR_CLOSED ' +
      'PAYER_ACCOUNT_RESTRICTED PAYMENT_SOURCE_DECLINED_BY_PROCESSOR REDIRECT_PAYER_FOR_ALTERNATE_FUNDING ' +
      'MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED DOMESTIC_TRANSACTION_REQUIRED DECLINED_DUE_TO_RELATED_TXN ' +
      'PAYEE_BLOCKED_TRANSACTION TRANSACTION_BLOCKED_BY_PAYEE PAYMENT_DENIED ALIAS_DECLINED_BY_PROCESSOR',
  ),
  ...each('insufficient_funds', 'REFUND_FAILED_INSUFFICIENT_FUNDS'),
  ...each('expired_card', 'CARD_EXPIRED REFERENCED_CARD_EXPIRED INVALID_EXPIRY_DATE'),
  ...each(
    'invalid_payment_method',
    'TOKEN_ID_NOT_FOUND TOKEN_EXPIRED BILLING_AGREEMENT_NOT_FOUND AGREEMENT_ALREADY_CANCELLED BILLING_AGREEMENT_ID_MISMATCH ' +
      'MISMATCHED_VAULT_ID_TO_PAYMENT_SOURCE CARD_BRAND_NOT_SUPPORTED CARD_TYPE_NOT_SUPPORTED PAYMENT_SOURCE_NOT_SUPPORTED ' +
      'PAYMENT_SOURCE_CANNOT_BE_USED PAYMENT_SOURCE_INFO_CANNOT_BE_VERIFIED PAYMENT_SOURCE_MISMATCH CARD_NUMBER_REQUIRED',
  ),
  ...each(
    'not_allowed',
    'AUTHORIZATION_VOIDED AUTHORIZATION_EXPIRED AUTHORIZATION_DENIED AUTHORIZATION_ALREADY_CAPTURED ' +
      'MAX_CAPTURE_AMOUNT_EXCEEDED MAX_CAPTURE_COUNT_EXCEEDED AUTH_CAPTURE_CURRENCY_MISMATCH AUTH_CAPTURE_NOT_ENABLED ' +
      'PREVIOUSLY_CAPTURED PREVIOUSLY_VOIDED CANNOT_BE_VOIDED CAPTURE_FULLY_REFUNDED REFUND_CAPTURE_CURRENCY_MISMATCH ' +
      'REFUND_NOT_ALLOWED REFUND_TIME_LIMIT_EXCEEDED REFUND_AMOUNT_EXCEEDED REFUND_AMOUNT_TOO_LOW ' +
      'PARTIAL_REFUND_NOT_ALLOWED MAX_NUMBER_OF_REFUNDS_EXCEEDED PENDING_CAPTURE TRANSACTION_DISPUTED ' +
      'REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK REFUND_IS_RESTRICTED CURRENCY_NOT_SUPPORTED_FOR_COUNTRY ' +
      'CURRENCY_NOT_SUPPORTED_FOR_CARD_TYPE CURRENCY_MISMATCH INVALID_CURRENCY_CODE DECIMAL_PRECISION ' +
      'DECIMALS_NOT_SUPPORTED MAX_VALUE_EXCEEDED CANNOT_BE_ZERO_OR_NEGATIVE ORDER_EXPIRED TRANSACTION_RECEIVING_LIMIT_EXCEEDED',
  ),
]);

/** They say that something was done before, or is being done: not that nothing was. */
const inDoubt: ReadonlySet<string> = new Set([
  'DUPLICATE_INVOICE_ID',
  'DUPLICATE_REQUEST_ID',
  'ORDER_ALREADY_AUTHORIZED',
  'ORDER_ALREADY_CAPTURED',
  'ORDER_COMPLETED_OR_VOIDED',
  'ORDER_COMPLETION_IN_PROGRESS',
  'ORDER_NOT_APPROVED',
  'PREVIOUS_REQUEST_IN_PROGRESS',
]);

/** [PayPal: processor response codes] */
const processorReasons: ReadonlyMap<string, FailureReason> = new Map([
  ['5120', 'insufficient_funds'],
  ['5400', 'expired_card'],
  ['5650', 'authentication_failed'],
  ['7600', 'authentication_failed'],
  ['7710', 'authentication_failed'],
  ['0390', 'invalid_payment_method'],
  ['1330', 'invalid_payment_method'],
  ['5180', 'invalid_payment_method'],
]);

function each(reason: FailureReason, issues: string): readonly (readonly [string, FailureReason])[] {
  return issues.split(' ').map((issue) => [issue, reason] as const);
}

/**
 * What a call that acts came to. A refusal is a result; only what leaves the effect in doubt is unknown. `read` reads the answer to
 * a call that PayPal took.
 */
export function outcomeOf(call: PaypalCall, read: (body: unknown) => OperationOutcome): OperationOutcome {
  switch (call.result) {
    case 'no-token':
      return { status: 'failed', reason: reasonWithoutToken[call.why] };
    case 'not-sent':
      return { status: 'failed', reason: 'provider_unreachable' };
    case 'unanswered':
      return unknown(call.detail);
    case 'answered':
      if ([200, 201, 204].includes(call.status)) return readOr(() => read(call.body));
      if (call.status === 429) return { status: 'failed', reason: 'provider_busy' };
      return isRefusal(call.status) ? refusalOf(call.body) : unknown(`status ${String(call.status)}`);
  }
}

/** Without a token the call itself never left. */
const reasonWithoutToken = {
  unreachable: 'provider_unreachable',
  busy: 'provider_busy',
  refused: 'provider_refused',
} as const satisfies Record<string, FailureReason>;

function refusalOf(body: unknown): OperationOutcome {
  const issues = issuesOf(body);
  const doubtful = issues.find((issue) => inDoubt.has(issue));
  if (doubtful !== undefined) return unknown(doubtful);
  const [reason] = issues.flatMap((issue) => reasons.get(issue) ?? []);
  return { status: 'failed', reason: reason ?? 'provider_refused' };
}

/** The issues that an error names, and its own name. */
export function issuesOf(body: unknown): readonly string[] {
  const error = recordOf(body);
  const details: readonly unknown[] = Array.isArray(error.details) ? error.details : [];
  return [...details.map((detail) => recordOf(detail).issue), error.name].filter(
    (issue): issue is string => typeof issue === 'string',
  );
}

/** Why a payment that PayPal made was declined: the processor's word, where it is told. */
export function declineReasonOf(processorResponse: unknown): FailureReason {
  const code = recordOf(processorResponse).response_code;
  return (typeof code === 'string' ? processorReasons.get(code) : undefined) ?? 'declined';
}

export function unknown(detail: string): Extract<OperationOutcome, { status: 'unknown' }> {
  return { status: 'unknown', detail };
}

/** An answer that cannot be read does not mean that nothing was done. */
export function readOr<T>(read: () => T): T | Extract<OperationOutcome, { status: 'unknown' }> {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedData) return unknown('unreadable answer');
    throw error;
  }
}

/** As above, where what cannot be read is as good as not answered. */
export function readIfReadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedData) return undefined;
    throw error;
  }
}

/** The fields of an object; none of anything else. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? { ...value } : {};
}
