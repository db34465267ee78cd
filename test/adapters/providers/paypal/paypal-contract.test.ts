import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

import { newPaypalProvider } from '../../../../lambdas/adapters/providers/paypal/paypal-provider';
import { fetchOf } from '../../../../local/providers/fake-provider';
import { providerContract } from '../../../contracts/provider-contract';
import { byCard, clientOptions, newPaypalWorld, otherWebhookId, webhookId } from './paypal-world';

/** A port that nobody listens on. */
let closedPort: number;

beforeAll(async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closedPort = (server.address() as AddressInfo).port;
  await new Promise((resolve) => server.close(resolve));
});

providerContract('paypal', () => {
  const now = new Date('2026-01-31T12:00:00.000Z');
  const { fake, provider, reader } = newPaypalWorld(now);
  const clock = () => now;
  return {
    provider,
    reader,
    now,
    methods: {
      success: byCard('success'),
      declined: byCard('declined'),
      insufficientFunds: byCard('insufficientFunds'),
      expiredCard: byCard('expired'),
      unknownToken: { type: 'token', token: 'vaultnever' },
      requiresAction: { type: 'hosted-page' },
      timeoutBeforeEffect: byCard('lostBefore'),
      timeoutAfterEffect: byCard('lostAfter'),
      wrongAmount: byCard('wrongAmount'),
    },
    secret: webhookId,
    otherSecret: otherWebhookId,
    unreachable: newPaypalProvider({
      ...clientOptions(fetch, clock),
      baseUrl: `http://127.0.0.1:${String(closedPort)}`,
      timeoutMs: 2_000,
    }),
    revoked: newPaypalProvider(clientOptions(fetchOf(fake), clock, 'a-secret-that-was-revoked')),
    effects: async (paymentId) => fake.effects(paymentId),
    deliveries: () => fake.takeDeliveries(),
  };
});
