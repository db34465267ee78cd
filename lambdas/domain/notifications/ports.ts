import type { NoticeName } from './notices';

/**
 * Something that a person must be told, as it travels through the queue: ids, times and addresses of the network only. Whom to
 * write to, by what name and what is secret in a mail is looked up when it is sent, so that no name, e-mail address or token lies
 * in a queue, a dead letter or a log.
 */
export type Notification = InvitationNotification | NoticeNotification;

interface Caused {
  /** The commit that gave rise to it. It names the e-mail, so that the same notification sent twice arrives once. */
  readonly commitId: string;
  /** Id of the request behind that commit: the thread from the client through the queue to the log of the mail. */
  readonly requestId: string;
}

/** An invitation is to be mailed: when it is issued and when it is sent again. */
export interface InvitationNotification extends Caused {
  readonly kind: 'invitation-issued';
  readonly tenant: string;
  readonly invitationId: string;
}

/** Somebody's access, or a way to prove who they are, has changed. */
export interface NoticeNotification extends Caused {
  readonly kind: 'notice';
  readonly notice: NoticeName;
  /** One person, by subject id, or whoever are the Owners of the tenant when it is sent. */
  readonly tell: { readonly user: string } | 'owners';
  /** Where it happened; absent when it is of the person alone, in whatever tenants they are. */
  readonly tenant?: string;
  /** The id of what it is about, if a person can make use of it: an API key. */
  readonly about?: string;
  /** When it happened, ISO 8601. */
  readonly at: string;
  /** From where; absent when it is nobody's business (decision 0058) or not known. */
  readonly ip?: string;
}

export interface NotificationQueue {
  /** Durable when it returns; at least once. All must succeed. */
  enqueue(notifications: readonly Notification[]): Promise<void>;
}

/** Where people can be reached. */
export interface Addresses {
  /** The verified e-mail address of a user by subject id; undefined if there is no such user or no such address. */
  addressOf(userId: string): Promise<string | undefined>;
}
