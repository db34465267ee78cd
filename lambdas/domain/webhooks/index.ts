export { applyWebhook, type ApplyWebhookPorts } from './apply-webhook';
export { backoffSeconds } from './backoff';
export { noteDeadLetter, type DeadLetter } from './note-dead-letter';
export { noteFailure } from './note-failure';
export { resolveReference } from './resolve-reference';
export { requestRedriveOfMany } from './request-redrive-of-many';
export { runRedrive, type RedriveRun, type RunRedrivePorts } from './run-redrive';
export { requestRedrive, type RedriveRefusal } from './redrive-webhook';
export {
  webhookEventEntity,
  webhookEventId,
  webhookEventStream,
  webhookEventStatuses,
  type WebhookEvent,
} from './webhook-event';
export { presentWebhookEventDetail } from './webhook-event-detail';
export {
  openListOf,
  openStatuses,
  openWebhookEventKind,
  presentWebhookEvent,
  webhookEventViews,
} from './webhook-event-views';
export { parseWebhookMessage } from './webhook-message';
export {
  presentWebhookRedrive,
  webhookRedriveEntity,
  webhookRedriveStream,
  webhookRedriveViews,
  type RedriveSelection,
} from './webhook-redrive';
