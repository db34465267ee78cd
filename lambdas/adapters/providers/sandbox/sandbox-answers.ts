import type { FailureReason, OperationOutcome } from '../../../domain/providers/provider';
import { isAmountMinor } from '../../../kernel/money';
import type { Money } from '../../../kernel/money';
import { fieldsOf, integerOf, MalformedData, optionOf, textOf } from '../../reading';
import type { Fields } from '../../reading';
import { readPageUrl, readReference } from '../reading-events';

/** The sandbox's words in ours. It counts in ISO 4217 minor units like us, so that no amount is converted. */

/** A map: in a plain object the provider's word could be `constructor` and find something. */
const reasons: ReadonlyMap<string, FailureReason> = new Map([
  ['declined', 'declined'],
  ['insufficient_funds', 'insufficient_funds'],
  ['expired_card', 'expired_card'],
  ['authentication_failed', 'authentication_failed'],
  ['invalid_token', 'invalid_payment_method'],
  ['not_allowed', 'not_allowed'],
]);

/** Throws MalformedData on an answer that is not the sandbox's. */
export function readAnswer(value: unknown): OperationOutcome {
  const fields = fieldsOf(value, 'the answer');
  const providerReference = readReference(fields, 'reference');
  switch (optionOf(fields, 'status', ['succeeded', 'declined', 'requires_action', 'pending', 'reversed'])) {
    case 'succeeded':
      return { status: 'succeeded', providerReference, amount: readMoney(fields) };
    case 'declined':
      return { status: 'failed', reason: readReason(fields), providerReference };
    case 'reversed':
      return { status: 'reversed', reason: readReason(fields), providerReference };
    case 'pending':
      return { status: 'pending', providerReference };
    case 'requires_action':
      return { status: 'requires_action', providerReference, redirectUrl: readPageUrl(fields, 'redirectUrl') };
  }
}

function readReason(fields: Fields): FailureReason {
  return reasons.get(textOf(fields, 'reason')) ?? 'provider_refused';
}

export function readMoney(fields: Fields): Money {
  const amount = integerOf(fields, 'amount');
  const currency = textOf(fields, 'currency');
  if (!isAmountMinor(amount) || amount < 0) throw new MalformedData('amount is no amount');
  if (!/^[A-Z]{3}$/.test(currency)) throw new MalformedData('currency is no currency');
  return { amount, currency };
}
