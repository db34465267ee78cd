import type { Charge, Dispute, Endpoint, Intent, Payout, Refund, Session, Transaction } from './books';

/** The objects as Stripe writes them: null for what is absent, and ids for what is not expanded. */

export function presentIntent(intent: Intent, expand: readonly string[] = []): object {
  const { id, created, amount, currency, captureMethod, status, metadata, charge, received, lastError, returnUrl } =
    intent;
  const expanded = charge !== undefined && expand.includes('latest_charge');
  return {
    id,
    object: 'payment_intent',
    amount,
    amount_capturable: status === 'requires_capture' ? amount : 0,
    amount_received: received,
    cancellation_reason: intent.cancellationReason ?? null,
    capture_method: captureMethod,
    created,
    currency,
    customer: null,
    description: null,
    last_payment_error: lastError === undefined ? null : { type: 'card_error', ...lastError },
    latest_charge: expanded ? presentCharge(charge) : (charge?.id ?? null),
    livemode: false,
    metadata,
    next_action:
      status === 'requires_action'
        ? {
            type: 'redirect_to_url',
            redirect_to_url: { url: `https://hooks.stripe.com/3d_secure_2/${id}`, return_url: returnUrl ?? null },
          }
        : null,
    payment_method: intent.method,
    payment_method_types: ['card'],
    status,
  };
}

export function presentCharge(charge: Charge): object {
  return {
    id: charge.id,
    object: 'charge',
    amount: charge.amount,
    amount_captured: charge.captured,
    amount_refunded: charge.refunded,
    captured: charge.captured > 0,
    created: charge.created,
    currency: charge.intent.currency,
    disputed: charge.disputed,
    livemode: false,
    metadata: charge.metadata,
    paid: charge.status === 'succeeded',
    payment_intent: charge.intent.id,
    refunded: charge.captured > 0 && charge.refunded === charge.captured,
    status: charge.status,
  };
}

export function presentRefund(refund: Refund): object {
  return {
    id: refund.id,
    object: 'refund',
    amount: refund.amount,
    charge: refund.charge.id,
    created: refund.created,
    currency: refund.charge.intent.currency,
    metadata: refund.metadata,
    payment_intent: refund.charge.intent.id,
    reason: null,
    status: refund.status,
    ...(refund.cameBack === undefined
      ? {}
      : { failure_balance_transaction: refund.cameBack, failure_reason: 'expired_or_canceled_card' }),
  };
}

export function presentDispute(dispute: Dispute): object {
  return {
    id: dispute.id,
    object: 'dispute',
    amount: dispute.amount,
    balance_transactions: [],
    charge: dispute.charge.id,
    created: dispute.created,
    currency: dispute.charge.intent.currency,
    evidence: {},
    evidence_details: { due_by: dispute.dueBy, has_evidence: false, past_due: false, submission_count: 0 },
    is_charge_refundable: false,
    livemode: false,
    // A dispute has metadata of its own, and nothing of the payment's.
    metadata: {},
    payment_intent: dispute.charge.intent.id,
    reason: 'general',
    status: dispute.status,
  };
}

export function presentSession(session: Session): object {
  return {
    id: session.id,
    object: 'checkout.session',
    amount_total: session.amount,
    created: session.created,
    currency: session.currency,
    livemode: false,
    metadata: session.metadata,
    mode: 'payment',
    payment_intent: session.intent?.id ?? null,
    payment_status: session.intent?.status === 'succeeded' ? 'paid' : 'unpaid',
    status: session.status,
    success_url: session.returnUrl,
    url: session.status === 'open' ? `https://checkout.stripe.com/c/pay/${session.id}` : null,
  };
}

/** The secret is told at creation only. */
export function presentEndpoint(endpoint: Endpoint, secret?: string): object {
  return {
    id: endpoint.id,
    object: 'webhook_endpoint',
    api_version: endpoint.apiVersion,
    created: endpoint.created,
    enabled_events: endpoint.events,
    livemode: false,
    metadata: {},
    status: endpoint.disabled ? 'disabled' : 'enabled',
    url: endpoint.url,
    ...(secret === undefined ? {} : { secret }),
  };
}

export function presentTransaction(transaction: Transaction, expand: readonly string[]): object {
  const { id, created, currency, amount, fee, type, category, exchangeRate, source } = transaction;
  return {
    id,
    object: 'balance_transaction',
    amount,
    created,
    currency,
    exchange_rate: exchangeRate,
    fee,
    net: amount - fee,
    reporting_category: category,
    source: source === undefined ? null : expand.includes('data.source') ? presentSource(source) : source.id,
    status: 'available',
    type,
  };
}

function presentSource(source: Charge | Refund | Dispute): object {
  if ('dueBy' in source) return presentDispute(source);
  return 'cameBack' in source ? presentRefund(source) : presentCharge(source);
}

export function presentPayout(payout: Payout): object {
  return {
    id: payout.id,
    object: 'payout',
    amount: payout.amount,
    arrival_date: payout.created - (payout.created % 86_400) + 2 * 86_400,
    automatic: payout.reconciliation !== 'not_applicable',
    created: payout.created,
    currency: payout.currency,
    livemode: false,
    metadata: {},
    reconciliation_status: payout.reconciliation,
    status: payout.status,
    type: 'bank_account',
  };
}
