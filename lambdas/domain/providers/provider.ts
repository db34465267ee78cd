import type { Money } from '../../kernel/money';
import type { Result } from '../../kernel/result';

/** The providers that the product can talk to. */
export const providerNames = ['sandbox'] as const;

export type ProviderName = (typeof providerNames)[number];

/**
 * One payment provider, the same for all. Amounts are ISO 4217 minor units; a provider's own exponent is converted inside its
 * adapter. Every call carries our operation id as the provider's idempotency key, so a retry cannot act twice.
 *
 * No method throws for what a provider may answer; a thrown error is a bug.
 */
export interface Provider {
  readonly name: ProviderName;
  readonly capabilities: readonly ProviderCapability[];
  authorize(request: AuthorizeRequest): Promise<OperationOutcome>;
  capture(request: FollowUpRequest): Promise<OperationOutcome>;
  cancel(request: FollowUpRequest): Promise<OperationOutcome>;
  refund(request: FollowUpRequest): Promise<OperationOutcome>;
  /** What became of an operation, by our operation id. `absent`: the provider never saw it. */
  lookup(operationId: string): Promise<OperationOutcome | { readonly status: 'absent' }>;
  /** Checks credentials with a harmless call and registers our webhook endpoint. */
  connect(endpoint: { readonly url: string; readonly secret: string }): Promise<Result<void, ConnectRefusal>>;
}

export type ProviderCapability =
  | 'manual-capture'
  | 'partial-capture'
  | 'several-captures'
  | 'cancel'
  | 'partial-refund'
  | 'several-refunds'
  | 'redirect'
  | 'webhook-registration';

export type ConnectRefusal = 'credentials-refused' | 'provider-unreachable';

export interface AuthorizeRequest {
  readonly operationId: string;
  readonly paymentId: string;
  readonly amount: Money;
  readonly token: string;
  /** `automatic`: captured in the same breath. */
  readonly capture: 'automatic' | 'manual';
  readonly reference?: string;
}

/** An operation on an earlier authorization or capture. */
export interface FollowUpRequest {
  readonly operationId: string;
  readonly paymentId: string;
  readonly amount: Money;
  /** The provider's own reference of the payment, from the authorization's outcome. */
  readonly providerReference: string;
}

/** What an operation came to. */
export type OperationOutcome =
  | { readonly status: 'succeeded'; readonly providerReference: string; readonly amount: Money }
  | { readonly status: 'failed'; readonly reason: FailureReason; readonly providerReference?: string }
  | { readonly status: 'requires_action'; readonly providerReference: string; readonly redirectUrl: string }
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
] as const;

export type FailureReason = (typeof failureReasons)[number];

/** Verifies and reads a provider's webhooks. It needs no network. */
export interface WebhookReader {
  readonly provider: ProviderName;
  /**
   * Checks the raw bytes against the current and, during rotation, the previous secret, then splits the delivery into events
   * and normalises each. Parsing begins only after verification. `nowMs` guards the 300 s of tolerance.
   */
  read(
    delivery: RawDelivery,
    secrets: readonly string[],
    nowMs: number,
  ): Result<readonly NormalisedEvent[], WebhookRefusal>;
}

export interface RawDelivery {
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

export type WebhookRefusal = 'signature-missing' | 'signature-wrong' | 'timestamp-outside-tolerance' | 'malformed';

/**
 * A provider's event in our words: small, redacted, free of personal data. This, and never the raw body, goes into queues and
 * the journal.
 */
export interface NormalisedEvent {
  /** The provider's own id of the event: a second delivery of it is a duplicate. At most 128 characters. */
  readonly eventKey: string;
  /** When it happened at the provider, ISO 8601. */
  readonly occurredAt: string;
  /** The provider's name of the event, for people. */
  readonly eventType: string;
  readonly subject: EventSubject;
}

export type EventSubject =
  /** An operation's outcome. Our ids travel in the provider's metadata. */
  | {
      readonly type: 'operation';
      readonly paymentId: string;
      readonly operationId: string;
      readonly kind: 'authorize' | 'capture' | 'cancel' | 'refund';
      readonly outcome: OperationOutcome;
    }
  | {
      readonly type: 'dispute';
      readonly paymentId: string;
      readonly disputeId: string;
      readonly status: 'opened' | 'won' | 'lost';
      readonly amount: Money;
    }
  /** The provider paid out (part of) a captured payment. */
  | { readonly type: 'settlement'; readonly paymentId: string; readonly settlementId: string; readonly amount: Money }
  /** What was authorized and not captured can no longer be. */
  | { readonly type: 'expiry'; readonly paymentId: string }
  /** Genuine, but nothing that we act on. */
  | { readonly type: 'other' };
