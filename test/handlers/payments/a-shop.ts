import '../../support/function-env';
import { newWebhookReaders } from '../../../lambdas/adapters/providers/provider-clients';
import { referenceReaders } from '../../../lambdas/adapters/providers/typed-references';
import { newSandboxProvider } from '../../../lambdas/adapters/providers/sandbox/sandbox-provider';
import { sandboxWebhookReader } from '../../../lambdas/adapters/providers/sandbox/sandbox-webhook-reader';
import type { ConnectionSecret, ProviderClients } from '../../../lambdas/domain/providers/ports';
import type { ProviderName, RawDelivery } from '../../../lambdas/domain/providers/provider';
import { lookUpPayment } from '../../../lambdas/domain/payments';
import { applyWebhook } from '../../../lambdas/domain/webhooks';
import { newConnections } from '../../../lambdas/handlers/connections/handler';
import { newPayments } from '../../../lambdas/handlers/payments/handler';
import { newMemorySandbox, sandboxUrl } from '../../sandbox/memory-sandbox';
import type { ApiAnswer } from '../../support/api-request';
import { ask, aServiceWorld } from '../../support/service-world';

export const apiKey = 'sk_sandbox_0123456789abcdef';

/** A tenant with a sandbox connection: the real handlers, domain and sandbox, over stores in memory. */
export async function aShop(
  given: { connected?: boolean; offered?: readonly ProviderName[]; providers?: ProviderClients } = {},
) {
  const world = aServiceWorld();
  const sandbox = newMemorySandbox(world.now);
  const tenant = await world.tenant();
  await world.member(tenant, 'user-1', 'owner');
  await world.stepUp('user-1');

  const stored = new Map<string, ConnectionSecret>();
  const tests: { url: string; delivery: RawDelivery }[] = [];
  let providerCalls = 0;
  const deps = {
    ...world.deps,
    secrets: {
      put: async (owner: string, id: string, secret: ConnectionSecret) => void stored.set(`${owner}/${id}`, secret),
      read: async (owner: string, id: string) => stored.get(`${owner}/${id}`),
      readFresh: async (owner: string, id: string) => stored.get(`${owner}/${id}`),
      readNewer: async (owner: string, id: string) => stored.get(`${owner}/${id}`),
    },
    providers: given.providers ?? {
      of: (_: ProviderName, { credentials }: ConnectionSecret) => {
        const counted: typeof fetch = (input, init) => ((providerCalls += 1), sandbox.fetch(input, init));
        return newSandboxProvider({ baseUrl: sandboxUrl, apiKey: credentials.apiKey!, fetch: counted, timeoutMs: 100 });
      },
    },
    offered: given.offered ?? ['sandbox'],
    mode: 'test' as const,
    references: referenceReaders,
    readers: newWebhookReaders({ endpoints: {} }),
    deliver: async (url: string, delivery: RawDelivery) => {
      tests.push({ url, delivery });
      return 'accepted' as const;
    },
    webhookUrl: 'https://hooks.example/',
  };
  const payments = newPayments(deps);
  const connections = newConnections(deps);
  const base = '/v1/tenants/{tenantId}';

  const connect = (key: string, credentials: object = { apiKey }, provider = 'sandbox'): Promise<ApiAnswer> =>
    ask(connections, {
      resource: `${base}/provider-connections`,
      params: { tenantId: tenant },
      headers: { 'Idempotency-Key': key },
      body: { provider, displayName: 'Sandbox', credentials },
    });
  const connected = given.connected === false ? undefined : await connect('connect-1');

  return {
    ...world,
    deps,
    sandbox,
    stored,
    /** Test webhooks that were posted to our own address. */
    tests,
    tenant,
    connect,
    connected,
    connectionId: connected?.body.id ?? '',
    payments,
    connections,
    providerCalls: () => providerCalls,
    create: (key: string | undefined, body: object = {}): Promise<ApiAnswer> =>
      ask(payments, {
        resource: `${base}/payments`,
        params: { tenantId: tenant },
        headers: key === undefined ? {} : { 'Idempotency-Key': key },
        body: { amount: { amount: 100, currency: 'USD' }, paymentMethod: { token: 'tok_success' }, ...body },
      }),
    change: (
      act: 'capture' | 'cancel' | 'refunds',
      paymentId: string,
      key: string,
      body: object = {},
      headers: object = {},
    ) =>
      ask(payments, {
        resource: `${base}/payments/{paymentId}/${act}`,
        params: { tenantId: tenant, paymentId },
        headers: { 'Idempotency-Key': key, ...headers },
        body,
      }),
    resolve: (
      ids: { readonly paymentId: string; readonly operationId: string },
      key: string,
      body: object,
      headers: object = {},
    ) =>
      ask(payments, {
        resource: `${base}/payments/{paymentId}/operations/{operationId}/resolve`,
        params: { tenantId: tenant, ...ids },
        headers: { 'Idempotency-Key': key, ...headers },
        body,
      }),
    /** Six days in which the provider is asked and tells nothing. The person has shown their second factor again after them. */
    askInVain: async (paymentId: string): Promise<void> => {
      const context = {
        actor: { user: 'payment-sweeper', level: 'system' },
        request: { id: 'run', route: 'payment-sweeper' },
        command: { name: 'payments.lookup' },
      } as const;
      const ports = { ...world.deps, journal: world.store.journal };
      for (let day = 0; day < 6; day += 1) {
        world.pass(24 * 3_600_000);
        await lookUpPayment(ports, context, { tenant, paymentId }, async () => undefined);
      }
      await world.stepUp('user-1');
    },
    read: (path: '' | '/timeline', paymentId: string, query = {}): Promise<ApiAnswer> =>
      ask(payments, {
        resource: `${base}/payments/{paymentId}${path}`,
        params: { tenantId: tenant, paymentId },
        query,
      }),
    list: (query = {}): Promise<ApiAnswer> =>
      ask(payments, { resource: `${base}/payments`, params: { tenantId: tenant }, query }),
    /** Delivers all webhooks that the sandbox has sent so far, as ingest and processor would. */
    deliverWebhooks: async (): Promise<void> => {
      for (const delivery of sandbox.deliveries(world.now())) {
        const [secret] = stored.values();
        const read = await sandboxWebhookReader.read(delivery, [secret!.webhookSecret!], world.now().getTime());
        if (!read.ok) throw new Error(read.error);
        for (const event of read.value) {
          await applyWebhook(
            { ...world.deps, journal: world.store.journal },
            {
              tenant,
              connectionId: connected?.body.id ?? '',
              provider: 'sandbox',
              event,
              receivedAt: world.now().toISOString(),
              requestId: 'delivery',
            },
          );
        }
      }
    },
  };
}
