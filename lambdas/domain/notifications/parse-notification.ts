import * as z from 'zod';

import { idPattern } from '../../kernel/ids';
import { isNoticeName } from './notices';
import type { Notification } from './ports';

const tenant = z.string().regex(idPattern('tenant'));

const caused = { commitId: z.string().min(1).max(64), requestId: z.string().min(1).max(128) };

const subjectId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/);

const notification = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('invitation-issued'),
    tenant,
    invitationId: z.string().regex(idPattern('invitation')),
    ...caused,
  }),
  z.strictObject({
    kind: z.literal('notice'),
    notice: z.string().refine(isNoticeName),
    tell: z.union([z.strictObject({ user: subjectId }), z.literal('owners')]),
    tenant: tenant.exactOptional(),
    about: z.string().max(64).exactOptional(),
    at: z.iso.datetime(),
    ip: z.string().max(64).exactOptional(),
    ...caused,
  }),
]);

/** Reads a message of the queue; throws on anything that the projector did not put there. */
export function parseNotification(body: string): Notification {
  const parsed: unknown = JSON.parse(body);
  return notification.parse(parsed);
}
