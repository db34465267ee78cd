import * as z from 'zod';

import { idPattern } from '../../kernel/ids';
import type { Notification } from './ports';

const notification = z.strictObject({
  kind: z.literal('invitation-issued'),
  tenant: z.string().regex(idPattern('tenant')),
  invitationId: z.string().regex(idPattern('invitation')),
  commitId: z.string().min(1).max(64),
});

/** Reads a message of the queue; throws on anything that the projector did not put there. */
export function parseNotification(body: string): Notification {
  const parsed: unknown = JSON.parse(body);
  return notification.parse(parsed);
}
