import * as z from 'zod';

import type { DomainEvent } from '../../kernel/journal';
import { shownEvidence } from '../evidence';
import { disputeStatuses, settlementKinds } from '../providers/provider';
import { failureReasons, providerNames } from '../providers/provider';

import { lookupFindings } from './lookups';

/**
 * What can happen to a payment. Amounts are minor units of the payment's one currency; a report in another currency keeps
 * its own. Data is lean on purpose: with its audit facts an intent fits one write unit (1 KB).
 */

export const operationKinds = ['authorize', 'capture', 'cancel', 'refund'] as const;

export type OperationKind = (typeof operationKinds)[number];

const amountMinor = z.int().min(0);

/** The intent to authorize, and the payment's birth. Journaled before the provider is called. */
const created = z.object({
  type: z.literal('PaymentCreated'),
  data: z.object({
    operationId: z.string(),
    connectionId: z.string(),
    provider: z.enum(providerNames),
    amount: amountMinor,
    currency: z.string(),
    capture: z.enum(['automatic', 'manual']),
    reference: z.string().optional(),
  }),
});

/** The intent of a further operation. Journaled before the provider is called. */
const requested = z.object({
  type: z.literal('OperationRequested'),
  data: z.object({
    operationId: z.string(),
    kind: z.enum(['capture', 'cancel', 'refund']),
    amount: amountMinor,
    reason: z.string().optional(),
    /** The capture that a refund is to come out of, where the provider refunds captures and not payments. */
    captureReference: z.string().exactOptional(),
  }),
});

const success = z.object({
  status: z.literal('succeeded'),
  reference: z.string(),
  amount: amountMinor,
  currency: z.string(),
});

/** What the provider said of an operation, in its answer or in a webhook. */
const recorded = z.object({
  type: z.literal('OutcomeRecorded'),
  data: z.object({
    operationId: z.string(),
    outcome: z.discriminatedUnion('status', [
      success,
      z.object({ status: z.literal('failed'), reason: z.enum(failureReasons), reference: z.string().optional() }),
      z.object({ status: z.literal('reversed'), reason: z.enum(failureReasons), reference: z.string().optional() }),
      z.object({ status: z.literal('pending'), reference: z.string() }),
      z.object({ status: z.literal('requires_action'), reference: z.string(), redirectUrl: z.string() }),
      z.object({ status: z.literal('unknown'), detail: z.string() }),
    ]),
  }),
});

/** Where a person can have seen what became of an operation. */
export const attestationKinds = [
  'provider-dashboard',
  'provider-statement',
  'provider-support',
  'bank-statement',
] as const;

/** A person says, with evidence, what became of an operation that the provider never told of. */
const attested = z.object({
  type: z.literal('OutcomeAttested'),
  data: z.object({
    operationId: z.string(),
    outcome: z.discriminatedUnion('status', [
      success,
      z.object({ status: z.literal('failed'), reason: z.enum(failureReasons) }),
    ]),
    evidence: shownEvidence(attestationKinds),
    /** The approval of the customer that was known then, by the provider's clock: the word takes account of it. */
    approvedAt: z.string().exactOptional(),
  }),
});

/** The provider was asked what became of an operation, and told no result. A result is an outcome. */
const lookedUp = z.object({
  type: z.literal('OperationLookedUp'),
  data: z.object({ operationId: z.string(), found: z.enum(lookupFindings) }),
});

/** The provider waits for us to complete what its customer has approved. */
const approved = z.object({
  type: z.literal('ApprovalReported'),
  data: z.object({ operationId: z.string(), reference: z.string(), occurredAt: z.string() }),
});

/** An operation that was made without us, in the provider's dashboard say, and what the provider reports of it. */
const externalReported = z.object({
  type: z.literal('ExternalOperationReported'),
  data: z.object({
    operationId: z.string(),
    kind: z.enum(['capture', 'cancel', 'refund']),
    reference: z.string(),
    status: z.enum(['pending', 'succeeded', 'failed', 'reversed']),
    amount: amountMinor,
    currency: z.string(),
    occurredAt: z.string(),
    /** The capture that a refund came out of, where the provider tells it. */
    captureReference: z.string().exactOptional(),
  }),
});

const disputeReported = z.object({
  type: z.literal('DisputeReported'),
  data: z.object({
    disputeId: z.string(),
    status: z.enum(disputeStatuses),
    stage: z.int().min(0).exactOptional(),
    amount: amountMinor,
    currency: z.string(),
    occurredAt: z.string(),
    respondBy: z.string().exactOptional(),
    /** The capture that is disputed, where the provider tells it. */
    captureReference: z.string().exactOptional(),
  }),
});

/** A line of a payout, or of a manual settlement, that is about this payment. See `SettlementLine`. */
const settlementReported = z.object({
  type: z.literal('SettlementReported'),
  data: z.object({
    settlementId: z.string(),
    kind: z.enum(settlementKinds).default('capture'),
    amount: z.int(),
    currency: z.string(),
    paidOut: z.object({ net: z.int(), fee: z.int(), currency: z.string() }).exactOptional(),
    payoutId: z.string().exactOptional(),
    /** The settlement that a person made, with its evidence; absent where the provider reported it. */
    manual: z.string().exactOptional(),
  }),
});

const authorizationExpired = z.object({ type: z.literal('AuthorizationExpired'), data: z.object({}) });

/** The provider has told too much of the payment, and no more of it is taken. */
const reportsLeftOut = z.object({ type: z.literal('ReportsLeftOut'), data: z.object({}) });

const paymentEvent = z.discriminatedUnion('type', [
  created,
  requested,
  recorded,
  attested,
  lookedUp,
  approved,
  externalReported,
  disputeReported,
  settlementReported,
  authorizationExpired,
  reportsLeftOut,
]);

export type PaymentEvent = z.infer<typeof paymentEvent>;

export type RecordedOutcome = z.infer<typeof recorded>['data']['outcome'];

export type OutcomeAttested = z.infer<typeof attested>['data'];

export type DisputeReport = z.infer<typeof disputeReported>['data'];

export type ExternalReport = z.infer<typeof externalReported>['data'];

export type SettlementReport = z.infer<typeof settlementReported>['data'];

/** Throws when the event is none of a payment's. */
export function parsePaymentEvent(event: DomainEvent): PaymentEvent {
  return paymentEvent.parse(event);
}
