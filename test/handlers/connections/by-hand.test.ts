import { newProviderClients } from '../../../lambdas/adapters/providers/provider-clients';
import { connection as connectionSchema } from '../../../lambdas/routes/connections';
import { newFakeAdyen } from '../../../local/providers/adyen/fake-adyen';
import { fetchOf } from '../../../local/providers/fake-provider';
import { ask } from '../../support/service-world';
import { aShop } from '../payments/a-shop';

const credentials = { apiKey: 'AQEtestkey0123456789', merchantAccount: 'Shop', environment: 'test' };
const hmacKey = 'AB'.repeat(32);

/** A shop whose key at Adyen may not set webhooks up. */
async function aShopByHand() {
  const adyen = newFakeAdyen({
    ...credentials,
    now: () => new Date('2026-11-22T12:00:00.000Z'),
    newHmacKey: () => hmacKey,
    managesWebhooks: false,
  });
  const providers = newProviderClients({ endpoints: { adyen: 'http://127.0.0.1:1' }, fetch: fetchOf(adyen) });
  const shop = await aShop({ connected: false, offered: ['adyen'], providers });
  const answer = await shop.connect('k1', credentials, 'adyen');
  expect(answer).toMatchObject({ status: 201, body: { provider: 'adyen' } });
  const connected = connectionSchema.parse(answer.body);
  const post = (path: string, body: object, key: string) =>
    ask(shop.connections, {
      resource: `/v1/tenants/{tenantId}/provider-connections/{connectionId}${path}`,
      params: { tenantId: shop.tenant, connectionId: connected.id },
      headers: { 'Idempotency-Key': key },
      body,
    });
  return { ...shop, connected, post };
}

describe('a provider whose key may not set webhooks up', () => {
  test('is connected all the same, with the steps that a person must do', async () => {
    const { connected, post } = await aShopByHand();
    expect(connected).toMatchObject({
      status: 'active',
      webhooks: { registration: 'manual', signing: 'missing' },
    });
    expect(connected.webhookSetup.join('\n')).toContain(connected.webhookUrl);
    const tested = await post('/test', {}, 't1');
    expect(connectionSchema.parse(tested.body.connection).health).toMatchObject({
      credentials: { result: 'accepted' },
      webhookTest: { failure: 'no-webhook-secret' },
    });
  });

  test('is complete once what it signs with is given, which is shown to nobody', async () => {
    const { post, stored, tests, store, telemetry } = await aShopByHand();
    expect(await post('/rotate-webhook-secret', {}, 'r0')).toMatchObject({
      status: 422,
      body: { reason: 'webhook-secret-needed' },
    });
    const answer = await post('/rotate-webhook-secret', { webhookSecret: hmacKey }, 'r1');
    expect(connectionSchema.parse(answer.body).webhooks).toMatchObject({ signing: 'ready', previousSecretUntil: null });
    expect([...stored.values()].map(({ webhookSecret }) => webhookSecret)).toEqual([hmacKey]);
    expect((await post('/test', {}, 't1')).status).toBe(202);
    expect(tests).toHaveLength(1);
    expect(JSON.stringify([answer, store.commits, telemetry.lines])).not.toContain(hmacKey);
  });
});
