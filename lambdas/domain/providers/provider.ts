import type { Money } from '../../kernel/money';
import type { Result } from '../../kernel/result';
import type { EventSubject, SettlementLine } from './event-subject';
import type { OperationOutcome } from './operation-outcome';

/** The providers that the product can talk to. */
export const providerNames = ['sandbox', 'stripe', 'adyen', 'paypal'] as const;

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
  /**
   * What became of an operation. `absent`: the provider never saw it. It never starts anything; where the provider waits for us to
   * complete what its customer has approved, it completes that very operation, under the operation's own key.
   * `unknown` without the capability `lookup`: only a webhook can tell.
   */
  lookup(request: LookupRequest): Promise<OperationOutcome | { readonly status: 'absent' }>;
  /** Shows by a harmless call whether the credentials are accepted. */
  check(): Promise<Result<void, ConnectRefusal>>;
  /**
   * The provider's own name of the account that the credentials open; undefined where they may not see it, or nobody answers. Absent
   * where the provider has no such question, or the credentials name it themselves (`compareAccounts`).
   */
  account?(): Promise<string | undefined>;
  /**
   * Registers our webhook endpoint for all events that we need, or brings the one registered for this URL up to date. Present
   * exactly with the capability `webhook-registration`. `secret` is ours, for providers that take one; the answer holds the one
   * that counts: theirs, where the provider draws it, `undefined` where it tells it only once and has told it before. `endpoint` is
   * the id of what it has on record for this URL, of a provider that tells its secret once and does not say whose account it is.
   */
  registerWebhook?(endpoint: {
    readonly url: string;
    readonly secret: string;
  }): Promise<Result<{ readonly secret: string | undefined; readonly endpoint?: string }, ConnectRefusal>>;
  /** What the provider has on record for our URL. Absent where it has no API for that. */
  inspectWebhook?(url: string): Promise<Result<WebhookRegistration, ConnectRefusal>>;
  /**
   * Our id of the payment that the provider knows by this reference; undefined where it is none of ours. Present where events may
   * be of subject `referred`.
   */
  paymentOf?(reference: string): Promise<Result<string | undefined, ConnectRefusal>>;
  /** Has the provider send a test event to our URL. Absent where it has no API for that; see `WebhookReader.signTest`. */
  requestTestWebhook?(url: string, testId: string): Promise<Result<void, ConnectRefusal>>;
  /** A page of what a payout consists of. Present exactly with the capability `payout-lines`. */
  payoutLines?(request: PayoutRequest): Promise<Result<PayoutPage, PayoutRefusal>>;
}

export type ProviderCapability =
  | 'manual-capture'
  | 'partial-capture'
  | 'several-captures'
  | 'cancel'
  | 'partial-refund'
  | 'several-refunds'
  /** A refund is of one capture, and not of the payment. */
  | 'refund-of-capture'
  /** The customer may be sent to a page of the provider. */
  | 'redirect'
  /** The customer may enter the means of payment on a page of the provider. */
  | 'hosted-page'
  /** It can be asked what became of an operation. */
  | 'lookup'
  | 'webhook-registration'
  | 'payout-lines';

export type ConnectRefusal = 'credentials-refused' | 'provider-unreachable';

/** How the provider has our endpoint on record. */
export interface WebhookRegistration {
  readonly registered: boolean;
  readonly enabled: boolean;
  /** Events that we need and that the endpoint is not subscribed to, in the provider's words. */
  readonly missingEvents: readonly string[];
}

export interface AuthorizeRequest {
  readonly operationId: string;
  readonly paymentId: string;
  readonly amount: Money;
  readonly method: PaymentMethod;
  /** `automatic`: captured in the same breath. */
  readonly capture: 'automatic' | 'manual';
  readonly reference?: string;
  /** Where the provider sends the customer back to. */
  readonly returnUrl?: string;
}

export type PaymentMethod =
  /** The provider's token of a means of payment, and the provider's name of the customer it belongs to. Handed on, never stored. */
  | { readonly type: 'token'; readonly token: string; readonly customer?: string }
  /** The customer chooses on a page of the provider: the answer is `requires_action` with its address. */
  | { readonly type: 'hosted-page' };

/** An operation on an earlier authorization or capture. */
export interface FollowUpRequest {
  readonly operationId: string;
  readonly paymentId: string;
  readonly amount: Money;
  /** The provider's own reference of the payment, from the authorization's outcome. */
  readonly providerReference: string;
  /** The capture that a refund is to come out of. Present for refunds exactly with the capability `refund-of-capture`. */
  readonly captureReference?: string;
  /** Whether a capture is the last one: what is left of the authorization is released. Absent for other operations. */
  readonly final?: boolean;
}

