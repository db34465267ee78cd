import type { WebhookReader } from '../../../domain/providers/provider';
import { err } from '../../../kernel/result';

export const adyenWebhookReader: WebhookReader = {
  provider: 'adyen',
  read: () => Promise.resolve(err('malformed')),
};
