import * as z from 'zod';

import type { BalanceEntry, OperationRecord, PaymentRecord, PayoutRecord, SandboxEvent } from './books';
import type { Endpoint, WebhookOnItsWay } from './store';

/** Reads what the sandbox has written down itself: table records and queue messages. Each throws on anything else. */

const kind = z.enum(['authorization', 'capture', 'cancellation', 'refund']);

const amount = { amount: z.int(), currency: z.string() };

const reason = z.enum([
  'declined',
  'insufficient_funds',
  'expired_card',
  'authentication_failed',
  'invalid_token',
  'not_allowed',
]);

const answer = z.discriminatedUnion('status', [
  z.object({ status: z.literal('succeeded'), reference: z.string(), ...amount }),
  z.object({ status: z.literal('declined'), reason, reference: z.string() }),
  z.object({ status: z.literal('requires_action'), reference: z.string(), redirectUrl: z.string() }),
  z.object({ status: z.literal('pending'), reference: z.string() }),
  z.object({ status: z.literal('reversed'), reason, reference: z.string() }),
]);

const operationRecord = z.object({
  operationId: z.string(),
  paymentId: z.string(),
  kind,
  asked: z.object(amount),
  answer,
  later: z.object({ at: z.string(), answer }).exactOptional(),
  version: z.int(),
});

const paymentRecord = z.object({
  paymentId: z.string(),
  token: z.string(),
  currency: z.string(),
  capture: z.enum(['automatic', 'manual']),
  reference: z.string(),
  authorizationId: z.string(),
  authorized: z.int(),
  captured: z.int(),
  canceled: z.int(),
  refunded: z.int(),
  returned: z.array(z.object({ at: z.string(), amount: z.int() })).default([]),
  effects: z.array(z.object({ operationId: z.string(), kind, amount: z.int(), at: z.string() })),
  version: z.int(),
});

const balanceEntry = z.object({
  id: z.string(),
  kind: z.enum(['capture', 'refund', 'dispute', 'dispute_reversal', 'adjustment']),
  payment: z.string(),
  currency: z.string(),
  gross: z.int(),
  fee: z.int(),
  net: z.int(),
  at: z.string(),
});

const payoutRecord = z.object({
  id: z.string(),
  ...amount,
  arrivesOn: z.string(),
  lines: z.array(balanceEntry),
});

const endpoint = z.object({ id: z.string(), url: z.string(), secret: z.string() });

const webhookOnItsWay = z.object({
  account: z.string(),
  endpointId: z.string(),
  requestId: z.string(),
  event: z.object({
    id: z.string(),
    type: z.string(),
    occurredAt: z.string(),
    payment: z.string().exactOptional(),
    operation: z.object({ id: z.string(), kind, answer }).exactOptional(),
    external: z
      .object({ kind: z.enum(['capture', 'cancellation', 'refund']), reference: z.string(), ...amount })
      .exactOptional(),
    dispute: z
      .object({
        id: z.string(),
        status: z.enum(['inquiry', 'opened', 'won', 'lost']),
        stage: z.int().exactOptional(),
        ...amount,
      })
      .exactOptional(),
    settlement: z.object({ id: z.string(), ...amount }).exactOptional(),
    payout: z.object({ id: z.string(), arrivesOn: z.string(), ...amount }).exactOptional(),
  }),
});

export function parseOperation(value: unknown): OperationRecord {
  return operationRecord.parse(value);
}

export function parsePayment(value: unknown): PaymentRecord {
  return paymentRecord.parse(value);
}

export function parseBalanceEntry(value: unknown): BalanceEntry {
  return balanceEntry.parse(value);
}

export function parsePayout(value: unknown): PayoutRecord {
  return payoutRecord.parse(value);
}

export function parseEndpoint(value: unknown): Endpoint {
  return endpoint.parse(value);
}

export function parseWebhookOnItsWay(value: unknown): WebhookOnItsWay & { readonly event: SandboxEvent } {
  return webhookOnItsWay.parse(value);
}
