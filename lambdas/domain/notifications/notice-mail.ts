import type { Mail } from '../identity';
import { inWords, mailOf, onOneLine } from './mail-page';
import { advice, notices } from './notices';
import type { Notice } from './notices';
import type { NoticeNotification } from './ports';

/** The words of a notice: what, when, from where, and what to do if it should not be. */
export function noticeMail(
  { notice, about, at, ip, requestId }: NoticeNotification,
  hostName: string | undefined,
): Pick<Mail, 'subject' | 'html' | 'text'> {
  const { cause, subject, what }: Notice = notices[notice];
  const host = onOneLine(hostName ?? 'Countinghouse');
  const from = ip === undefined ? '' : `, from the address ${ip}`;
  return mailOf({
    subject: subject(host),
    paragraphs: [
      what(host, about ?? ''),
      `This happened on ${inWords(new Date(at))}${from}.`,
      advice[cause],
      {
        small: `We never ask for a password, a code or a key by mail. If you write to us, name the reference ${requestId}.`,
      },
    ],
  });
}
