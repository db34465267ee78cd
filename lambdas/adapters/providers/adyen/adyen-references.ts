import type { ReadReference } from '../../../domain/providers/provider';
import { passesLuhn } from '../../../kernel/redaction';
import { err, ok } from '../../../kernel/result';
import { MalformedData, textOf } from '../../reading';
import type { Fields } from '../../reading';
import { readReference } from '../reading-events';

/**
 * What we write into `reference`, and Adyen repeats as the signed `merchantReference` of every webhook: a modification repeats the
 * reference of its own request, one without a reference that of the payment [Adyen: modifications; Adyen/adyen-commercetools issue
 * 1038]. At most 80 characters [Adyen: Checkout API].
 */
export interface OwnReference {
  readonly paymentId: string;
  readonly operationId: string;
  readonly purpose: Purpose;
}

/** `sale`: captured in the same breath. `page`: paid on a page of Adyen, where a refusal is not the last word. */
export const paymentPurposes = ['authorize', 'sale', 'page', 'page-sale'] as const;

export type PaymentPurpose = (typeof paymentPurposes)[number];

export type Purpose =
  | PaymentPurpose
  | 'capture'
  | 'refund'
  /** Adyen cancels all that is left and names no amount of it: ours travels along, in ISO 4217 minor units. */
  | { readonly cancel: number };

const form = new RegExp(
  `^(pay_[0-9a-z]{20})\\.(op_[0-9a-z]{20})\\.(?:(${paymentPurposes.join('|')}|capture|refund)|cancel\\.(0|[1-9][0-9]{0,12}))$`,
);

export function writeReference({ paymentId, operationId, purpose }: OwnReference): string {
  const last = typeof purpose === 'string' ? purpose : `cancel.${String(purpose.cancel)}`;
  return `${paymentId}.${operationId}.${last}`;
}

/** Undefined when it is none of ours. */
export function parseReference(text: string): OwnReference | undefined {
  const found = form.exec(text);
  if (found === null) return undefined;
  const [, paymentId = '', operationId = '', named, cancelled] = found;
  const purpose = purposeOf(named, cancelled);
  return purpose === undefined ? undefined : { paymentId, operationId, purpose };
}

function purposeOf(named: string | undefined, cancelled: string | undefined): Purpose | undefined {
  if (cancelled !== undefined) return { cancel: Number(cancelled) };
  if (named === 'capture' || named === 'refund') return named;
  return paymentPurposes.find((purpose) => purpose === named);
}

export function isPayment(purpose: Purpose): purpose is PaymentPurpose {
  return paymentPurposes.some((each) => each === purpose);
}

const digitsMark = 'psp';

/**
 * A reference of Adyen's as we keep it. Some are sixteen digits, like a card number, and would be redacted wherever they are
 * written; a prefix tells them apart. Adyen's own have no small letters.
 */
export function readPspReference(fields: Fields, name: string): string {
  const text = textOf(fields, name);
  if (/^[0-9]{13,19}$/.test(text)) return `${digitsMark}${text}`;
  if (!/^[A-Z0-9]{1,64}$/.test(text)) throw new MalformedData(`${name} is no reference`);
  return readReference(fields, name);
}

/** The reference as Adyen knows it. */
export function pspReferenceOf(kept: string): string {
  return /^psp[0-9]+$/.test(kept) ? kept.slice(digitsMark.length) : kept;
}

/**
 * What a person copied from the Customer Area: sixteen capital letters and digits [Adyen: pspReference], or what we show of one of digits
 * only. Sixteen digits that begin as cards do and pass their check are taken for one: Adyen's own begin with 7, 8 or 9, and 81 is UnionPay's.
 */
export const readAdyenReference: ReadReference = (_kind, text) => {
  const reference = pspReferenceOf(text).toUpperCase();
  const isReference =
    /^[A-Z0-9]{16}$/.test(reference) && !(/^(?:[2-6][0-9]|81)[0-9]{14}$/.test(reference) && passesLuhn(reference));
  if (!isReference) return err({ wanted: "Adyen's pspReference, 16 letters and digits" });
  return ok(/^[0-9]+$/.test(reference) ? `${digitsMark}${reference}` : reference);
};
