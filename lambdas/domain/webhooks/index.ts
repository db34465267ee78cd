export { applyWebhook, type ApplyWebhookPorts } from './apply-webhook';
export { backoffSeconds } from './backoff';
export { noteFailure } from './note-failure';
export { requestRedrive, type RedriveRefusal } from './redrive-webhook';
export {
  presentWebhookEvent,
  webhookEventEntity,
  webhookEventId,
  webhookEventStream,
  webhookEventViews,
  type WebhookEvent,
} from './webhook-event';
export { parseWebhookMessage } from './webhook-message';
