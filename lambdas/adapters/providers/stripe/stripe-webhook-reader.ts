import type { WebhookReader } from '../../../domain/providers/provider';
import { err } from '../../../kernel/result';

export const stripeWebhookReader: WebhookReader = {
  provider: 'stripe',
  read: () => Promise.resolve(err('malformed')),
};
