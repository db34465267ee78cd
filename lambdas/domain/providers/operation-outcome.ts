import type { Money } from '../../kernel/money';

/** What an operation came to. */
export type OperationOutcome =
  | { readonly status: 'succeeded'; readonly providerReference: string; readonly amount: Money }
  | { readonly status: 'failed'; readonly reason: FailureReason; readonly providerReference?: string }
  /** It had succeeded, and was undone later: a refund that the bank sent back, a capture that failed in clearing. Final. */
  | { readonly status: 'reversed'; readonly reason: FailureReason; readonly providerReference?: string }
  | { readonly status: 'requires_action'; readonly providerReference: string; readonly redirectUrl: string }
  /** The provider has accepted it and tells the result later. */
  | { readonly status: 'pending'; readonly providerReference: string }
  /** A timeout, reset or 5xx after the request left: it may or may not have acted. Never resubmitted under another id. */
  | { readonly status: 'unknown'; readonly detail: string };

/** Why a provider refused, normalised. */
export const failureReasons = [
  'declined',
  'insufficient_funds',
  'expired_card',
  'authentication_failed',
  'invalid_payment_method',
  'not_allowed',
  'provider_refused',
  /** The request never left: nothing happened at the provider. */
  'provider_unreachable',
  /** It left, and the provider, asked again and again, has never seen it. */
  'not_received',
  /** The provider turned the request away for now: nothing happened, and a new one may be tried. */
  'provider_busy',
] as const;

export type FailureReason = (typeof failureReasons)[number];
