import type { ConnectionSecret } from '../../../lambdas/domain/providers/ports';
import { webhookSecretsOf } from '../../../lambdas/domain/providers/ports';
import type { Provider } from '../../../lambdas/domain/providers/provider';
import { connection as connectionSchema } from '../../../lambdas/routes/connections';
import { ask } from '../../support/service-world';
import { aProvider } from '../../domain/payments/a-payment';
import { aShop } from '../payments/a-shop';

const base = '/v1/tenants/{tenantId}/provider-connections/{connectionId}';

/** Keys whose name says the account; restricted ones may not ask for it. */
export const keys = {
  one: 'rk_test_accountone0123456',
  oneRolled: 'rk_test_accountone9876543',
  two: 'rk_test_accounttwo0123456',
  secretOne: 'sk_test_accountone0123456',
  secretOneRolled: 'sk_test_accountone9876543',
} as const;

const accountIn = (apiKey: string): string => /account(?:one|two)/.exec(apiKey)?.[0] ?? 'none';

/** A provider that draws the secret of an endpoint and tells it once, as Stripe does, with an account behind each key, over a connected shop. */
export async function twoAccounts(apiKey: string) {
  const endpoints = new Map<string, { readonly id: string; readonly secret: string }>();
  let registers = true;
  let made = 0;
  const clientOf = (key: string): Provider => ({
    ...aProvider(),
    name: 'stripe',
    account: async () => (key.startsWith('sk_') ? accountIn(key) : undefined),
    registerWebhook: async () => {
      if (!registers) return { ok: false, error: 'credentials-refused' };
      const known = endpoints.get(accountIn(key));
      if (known !== undefined) return { ok: true, value: { secret: undefined, endpoint: known.id } };
      made += 1;
      const endpoint = { id: `we_${String(made)}`, secret: `whsec_${'0'.repeat(32)}${String(made)}` };
      endpoints.set(accountIn(key), endpoint);
      return { ok: true, value: { secret: endpoint.secret, endpoint: endpoint.id } };
    },
  });
  const shop = await aShop({
    connected: false,
    offered: ['stripe'],
    providers: { of: (_, { credentials }) => clientOf(credentials.apiKey ?? '') },
  });
  const connected = await shop.connect('k1', { apiKey }, 'stripe');
  const params = { tenantId: shop.tenant, connectionId: connectionSchema.parse(connected.body).id };
  const stored = (): ConnectionSecret => {
    const [secret] = shop.stored.values();
    if (secret === undefined) throw new Error('nothing is stored');
    return secret;
  };
  return {
    shop,
    stored,
    endpoints,
    /** What the account signs with. */
    signs: (key: string) => endpoints.get(accountIn(key))?.secret,
    forbidRegistering: () => (registers = false),
    believedIn: (hours: number) => webhookSecretsOf(stored(), shop.now().getTime() + hours * 3_600_000),
    replace: (key: string) =>
      ask(shop.connections, { method: 'PATCH', resource: base, params, body: { credentials: { apiKey: key } } }),
    rotate: (key: string, body: object) =>
      ask(shop.connections, {
        resource: `${base}/rotate-webhook-secret`,
        params,
        headers: { 'Idempotency-Key': key },
        body,
      }),
    shown: async () => {
      const { webhooks, health } = connectionSchema.parse(
        (await ask(shop.connections, { resource: base, params })).body,
      );
      return { ...webhooks, unfinishedSince: health.unfinishedSince };
    },
  };
}
