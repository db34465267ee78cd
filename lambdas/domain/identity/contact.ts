import { maskEmail } from '../../kernel/redaction';
import type { KeyedMac, Sealer, SealingContext } from '../../kernel/sealing';

/** An e-mail address as the journal may hold it: sealed for sending, masked for people, hashed under a key for comparing. */
export interface Contact {
  /** Opens with `contactContext` of the same invitation only. */
  readonly sealed: string;
  readonly masked: string;
  readonly hash: string;
}

/**
 * One text for one mailbox, as far as that can be told without asking its server: ASCII letters in lower case, and nothing else.
 * Unicode's own rules would make another mailbox the same: the Kelvin sign becomes a `k` by NFC as well as in lower case.
 */
export function normaliseEmail(email: string): string {
  return email.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Hides the address of an invitation. The two calls of the key service go out together. */
export async function hideContact(
  email: string,
  invitation: { readonly tenant: string; readonly id: string },
  { sealer, macs }: { readonly sealer: Sealer; readonly macs: KeyedMac },
): Promise<Contact> {
  const address = normaliseEmail(email);
  const [sealed, hash] = await Promise.all([
    sealer.seal(address, contactContext(invitation.tenant, invitation.id)),
    macs.mac(emailMacText(invitation.tenant, address)),
  ]);
  return { sealed, masked: maskEmail(address), hash };
}

/** Whether the contact is this address, without opening it. */
export function isContact(
  contact: Contact,
  email: string,
  tenant: string,
  macs: Pick<KeyedMac, 'verify'>,
): Promise<boolean> {
  return macs.verify(emailMacText(tenant, normaliseEmail(email)), contact.hash);
}

/** What the sealed address of an invitation is bound to. */
export function contactContext(tenant: string, invitationId: string): SealingContext {
  return { tenant, purpose: 'invitation-email', id: invitationId };
}

/** The hash is of one tenant: equal addresses in two tenants cannot be told to be equal. */
function emailMacText(tenant: string, address: string): string {
  return `invitation-email\n${tenant}\n${address}`;
}
