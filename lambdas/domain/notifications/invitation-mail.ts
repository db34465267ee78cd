import type { Mail, Role } from '../identity';
import { inWords, mailOf, onOneLine } from './mail-page';

/** The words of an invitation, as HTML and as plain text. */
export function invitationMail(invitation: {
  readonly tenantName: string;
  readonly role: Role;
  readonly expiresAt: Date;
  readonly link: string;
}): Pick<Mail, 'subject' | 'html' | 'text'> {
  const { role, link } = invitation;
  const tenantName = onOneLine(invitation.tenantName);
  return mailOf({
    subject: `Join ${tenantName} on Countinghouse`,
    paragraphs: [
      `You are invited to join ${tenantName} on Countinghouse as an ${role}.`,
      { label: 'Accept the invitation', href: link },
      `The invitation is for this e-mail address only, works once and ends on ${inWords(invitation.expiresAt)}. ` +
        'Sign in or sign up with this address to accept it.',
      {
        small:
          'If you did not expect this message, ignore it: nothing happens without you. Do not forward it; the link is yours alone.',
      },
    ],
  });
}
