import { Webhook } from 'standardwebhooks';

import type { SandboxEvent } from './books';

/** A request as it leaves for a merchant. */
export interface SignedWebhook {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Signs an event by Standard Webhooks. The time is that of this attempt, so that a retry is not refused as stale. */
export function signWebhook(event: SandboxEvent, secret: string, now: Date): SignedWebhook {
  const body = JSON.stringify({ events: [event] });
  return {
    headers: {
      'content-type': 'application/json',
      'webhook-id': event.id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(event.id, now, body),
    },
    body,
  };
}
