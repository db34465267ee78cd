import type {
  ConnectRefusal,
  FollowUpRequest,
  OperationOutcome,
  PayoutPage,
  PayoutRefusal,
  Provider,
  ProviderCapability,
} from '../../../domain/providers/provider';
import { err, ok } from '../../../kernel/result';
import type { Result } from '../../../kernel/result';
import { MalformedData } from '../../reading';
import { callProvider, isRefusal } from '../provider-call';
import type { Call } from '../provider-call';
import { readAnswer } from './sandbox-answers';
import { readPayoutPage } from './sandbox-payouts';

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
  'hosted-page',
  'lookup',
  'webhook-registration',
  'payout-lines',
];

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
    authorize: ({ operationId, paymentId, amount, method, capture }) =>
      operate('/v1/authorizations', operationId, {
        paymentId,
        ...amount,
        // The sandbox's page asks for approval, whatever one pays with.
        token: method.type === 'token' ? method.token : 'tok_requires_action',
        capture,
        pageBaseUrl: options.baseUrl,
      }),
    capture: followUp('/v1/captures'),
    cancel: followUp('/v1/cancellations'),
    refund: followUp('/v1/refunds'),
    lookup: async ({ operationId }) => {
      const found = await call(options, 'GET', `/v1/operations/${encodeURIComponent(operationId)}`);
      if (found.result === 'answered' && found.status === 404) return { status: 'absent' };
      // A question has no effect: whatever keeps it from being answered says nothing about the operation.
      if (found.result !== 'answered' || found.status !== 200) return unknown('the look-up was not answered');
      return outcomeOf(found);
    },
    check: async () => {
      const answer = await call(options, 'GET', '/v1/account');
      return refusalOf(answer) ?? ok(undefined);
    },
    registerWebhook: async ({ url, secret }) => {
      const answer = await call(options, 'PUT', '/v1/webhook-endpoint', { body: { url, secret } });
      return refusalOf(answer) ?? ok({ secret });
    },
    inspectWebhook: async (url) => {
      const answer = await call(options, 'GET', `/v1/webhook-endpoint?url=${encodeURIComponent(url)}`);
      const isAbsent = answer.result === 'answered' && answer.status === 404;
      if (isAbsent) return ok({ registered: false, enabled: false, missingEvents: [] });
      // Every endpoint is sent every event.
      return refusalOf(answer) ?? ok({ registered: true, enabled: true, missingEvents: [] });
    },
    payoutLines: async ({ payoutId, cursor }) => {
      const path = `/v1/payouts/${encodeURIComponent(payoutId)}/lines?after=${encodeURIComponent(cursor ?? '0')}`;
      const answer = await call(options, 'GET', path);
      if (answer.result === 'answered' && answer.status === 404) return err('payout-unknown');
      return refusalOf(answer) ?? pageOf(payoutId, answer);
    },
  };
}

function refusalOf(answer: Call): Result<never, ConnectRefusal> | undefined {
  if (answer.result !== 'answered' || answer.status >= 500 || answer.status === 429) return err('provider-unreachable');
  return answer.status === 200 ? undefined : err('credentials-refused');
}

/** A page that cannot be read is asked for again: lines are not to be left out. */
function pageOf(payoutId: string, answer: Call): Result<PayoutPage, PayoutRefusal> {
  try {
    return ok(readPayoutPage(payoutId, answer.result === 'answered' ? answer.body : undefined));
  } catch (error) {
    if (error instanceof MalformedData) return err('provider-unreachable');
    throw error;
  }
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
      if (call.status === 429) return { status: 'failed', reason: 'provider_busy' };
      return isRefusal(call.status)
        ? { status: 'failed', reason: 'provider_refused' }
        : unknown(`status ${String(call.status)}`);
  }
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

function call(
  { baseUrl, apiKey, fetch, timeoutMs }: SandboxProviderOptions,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  content: { readonly body?: object; readonly operationId?: string } = {},
): Promise<Call> {
  const { body, operationId } = content;
  return callProvider(
    { fetch, timeoutMs },
    {
      method,
      url: `${baseUrl.replace(/\/+$/, '')}${path}`,
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(operationId === undefined ? {} : { 'idempotency-key': operationId }),
      },
      ...(body === undefined ? {} : { json: body }),
    },
  );
}
