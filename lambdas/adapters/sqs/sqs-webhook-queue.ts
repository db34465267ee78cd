import type { WebhookMessage, WebhookQueue } from '../../domain/webhooks/ports';
import type { SqsSenderDependencies } from './sqs-sender';
import { newSqsSender } from './sqs-sender';

/** The queue of webhook events: a tenant's burst waits behind its own messages, not before the others'. */
export function newSqsWebhookQueue(deps: SqsSenderDependencies): WebhookQueue {
  const sender = newSqsSender<WebhookMessage>(deps);
  return {
    enqueue: (messages) => sender.send(messages.map((message) => ({ body: message, group: message.tenant }))),
  };
}
