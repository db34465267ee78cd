import { invalidRequest } from './wire';

/** How a means of payment behaves. */
export type Behaviour =
  | { readonly kind: 'approved' | 'requires-action' | 'processing' | 'wrong-amount' | 'lost-before' | 'lost-after' }
  | { readonly kind: 'declined'; readonly code: string; readonly declineCode?: string };

const approved: Behaviour = { kind: 'approved' };

/** Stripe's own test means of payment [Stripe: testing], and after them some of the fake's. */
const methods: ReadonlyMap<string, Behaviour> = new Map<string, Behaviour>([
  ['pm_card_visa', approved],
  ['pm_card_mastercard', approved],
  ['pm_card_refundFail', approved],
  ['pm_card_pendingRefund', approved],
  ['pm_card_createDispute', approved],
  ['pm_card_visa_chargeDeclined', { kind: 'declined', code: 'card_declined', declineCode: 'generic_decline' }],
  [
    'pm_card_visa_chargeDeclinedInsufficientFunds',
    { kind: 'declined', code: 'card_declined', declineCode: 'insufficient_funds' },
  ],
  ['pm_card_visa_chargeDeclinedLostCard', { kind: 'declined', code: 'card_declined', declineCode: 'lost_card' }],
  ['pm_card_chargeDeclinedExpiredCard', { kind: 'declined', code: 'expired_card' }],
  ['pm_card_chargeDeclinedIncorrectCvc', { kind: 'declined', code: 'incorrect_cvc' }],
  ['pm_card_chargeDeclinedProcessingError', { kind: 'declined', code: 'processing_error' }],
  ['pm_card_authenticationRequired', { kind: 'requires-action' }],
  ['pm_card_threeDSecure2Required', { kind: 'requires-action' }],
  ['pm_usBankAccount_processing', { kind: 'processing' }],
  ['pm_fake_wrongAmount', { kind: 'wrong-amount' }],
  ['pm_fake_lostBeforeEffect', { kind: 'lost-before' }],
  ['pm_fake_lostAfterEffect', { kind: 'lost-after' }],
]);

/** Undefined for one that was never issued. */
export function behaviourOf(method: string): Behaviour | undefined {
  return methods.get(method);
}

const lastDigitsZero: ReadonlyMap<string, number> = new Map([
  ['isk', 100],
  ['ugx', 100],
  ...['bhd', 'jod', 'kwd', 'omr', 'tnd'].map((currency): [string, number] => [currency, 10]),
]);

/** Throws on an amount that Stripe refuses: of nothing, or with digits that the currency does not have. */
export function requirePayable(amount: number, currency: string): void {
  if (!/^[a-z]{3}$/.test(currency)) throw invalidRequest(`Invalid currency: ${currency}`, { param: 'currency' });
  if (amount < 1)
    throw invalidRequest('Invalid positive integer', { code: 'parameter_invalid_integer', param: 'amount' });
  if (amount > 99_999_999_999) throw invalidRequest('Amount too large', { code: 'amount_too_large', param: 'amount' });
  if (amount % (lastDigitsZero.get(currency) ?? 1) !== 0) {
    throw invalidRequest(`Invalid amount for ${currency}`, { code: 'invalid_charge_amount', param: 'amount' });
  }
}
