import type { Money } from '../../../kernel/money';
import { fieldsOf, integerOf, MalformedData, textOf } from '../../reading';
import type { Fields } from '../../reading';
import { readPageUrl } from '../reading-events';
import { fromStripeAmount } from './stripe-amounts';

/** Stripe's objects as answers and webhooks alike hold them, as far as we read them. All readers throw MalformedData. */

/**
 * Our ids in the metadata of Stripe's objects. A Charge takes a copy from its PaymentIntent; a Refund and a Dispute have metadata of
 * their own [Stripe: metadata].
 */
export const metadataKeys = {
  payment: 'countinghouse_payment',
  operation: 'countinghouse_operation',
  /** On a PaymentIntent: the operation that captured it. */
  capture: 'countinghouse_capture',
  /** On a PaymentIntent of a Checkout page: one try there that fails is not the end. */
  page: 'countinghouse_page',
} as const;

export interface StripePaymentIntent {
  readonly id: string;
  readonly status: string;
  readonly amount: Money;
  readonly capturable: Money;
  readonly received: Money;
  readonly manualCapture: boolean;
  /** Id of the charge of the latest try. */
  readonly latestCharge: string | undefined;
  /** Whether that charge went through; undefined where the charge was not expanded. */
  readonly chargeSucceeded: boolean | undefined;
  readonly redirectUrl: string | undefined;
  readonly lastError: { readonly code: string | undefined; readonly declineCode: string | undefined } | undefined;
  readonly cancellationReason: string | undefined;
  readonly ours: OurMetadata;
}

export interface OurMetadata {
  readonly payment: string | undefined;
  readonly operation: string | undefined;
  readonly capture: string | undefined;
  readonly isPage: boolean;
}

export function readPaymentIntent(fields: Fields): StripePaymentIntent {
  const charge = fields.latest_charge;
  const chargeFields = charge !== null && typeof charge === 'object' ? fieldsOf(charge, 'latest_charge') : undefined;
  const lastError = optionalFields(fields, 'last_payment_error');
  const redirect = optionalFields(optionalFields(fields, 'next_action') ?? {}, 'redirect_to_url');
  return {
    id: readId(fields, 'id'),
    status: textOf(fields, 'status'),
    amount: readAmount(fields, 'amount'),
    capturable: readAmount(fields, 'amount_capturable'),
    received: readAmount(fields, 'amount_received'),
    manualCapture: fields.capture_method === 'manual',
    latestCharge: optionalIdOf(fields, 'latest_charge'),
    chargeSucceeded: chargeFields === undefined ? undefined : chargeFields.status === 'succeeded',
    redirectUrl: redirect === undefined ? undefined : readPageUrl(redirect, 'url'),
    lastError:
      lastError === undefined
        ? undefined
        : { code: optionalText(lastError, 'code'), declineCode: optionalText(lastError, 'decline_code') },
    cancellationReason: optionalText(fields, 'cancellation_reason'),
    ours: readOurMetadata(fields),
  };
}

export interface StripeRefund {
  readonly id: string;
  readonly status: string;
  readonly amount: Money;
  readonly paymentIntent: string | undefined;
  /** The money came back to the account after it had been taken. */
  readonly cameBack: boolean;
  readonly ours: OurMetadata;
}

export function readRefund(fields: Fields): StripeRefund {
  return {
    id: readId(fields, 'id'),
    status: textOf(fields, 'status'),
    amount: readAmount(fields, 'amount'),
    paymentIntent: optionalIdOf(fields, 'payment_intent'),
    cameBack: optionalIdOf(fields, 'failure_balance_transaction') !== undefined,
    ours: readOurMetadata(fields),
  };
}

export interface StripeCheckoutSession {
  readonly id: string;
  readonly status: string | undefined;
  readonly url: string | undefined;
  readonly paymentIntent: string | undefined;
  readonly ours: OurMetadata;
}

export function readCheckoutSession(fields: Fields): StripeCheckoutSession {
  return {
    id: readId(fields, 'id'),
    status: optionalText(fields, 'status'),
    url: optionalText(fields, 'url') === undefined ? undefined : readPageUrl(fields, 'url'),
    paymentIntent: optionalIdOf(fields, 'payment_intent'),
    ours: readOurMetadata(fields),
  };
}

/** Metadata is everybody's: what has not the form of our ids is not ours. */
export function readOurMetadata(fields: Fields): OurMetadata {
  const metadata = optionalFields(fields, 'metadata') ?? {};
  const idOf = (key: string): string | undefined => {
    const value = metadata[key];
    return typeof value === 'string' && isOurId(value) ? value : undefined;
  };
  return {
    payment: idOf(metadataKeys.payment),
    operation: idOf(metadataKeys.operation),
    capture: idOf(metadataKeys.capture),
    isPage: metadata[metadataKeys.page] !== undefined,
  };
}

/** Whether the text has the form of our ids of payments and operations. */
export function isOurId(text: string): boolean {
  return /^(pay|op)_[0-9A-Za-z]{20}$/.test(text);
}

/** A Money of two fields: the amount by name, and `currency`. */
export function readAmount(fields: Fields, name: string): Money {
  return fromStripeAmount(integerOf(fields, name), textOf(fields, 'currency'));
}

/** Seconds since 1970 as ISO 8601. */
export function readSeconds(fields: Fields, name: string): string {
  const instant = new Date(integerOf(fields, name) * 1000);
  if (Number.isNaN(instant.getTime()) || !/^\d{4}-/.test(instant.toISOString())) {
    throw new MalformedData(`${name} is no time`);
  }
  return instant.toISOString();
}

/** Stripe's ids: at most 128 characters, so that they fit wherever a reference does. */
export function readId(fields: Fields, name: string): string {
  const id = textOf(fields, name);
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/.test(id)) throw new MalformedData(`${name} is no id`);
  return id;
}

/** An id that may be absent, or be expanded to the object it names. */
export function optionalIdOf(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  return typeof value === 'object' ? readId(fieldsOf(value, name), 'id') : readId(fields, name);
}

/** Stripe writes null for what is absent. */
export function optionalText(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return value === undefined || value === null ? undefined : textOf(fields, name);
}

export function optionalFields(fields: Fields, name: string): Fields | undefined {
  const value = fields[name];
  return value === undefined || value === null ? undefined : fieldsOf(value, name);
}
