import { newStripeProvider } from '../../../../lambdas/adapters/providers/stripe/stripe-provider';
import { stripeWebhookReader } from '../../../../lambdas/adapters/providers/stripe/stripe-webhook-reader';
import type { NormalisedEvent, Provider } from '../../../../lambdas/domain/providers/provider';
import { fetchOf } from '../../../../local/providers/fake-provider';
import { newFakeStripe } from '../../../../local/providers/stripe/fake-stripe';
import type { FakeStripe, FakeStripeOptions } from '../../../../local/providers/stripe/fake-stripe';

export const apiKey = 'rk_test_0123456789abcdefghijklmn';
export const webhookSecret = 'whsec_0123456789abcdefghijklmnopqrstuv';
export const webhookUrl = 'https://webhooks.example/ten_0000000000000000000a/con_0000000000000000000a';
export const paymentId = 'pay_0000000000000000000a';

/** An operation id of ours, by a short name. */
export const op = (name: string): string => `op_${name.padStart(20, '0')}`;

export const usd = (amount: number) => ({ amount, currency: 'USD' });

export interface StripeWorld {
  readonly stripe: FakeStripe;
  readonly provider: Provider;
  now: Date;
  /** What Stripe has told since the last time, read with the endpoint's secret. */
  told(): Promise<readonly NormalisedEvent[]>;
}

/** The adapter before the fake, with our endpoint registered. */
export async function aStripe(options: Partial<FakeStripeOptions> = {}): Promise<StripeWorld> {
  const clock = { now: new Date('2026-01-31T12:00:00.000Z') };
  const stripe = newFakeStripe({ now: () => clock.now, apiKeys: [apiKey], webhookSecret, ...options });
  const provider = newStripeProvider({ apiKey, fetch: fetchOf(stripe), timeoutMs: 50 });
  const registered = await provider.registerWebhook?.({ url: webhookUrl, secret: 'not used by Stripe' });
  expect(registered).toMatchObject({ ok: true, value: { secret: webhookSecret } });
  return {
    stripe,
    provider,
    get now() {
      return clock.now;
    },
    set now(now) {
      clock.now = now;
    },
    told: async () => {
      const events: NormalisedEvent[] = [];
      for (const delivery of stripe.takeDeliveries()) {
        const read = await stripeWebhookReader.read(delivery, [webhookSecret], clock.now.getTime());
        if (!read.ok) throw new Error(read.error);
        events.push(...read.value);
      }
      return events;
    },
  };
}

export const anAuthorization = (over: Partial<Parameters<Provider['authorize']>[0]> = {}) => ({
  operationId: op('auth'),
  paymentId,
  amount: usd(1000),
  method: { type: 'token' as const, token: 'pm_card_visa' },
  capture: 'manual' as const,
  returnUrl: 'https://shop.example/return',
  ...over,
});

/** The reference of an authorization that succeeded. */
export async function authorized(
  { provider }: Pick<StripeWorld, 'provider'>,
  over: Parameters<typeof anAuthorization>[0] = {},
): Promise<string> {
  const outcome = await provider.authorize(anAuthorization(over));
  if (outcome.status !== 'succeeded') throw new Error(`not authorized: ${JSON.stringify(outcome)}`);
  return outcome.providerReference;
}

export const aFollowUp = (providerReference: string, over: Partial<Parameters<Provider['capture']>[0]> = {}) => ({
  operationId: op('follow'),
  paymentId,
  amount: usd(1000),
  providerReference,
  ...over,
});

export const aLookup = (over: Partial<Parameters<Provider['lookup']>[0]> = {}) => ({
  operationId: op('auth'),
  kind: 'authorize' as const,
  paymentId,
  amount: usd(1000),
  capture: 'manual' as const,
  requestedAt: '2026-01-31T11:59:59.000Z',
  ...over,
});
