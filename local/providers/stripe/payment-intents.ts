import { book } from './balance';
import { countEffect, emit } from './books';
import type { Books, Cause, Charge, Intent, Metadata } from './books';
import type { Desk } from './desk';
import { openDispute } from './disputes';
import { presentCharge, presentIntent } from './present';
import { behaviourOf, requirePayable } from './test-methods';
import type { Behaviour } from './test-methods';
import { cardError, groupParam, integerParam, invalidRequest, missing, textParam, textsOf } from './wire';
import type { Params } from './wire';

/** `POST /v1/payment_intents` with `confirm`. */
export function createIntent(desk: Desk, params: Params, cause: Cause): object {
  const amount = integerParam(params, 'amount');
  const currency = textParam(params, 'currency') ?? '';
  requirePayable(amount, currency);
  const method = textParam(params, 'payment_method') ?? '';
  const behaviour = behaviourOf(method);
  if (behaviour === undefined) throw missing('PaymentMethod', method, { status: 400, param: 'payment_method' });
  const intent: Intent = {
    id: desk.books.nextId('pi'),
    created: desk.books.seconds(),
    amount: behaviour.kind === 'wrong-amount' ? amount + 1 : amount,
    currency,
    captureMethod: textParam(params, 'capture_method') === 'manual' ? 'manual' : 'automatic',
    status: 'requires_payment_method',
    metadata: textsOf(groupParam(params, 'metadata')),
    method,
    returnUrl: textParam(params, 'return_url'),
    charge: undefined,
    received: 0,
    lastError: undefined,
    cancellationReason: undefined,
  };
  desk.books.intents.push(intent);
  tryToPay(desk, intent, behaviour, cause, textParam(params, 'error_on_requires_action') === 'true');
  return presentIntent(intent);
}

/** A try to pay with a method that behaves so. Throws the card error of a decline. */
export function tryToPay(
  desk: Desk,
  intent: Intent,
  behaviour: Behaviour,
  cause: Cause | undefined,
  mayNotAsk: boolean,
): void {
  if (behaviour.kind === 'declined') decline(desk.books, intent, behaviour, cause);
  if (behaviour.kind === 'requires-action') {
    if (mayNotAsk) decline(desk.books, intent, { code: 'authentication_required' }, cause);
    intent.status = 'requires_action';
    emit(desk.books, 'payment_intent.requires_action', presentIntent(intent), cause);
    return;
  }
  if (behaviour.kind === 'processing') {
    intent.status = 'processing';
    emit(desk.books, 'payment_intent.processing', presentIntent(intent), cause);
    return;
  }
  approve(desk, intent, cause);
}

function decline(
  books: Books,
  intent: Intent,
  { code, declineCode }: { readonly code: string; readonly declineCode?: string },
  cause: Cause | undefined,
): never {
  intent.charge = newCharge(books, intent, 'failed');
  intent.status = 'requires_payment_method';
  intent.lastError = { code, ...(declineCode === undefined ? {} : { decline_code: declineCode }) };
  emit(books, 'payment_intent.payment_failed', presentIntent(intent), cause);
  throw cardError(code, declineCode, presentIntent(intent));
}

/** The issuer agrees: the money is held, or taken. */
export function approve(desk: Desk, intent: Intent, cause?: Cause): void {
  const { books } = desk;
  intent.charge = newCharge(books, intent, 'succeeded');
  countEffect(books, intent);
  if (intent.captureMethod === 'manual') {
    intent.status = 'requires_capture';
    emit(books, 'payment_intent.amount_capturable_updated', presentIntent(intent), cause);
    return;
  }
  take(desk, intent, intent.charge, intent.amount, cause);
}

/** The customer does not agree, or the issuer after all. */
export function failLater({ books }: Desk, intent: Intent, code: string): void {
  intent.charge = newCharge(books, intent, 'failed');
  intent.status = 'requires_payment_method';
  intent.lastError = { code };
  emit(books, 'payment_intent.payment_failed', presentIntent(intent));
}

function newCharge(books: Books, intent: Intent, status: Charge['status']): Charge {
  const charge: Charge = {
    id: books.nextId('ch'),
    created: books.seconds(),
    intent,
    amount: intent.amount,
    status,
    captured: 0,
    refunded: 0,
    disputed: false,
    metadata: intent.metadata,
  };
  books.charges.push(charge);
  return charge;
}

function take(desk: Desk, intent: Intent, charge: Charge, amount: number, cause?: Cause): void {
  const { books, exchange } = desk;
  charge.captured = amount;
  intent.received = amount;
  intent.status = 'succeeded';
  book(books, exchange, { source: charge, currency: intent.currency, amount, category: 'charge' });
  emit(books, 'payment_intent.succeeded', presentIntent(intent), cause);
  emit(books, 'charge.captured', presentCharge(charge), cause);
  if (intent.method === 'pm_card_createDispute') openDispute(desk, charge);
}

/** `POST /v1/payment_intents/:id/capture`: what is not captured is released. */
export function captureIntent(desk: Desk, intent: Intent, params: Params, cause?: Cause): object {
  const { charge } = intent;
  if (intent.status !== 'requires_capture' || charge === undefined) throw unexpectedState(intent, 'captured');
  const amount =
    textParam(params, 'amount_to_capture') === undefined ? intent.amount : integerParam(params, 'amount_to_capture');
  requirePayable(amount, intent.currency);
  if (amount > intent.amount) {
    throw invalidRequest('The requested capture amount is greater than the amount you can capture for this charge.', {
      code: 'amount_too_large',
      param: 'amount_to_capture',
    });
  }
  intent.metadata = { ...intent.metadata, ...textsOf(groupParam(params, 'metadata')) };
  countEffect(desk.books, intent);
  take(desk, intent, charge, amount, cause);
  return presentIntent(intent);
}

/** `POST /v1/payment_intents/:id/cancel` */
export function cancelIntent({ books }: Desk, intent: Intent, reason: string | undefined, cause?: Cause): object {
  if (intent.status === 'succeeded' || intent.status === 'canceled') throw unexpectedState(intent, 'canceled');
  intent.status = 'canceled';
  intent.cancellationReason = reason;
  emit(books, 'payment_intent.canceled', presentIntent(intent), cause);
  return presentIntent(intent);
}

function unexpectedState(intent: Intent, done: string): Error {
  return invalidRequest(
    `This PaymentIntent could not be ${done} because it has a status of ${intent.status}.`,
    { code: 'payment_intent_unexpected_state', payment_intent: presentIntent(intent) },
    { stored: true },
  );
}

export function intentOf({ intents }: Books, id: string): Intent {
  const intent = intents.find((each) => each.id === id);
  if (intent === undefined) throw missing('payment_intent', id);
  return intent;
}

/** A PaymentIntent that a Checkout page makes. */
export function intentOfPage(
  books: Books,
  page: {
    readonly amount: number;
    readonly currency: string;
    readonly captureMethod: Intent['captureMethod'];
    readonly metadata: Metadata;
  },
  method: string,
): Intent {
  const intent: Intent = {
    ...page,
    id: books.nextId('pi'),
    created: books.seconds(),
    status: 'requires_payment_method',
    method,
    returnUrl: undefined,
    charge: undefined,
    received: 0,
    lastError: undefined,
    cancellationReason: undefined,
  };
  books.intents.push(intent);
  return intent;
}
