import '../support/function-env';
import { newSandboxProvider } from '../../lambdas/handlers/sandbox-provider/handler';
import type { BalanceEntry, OperationRecord, PaymentRecord, PayoutRecord } from '../../lambdas/sandbox/books';
import type { Endpoint, SandboxStore, WebhookOnItsWay } from '../../lambdas/sandbox/store';
import { signWebhook } from '../../lambdas/sandbox/webhook';
import { newMemoryTelemetry } from '../support/memory-telemetry';

/** The sandbox in this process: its real function over books in memory, and a `fetch` that reaches it. */
export interface MemorySandbox {
  readonly fetch: typeof fetch;
  readonly sent: readonly (WebhookOnItsWay & { readonly delaySeconds: number })[];
  readonly endpoints: ReadonlyMap<string, readonly Endpoint[]>;
  /** Everything sent so far as signed deliveries, in the order of their delays. */
  deliveries(now: Date): { headers: Record<string, string>; body: Buffer }[];
}

export const sandboxUrl = 'https://sandbox.example';

export function newMemorySandbox(now: () => Date = () => new Date('2026-01-31T12:00:00.000Z')): MemorySandbox {
  const store = newMemorySandboxStore();
  const sent: (WebhookOnItsWay & { delaySeconds: number })[] = [];
  const handle = newSandboxProvider({
    store,
    queue: { send: async (webhooks) => void sent.push(...webhooks) },
    clock: { now },
    // As much longer than the client's patience as in reality.
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms / 40)),
    log: newMemoryTelemetry().log,
  });
  return {
    sent,
    endpoints: store.byAccount,
    fetch: async (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input.toString());
      const answer = handle(urlEvent(url, init));
      const aborted = new Promise<never>((_, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error));
      });
      const { statusCode, headers, body } = await Promise.race([answer, aborted]);
      return new Response(body, { status: statusCode, headers });
    },
    deliveries: (at) =>
      [...sent]
        .sort((a, b) => a.delaySeconds - b.delaySeconds)
        .map(({ account, endpointId, event }) => {
          const { secret } = store.byAccount.get(account)!.find(({ id }) => id === endpointId)!;
          const { headers, body } = signWebhook(event, secret, at);
          return { headers: { ...headers }, body: Buffer.from(body) };
        }),
  };
}

export function urlEvent(url: URL, init: RequestInit = {}): object {
  const body = typeof init.body === 'string' ? init.body : undefined;
  return {
    version: '2.0',
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers: Object.fromEntries(new Headers(init.headers)),
    ...(url.search === '' ? {} : { queryStringParameters: Object.fromEntries(url.searchParams) }),
    ...(body === undefined ? {} : { body }),
    isBase64Encoded: false,
    requestContext: { requestId: 'r-1', http: { method: init.method ?? 'GET', sourceIp: '192.0.2.1' } },
  };
}

export function newMemorySandboxStore(): SandboxStore & { readonly byAccount: Map<string, readonly Endpoint[]> } {
  const operations = new Map<string, OperationRecord>();
  const payments = new Map<string, PaymentRecord>();
  const due = new Map<string, BalanceEntry>();
  const payouts = new Map<string, PayoutRecord>();
  const byAccount = new Map<string, readonly Endpoint[]>();
  return {
    byAccount,
    operation: async (account, id) => operations.get(`${account}/${id}`),
    payment: async (account, id) => payments.get(`${account}/${id}`),
    record: async (account, operation, payment, entries) => {
      const operationKey = `${account}/${operation.operationId}`;
      const paymentKey = `${account}/${payment.paymentId}`;
      const follows =
        (operations.get(operationKey)?.version ?? 0) === operation.version - 1 &&
        (payments.get(paymentKey)?.version ?? 0) === payment.version - 1;
      if (!follows) return false;
      operations.set(operationKey, operation);
      payments.set(paymentKey, payment);
      for (const entry of entries) due.set(`${account}/${entry.id}`, entry);
      return true;
    },
    due: async (account, currency, now, limit) =>
      [...due]
        .filter(([key, entry]) => key.startsWith(`${account}/`) && entry.currency === currency)
        .map(([, entry]) => entry)
        .filter(({ at }) => at <= now.toISOString())
        .sort((a, b) => (`${a.at}#${a.id}` < `${b.at}#${b.id}` ? -1 : 1))
        .slice(0, limit),
    payout: async (account, id) => payouts.get(`${account}/${id}`),
    payOut: async (account, payout) => {
      const lines = payout.lines.map(({ id }) => `${account}/${id}`);
      if (payouts.has(`${account}/${payout.id}`) || lines.some((line) => !due.has(line))) return false;
      for (const line of lines) due.delete(line);
      payouts.set(`${account}/${payout.id}`, payout);
      return true;
    },
    endpoints: async (account) => byAccount.get(account) ?? [],
    register: async (account, endpoint) => {
      const others = (byAccount.get(account) ?? []).filter(({ id }) => id !== endpoint.id);
      byAccount.set(account, [...others, endpoint]);
    },
  };
}
