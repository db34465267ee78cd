import { redactText } from '../kernel/redaction';
import { headerOf } from './http-request';
import type { HttpRequest } from './http-request';

const safeForm = /^[A-Za-z0-9][A-Za-z0-9._-]{7,63}$/;

/**
 * The caller's own name for a request, from `X-Request-Id`: it is logged beside ours and sent back, so that both sides find the
 * request in both logs. It is never taken for ours, since anybody can send any; what has another form, comes twice or looks like a
 * secret is ignored.
 */
export function clientRequestIdOf(http: HttpRequest): string | undefined {
  return safeRequestId(headerOf(http, 'x-request-id'));
}

export function safeRequestId(id: unknown): string | undefined {
  return typeof id === 'string' && safeForm.test(id) && redactText(id) === id ? id : undefined;
}
