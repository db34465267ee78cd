import { problems } from '../routes/problems';
import type { Exchange, HttpAnswer, Link } from './exchange';
import type { ServiceDeps } from './ports';
import { Refused, problemDocument } from './problem';
import type { Problem } from './problem';

/** Sooner than this, a store that fails has hardly recovered. */
const retryAfterSeconds = 5;

/**
 * Turns whatever ended the request into problem+json. A store that fails becomes a 503, what nobody expected a bare 500; what it was
 * goes to the log alone.
 */
export function problemAnswers({ isUnavailable, metrics }: Pick<ServiceDeps, 'isUnavailable' | 'metrics'>): Link {
  return {
    onError: (request) => {
      const { event: exchange, error } = request;
      if (error instanceof Refused) {
        request.response = problemAnswer(exchange, error.problem);
        return;
      }
      exchange.error = error ?? 'unknown';
      if (isUnavailable(error)) {
        metrics.count('StoreUnavailable');
        request.response = problemAnswer(exchange, { slug: 'unavailable', retryAfterSeconds });
        return;
      }
      request.response = problemAnswer(exchange, { slug: 'internal' });
    },
  };
}

export function problemAnswer(exchange: Exchange, problem: Problem): HttpAnswer {
  exchange.problem = problem.slug;
  return {
    statusCode: problems[problem.slug].status,
    headers: {
      'content-type': 'application/problem+json',
      ...(problem.retryAfterSeconds === undefined ? {} : { 'retry-after': retryAfter(problem.retryAfterSeconds) }),
      ...problem.headers,
    },
    body: JSON.stringify(problemDocument(problem, exchange.requestId)),
  };
}

/** Whole seconds, rounded up, at least one: never earlier than meant [RFC 9110 section 10.2.3]. */
export function retryAfter(seconds: number): string {
  return String(Math.max(1, Math.ceil(seconds)));
}
