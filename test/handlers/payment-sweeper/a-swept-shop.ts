import '../../support/function-env';
import { presentPayment, paymentEntity, paymentStream } from '../../../lambdas/domain/payments';
import { projectStream } from '../../../lambdas/domain/projections';
import type { Provider } from '../../../lambdas/domain/providers/provider';
import { newPaymentSweeper } from '../../../lambdas/handlers/payment-sweeper/handler';
import { fold } from '../../../lambdas/kernel/entity';
import type { Journal } from '../../../lambdas/kernel/journal';
import { ask } from '../../support/service-world';
import { aShop } from '../payments/a-shop';

export const minute = 60_000;
export const hour = 60 * minute;

/** A shop with a sweeper. Its provider, the sandbox, does not say which account a key opens, unless it is `dressed` to. */
export async function aSweptShop(dressed: (real: Provider) => Provider = (real) => real) {
  const shop = await aShop();
  const { of } = shop.deps.providers;
  Object.assign(shop.deps.providers, { of: (...args: Parameters<typeof of>) => dressed(of(...args)) });
  const asked: string[] = [];
  const deps = {
    ...shop.deps,
    list: shop.store.dueList,
    journalOf: (_tenant: string): Journal => shop.store.journal,
    secrets: { read: async (owner: string, id: string) => shop.stored.get(`${owner}/${id}`) },
    providers: {
      of: (...args: Parameters<typeof shop.deps.providers.of>): Provider => {
        const real = shop.deps.providers.of(...args);
        return { ...real, lookup: async (request) => (asked.push(request.operationId), real.lookup(request)) };
      },
    },
  };
  const sweep = newPaymentSweeper(deps);
  const project = async (): Promise<void> => {
    const streams = new Map(shop.store.commits.map(({ stream }) => [JSON.stringify(stream), stream]));
    for (const stream of streams.values()) {
      if (stream.kind !== paymentEntity.kind) continue;
      await shop.store.viewWriter.write(projectStream(stream, await shop.store.journal.read(stream)));
    }
  };
  /** One run, a moment after the projector has caught up unless told otherwise. */
  const run = async (given: { projected?: boolean; remainingMs?: number } = {}): Promise<void> => {
    if (given.projected !== false) await project();
    await sweep({}, { awsRequestId: 'run-1', getRemainingTimeInMillis: () => given.remainingMs ?? 55_000 });
  };
  const payment = async (id: string) => {
    const { state, version } = fold(paymentEntity, await shop.store.journal.read(paymentStream(shop.tenant, id)));
    return presentPayment(state!, version);
  };
  const replaceCredentials = (apiKey: string) =>
    ask(shop.connections, {
      method: 'PATCH',
      resource: '/v1/tenants/{tenantId}/provider-connections/{connectionId}',
      params: { tenantId: shop.tenant, connectionId: shop.connectionId },
      body: { credentials: { apiKey } },
    });
  return { ...shop, sweep, asked, project, run, payment, replaceCredentials, sweeperDeps: deps };
}