export interface LookupRequest {
  readonly operationId: string;
  readonly kind: 'authorize' | 'capture' | 'cancel' | 'refund';
  readonly paymentId: string;
  readonly amount: Money;
  readonly capture: 'automatic' | 'manual';
  /** ISO 8601, when the intent was journaled: the provider cannot have heard of it before. */
  readonly requestedAt: string;
  /** The provider's reference of this operation, if it told one while the outcome was open. */
  readonly providerReference?: string;
  /** The provider's reference of the payment, for operations that follow an authorization. */
  readonly paymentReference?: string;
}

/**
 * Brings the provider's name of an operation, as somebody copied it from the dashboard, into the form in which answers and events are
 * kept; or says which form is wanted, in words for people.
 */
export type ReadReference = (kind: LookupRequest['kind'], text: string) => Result<string, { readonly wanted: string }>;

export type ReferenceReaders = Readonly<Record<ProviderName, ReadReference>>;

export interface PayoutRequest {
  /** The provider's id of the payout or report. */
  readonly payoutId: string;
  /** From the page before. */
  readonly cursor?: string;
}

export interface PayoutPage {
  readonly lines: readonly PayoutLine[];
  /** At most 200 characters; undefined on the last page. */
  readonly next: string | undefined;
  /** What was paid out, where no webhook tells it: of a settlement report. */
  readonly payout?: { readonly amount: Money; readonly arrivesOn?: string };
  /**
   * What the provider's report is of, the same on every page, where it may be made again under another name: a batch is imported once.
   * At most 40.
   */
  readonly batches?: readonly PayoutBatch[];
}

/** A batch of what a provider settles at once. */
export interface PayoutBatch {
  /** Unique within the connection. */
  readonly id: string;
  /** Digest of all that the report says of the batch. */
  readonly contents: string;
  /** The `payoutId` that the batch has where its report has the provider's usual name. */
  readonly formerPayoutId?: string;
}

/** One line of a payout. Lines about nothing of ours have no payment. */
export interface PayoutLine extends SettlementLine {
  readonly paymentId: string | undefined;
  /** Present where the provider itself books the line on the account; absent where it names a payment, ours or not. */
  readonly account?: AccountLine;
}

/**
 * What a provider books on the account. `fee`: it keeps it, or gives it back. `returned`: the money of a payout that failed, to be paid
 * out with this one. `carried`: what is left for the next batch, or came from the one before, where the provider batches what it settles.
 * `other`: a correction, a reserve, a transfer.
 */
export type AccountLine = 'fee' | 'returned' | 'carried' | 'other';

export type PayoutRefusal = ConnectRefusal | 'payout-unknown' | 'payout-not-ready';

/** Verifies and reads a provider's webhooks. */
export interface WebhookReader {
  readonly provider: ProviderName;
  /**
   * Checks the raw bytes against the current and, during rotation, the previous secret, then splits the delivery into events
   * and normalises each. Parsing begins only after verification. `nowMs` guards the 300 s of tolerance. Of a genuine delivery an
   * event that cannot be read becomes one of subject `unreadable`, and the others are unharmed.
   *
   * `mayFetch` is asked before anything is fetched for the sake of a delivery that nobody has verified yet. Where it says no, only
   * what is at hand is used: a delivery that needs more is `unverifiable`.
   */
  read(
    delivery: RawDelivery,
    secrets: readonly string[],
    nowMs: number,
    mayFetch?: () => boolean,
  ): Promise<Result<readonly NormalisedEvent[], WebhookRefusal>>;
  /** A test event of subject `test`, signed with a secret of ours. Absent where only the provider can sign. */
  signTest?(testId: string, secret: string, now: Date): RawDelivery;
}

export interface RawDelivery {
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

export type WebhookRefusal =
  | 'signature-missing'
  | 'signature-wrong'
  | 'timestamp-outside-tolerance'
  | 'malformed'
  /** What the signature is checked against cannot be had at the moment. The provider is to send it again. */
  | 'verification-unavailable'
  /** It would have to be fetched, and that may not be done for this sender now. The provider sends it again. */
  | 'unverifiable';

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

export {
  disputeStatuses,
  grossInPayout,
  paidOutOf,
  paymentIdOf,
  payoutStatuses,
  settlementKinds,
  type Dispute,
  type DisputeStatus,
  type EventSubject,
  type ExternalOperation,
  type PayoutStatus,
  type SettlementKind,
  type SettlementLine,
} from './event-subject';
export { failureReasons, type FailureReason, type OperationOutcome } from './operation-outcome';
