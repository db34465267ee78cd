import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

import { newStripeProvider } from '../../../../lambdas/adapters/providers/stripe/stripe-provider';
import { stripeWebhookReader } from '../../../../lambdas/adapters/providers/stripe/stripe-webhook-reader';
import type { RawDelivery } from '../../../../lambdas/domain/providers/provider';
import { fetchOf } from '../../../../local/providers/fake-provider';
import { newFakeStripe } from '../../../../local/providers/stripe/fake-stripe';
import { providerContract } from '../../../contracts/provider-contract';
import { apiKey, webhookSecret } from './a-stripe';

const now = new Date('2026-01-31T12:00:00.000Z');
const revokedKey = 'rk_test_revoked0123456789abcdef';

/** A port that nobody listens on. */
let closedPort: number;

beforeAll(async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closedPort = (server.address() as AddressInfo).port;
  await new Promise((resolve) => server.close(resolve));
});

const byToken = (token: string) => ({ type: 'token' as const, token });

providerContract('Stripe', () => {
  const stripe = newFakeStripe({ now: () => now, apiKeys: [apiKey, revokedKey], webhookSecret });
  stripe.revoke(revokedKey);
  const options = { apiKey, fetch: fetchOf(stripe), timeoutMs: 100 };
  const sent: RawDelivery[] = [];
  return {
    provider: newStripeProvider(options),
    reader: stripeWebhookReader,
    now,
    methods: {
      success: byToken('pm_card_visa'),
      declined: byToken('pm_card_visa_chargeDeclined'),
      insufficientFunds: byToken('pm_card_visa_chargeDeclinedInsufficientFunds'),
      expiredCard: byToken('pm_card_chargeDeclinedExpiredCard'),
      unknownToken: byToken('pm_never_issued'),
      requiresAction: byToken('pm_card_authenticationRequired'),
      timeoutBeforeEffect: byToken('pm_fake_lostBeforeEffect'),
      timeoutAfterEffect: byToken('pm_fake_lostAfterEffect'),
      wrongAmount: byToken('pm_fake_wrongAmount'),
    },
    secret: webhookSecret,
    otherSecret: 'whsec_zyxwvutsrqponmlkjihgfedcba987654',
    unreachable: newStripeProvider({
      apiKey,
      baseUrl: `http://127.0.0.1:${String(closedPort)}`,
      fetch,
      timeoutMs: 2_000,
    }),
    revoked: newStripeProvider({ ...options, apiKey: revokedKey }),
    effects: (paymentId) => Promise.resolve(stripe.effects(paymentId)),
    deliveries: () => {
      sent.push(...stripe.takeDeliveries());
      return sent;
    },
  };
});
