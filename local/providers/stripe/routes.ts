import type { Cause } from './books';
import { createSession, sessionOf } from './checkout';
import { createEndpoint, updateEndpoint } from './endpoints';
import { cancelIntent, captureIntent, createIntent, intentOf } from './payment-intents';
import type { Desk } from './desk';
import {
  presentEndpoint,
  presentIntent,
  presentPayout,
  presentRefund,
  presentSession,
  presentTransaction,
} from './present';
import { createRefund, refundOf } from './refunds';
import { invalidRequest, isWithin, missing, pageOf, textParam } from './wire';
import type { Params } from './wire';

export interface FakeRequest {
  readonly method: string;
  readonly url: URL;
  readonly params: Params;
  readonly cause: Cause;
}

export interface RouteSettings {
  readonly secretOf: (count: number) => string;
  readonly searchLagSeconds: number;
}

/** The part of Stripe's API that the adapter uses. Throws a Fault for what Stripe answers with an error. */
export function route(desk: Desk, request: FakeRequest, { secretOf, searchLagSeconds }: RouteSettings): object {
  const { books } = desk;
  const { method, url, params, cause } = request;
  const query = url.searchParams;
  const [, version, ...segments] = url.pathname.split('/');
  const path = segments.map((segment, index) => (isId(segment) && index > 0 ? ':id' : segment)).join('/');
  const id = segments.find((segment, index) => index > 0 && isId(segment)) ?? '';
  const expand = [...query].filter(([name]) => name.startsWith('expand[')).map(([, value]) => value);
  if (version !== 'v1') throw unknownUrl(method, url);

  switch (`${method} ${path}`) {
    case 'POST payment_intents':
      return createIntent(desk, params, cause);
    case 'GET payment_intents':
      return pageOf(
        newest(books.intents).filter(({ created }) => isWithin(created, query)),
        query,
        (intent) => presentIntent(intent),
      );
    case 'GET payment_intents/search': {
      const [, key = '', value] = /^metadata\["(\w+)"\]:"(\w+)"$/.exec(query.get('query') ?? '') ?? [];
      const seen = newest(books.intents).filter(({ created }) => created <= books.seconds() - searchLagSeconds);
      const found = seen.filter(({ metadata }) => value !== undefined && metadata[key] === value);
      return {
        object: 'search_result',
        data: found.map((intent) => presentIntent(intent)),
        has_more: false,
        next_page: null,
        url: '/v1',
      };
    }
    case 'GET payment_intents/:id':
      return presentIntent(intentOf(books, id), expand);
    case 'POST payment_intents/:id/capture':
      return captureIntent(desk, intentOf(books, id), params, cause);
    case 'POST payment_intents/:id/cancel':
      return cancelIntent(desk, intentOf(books, id), textParam(params, 'cancellation_reason'), cause);
    case 'POST refunds':
      return createRefund(desk, params, cause);
    case 'GET refunds': {
      const of = query.get('payment_intent');
      return pageOf(
        newest(books.refunds).filter(({ charge }) => of === null || charge.intent.id === of),
        query,
        presentRefund,
      );
    }
    case 'GET refunds/:id':
      return presentRefund(refundOf(books, id));
    case 'POST checkout/sessions':
      return createSession(desk, params, cause);
    case 'GET checkout/sessions':
      return pageOf(
        newest(books.sessions).filter(({ created }) => isWithin(created, query)),
        query,
        presentSession,
      );
    case 'GET checkout/sessions/:id':
      return presentSession(sessionOf(books, id));
    case 'POST webhook_endpoints':
      return createEndpoint(books, params, secretOf);
    case 'GET webhook_endpoints':
      return pageOf(newest(books.endpoints), query, (endpoint) => presentEndpoint(endpoint));
    case 'POST webhook_endpoints/:id':
      return updateEndpoint(books, id, params);
    case 'GET payouts/:id': {
      const payout = books.payouts.find((each) => each.id === id);
      if (payout === undefined) throw missing('payout', id);
      return presentPayout(payout);
    }
    case 'GET balance_transactions': {
      const of = query.get('payout');
      const parts = newest(books.transactions).filter(({ payout }) => of === null || payout === of);
      return pageOf(parts, query, (transaction) => presentTransaction(transaction, expand));
    }
    default:
      throw unknownUrl(method, url);
  }
}

function isId(segment: string): boolean {
  return /^[a-z]{2}_/.test(segment);
}

function newest<T>(oldestFirst: readonly T[]): readonly T[] {
  return [...oldestFirst].reverse();
}

function unknownUrl(method: string, { pathname }: URL): Error {
  return invalidRequest(`Unrecognized request URL (${method}: ${pathname}).`, {}, { status: 404 });
}
