import Stripe from 'stripe';

import { fieldsOf } from '../../reading';
import type { Fields } from '../../reading';
import { callProvider } from '../provider-call';
import type { Call } from '../provider-call';

/** The version of the API whose forms this adapter speaks, in requests and in webhooks alike. */
export const stripeApiVersion = '2026-10-28.endive';

export interface StripeOptions {
  readonly apiKey: string;
  readonly fetch: typeof fetch;
  /** For a whole call, from resolving the name to the last byte. */
  readonly timeoutMs: number;
  /** In place of Stripe's own address, for development. */
  readonly baseUrl?: string;
}

/** What came of one request. */
export type StripeAnswer =
  | { readonly result: 'answered'; readonly object: Fields }
  /** An error object of Stripe's, with its HTTP status [Stripe: errors]. */
  | { readonly result: 'error'; readonly status: number; readonly error: StripeErrorObject }
  | { readonly result: 'not-sent' }
  | { readonly result: 'unanswered'; readonly detail: string };

export interface StripeErrorObject {
  readonly type: string | undefined;
  readonly code: string | undefined;
  readonly declineCode: string | undefined;
  readonly param: string | undefined;
  /** The id of the PaymentIntent that the error is about. */
  readonly paymentIntent: string | undefined;
}

export interface StripeClient {
  /** Sends one request, once. */
  ask(request: (stripe: Stripe) => Promise<object>): Promise<StripeAnswer>;
}

/**
 * The official client over our own HTTP. It builds requests and tells errors apart; sending is `callProvider`'s, so that a request
 * leaves once, a redirect is not followed, and whether it left at all is known (decision 0062).
 */
export function newStripeClient(options: StripeOptions): StripeClient {
  const stripe = new Stripe(options.apiKey, {
    apiVersion: stripeApiVersion,
    maxNetworkRetries: 0,
    timeout: options.timeoutMs,
    telemetry: false,
    httpClient: newHttpClient(options),
  });
  return {
    ask: async (request) => {
      try {
        return { result: 'answered', object: fieldsOf(await request(stripe), 'the answer') };
      } catch (error) {
        return answerOf(error);
      }
    },
  };
}

const defaultBaseUrl = 'https://api.stripe.com';

/** Nothing else is handed on: the client would add words about this machine. */
const sentHeaders = new Set(['accept', 'authorization', 'content-type', 'idempotency-key', 'stripe-version']);

function newHttpClient({ fetch, timeoutMs, baseUrl = defaultBaseUrl }: StripeOptions): Stripe.HttpClient {
  return {
    getClientName: () => 'countinghouse',
    makeRequest: async (_host, _port, path, method, headers, requestData) => {
      const call = await callProvider(
        { fetch, timeoutMs },
        {
          method: methodOf(method),
          url: `${baseUrl.replace(/\/+$/, '')}${path}`,
          headers: headersOf(headers),
          ...(method === 'GET' || method === 'DELETE' ? {} : { text: requestData }),
        },
      );
      if (call.result !== 'answered') throw new Unanswered(call);
      return {
        getStatusCode: () => call.status,
        getHeaders: () => ({}),
        getRawResponse: () => ({}),
        toStream: () => undefined,
        toJSON: () => Promise.resolve(readBody(call)),
      };
    },
  };
}

function headersOf(headers: object): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]): [string, unknown] => [name.toLowerCase(), value])
      .filter(([name]) => sentHeaders.has(name))
      .map(([name, value]) => [name, String(value)]),
  );
}

function methodOf(method: string): 'GET' | 'POST' | 'DELETE' {
  if (method === 'GET' || method === 'POST' || method === 'DELETE') return method;
  throw new Error(`Stripe's API has no ${method}`);
}

class Unanswered extends Error {
  override readonly name = 'Unanswered';

  constructor(readonly call: Exclude<Call, { readonly result: 'answered' }>) {
    super(call.result);
  }
}

/**
 * The client takes for a success whatever holds no `error`, and stumbles over JSON that is no object. So only an object with status
 * 200, or an error object with another one, is handed to it.
 */
function readBody({ status, body }: Extract<Call, { readonly result: 'answered' }>): object {
  const isObject = body !== null && typeof body === 'object' && !Array.isArray(body);
  if (!isObject || (status === 200) === 'error' in body) throw new Unanswered(unreadable(status));
  if ('error' in body && (body.error === null || typeof body.error !== 'object'))
    throw new Unanswered(unreadable(status));
  return body;
}

function unreadable(status: number): Exclude<Call, { readonly result: 'answered' }> {
  return { result: 'unanswered', detail: `status ${String(status)} with an unreadable answer` };
}

function answerOf(error: unknown): StripeAnswer {
  const unanswered = causeOf(error);
  if (unanswered !== undefined) return unanswered.call;
  if (!(error instanceof Stripe.errors.StripeError) || error.statusCode === undefined) {
    return { result: 'unanswered', detail: error instanceof Error ? error.name : 'error' };
  }
  return { result: 'error', status: error.statusCode, error: errorObjectOf(error.raw) };
}

/** What our HTTP threw: the client wraps it, by one of two names. */
function causeOf(error: unknown): Unanswered | undefined {
  for (const cause of [error, fieldOf(error, 'detail'), fieldOf(fieldOf(error, 'raw'), 'detail'), exceptionOf(error)]) {
    if (cause instanceof Unanswered) return cause;
  }
  return undefined;
}

function exceptionOf(error: unknown): unknown {
  return fieldOf(error, 'exception') ?? fieldOf(fieldOf(error, 'raw'), 'exception');
}

function errorObjectOf(raw: unknown): StripeErrorObject {
  const text = (name: string): string | undefined => {
    const value = fieldOf(raw, name);
    return typeof value === 'string' ? value : undefined;
  };
  const paymentIntent = fieldOf(fieldOf(raw, 'payment_intent'), 'id');
  return {
    type: text('type'),
    code: text('code'),
    declineCode: text('decline_code'),
    param: text('param'),
    paymentIntent: typeof paymentIntent === 'string' ? paymentIntent : undefined,
  };
}

function fieldOf(value: unknown, name: string): unknown {
  if (value === null || typeof value !== 'object') return undefined;
  const field: unknown = Reflect.get(value, name);
  return field;
}
