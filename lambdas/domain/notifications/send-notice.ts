import { fold } from '../../kernel/entity';
import { InvariantViolation } from '../../kernel/invariant';
import type { Journal } from '../../kernel/journal';
import type { Mailer } from '../identity';
import { ownersEntity, ownersStream } from '../identity';
import { tenantEntity, tenantStream } from '../tenants';
import { noticeMail } from './notice-mail';
import type { Addresses, NoticeNotification } from './ports';

export interface SendNoticePorts {
  readonly journal: Pick<Journal, 'read'>;
  readonly addresses: Addresses;
  readonly mailer: Mailer;
}

/** `skipped-nobody`: no one is left who can be told: the account is gone, or has no verified address. */
export type SentNotice = 'sent' | 'skipped-nobody';

/** Tells one person, or every Owner, of one thing. Sending it again is harmless: each mail has a key of its own. */
export async function sendNotice(ports: SendNoticePorts, notification: NoticeNotification): Promise<SentNotice> {
  const { tell, tenant, notice, commitId } = notification;
  const [users, host] = await Promise.all([
    tell === 'owners' ? ownersOf(ports, tenant) : [tell.user],
    tenant === undefined ? undefined : nameOf(ports, tenant),
  ]);
  const mail = noticeMail(notification, host);
  let sent: SentNotice = 'skipped-nobody';
  for (const user of users) {
    const address = await ports.addresses.addressOf(user);
    if (address === undefined) continue;
    // A crash between two of them: the message comes back, and the mail service knows the keys of those that went out.
    await ports.mailer.send({ ...mail, to: address, idempotencyKey: `${commitId}.${notice}.${user}` });
    sent = 'sent';
  }
  return sent;
}

async function ownersOf({ journal }: SendNoticePorts, tenant: string | undefined): Promise<readonly string[]> {
  if (tenant === undefined) throw new InvariantViolation('a notice to Owners names no tenant');
  return fold(ownersEntity, await journal.read(ownersStream(tenant))).state?.users ?? [];
}

async function nameOf({ journal }: SendNoticePorts, tenant: string): Promise<string> {
  const { state } = fold(tenantEntity, await journal.read(tenantStream(tenant)));
  if (state === undefined) throw new InvariantViolation(`no tenant ${tenant}, although a commit in it was announced`);
  return state.name;
}
