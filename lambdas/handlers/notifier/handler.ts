import * as z from 'zod';

import { parseNotification, sendInvitation } from '../../domain/notifications';
import type { PartialBatchResponse } from '../../middleware/batches';
import { forEachConcurrently } from '../../middleware/batches';
import { errorFields } from '../../middleware/log';
import type { NotifierDependencies } from './dependencies';
import { bindDependencies } from './dependencies';

/** What SQS hands over [Lambda: using Lambda with SQS]. */
const sqsEvent = z.object({ Records: z.array(z.object({ messageId: z.string(), body: z.string() })) });

const mailsAtOnce = 5;

/**
 * Tells people what they must be told. What fails comes back after the queue's visibility timeout, alone, and lies in the dead
 * letter queue in the end; a message that is no notification goes the same way.
 */
export function newNotifier(deps: NotifierDependencies): (event: unknown) => Promise<PartialBatchResponse> {
  return async (event) => {
    const { Records } = sqsEvent.parse(event);
    const failures = await forEachConcurrently(Records, mailsAtOnce, async ({ messageId, body }) => {
      const notification = parseNotification(body);
      const reason = await sendInvitation(deps, notification);
      const { tenant: tenantId, invitationId } = notification;
      deps.log.info('notified', { messageId, tenantId, invitationId, reason });
    });
    for (const { item, error } of failures) {
      deps.log.error('not notified', { messageId: item.messageId, ...errorFields(error) });
    }
    return { batchItemFailures: failures.map(({ item }) => ({ itemIdentifier: item.messageId })) };
  };
}

export const handler = newNotifier(bindDependencies());
