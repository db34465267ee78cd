import { badRequest, notFound } from './fake-paypal-answers';
import type { Answer } from './fake-paypal-answers';

export interface Webhook {
  readonly id: string;
  readonly url: string;
  event_types: readonly { readonly name: string }[];
}

/** The management of webhooks [PayPal: Webhooks Management v1]. */
export function manageWebhooks(
  webhooks: Webhook[],
  { method, id, body, newId }: { method: string; id: string | undefined; body: unknown; newId: () => string },
): Answer {
  if (method === 'GET') return { status: 200, body: { webhooks } };
  if (method === 'POST') {
    const { url, event_types } = body as Webhook;
    if (webhooks.some((each) => each.url === url)) return badRequest('WEBHOOK_URL_ALREADY_EXISTS');
    if (webhooks.length >= 10) return badRequest('WEBHOOK_NUMBER_LIMIT_EXCEEDED');
    const webhook = { id: newId(), url, event_types };
    webhooks.push(webhook);
    return { status: 201, body: webhook };
  }
  const webhook = webhooks.find((each) => each.id === id);
  if (webhook === undefined) return notFound();
  const [change] = body as { value: Webhook['event_types'] }[];
  webhook.event_types = change?.value ?? [];
  return { status: 200, body: webhook };
}
