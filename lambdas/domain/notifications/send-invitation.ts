import type { Clock } from '../../kernel/clock';
import { fold } from '../../kernel/entity';
import { InvariantViolation } from '../../kernel/invariant';
import type { Journal } from '../../kernel/journal';
import type { KeyedMac, Sealer } from '../../kernel/sealing';
import type { Mailer } from '../identity';
import { contactContext, invitationEntity, invitationStatus, invitationStream, invitationToken } from '../identity';
import { tenantEntity, tenantStream } from '../tenants';
import { invitationMail } from './invitation-mail';
import type { InvitationNotification } from './ports';

export interface SendInvitationPorts {
  readonly journal: Pick<Journal, 'read'>;
  readonly sealer: Pick<Sealer, 'open'>;
  readonly macs: KeyedMac;
  readonly mailer: Mailer;
  readonly clock: Clock;
  /** Where the console is served, without a slash at the end. */
  readonly consoleUrl: string;
}

/** `skipped`: the invitation was accepted, revoked or has expired since, so a mail would only mislead. */
export type SentInvitation = 'sent' | 'skipped-accepted' | 'skipped-revoked' | 'skipped-expired';

/**
 * Mails an invitation. The address is opened and the token made here, in memory, and nowhere stored; the same invitation gives
 * the same mail under the same key, so sending it again is harmless.
 */
export async function sendInvitation(
  ports: SendInvitationPorts,
  notification: InvitationNotification,
): Promise<SentInvitation> {
  const { tenant, invitationId, commitId } = notification;
  const [issued, provisioned] = await Promise.all([
    ports.journal.read(invitationStream(tenant, invitationId)),
    ports.journal.read(tenantStream(tenant)),
  ]);
  const invitation = fold(invitationEntity, issued).state;
  const host = fold(tenantEntity, provisioned).state;
  if (invitation === undefined || host === undefined) {
    throw new InvariantViolation(`no invitation ${invitationId} in ${tenant}, although a commit of it was announced`);
  }
  const status = invitationStatus(invitation, ports.clock.now());
  if (status !== 'pending') return `skipped-${status}`;

  const [address, token] = await Promise.all([
    ports.sealer.open(invitation.contact.sealed, contactContext(tenant, invitationId)),
    invitationToken({ tenant, invitationId, issue: invitation.issue }, ports.macs),
  ]);
  const mail = invitationMail({
    tenantName: host.name,
    role: invitation.role,
    expiresAt: new Date(invitation.expiresAt),
    // In the fragment, so that the token is in no request line, no access log and no Referer.
    link: `${ports.consoleUrl}/invitations/accept#token=${token}`,
  });
  // A crash before the send: the message comes back. After it: it comes back too, and the mail service knows the key.
  await ports.mailer.send({ ...mail, to: address, idempotencyKey: commitId });
  return 'sent';
}
