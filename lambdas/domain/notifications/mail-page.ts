import type { Mail } from '../identity';

/** What a mail says, paragraph by paragraph. Both forms of it, HTML and plain text, say the same. */
export interface MailText {
  readonly subject: string;
  readonly paragraphs: readonly Paragraph[];
}

export type Paragraph =
  | string
  | { readonly small: string }
  /** A link that the reader is to follow. */
  | { readonly label: string; readonly href: string };

/** Subject, HTML and plain text of a mail. Every text is escaped here, and nowhere else. */
export function mailOf({ subject, paragraphs }: MailText): Pick<Mail, 'subject' | 'html' | 'text'> {
  return {
    subject,
    text: [...paragraphs.map(asText), 'Countinghouse'].join('\n\n') + '\n',
    html: page(subject, paragraphs.map(asHtml)),
  };
}

/** `25 November 2026 at 09:00 UTC`. */
export function inWords(date: Date): string {
  const words = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });
  return `${words.format(date)} UTC`;
}

/** A name on one line, as a subject wants it. */
export function onOneLine(name: string): string {
  return name.replace(/\s+/g, ' ').trim();
}

function asText(paragraph: Paragraph): string {
  if (typeof paragraph === 'string') return paragraph;
  return 'small' in paragraph ? paragraph.small : `${paragraph.label}:\n${paragraph.href}`;
}

function asHtml(paragraph: Paragraph): string {
  if (typeof paragraph === 'string') return `<p>${escapeHtml(paragraph)}</p>`;
  if ('small' in paragraph) return `<p style="color:#555555;font-size:13px">${escapeHtml(paragraph.small)}</p>`;
  const { label, href } = paragraph;
  return (
    `<p style="margin:28px 0"><a href="${escapeHtml(href)}" style="background:#1a1a2e;color:#ffffff;padding:12px 20px;` +
    `border-radius:6px;text-decoration:none;display:inline-block">${escapeHtml(label)}</a></p>` +
    `<p style="color:#555555;font-size:13px">If the button does not work, open this address:<br>` +
    `<span style="word-break:break-all">${escapeHtml(href)}</span></p>`
  );
}

function page(title: string, paragraphs: readonly string[]): string {
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title></head>` +
    '<body style="margin:0;padding:32px;background:#f5f5f7;font-family:system-ui,sans-serif;font-size:15px;' +
    'line-height:1.5;color:#1a1a2e"><div style="max-width:520px;margin:0 auto;padding:32px;background:#ffffff;' +
    `border-radius:8px">${paragraphs.join('')}</div></body></html>`
  );
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
