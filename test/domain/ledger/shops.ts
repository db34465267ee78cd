import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { newPaypalWebhookReader } from '../../../lambdas/adapters/providers/paypal/paypal-webhook-reader';
import { newProviderClients, newWebhookReaders } from '../../../lambdas/adapters/providers/provider-clients';
import type { PaymentMethod, Provider, ProviderName, WebhookReader } from '../../../lambdas/domain/providers/provider';
import type { RawDelivery } from '../../../lambdas/domain/providers/provider';
import { newFakeAdyen } from '../../../local/providers/adyen/fake-adyen';
import { fetchOf } from '../../../local/providers/fake-provider';
import type { FakeProvider } from '../../../local/providers/fake-provider';
import { newFakePaypal } from '../../../local/providers/paypal/fake-paypal';
import { testSigner } from '../../../local/providers/paypal/fake-paypal-webhooks';
import { answerOverHttp, localAccounts } from '../../../local/providers/serve';
import { newFakeStripe } from '../../../local/providers/stripe/fake-stripe';
import { newMemorySandbox } from '../../sandbox/memory-sandbox';

/** An account at a provider: the real client of it, over HTTP on loopback, and what only the provider can see or do. */
export interface Account {
  readonly provider: Provider;
  readonly reader: WebhookReader;
  readonly secret: string;
  readonly method: PaymentMethod;
  /** `<method> <path>` of every request that arrived. */
  readonly requests: readonly string[];
  /** The amounts in the requests that arrived, as they were written there, oldest first. */
  readonly amountsTold: readonly string[];
  /** What the provider has sent to our webhook address since the last time. */
  takeDeliveries(): readonly RawDelivery[];
  /** Has the provider pay out. Absent where it lists no payouts. */
  payOut?(currency: string): Promise<void>;
  close(): Promise<void>;
}

export const now = new Date('2026-01-31T12:00:00.000Z');

const webhookUrl = 'https://webhooks.example/ten_0000000000000000000a/con_0000000000000000000a';
const ourSecret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** What a provider's side of an account consists of. */
interface Side extends Pick<FakeProvider, 'handle'> {
  readonly credentials: Readonly<Record<string, string>>;
  readonly method: PaymentMethod;
  /** The amount that a body holds, as it is written there. */
  readonly amountIn: (body: string) => string | number | undefined;
  readonly reader?: WebhookReader;
  takeDeliveries(): readonly RawDelivery[];
  payOut?(currency: string): Promise<void>;
}

export async function openAccount(name: ProviderName): Promise<Account> {
  const side = sides[name]();
  const requests: string[] = [];
  const amountsTold: string[] = [];
  const recording = async (request: Request): Promise<Response> => {
    const body = await request.clone().text();
    requests.push(`${request.method} ${new URL(request.url).pathname}`);
    const amount = body === '' ? undefined : side.amountIn(body);
    if (amount !== undefined) amountsTold.push(String(amount));
    return side.handle(request);
  };
  const server = createServer((incoming, response) => {
    void answerOverHttp({ handle: recording }, incoming, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const endpoints = { [name]: `http://127.0.0.1:${String(port)}` };

  const provider = newProviderClients({ endpoints }).of(name, { credentials: side.credentials });
  const registered = await provider.registerWebhook!({ url: webhookUrl, secret: ourSecret });
  if (!registered.ok || registered.value.secret === undefined) throw new Error('no webhook was registered');
  const { method, takeDeliveries, payOut } = side;
  return {
    provider,
    reader: side.reader ?? newWebhookReaders({ endpoints })[name],
    secret: registered.value.secret,
    method,
    requests,
    amountsTold,
    takeDeliveries,
    ...(payOut === undefined ? {} : { payOut }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const sides: Readonly<Record<ProviderName, () => Side>> = {
  sandbox: () => {
    const sandbox = newMemorySandbox(() => now);
    const apiKey = 'sk_sandbox_0123456789abcdef';
    const reach = async (request: Request): Promise<Response> => {
      const { method, headers } = request;
      const body = await request.text();
      return sandbox.fetch(request.url, { method, headers, ...(body === '' ? {} : { body }) });
    };
    let taken = 0;
    return {
      handle: reach,
      credentials: { apiKey },
      method: { type: 'token', token: 'tok_success' },
      amountIn: (body) => JSON.parse(body).amount,
      takeDeliveries: () => {
        const all = sandbox.deliveries(now);
        const due = all.slice(taken);
        taken = all.length;
        return due;
      },
      payOut: async (currency) => {
        const headers = { authorization: `Bearer ${apiKey}`, 'idempotency-key': 'po_1' };
        const body = JSON.stringify({ currency });
        const answer = await sandbox.fetch('https://sandbox.example/v1/payouts', { method: 'POST', headers, body });
        expect(answer.status).toBe(200);
      },
    };
  },
  stripe: () => {
    const { apiKey } = localAccounts.stripe;
    const stripe = newFakeStripe({ now: () => now, apiKeys: [apiKey] });
    return {
      handle: stripe.handle,
      credentials: { apiKey },
      method: { type: 'token', token: 'pm_card_visa' },
      amountIn: (body) => {
        const form = new URLSearchParams(body);
        return form.get('amount') ?? form.get('amount_to_capture') ?? undefined;
      },
      takeDeliveries: stripe.takeDeliveries,
      payOut: async (currency) => void stripe.dashboard.payOut(currency.toLowerCase()),
    };
  },
  adyen: () => {
    const { reportUser: user, reportPassword: password, ...account } = localAccounts.adyen;
    const newHmacKey = (): string => '44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056';
    const adyen = newFakeAdyen({ ...account, now: () => now, newHmacKey, reportUser: { name: user, password } });
    return {
      handle: adyen.handle,
      credentials: localAccounts.adyen,
      method: { type: 'token', token: 'test-success', customer: 'shopper-1' },
      amountIn: (body) => JSON.parse(body).amount?.value,
      takeDeliveries: adyen.takeDeliveries,
      payOut: async (currency) => void adyen.payOut(currency),
    };
  },
  paypal: () => {
    const paypal = newFakePaypal({ ...localAccounts.paypal, now: () => now, webhookId: '1JE4291016473214C' });
    return {
      handle: paypal.handle,
      credentials: localAccounts.paypal,
      method: { type: 'token', token: 'vaultsuccess' },
      amountIn: (body) => {
        if (!body.startsWith('{')) return undefined;
        const { purchase_units: units, amount } = JSON.parse(body);
        return (units?.[0].amount ?? amount)?.value;
      },
      // Its certificates lie at an address of PayPal's, and lead to a root of the fake's own.
      reader: newPaypalWebhookReader({ fetch: fetchOf(paypal), roots: [testSigner().root] }),
      takeDeliveries: paypal.takeDeliveries,
    };
  },
};
