import { createHash, createHmac } from 'node:crypto';

import type { FakeProvider } from '../fake-provider';
import type { Exchange } from './balance';
import { newBooks } from './books';
import { newDashboard } from './dashboard';
import type { StripeDashboard } from './dashboard';
import { newKeptAnswers } from './kept-answers';
import type { Answer } from './kept-answers';
import { route } from './routes';
import { behaviourOf } from './test-methods';
import { decodeForm, Fault, textParam } from './wire';

export interface FakeStripeOptions {
  readonly now: () => Date;
  /** The keys that are accepted. */
  readonly apiKeys: readonly string[];
  /** The signing secret of the first endpoint; further ones draw their own. */
  readonly webhookSecret?: string;
  /** How far the search lags behind [Stripe: search, data freshness]. */
  readonly searchLagSeconds?: number;
  /** Where the account counts in another currency than its payments. */
  readonly exchange?: Exchange;
}

/** What the next request meets: lost on its way there or back, a failure before or after the effect, or too many requests. */
export type Mishap = 'lost-before' | 'lost-after' | 'error-before' | 'error-after' | 'busy' | 'locked';

export interface FakeStripe extends FakeProvider {
  readonly dashboard: StripeDashboard;
  /** Each is met by one request that would change something, in order. */
  meet(...mishaps: readonly Mishap[]): void;
  revoke(apiKey: string): void;
  /** The key is genuine, and lacks every right. */
  restrict(apiKey: string): void;
  /** Another request under this key is running. */
  occupy(idempotencyKey: string): void;
  /** `<method> <path>` of every request that came in, oldest first. */
  readonly requests: readonly string[];
}

/** A fake of Stripe: the parts of its API that the adapter uses, by Stripe's documentation, in memory. */
export function newFakeStripe(options: FakeStripeOptions): FakeStripe {
  const { now, apiKeys, webhookSecret, searchLagSeconds = 60 } = options;
  const books = newBooks(now);
  const desk = { books, exchange: options.exchange };
  const kept = newKeptAnswers(now);
  const revoked = new Set<string>();
  const restricted = new Set<string>();
  const mishaps: Mishap[] = [];
  const requests: string[] = [];
  const secretOf = (count: number): string =>
    count === 0 && webhookSecret !== undefined
      ? webhookSecret
      : `whsec_${createHash('sha256')
          .update(`endpoint ${String(count)}`)
          .digest('hex')
          .slice(0, 32)}`;

  const perform = (request: Request, url: URL, body: string): Answer => {
    const idempotencyKey = request.headers.get('idempotency-key') ?? undefined;
    try {
      const params = decodeForm(body);
      const object = route(
        desk,
        { method: request.method, url, params, cause: { idempotencyKey } },
        { secretOf, searchLagSeconds },
      );
      return { status: 200, body: JSON.stringify(object), stored: true };
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return { status: error.status, body: JSON.stringify({ error: error.error }), stored: error.stored };
    }
  };

  const refusalOf = (request: Request): Answer | undefined => {
    const [, key = ''] = /^Bearer (.+)$/.exec(request.headers.get('authorization') ?? '') ?? [];
    if (!apiKeys.includes(key) || revoked.has(key)) {
      return failure(401, { type: 'invalid_request_error', message: 'Invalid API Key provided' });
    }
    return restricted.has(key)
      ? failure(403, {
          type: 'invalid_request_error',
          message: 'The provided key does not have the required permissions',
        })
      : undefined;
  };

  return {
    dashboard: newDashboard(desk),
    requests,
    meet: (...given) => {
      mishaps.push(...given);
    },
    revoke: (apiKey) => {
      revoked.add(apiKey);
    },
    restrict: (apiKey) => {
      restricted.add(apiKey);
    },
    occupy: (key) => {
      kept.occupy(key);
    },
    handle: async (request) => {
      const url = new URL(request.url);
      const body = await request.text();
      requests.push(`${request.method} ${url.pathname}`);
      const refusal = refusalOf(request);
      if (refusal !== undefined) return responseOf(refusal);
      if (request.method === 'GET') return responseOf(perform(request, url, body));

      const key = request.headers.get('idempotency-key') ?? undefined;
      const print = `${url.pathname} ${body}`;
      const known = key === undefined ? undefined : kept.find(key, print);
      if (known !== undefined) return responseOf(known, true);

      const mishap = mishaps.shift() ?? mishapOf(body);
      if (mishap === 'busy')
        return responseOf(
          failure(429, { type: 'invalid_request_error', code: 'rate_limit', message: 'Too many requests' }),
        );
      if (mishap === 'locked')
        return responseOf(failure(429, { type: 'invalid_request_error', code: 'lock_timeout', message: 'Locked' }));
      if (mishap === 'lost-before') return lost(request);
      const done = mishap === 'error-before' ? serverError : perform(request, url, body);
      const answer = mishap === 'error-after' ? serverError : done;
      if (key !== undefined && answer.stored) kept.keep(key, print, answer);
      return mishap === 'lost-after' ? lost(request) : responseOf(answer);
    },
    takeDeliveries: () =>
      books.due.splice(0).map(({ url, secret, body }) => {
        const timestamp = String(Math.floor(now().getTime() / 1000));
        const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
        return {
          url,
          headers: {
            'content-type': 'application/json; charset=utf-8',
            'stripe-signature': `t=${timestamp},v1=${signature}`,
          },
          body: Buffer.from(body),
        };
      }),
    effects: (paymentId) => books.effects.get(paymentId) ?? 0,
  };
}

/** Some means of payment lose their first request. */
function mishapOf(body: string): Mishap | undefined {
  const kind = behaviourOf(textParam(decodeForm(body), 'payment_method') ?? '')?.kind;
  return kind === 'lost-before' || kind === 'lost-after' ? kind : undefined;
}

/** Kept under the key like any other answer: asked again, Stripe says the same [Stripe: idempotent requests]. */
const serverError: Answer = {
  ...failure(500, { type: 'api_error', message: 'An unknown error occurred' }),
  stored: true,
};

function failure(status: number, error: object): Answer {
  return { status, body: JSON.stringify({ error }), stored: false };
}

function responseOf({ status, body }: Answer, replayed = false): Response {
  return new Response(body, {
    status,
    headers: { 'content-type': 'application/json', ...(replayed ? { 'idempotent-replayed': 'true' } : {}) },
  });
}

/** No answer ever: whoever waits gives up. */
function lost({ signal }: Request): Promise<Response> {
  return new Promise((_resolve, reject) => {
    const giveUp = (): void => {
      reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    };
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
}
