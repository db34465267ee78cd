import type { FollowUpRequest, OperationOutcome, Provider, ProviderCapability } from '../../domain/providers/provider';
import { err, ok } from '../../kernel/result';
import { readAnswer } from './sandbox-answers';

export interface SandboxProviderOptions {
  /** Base URL of the sandbox's API; customers reach its pages there, too. */
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly fetch: typeof fetch;
  /** For a whole call, from resolving the name to the last byte. */
  readonly timeoutMs: number;
}

const capabilities: readonly ProviderCapability[] = [
  'manual-capture',
  'partial-capture',
  'several-captures',
  'cancel',
  'partial-refund',
  'several-refunds',
  'redirect',
  'webhook-registration',
];

/** What came of a call. */
type Call =
  | { readonly result: 'answered'; readonly status: number; readonly body: unknown }
  /** Nothing left this machine. */
  | { readonly result: 'not-sent' }
  /** It left, or may have left, and no whole answer came back. */
  | { readonly result: 'unanswered'; readonly detail: string };

/** The client of the built-in provider. */
export function newSandboxProvider(options: SandboxProviderOptions): Provider {
  const operate = async (path: string, operationId: string, body: object): Promise<OperationOutcome> =>
    outcomeOf(await call(options, 'POST', path, { body, operationId }));
  const followUp = (path: string) => (request: FollowUpRequest) =>
    operate(path, request.operationId, {
      paymentId: request.paymentId,
      reference: request.providerReference,
      ...request.amount,
    });

  return {
    name: 'sandbox',
    capabilities,
    authorize: ({ operationId, paymentId, amount, token, capture }) =>
      operate('/v1/authorizations', operationId, {
        paymentId,
        ...amount,
        token,
        capture,
        pageBaseUrl: options.baseUrl,
      }),
    capture: followUp('/v1/captures'),
    cancel: followUp('/v1/cancellations'),
    refund: followUp('/v1/refunds'),
    lookup: async (operationId) => {
      const found = await call(options, 'GET', `/v1/operations/${encodeURIComponent(operationId)}`);
      if (found.result === 'answered' && found.status === 404) return { status: 'absent' };
      // A question has no effect: whatever keeps it from being answered says nothing about the operation.
      if (found.result !== 'answered' || found.status !== 200) return unknown('the look-up was not answered');
      return outcomeOf(found);
    },
    connect: async ({ url, secret }) => {
      const answer = await call(options, 'PUT', '/v1/webhook-endpoint', { body: { url, secret } });
      if (answer.result !== 'answered' || answer.status >= 500 || answer.status === 429)
        return err('provider-unreachable');
      return answer.status === 200 ? ok(undefined) : err('credentials-refused');
    },
  };
}

/** A refusal by the provider is a result; only what leaves the effect in doubt is unknown. */
function outcomeOf(call: Call): OperationOutcome {
  switch (call.result) {
    case 'not-sent':
      return { status: 'failed', reason: 'provider_unreachable' };
    case 'unanswered':
      return unknown(call.detail);
    case 'answered':
      if (call.status === 200) return readOr(call.body);
      // Only a 4xx is a refusal, and 408, 409 and 425 say that the request may be under way still. Whatever else was answered, by the
      // provider or by something between it and us, does not say that nothing was done.
      return isRefusal(call.status)
        ? { status: 'failed', reason: 'provider_refused' }
        : unknown(`status ${String(call.status)}`);
  }
}

function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && ![408, 409, 425].includes(status);
}

/** An answer that cannot be read does not mean that nothing was done. */
function readOr(body: unknown): OperationOutcome {
  try {
    return readAnswer(body);
  } catch {
    return unknown('unreadable answer');
  }
}

function unknown(detail: string): OperationOutcome {
  return { status: 'unknown', detail };
}

async function call(
  { baseUrl, apiKey, fetch: send, timeoutMs }: SandboxProviderOptions,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  content: { readonly body?: object; readonly operationId?: string } = {},
): Promise<Call> {
  const { body, operationId } = content;
  try {
    const response = await send(`${baseUrl.replace(/\/+$/, '')}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(operationId === undefined ? {} : { 'idempotency-key': operationId }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    return { result: 'answered', status: response.status, body: parseJson(text) };
  } catch (error) {
    return wasNotSent(error) ? { result: 'not-sent' } : { result: 'unanswered', detail: nameOf(error) };
  }
}

function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

/** Only a refused connection and an unknown name are proof that the request never left. */
function wasNotSent(error: unknown): boolean {
  const code = fieldOf(fieldOf(error, 'cause'), 'code');
  return code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN';
}

/** The kind of error alone: its text may hold addresses. */
function nameOf(error: unknown): string {
  const name = fieldOf(error, 'name');
  return typeof name === 'string' ? name : 'error';
}

function fieldOf(value: unknown, name: string): unknown {
  if (value === null || typeof value !== 'object') return undefined;
  const field: unknown = Reflect.get(value, name);
  return field;
}
