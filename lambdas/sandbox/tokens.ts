import type { DeclineReason, DisputeStatus } from './books';

/**
 * What a payment token makes the sandbox do. docs/guides/sandbox.md lists them for users of the product; a test keeps the two
 * together.
 */
export interface Behaviour {
  /** What the authorization comes to. */
  readonly authorization: 'approve' | 'decline' | 'ask' | 'ignore';
  readonly declineReason?: DeclineReason;
  /** Holds the answer longer than any client waits. */
  readonly holdsAnswer?: boolean;
  /** Authorizes this much more than was asked. */
  readonly excess?: number;
  readonly webhooks?: 'twice' | 'late' | 'out-of-order';
  /** What happens by itself after the first capture, or after an authorization that is not captured. */
  readonly later?: 'settlement' | 'expiry';
  /** How the customer disputes what was captured, step by step. */
  readonly dispute?: readonly DisputeStatus[];
  /** How a follow-up fares. */
  readonly capture?: 'decline' | 'pending';
  readonly refund?: 'decline' | 'hold-answer' | 'return';
}

export const behaviours: Readonly<Record<string, Behaviour>> = {
  tok_success: { authorization: 'approve' },
  tok_declined: { authorization: 'decline', declineReason: 'declined' },
  tok_insufficient_funds: { authorization: 'decline', declineReason: 'insufficient_funds' },
  tok_expired_card: { authorization: 'decline', declineReason: 'expired_card' },
  tok_requires_action: { authorization: 'ask' },
  tok_timeout_before_effect: { authorization: 'ignore', holdsAnswer: true },
  tok_timeout_after_effect: { authorization: 'approve', holdsAnswer: true },
  tok_duplicate_webhook: { authorization: 'approve', webhooks: 'twice' },
  tok_late_webhook: { authorization: 'approve', webhooks: 'late' },
  tok_out_of_order_webhooks: { authorization: 'approve', webhooks: 'out-of-order' },
  tok_wrong_amount: { authorization: 'approve', excess: 1 },
  tok_disputed: { authorization: 'approve', dispute: ['opened'] },
  tok_dispute_won: { authorization: 'approve', dispute: ['opened', 'won'] },
  tok_dispute_lost: { authorization: 'approve', dispute: ['opened', 'lost'] },
  tok_dispute_reopened: { authorization: 'approve', dispute: ['opened', 'won', 'opened', 'lost'] },
  tok_inquiry: { authorization: 'approve', dispute: ['inquiry'] },
  tok_inquiry_disputed: { authorization: 'approve', dispute: ['inquiry', 'opened'] },
  tok_settled: { authorization: 'approve', later: 'settlement' },
  tok_authorization_expires: { authorization: 'approve', later: 'expiry' },
  tok_capture_declined: { authorization: 'approve', capture: 'decline' },
  tok_capture_pending: { authorization: 'approve', capture: 'pending' },
  tok_refund_declined: { authorization: 'approve', refund: 'decline' },
  tok_refund_timeout: { authorization: 'approve', refund: 'hold-answer' },
  tok_refund_reversed: { authorization: 'approve', refund: 'return' },
};

/** A token that the sandbox never issued is declined like a card number with a typing error. */
export function behaviourOf(token: string): Behaviour {
  return behaviours[token] ?? { authorization: 'decline', declineReason: 'invalid_token' };
}
