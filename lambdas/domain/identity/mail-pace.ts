import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';

/** Mails that somebody makes us send to one recipient: a second one at once, where the first did not come, and five a day. */
const paces = [
  { most: 2, withinMs: 60_000 },
  { most: 5, withinMs: 24 * 60 * 60 * 1000 },
] as const;

export const rememberedMs = Math.max(...paces.map(({ withinMs }) => withinMs));

export type TooManyMails = {
  readonly reason: 'too-many-mails';
  /** When the next one may be sent. */
  readonly notBefore: string;
};

/** Whether another mail may be sent now to whom these were sent, oldest first. */
export function decidePace(sentAt: readonly string[], now: Date): Result<void, TooManyMails> {
  const ends = paces.flatMap(({ most, withinMs }) => {
    const first = sentAt.at(-most);
    return first === undefined ? [] : [Date.parse(first) + withinMs];
  });
  const notBeforeMs = Math.max(0, ...ends);
  if (now.getTime() >= notBeforeMs) return ok(undefined);
  return err({ reason: 'too-many-mails', notBefore: new Date(notBeforeMs).toISOString() });
}

/** What of the past still counts at a moment. */
export function lately<T extends { readonly at: string }>(mails: readonly T[], at: string): readonly T[] {
  return mails.filter((mail) => Date.parse(at) - Date.parse(mail.at) < rememberedMs);
}
