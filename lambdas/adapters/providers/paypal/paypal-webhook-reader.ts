import type { WebhookReader } from '../../../domain/providers/provider';
import { err } from '../../../kernel/result';

export function newPaypalWebhookReader(_options: object): WebhookReader {
  return { provider: 'paypal', read: () => Promise.resolve(err('malformed')) };
}
