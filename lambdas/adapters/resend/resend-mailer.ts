import { Resend } from 'resend';

import type { Mailer } from '../../domain/identity/ports';

export interface ResendMailerDependencies {
  /** The service's key, asked for at each mail: a replaced key is used without a restart. */
  readonly apiKey: () => Promise<string>;
  /** `Name <address>` of a domain that is verified with the service. */
  readonly from: string;
}

/** The mail service refused or could not be reached. Its words may hold the address, so only its code is kept. */
export class MailNotSent extends Error {
  override readonly name = 'MailNotSent';
}

/**
 * E-mail by Resend, which sends one mail for one idempotency key within 24 hours. The address of the service is the SDK's own
 * affair (RESEND_BASE_URL).
 */
export function newResendMailer({ apiKey, from }: ResendMailerDependencies): Mailer {
  let current: { readonly key: string; readonly resend: Resend } | undefined;
  const client = async (): Promise<Resend> => {
    const key = await apiKey();
    if (current?.key !== key) current = { key, resend: new Resend(key) };
    return current.resend;
  };
  return {
    send: async ({ to, subject, html, text, idempotencyKey }) => {
      const resend = await client();
      const { error } = await resend.emails.send({ from, to, subject, html, text }, { idempotencyKey });
      if (error !== null) throw new MailNotSent(error.name);
    },
  };
}
