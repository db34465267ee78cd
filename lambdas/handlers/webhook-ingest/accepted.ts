import type { ProviderName } from '../../domain/providers/provider';
import type { UrlAnswer } from '../../middleware/function-url';
import { jsonAnswer } from '../../middleware/function-url';

/**
 * What a provider takes for "received". Any 2xx within its time will do for Stripe [Stripe: receive events in your webhook endpoint] and
 * PayPal [PayPal: webhooks guide]; Adyen has accounts, set up before May 2024, for which the body must hold `[accepted]`, and takes that
 * from all of them [Adyen knowledge hub: optimizing webhook integration].
 */
export function acceptedAnswer(provider: ProviderName, count: number): UrlAnswer {
  const answer = jsonAnswer(200, { received: count });
  if (provider !== 'adyen') return answer;
  return { ...answer, headers: { ...answer.headers, 'content-type': 'text/plain' }, body: '[accepted]' };
}
