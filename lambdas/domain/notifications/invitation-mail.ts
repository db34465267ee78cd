import type { Mail, Role } from '../identity';

/** The words of an invitation, as HTML and as plain text. Both say the same. */
export function invitationMail(invitation: {
  readonly tenantName: string;
  readonly role: Role;
  readonly expiresAt: Date;
  readonly link: string;
}): Pick<Mail, 'subject' | 'html' | 'text'> {
  const { role, link } = invitation;
  const tenantName = invitation.tenantName.replace(/\s+/g, ' ').trim();
  const offer = `You are invited to join ${tenantName} on Countinghouse as an ${role}.`;
  const terms =
    `The invitation is for this e-mail address only, works once and ends on ${inWords(invitation.expiresAt)}. ` +
    'Sign in or sign up with this address to accept it.';
  const caution =
    'If you did not expect this message, ignore it: nothing happens without you. Do not forward it; the link is yours alone.';
  return {
    subject: `Join ${tenantName} on Countinghouse`,
    text: [offer, `Accept the invitation:\n${link}`, terms, caution, 'Countinghouse'].join('\n\n') + '\n',
    html: page(
      `<p>${escapeHtml(offer)}</p>`,
      `<p style="margin:28px 0"><a href="${escapeHtml(link)}" style="background:#1a1a2e;color:#ffffff;padding:12px 20px;` +
        `border-radius:6px;text-decoration:none;display:inline-block">Accept the invitation</a></p>`,
      `<p>${escapeHtml(terms)}</p>`,
      `<p style="color:#555555;font-size:13px">If the button does not work, open this address:<br>` +
        `<span style="word-break:break-all">${escapeHtml(link)}</span></p>`,
      `<p style="color:#555555;font-size:13px">${escapeHtml(caution)}</p>`,
    ),
  };
}

function page(...paragraphs: readonly string[]): string {
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Invitation</title></head>' +
    '<body style="margin:0;padding:32px;background:#f5f5f7;font-family:system-ui,sans-serif;font-size:15px;' +
    'line-height:1.5;color:#1a1a2e"><div style="max-width:520px;margin:0 auto;padding:32px;background:#ffffff;' +
    `border-radius:8px">${paragraphs.join('')}</div></body></html>`
  );
}

/** `25 November 2026 at 09:00 UTC`. */
function inWords(date: Date): string {
  const words = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });
  return `${words.format(date)} UTC`;
}

/** Text inside an element or a quoted attribute [HTML: escaping a string]. */
function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
