import { fetchOf } from '../../../../local/providers/fake-provider';
import { fakeCards, newFakePaypal } from '../../../../local/providers/paypal/fake-paypal';
import type { FakePaypal } from '../../../../local/providers/paypal/fake-paypal-handles';
import { testSigner } from '../../../../local/providers/paypal/fake-paypal-webhooks';
import { newPaypalTokens } from '../../../../lambdas/adapters/providers/paypal/paypal-api';
import { newPaypalProvider } from '../../../../lambdas/adapters/providers/paypal/paypal-provider';
import { newPaypalWebhookReader } from '../../../../lambdas/adapters/providers/paypal/paypal-webhook-reader';
import type {
  AuthorizeRequest,
  LookupRequest,
  OperationOutcome,
  Provider,
  WebhookReader,
} from '../../../../lambdas/domain/providers/provider';

export const clientId = 'AVbFxpDemoClientIdOfTheSandbox';
export const clientSecret = 'EHdemoClientSecretOfTheSandbox';
export const webhookId = '1JE4291016473214C';
export const otherWebhookId = '0EH40505U7160970P';
export const sandboxUrl = 'https://api-m.sandbox.paypal.com';

export interface PaypalWorld {
  readonly fake: FakePaypal;
  readonly provider: Provider;
  readonly reader: WebhookReader;
  /** The clock of everybody, in ms. */
  nowMs: number;
}

/** A merchant's client, PayPal's fake, and the reader of its webhooks, under one clock. */
export function newPaypalWorld(at = new Date('2026-01-31T12:00:00.000Z')): PaypalWorld {
  const now = (): Date => new Date(world.nowMs);
  const fake = newFakePaypal({ clientId, clientSecret, webhookId, now });
  const world: PaypalWorld = {
    fake,
    nowMs: at.getTime(),
    provider: newPaypalProvider(clientOptions(fetchOf(fake), now)),
    reader: newPaypalWebhookReader({ fetch: fetchOf(fake), roots: [testSigner().root] }),
  };
  return world;
}

export function clientOptions(fetch: typeof globalThis.fetch, now: () => Date, secret = clientSecret) {
  return { baseUrl: sandboxUrl, clientId, clientSecret: secret, fetch, timeoutMs: 50, now, tokens: newPaypalTokens() };
}

export const byCard = (card: keyof typeof fakeCards) => ({ type: 'token' as const, token: fakeCards[card] });

export const paymentId = 'pay_00000000000000000001';
export const usd = (amount: number) => ({ amount, currency: 'USD' });

export const authorization = (fields: Partial<AuthorizeRequest> = {}): AuthorizeRequest => ({
  operationId: 'op_auth',
  paymentId,
  amount: usd(1000),
  method: byCard('success'),
  capture: 'manual',
  returnUrl: 'https://shop.example/return',
  ...fields,
});

export const lookupOf = (fields: Partial<LookupRequest> = {}): LookupRequest => ({
  operationId: 'op_auth',
  kind: 'authorize',
  paymentId,
  amount: usd(1000),
  capture: 'manual',
  requestedAt: '2026-01-31T11:50:00.000Z',
  ...fields,
});

export const referenceOf = (outcome: OperationOutcome | { status: 'absent' }): string => {
  const reference = 'providerReference' in outcome ? outcome.providerReference : undefined;
  if (reference === undefined) throw new Error('no reference');
  return reference;
};
