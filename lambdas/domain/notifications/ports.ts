/**
 * Something that a person must be told, as it travels through the queue: ids only. Whom to tell and what to say is read from
 * the journal when it is sent, so no personal data lies in a queue, a dead letter or a log.
 */
export interface Notification {
  readonly kind: 'invitation-issued';
  readonly tenant: string;
  readonly invitationId: string;
  /** The commit that gave rise to it. It names the e-mail, so that the same notification sent twice arrives once. */
  readonly commitId: string;
}

export interface NotificationQueue {
  /** Durable when it returns; at least once. All must succeed. */
  enqueue(notifications: readonly Notification[]): Promise<void>;
}
