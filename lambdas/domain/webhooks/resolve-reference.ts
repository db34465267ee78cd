import type { Provider } from '../providers/provider';
import type { WebhookMessage } from './ports';

/**
 * Finds the payment of an event that names it by the provider's reference alone (`referred`), by asking the provider. Every other
 * message is what it was, and so is one about nothing of ours: it ends as unmatched. Asking has no effect, so a message that comes
 * again is asked for again.
 *
 * Throws where the provider cannot be asked now: the event is put back, as one whose application failed.
 */
export async function resolveReference(
  message: WebhookMessage,
  providerOf: (message: WebhookMessage) => Promise<Pick<Provider, 'paymentOf'> | undefined>,
): Promise<WebhookMessage> {
  const { event } = message;
  const { subject } = event;
  if (subject.type !== 'referred') return message;
  const provider = await providerOf(message);
  const found = await provider?.paymentOf?.(subject.paymentReference);
  if (found === undefined) throw new Error('nobody can be asked which payment the event is about');
  if (!found.ok) throw new Error(`which payment the event is about could not be asked: ${found.error}`);
  if (found.value === undefined) return message;
  return { ...message, event: { ...event, subject: { ...subject.about, paymentId: found.value } } };
}
