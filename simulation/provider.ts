import './function-env';
import { newSandboxProvider } from '../lambdas/handlers/sandbox-provider/handler';
import type { Clock } from '../lambdas/kernel/clock';
import { accountOf } from '../lambdas/sandbox/account';
import type { Effect, OperationRecord, PaymentRecord, SandboxEvent } from '../lambdas/sandbox/books';
import type { Endpoint, SandboxStore, WebhookOnItsWay } from '../lambdas/sandbox/store';
import type { Connected } from './cast';
import { cast, providerUrl, webhookUrl } from './cast';
import type { FaultKind } from './faults';
import type { Actor } from './scheduler';
import { silentLog } from './telemetry';

/** As long as real providers remember an idempotency key; afterwards a request under it is a new one. */
const keyLifeMs = 24 * 3_600_000;

/** As the product's own client waits. */
const clientTimeoutMs = 5_000;

const faults: readonly FaultKind[] = [
  'throttled',
  'unavailable',
  'refused',
  'lost-request',
  'lost-answer',
  'late-effect',
  'paused',
  'crash-before',
  'crash-after',
];

export interface ProviderHooks {
  /** Whether it says nothing of this operation to whoever asks. */
  isSilentAbout(operationId: string): boolean;
  /** Something moved or held money. */
  onEffect(connected: Connected, payment: PaymentRecord, effect: Effect): void;
  /** The provider has news for the merchant. */
  onNews(connected: Connected, event: SandboxEvent, delaySeconds: number): void;
}

export interface DashboardWork {
  readonly kind: 'captures' | 'refunds' | 'cancellations';
  readonly key: string;
  readonly paymentId: string;
  readonly amount: number;
  readonly currency: string;
}

/** The built-in provider's own function over books in memory: another company, reached by `fetch` alone. */
export interface SimulatedProvider {
  /** What the actor reaches the provider with. */
  fetchOf(actor: Actor): typeof fetch;
  operation(operationId: string): OperationRecord | undefined;
  payment(paymentId: string): PaymentRecord | undefined;
  /** The customer answers on the provider's page. */
  customerAnswers(connected: Connected, paymentId: string, approve: boolean): Promise<void>;
  /** Somebody works on the payment in the provider's dashboard, without us. */
  dashboard(connected: Connected, work: DashboardWork): Promise<void>;
}

