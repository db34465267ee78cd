import type { Notification, NotificationQueue } from '../../domain/notifications/ports';
import type { SqsSenderDependencies } from './sqs-sender';
import { newSqsSender } from './sqs-sender';

/** The queue of notifications: a tenant that invites a thousand people delays its own mails, not the others'. */
export function newSqsNotificationQueue(deps: SqsSenderDependencies): NotificationQueue {
  const sender = newSqsSender<Notification>(deps);
  return {
    enqueue: (notifications) => sender.send(notifications.map((body) => ({ body, group: groupOf(body) }))),
  };
}

/** What is of a person alone waits behind nobody else's. */
function groupOf(notification: Notification): string {
  if (notification.kind === 'invitation-issued') return notification.tenant;
  const { tenant, tell } = notification;
  return tenant ?? (tell === 'owners' ? 'platform' : tell.user);
}
