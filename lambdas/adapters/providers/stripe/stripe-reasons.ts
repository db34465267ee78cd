import type { FailureReason } from '../../../domain/providers/provider';

/**
 * Why the issuer declined [Stripe: decline codes], and why Stripe refused [Stripe: error codes], in our words. Maps: in a plain
 * object a word of Stripe's could be `constructor` and find something.
 */

const byDeclineCode: ReadonlyMap<string, FailureReason> = new Map([
  ...entries('insufficient_funds', ['insufficient_funds', 'card_velocity_exceeded', 'withdrawal_count_limit_exceeded']),
  ...entries('expired_card', ['expired_card', 'invalid_expiry_month', 'invalid_expiry_year']),
  ...entries('authentication_failed', [
    'authentication_required',
    'authentication_not_handled',
    'mobile_device_authentication_required',
    'approve_with_id',
    'offline_pin_required',
    'online_or_offline_pin_required',
    'pin_try_exceeded',
    'incorrect_pin',
    'invalid_pin',
  ]),
  ...entries('invalid_payment_method', [
    'incorrect_number',
    'invalid_number',
    'invalid_account',
    'new_account_information_available',
    'incorrect_cvc',
    'invalid_cvc',
    'card_not_supported',
    'currency_not_supported',
  ]),
  ...entries('not_allowed', ['invalid_amount', 'transaction_not_allowed', 'service_not_allowed']),
]);

const byCode: ReadonlyMap<string, FailureReason> = new Map([
  ...entries('declined', ['card_declined', 'payment_method_customer_decline', 'payment_method_provider_decline']),
  ...entries('insufficient_funds', ['insufficient_funds']),
  ...entries('expired_card', ['expired_card', 'invalid_expiry_month', 'invalid_expiry_year']),
  ...entries('authentication_failed', [
    'authentication_required',
    'payment_intent_authentication_failure',
    'payment_method_not_available',
    'payment_intent_payment_attempt_expired',
    'payment_intent_redirect_confirmation_without_return_url',
  ]),
  ...entries('invalid_payment_method', [
    'incorrect_number',
    'invalid_number',
    'incorrect_cvc',
    'invalid_cvc',
    'incorrect_zip',
    'incorrect_address',
    'payment_method_unactivated',
    'payment_method_unexpected_state',
    'payment_method_invalid_parameter',
    'payment_method_currency_mismatch',
    'payment_method_unsupported_type',
    'payment_intent_incompatible_payment_method',
    'payment_intent_invalid_parameter',
  ]),
  ...entries('not_allowed', [
    'amount_too_large',
    'amount_too_small',
    'charge_already_captured',
    'charge_already_refunded',
    'charge_disputed',
    'charge_exceeds_source_limit',
    'charge_exceeds_transaction_limit',
    'charge_expired_for_capture',
    'charge_invalid_parameter',
    'charge_not_refundable',
    'balance_insufficient',
    'payment_intent_unexpected_state',
    'refund_disputed_payment',
    'currency_not_supported',
  ]),
]);

/** `declined` for a card error that Stripe does not tell more of, `provider_refused` for anything else. */
export function reasonOf({
  type,
  code,
  declineCode,
  param,
}: {
  readonly type?: string | undefined;
  readonly code?: string | undefined;
  readonly declineCode?: string | undefined;
  readonly param?: string | undefined;
}): FailureReason {
  // An unknown token is a resource that is missing, and only the parameter says which.
  if (code === 'resource_missing' && (param === 'payment_method' || param === 'customer'))
    return 'invalid_payment_method';
  const named = byDeclineCode.get(declineCode ?? '') ?? byCode.get(code ?? '');
  if (named !== undefined) return named;
  return type === 'card_error' || declineCode !== undefined ? 'declined' : 'provider_refused';
}

function entries(reason: FailureReason, codes: readonly string[]): readonly (readonly [string, FailureReason])[] {
  return codes.map((code) => [code, reason]);
}
