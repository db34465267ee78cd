import { parseNotification, sendInvitation, sendNotice } from '../../domain/notifications';
import type { Notification } from '../../domain/notifications';
import type { PartialBatchResponse } from '../../middleware/batches';
import { forEachConcurrently } from '../../middleware/batches';
import { errorFields } from '../../middleware/log';
import type { LogFields } from '../../middleware/log';
import { readSqsBodies } from '../../middleware/sqs-batch';
import type { NotifierDependencies } from './dependencies';
import { bindDependencies } from './dependencies';

const mailsAtOnce = 5;

/**
 * Tells people what they must be told. What fails comes back after the queue's visibility timeout, alone, and lies in the dead
 * letter queue in the end; a message that is no notification goes the same way.
 */
export function newNotifier(deps: NotifierDependencies): (event: unknown) => Promise<PartialBatchResponse> {
  return async (event) => {
    const records = readSqsBodies(event);
    const failures = await forEachConcurrently(records, mailsAtOnce, async ({ messageId, body }) => {
      const notification = parseNotification(body);
      const fields = { messageId, ...fieldsOf(notification) };
      try {
        const reason = await send(deps, notification);
        deps.log.info('notified', { ...fields, reason });
      } catch (error) {
        deps.log.error('not notified', { ...fields, ...errorFields(error) });
        throw error;
      }
    });
    for (const { item, error } of failures) {
      deps.log.error('given back', { messageId: item.messageId, ...errorFields(error) });
    }
    return { batchItemFailures: failures.map(({ item }) => ({ itemIdentifier: item.messageId })) };
  };
}

function send(deps: NotifierDependencies, notification: Notification): Promise<string> {
  switch (notification.kind) {
    case 'invitation-issued':
      return sendInvitation(deps, notification);
    case 'notice':
      return sendNotice(deps, notification);
  }
}

/** The thread to what caused it; whom it went to is not said. */
function fieldsOf(notification: Notification): LogFields {
  const { requestId, tenant: tenantId } = notification;
  return notification.kind === 'notice'
    ? { requestId, tenantId, notice: notification.notice }
    : { requestId, tenantId, invitationId: notification.invitationId };
}

export const handler = newNotifier(bindDependencies());
