import * as z from 'zod';

import { idPattern } from '../../kernel/ids';
import { isAmountMinor } from '../../kernel/money';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import { disputeStatuses, payoutStatuses, settlementKinds } from '../providers/provider';
import { failureReasons, providerNames } from '../providers/provider';
import type { WebhookMessage } from './ports';

/** The forms in which a provider's event lies in the queue and in the journal. */

/** Of any currency: what differs from the payment's, known to us or not, is kept and marked, never lost. */
const money = z.object({
  amount: z.int().refine((amount) => isAmountMinor(amount) && amount >= 0),
  currency: z.string().regex(/^[A-Z]{3}$/),
});

const reference = z.string().min(1).max(128);

const outcome = z.discriminatedUnion('status', [
  z.object({ status: z.literal('succeeded'), providerReference: reference, amount: money }),
  z.object({
    status: z.literal('failed'),
    reason: z.enum(failureReasons),
    providerReference: reference.exactOptional(),
  }),
  z.object({
    status: z.literal('reversed'),
    reason: z.enum(failureReasons),
    providerReference: reference.exactOptional(),
  }),
  z.object({ status: z.literal('pending'), providerReference: reference }),
  z.object({ status: z.literal('requires_action'), providerReference: reference, redirectUrl: z.string().max(2_000) }),
  z.object({ status: z.literal('unknown'), detail: z.string().max(100) }),
]);

/** Of our own form, or not: a provider's account may be used by others, too, and their events are kept as unmatched. */
const paymentId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/);

const currency = z.string().regex(/^[A-Z]{3}$/);

const signedMinor = z.int().refine(isAmountMinor);

const line = {
  settlementId: reference,
  kind: z.enum(settlementKinds),
  amount: z.object({ amount: signedMinor, currency }),
  paidOut: z.object({ net: signedMinor, fee: signedMinor, currency }).exactOptional(),
  payoutId: reference.exactOptional(),
};

const externalOperation = {
  type: z.literal('external-operation'),
  kind: z.enum(['capture', 'cancel', 'refund']),
  providerReference: reference,
  amount: money,
  status: z.enum(['pending', 'succeeded', 'failed', 'reversed']),
  captureReference: reference.exactOptional(),
};

const dispute = {
  type: z.literal('dispute'),
  disputeId: reference,
  status: z.enum(disputeStatuses),
  stage: z.int().min(0).max(9999).exactOptional(),
  amount: money,
  respondBy: z.iso.datetime().exactOptional(),
  captureReference: reference.exactOptional(),
};

const subject = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('operation'),
    paymentId,
    operationId: reference,
    kind: z.enum(['authorize', 'capture', 'cancel', 'refund']),
    outcome,
  }),
  z.object({ paymentId, ...externalOperation }),
  z.object({ paymentId, ...dispute }),
  z.object({
    type: z.literal('referred'),
    paymentReference: reference,
    about: z.discriminatedUnion('type', [
      z.object(externalOperation),
      z.object(dispute),
      z.object({ type: z.literal('settlement'), ...line }),
    ]),
  }),
  z.object({ type: z.literal('settlement'), paymentId, ...line }),
  z.object({
    type: z.literal('payout'),
    payoutId: reference,
    status: z.enum(payoutStatuses),
    amount: z.object({ amount: signedMinor, currency }),
    arrivesOn: z.iso.date().exactOptional(),
  }),
  z.object({ type: z.literal('report'), reportId: reference }),
  z.object({ type: z.literal('approval'), paymentId, operationId: reference, providerReference: reference }),
  z.object({ type: z.literal('expiry'), paymentId }),
  z.object({ type: z.literal('test'), testId: reference }),
  z.object({ type: z.literal('unreadable'), detail: z.string().max(100) }),
  z.object({ type: z.literal('other') }),
]);

export const normalisedEvent = z.object({
  eventKey: z.string().min(1).max(128),
  occurredAt: z.iso.datetime(),
  eventType: z.string().min(1).max(100),
  subject,
});

const webhookMessage = z.object({
  tenant: z.string().regex(idPattern('tenant')),
  connectionId: z.string().regex(idPattern('connection')),
  provider: z.enum(providerNames),
  event: normalisedEvent,
  receivedAt: z.iso.datetime(),
  requestId: z.string().min(1).max(128),
  sourceIp: z.string().min(1).max(45).exactOptional(),
  redrive: z.string().exactOptional(),
});

/** Reads a message of the queue. */
export function parseWebhookMessage(body: string): Result<WebhookMessage, 'malformed-message'> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return err('malformed-message');
  }
  const read = webhookMessage.safeParse(value);
  return read.success ? ok(read.data) : err('malformed-message');
}
