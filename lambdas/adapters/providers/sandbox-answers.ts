import type { FailureReason, OperationOutcome } from '../../domain/providers/provider';
import { isAmountMinor } from '../../kernel/money';
import type { Money } from '../../kernel/money';
import { passesLuhn } from '../../kernel/redaction';
import { fieldsOf, integerOf, MalformedData, optionOf, textOf } from '../reading';
import type { Fields } from '../reading';

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
  switch (optionOf(fields, 'status', ['succeeded', 'declined', 'requires_action'])) {
    case 'succeeded':
      return { status: 'succeeded', providerReference, amount: readMoney(fields) };
    case 'declined':
      return {
        status: 'failed',
        reason: reasons.get(textOf(fields, 'reason')) ?? 'provider_refused',
        providerReference,
      };
    case 'requires_action':
      return { status: 'requires_action', providerReference, redirectUrl: readUrl(fields, 'redirectUrl') };
  }
}

export function readMoney(fields: Fields): Money {
  const amount = integerOf(fields, 'amount');
  const currency = textOf(fields, 'currency');
  if (!isAmountMinor(amount) || amount < 0) throw new MalformedData('amount is no amount');
  if (!/^[A-Z]{3}$/.test(currency)) throw new MalformedData('currency is no currency');
  return { amount, currency };
}

/** Plain characters only: references become part of records and logs, so a card number in the place of one is not taken either. */
export function readReference(fields: Fields, name: string): string {
  const text = textOf(fields, name);
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(text) || isCardNumber(text)) {
    throw new MalformedData(`${name} is no reference`);
  }
  return text;
}

function isCardNumber(text: string): boolean {
  const digits = text.replace(/[-_]/g, '');
  return /^\d{13,19}$/.test(digits) && passesLuhn(digits);
}

/** A page to send a customer to: in plain characters, and without a user's name, which could pass for the host. */
function readUrl(fields: Fields, name: string): string {
  const text = textOf(fields, name);
  if (
    text.length > 500 ||
    !/^https?:\/\/[\x21-\x7e]+$/.test(text) ||
    !URL.canParse(text) ||
    new URL(text).username !== ''
  )
    throw new MalformedData(`${name} is no URL`);
  return text;
}
