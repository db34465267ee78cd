import { emit } from './books';
import type { Books, Cause, Session } from './books';
import { approve, failLater, intentOfPage } from './payment-intents';
import type { Desk } from './desk';
import { presentSession } from './present';
import { requirePayable } from './test-methods';
import { groupParam, integerParam, invalidRequest, missing, textParam, textsOf } from './wire';
import type { Params } from './wire';

/** `POST /v1/checkout/sessions` in the mode `payment`, for one item. */
export function createSession({ books }: Desk, params: Params, _cause: Cause): object {
  const returnUrl = textParam(params, 'success_url');
  if (returnUrl === undefined) throw invalidRequest('Missing required param: success_url.', { param: 'success_url' });
  const price = groupParam(groupParam(groupParam(params, 'line_items'), '0'), 'price_data');
  const amount = integerParam(price, 'unit_amount');
  const currency = textParam(price, 'currency') ?? '';
  requirePayable(amount, currency);
  const intentData = groupParam(params, 'payment_intent_data');
  const session: Session = {
    id: books.nextId('cs_test'),
    created: books.seconds(),
    amount,
    currency,
    captureMethod: textParam(intentData, 'capture_method') === 'manual' ? 'manual' : 'automatic',
    metadata: textsOf(groupParam(params, 'metadata')),
    intentMetadata: textsOf(groupParam(intentData, 'metadata')),
    returnUrl,
    status: 'open',
    intent: undefined,
  };
  books.sessions.push(session);
  return presentSession(session);
}

export function sessionOf({ sessions }: Books, id: string): Session {
  const session = sessions.find((each) => each.id === id);
  if (session === undefined) throw missing('checkout.session', id);
  return session;
}

/** The customer pays on the page. */
export function payOnPage(desk: Desk, session: Session): void {
  const intent = intentOn(desk, session);
  session.status = 'complete';
  approve(desk, intent);
  emit(desk.books, 'checkout.session.completed', presentSession(session));
}

/** The customer tries, and may try again. */
export function failOnPage(desk: Desk, session: Session, code: string): void {
  failLater(desk, intentOn(desk, session), code);
}

/** Nobody paid in time. */
export function expirePage({ books }: Desk, session: Session): void {
  session.status = 'expired';
  emit(books, 'checkout.session.expired', presentSession(session));
}

function intentOn({ books }: Desk, session: Session) {
  const { amount, currency, captureMethod, intentMetadata: metadata } = session;
  session.intent ??= intentOfPage(books, { amount, currency, captureMethod, metadata }, 'pm_card_visa');
  return session.intent;
}
