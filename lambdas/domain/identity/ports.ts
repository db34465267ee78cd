/** Sends e-mails. `idempotencyKey` makes a repeated delivery of the same notification harmless. */
export interface Mailer {
  send(mail: Mail): Promise<void>;
}

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  readonly idempotencyKey: string;
}

/** The user directory (Cognito). */
export interface Directory {
  /** Subject id of the confirmed user with this verified e-mail address; undefined if there is none. */
  findUserByEmail(email: string): Promise<string | undefined>;
}
