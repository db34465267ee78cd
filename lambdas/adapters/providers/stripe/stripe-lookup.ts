import type { LookupRequest, OperationOutcome } from '../../../domain/providers/provider';
import { MalformedData } from '../../reading';
import type { Fields } from '../../reading';
import type { StripeAnswer, StripeClient } from './stripe-client';
import { readCheckoutSession, readOurMetadata, readPaymentIntent, readRefund } from './stripe-objects';
import { authorizationOf, cancellationOf, captureOf, pageOf, refundOf } from './stripe-outcomes';
import { isList, readAll } from './stripe-questions';

type Found = OperationOutcome | { readonly status: 'absent' };

const absent: Found = { status: 'absent' };

/** Around the moment of the intent: the clocks may differ, and a request may have been on its way for long. */
const windowSeconds = { before: 300, after: 600 };

const pageSize = 100;

/** A busy account makes so many in the window; one that makes more is told `unknown`, and not `absent`. */
const maxPages = 10;

/**
 * What became of an operation. It only reads: nothing is sent again. A failed question says nothing of the operation.
 */
export async function lookupAtStripe(client: StripeClient, request: LookupRequest): Promise<Found> {
  try {
    switch (request.kind) {
      case 'authorize':
        return await authorization(client, request);
      case 'capture':
      case 'cancel':
        return await followUp(client, request);
      case 'refund':
        return await refund(client, request);
    }
  } catch (error) {
    if (error instanceof MalformedData) return unknown('unreadable answer');
    throw error;
  }
}

async function authorization(client: StripeClient, request: LookupRequest): Promise<Found> {
  const { operationId, providerReference } = request;
  if (providerReference?.startsWith('cs_') === true) return page(client, providerReference);
  const id = providerReference ?? (await searchIntent(client, operationId));
  if (id !== undefined) return intent(client, id);

  // The search lags behind [Stripe: search, data freshness], a list does not: what is in neither was never made.
  const ofOurs = (object: Fields): boolean => readOurMetadata(object).operation === operationId;
  const created = windowOf(request);
  const intents = await readAll(
    (after) =>
      client.ask((stripe) => stripe.paymentIntents.list({ created, limit: pageSize, ...startingAfter(after) })),
    maxPages,
  );
  if (!isList(intents)) return unanswered(intents);
  const made = intents.find(ofOurs);
  if (made !== undefined) return intent(client, readPaymentIntent(made).id);

  // A page has no PaymentIntent until its customer pays.
  const sessions = await readAll(
    (after) =>
      client.ask((stripe) => stripe.checkout.sessions.list({ created, limit: pageSize, ...startingAfter(after) })),
    maxPages,
  );
  if (!isList(sessions)) return unanswered(sessions);
  const session = sessions.find(ofOurs);
  return session === undefined ? absent : page(client, readCheckoutSession(session).id);
}

/** The id of the PaymentIntent, if the search has seen it yet. */
async function searchIntent(client: StripeClient, operationId: string): Promise<string | undefined> {
  const query = `metadata["countinghouse_operation"]:"${operationId}"`;
  const answer = await client.ask((stripe) => stripe.paymentIntents.search({ query, limit: 1 }));
  if (answer.result !== 'answered' || !Array.isArray(answer.object.data)) return undefined;
  const found: unknown = answer.object.data[0];
  if (found === null || typeof found !== 'object') return undefined;
  const { id, ours } = readPaymentIntent({ ...found });
  return ours.operation === operationId ? id : undefined;
}

/** With its charge, which tells whether what is canceled now had been authorized before. */
async function intent(client: StripeClient, id: string): Promise<Found> {
  const answer = await client.ask((stripe) => stripe.paymentIntents.retrieve(id, { expand: ['latest_charge'] }));
  return answer.result === 'answered' ? authorizationOf(readPaymentIntent(answer.object)) : unanswered(answer);
}

async function page(client: StripeClient, id: string): Promise<Found> {
  const answer = await client.ask((stripe) => stripe.checkout.sessions.retrieve(id));
  if (answer.result !== 'answered') return unanswered(answer);
  const session = readCheckoutSession(answer.object);
  if (session.status === 'open') return pageOf(session);
  // Nobody paid in time. The PaymentIntent of a try that failed goes down with its page.
  if (session.status === 'expired') return { status: 'failed', reason: 'authentication_failed' };
  return session.paymentIntent === undefined
    ? unknown('a page without a payment')
    : intent(client, session.paymentIntent);
}

/** Captures and cancellations change the PaymentIntent itself: it says whether they took place. */
async function followUp(client: StripeClient, request: LookupRequest): Promise<Found> {
  const { operationId, kind, paymentReference } = request;
  if (paymentReference === undefined) return unknown('the payment has no reference');
  const answer = await client.ask((stripe) => stripe.paymentIntents.retrieve(paymentReference));
  if (answer.result !== 'answered') return unanswered(answer);
  const found = readPaymentIntent(answer.object);
  if (kind === 'cancel') return found.status === 'canceled' ? cancellationOf(found) : absent;
  return found.ours.capture === operationId ? captureOf(found) : absent;
}

async function refund(client: StripeClient, request: LookupRequest): Promise<Found> {
  const { operationId, paymentReference: payment_intent, providerReference } = request;
  if (providerReference !== undefined) {
    const answer = await client.ask((stripe) => stripe.refunds.retrieve(providerReference));
    return answer.result === 'answered' ? refundOf(readRefund(answer.object)) : unanswered(answer);
  }
  if (payment_intent === undefined) return unknown('the payment has no reference');
  const refunds = await readAll(
    (after) =>
      client.ask((stripe) => stripe.refunds.list({ payment_intent, limit: pageSize, ...startingAfter(after) })),
    maxPages,
  );
  if (!isList(refunds)) return unanswered(refunds);
  const found = refunds.find((object) => readOurMetadata(object).operation === operationId);
  return found === undefined ? absent : refundOf(readRefund(found));
}

function windowOf({ requestedAt }: LookupRequest): { readonly gte: number; readonly lte: number } {
  const at = Math.floor(Date.parse(requestedAt) / 1000);
  return { gte: at - windowSeconds.before, lte: at + windowSeconds.after };
}

function startingAfter(id: string | undefined): { readonly starting_after?: string } {
  return id === undefined ? {} : { starting_after: id };
}

function unanswered(answer: Exclude<StripeAnswer, { readonly result: 'answered' }>): Found {
  return unknown(
    answer.result === 'error' ? `the look-up met status ${String(answer.status)}` : 'the look-up was not answered',
  );
}

function unknown(detail: string): Found {
  return { status: 'unknown', detail };
}
