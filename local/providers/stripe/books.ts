import { createHash } from 'node:crypto';

/** What the fake keeps: objects in Stripe's own units and currencies in lower case. Times are seconds since 1970. */

export type Metadata = Readonly<Record<string, string>>;

export interface Intent {
  readonly id: string;
  readonly created: number;
  amount: number;
  readonly currency: string;
  readonly captureMethod: 'automatic' | 'manual';
  status: 'requires_payment_method' | 'requires_action' | 'processing' | 'requires_capture' | 'canceled' | 'succeeded';
  metadata: Metadata;
  readonly method: string;
  readonly returnUrl: string | undefined;
  charge: Charge | undefined;
  received: number;
  lastError: { readonly code: string; readonly decline_code?: string } | undefined;
  cancellationReason: string | undefined;
}

export interface Charge {
  readonly id: string;
  readonly created: number;
  readonly intent: Intent;
  readonly amount: number;
  status: 'succeeded' | 'failed';
  captured: number;
  refunded: number;
  disputed: boolean;
  /** Copied from the PaymentIntent when the charge is made. */
  readonly metadata: Metadata;
}

export interface Refund {
  readonly id: string;
  readonly created: number;
  readonly charge: Charge;
  readonly amount: number;
  status: 'pending' | 'succeeded' | 'failed' | 'canceled';
  readonly metadata: Metadata;
  cameBack: string | undefined;
}

export interface Dispute {
  readonly id: string;
  readonly created: number;
  readonly charge: Charge;
  readonly amount: number;
  status: string;
  readonly dueBy: number;
}

export interface Session {
  readonly id: string;
  readonly created: number;
  readonly amount: number;
  readonly currency: string;
  readonly captureMethod: 'automatic' | 'manual';
  readonly metadata: Metadata;
  readonly intentMetadata: Metadata;
  readonly returnUrl: string;
  status: 'open' | 'complete' | 'expired';
  intent: Intent | undefined;
}

export interface Endpoint {
  readonly id: string;
  readonly created: number;
  readonly url: string;
  readonly secret: string;
  readonly apiVersion: string | null;
  events: readonly string[];
  disabled: boolean;
}

export interface Transaction {
  readonly id: string;
  readonly created: number;
  readonly currency: string;
  /** Signed; `amount` less `fee` is the net. */
  readonly amount: number;
  readonly fee: number;
  readonly type: string;
  readonly category: string;
  readonly exchangeRate: number | null;
  readonly source: Charge | Refund | Dispute | undefined;
  payout: string | undefined;
}

export interface Payout {
  readonly id: string;
  readonly created: number;
  readonly amount: number;
  readonly currency: string;
  status: 'pending' | 'in_transit' | 'paid' | 'failed' | 'canceled';
  reconciliation: 'in_progress' | 'completed' | 'not_applicable';
}

export interface StripeEvent {
  readonly url: string;
  readonly secret: string;
  readonly body: string;
}

export interface Books {
  readonly intents: Intent[];
  readonly charges: Charge[];
  readonly refunds: Refund[];
  readonly disputes: Dispute[];
  readonly sessions: Session[];
  readonly endpoints: Endpoint[];
  readonly transactions: Transaction[];
  readonly payouts: Payout[];
  /** Signed when they are taken. */
  readonly due: StripeEvent[];
  readonly effects: Map<string, number>;
  nextId(prefix: string): string;
  seconds(): number;
}

export function newBooks(now: () => Date): Books {
  let count = 0;
  return {
    intents: [],
    charges: [],
    refunds: [],
    disputes: [],
    sessions: [],
    endpoints: [],
    transactions: [],
    payouts: [],
    due: [],
    effects: new Map(),
    nextId: (prefix) => {
      count += 1;
      return `${prefix}_${createHash('sha256')
        .update(`${prefix} ${String(count)}`)
        .digest('hex')
        .slice(0, 24)}`;
    },
    seconds: () => Math.floor(now().getTime() / 1000),
  };
}

/** Counts a time that money was moved or held, by our id in the metadata of the payment. */
export function countEffect({ effects }: Books, intent: Intent): void {
  const paymentId = intent.metadata.countinghouse_payment;
  if (paymentId !== undefined) effects.set(paymentId, (effects.get(paymentId) ?? 0) + 1);
}

/** What the request that changes something was sent under; undefined for a change in the dashboard or by Stripe itself. */
export interface Cause {
  readonly idempotencyKey: string | undefined;
}

/** Tells all endpoints that are subscribed. The object is taken as it is at this moment. */
export function emit(books: Books, type: string, object: object, cause?: Cause, previous?: object): void {
  const event = {
    id: books.nextId('evt'),
    object: 'event',
    api_version: '2026-10-28.endive',
    created: books.seconds(),
    data: { object, ...(previous === undefined ? {} : { previous_attributes: previous }) },
    livemode: false,
    pending_webhooks: 1,
    request:
      cause === undefined
        ? { id: null, idempotency_key: null }
        : { id: books.nextId('req'), idempotency_key: cause.idempotencyKey ?? null },
    type,
  };
  for (const { url, secret, events, disabled } of books.endpoints) {
    if (disabled || !(events.includes('*') || events.includes(type))) continue;
    books.due.push({ url, secret, body: JSON.stringify(event) });
  }
}