export function newSimulatedProvider(clock: Clock, hooks: ProviderHooks): SimulatedProvider {
  const byAccount = new Map(cast.map((connected) => [accountOf(`Bearer ${connected.apiKey}`) ?? '', connected]));
  const operations = new Map<string, { readonly record: OperationRecord; readonly sinceMs: number }>();
  const payments = new Map<string, PaymentRecord>();

  /** `forgetful`: asked to act, it has forgotten old keys; asked to tell, it finds what it did. */
  const storeOf = (forgetful: boolean): SandboxStore => ({
    operation: async (_account, id) => {
      const found = operations.get(id);
      const isForgotten = found !== undefined && clock.now().getTime() - found.sinceMs > keyLifeMs;
      return forgetful && isForgotten ? undefined : found?.record;
    },
    payment: async (_account, id) => payments.get(id),
    record: async (account, operation, payment) => {
      const before = payments.get(payment.paymentId);
      if ((before?.version ?? 0) !== payment.version - 1) return false;
      operations.set(operation.operationId, { record: operation, sinceMs: clock.now().getTime() });
      payments.set(payment.paymentId, payment);
      const connected = byAccount.get(account);
      if (connected === undefined) throw new Error('an account of nobody');
      for (const effect of payment.effects.slice(before?.effects.length ?? 0))
        hooks.onEffect(connected, payment, effect);
      return true;
    },
    // Payouts have histories of their own (test/domain/settlements); nobody asks for one here.
    due: async () => [],
    payout: async () => undefined,
    payOut: async () => false,
    endpoints: async (account) => {
      const connected = byAccount.get(account);
      return connected === undefined ? [] : [endpointOf(connected)];
    },
    register: async () => undefined,
  });

  const send = async (webhooks: readonly (WebhookOnItsWay & { readonly delaySeconds: number })[]): Promise<void> => {
    for (const { account, event, delaySeconds } of webhooks) {
      const connected = byAccount.get(account);
      if (connected !== undefined) hooks.onNews(connected, event, delaySeconds);
    }
  };

  const answer = async (
    url: URL,
    init: RequestInit,
  ): Promise<{ readonly response: Response; readonly held: boolean }> => {
    let held = false;
    const forgetful = init.method === 'POST';
    const handle = newSandboxProvider({
      store: storeOf(forgetful),
      queue: { send },
      clock,
      // It holds the answer for longer than any client waits.
      sleep: async () => {
        held = true;
      },
      log: silentLog,
    });
    const { statusCode, headers, body } = await handle(eventOf(url, init));
    return { response: new Response(body, { status: statusCode, headers }), held };
  };

  return {
    fetchOf:
      (actor) =>
      async (input, init = {}) => {
        const url = new URL(input instanceof Request ? input.url : input);
        const { response, held } = await actor.call({
          service: 'provider',
          label: () => labelOf(url, init),
          timeoutMs: clientTimeoutMs,
          faults,
          perform: () => answer(url, init),
          refuse: refusalOf,
        });
        if (!held && !hooks.isSilentAbout(operationIn(url, init))) return response;
        await actor.sleep(clientTimeoutMs);
        throw timedOut();
      },
    operation: (operationId) => operations.get(operationId)?.record,
    payment: (paymentId) => payments.get(paymentId),
    customerAnswers: async (connected, paymentId, approve) => {
      const account = accountOf(`Bearer ${connected.apiKey}`) ?? '';
      const body = `result=${approve ? 'approve' : 'decline'}`;
      await answer(new URL(`${providerUrl}/pay/${account}.${paymentId}`), { method: 'POST', body });
    },
    dashboard: async (connected, { kind, key, ...body }) => {
      await answer(new URL(`${providerUrl}/v1/dashboard/${kind}`), {
        method: 'POST',
        headers: { authorization: `Bearer ${connected.apiKey}`, 'idempotency-key': key },
        body: JSON.stringify(body),
      });
    },
  };
}

export function endpointOf({ tenant, connectionId, secret }: Connected): Endpoint {
  return { id: connectionId, url: `${webhookUrl}/${tenant}/${connectionId}`, secret: secret.webhookSecret };
}

function refusalOf(
  kind: 'throttled' | 'unavailable' | 'refused' | 'timed-out',
): { response: Response; held: boolean } | Error {
  switch (kind) {
    case 'throttled':
      return { response: Response.json({ error: 'rate_limited' }, { status: 429 }), held: false };
    case 'unavailable':
      return { response: Response.json({ error: 'internal' }, { status: 503 }), held: false };
    case 'refused':
      return Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } });
    case 'timed-out':
      return timedOut();
  }
}

function timedOut(): Error {
  return Object.assign(new Error('no answer in time'), { name: 'TimeoutError' });
}

/** The operation that a request is to do, or asks about. */
function operationIn({ pathname }: URL, { headers }: RequestInit): string {
  return new Headers(headers).get('idempotency-key') ?? /^\/v1\/operations\/(.+)$/.exec(pathname)?.[1] ?? '';
}

function labelOf(url: URL, init: RequestInit): string {
  const headers = new Headers(init.headers);
  return [init.method ?? 'GET', url.pathname, headers.get('idempotency-key') ?? ''].join(' ').trimEnd();
}

function eventOf(url: URL, init: RequestInit): object {
  const body = typeof init.body === 'string' ? init.body : undefined;
  return {
    rawPath: url.pathname,
    headers: Object.fromEntries(new Headers(init.headers)),
    ...(url.search === '' ? {} : { queryStringParameters: Object.fromEntries(url.searchParams) }),
    ...(body === undefined ? {} : { body }),
    isBase64Encoded: false,
    requestContext: { requestId: 'simulated', http: { method: init.method ?? 'GET', sourceIp: '192.0.2.1' } },
  };
}
