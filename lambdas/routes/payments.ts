import * as z from 'zod';

import { attentionReasons, attestationKinds } from '../domain/payments';
import { disputeStatuses, failureReasons } from '../domain/providers/provider';
import { idPattern } from '../kernel/ids';
import { redactText } from '../kernel/redaction';
import { defineRoutes } from './route';
import {
  connectionId,
  evidenceOf,
  instant,
  label,
  listOf,
  listQuery,
  money,
  noQuery,
  paymentId,
  positiveMoney,
  tenantId,
  tenantParams,
} from './schemas';

export const paymentStatuses = [
  'processing',
  'requires_action',
  'authorized',
  'partially_captured',
  'captured',
  'partially_refunded',
  'refunded',
  'canceled',
  'failed',
  'expired',
  'disputed',
] as const;

const attestationEvidence = evidenceOf(attestationKinds);

export const payment = z
  .object({
    id: paymentId,
    tenantId,
    status: z.enum(paymentStatuses),
    amount: money,
    authorizedAmount: money,
    capturedAmount: money,
    refundedAmount: money,
    disputedAmount: money,
    settledAmount: money,
    needsAttention: z.boolean().meta({ description: 'A person must look: `attention` says why' }),
    attention: z.array(z.object({ reason: z.enum(attentionReasons), operationId: z.string().optional() })),
    connectionId,
    provider: z.string(),
    reference: z.string().optional(),
    failureReason: z.string().optional().meta({ description: "The provider's reason, normalised" }),
    nextAction: z.object({ type: z.literal('redirect'), url: z.string() }).optional(),
    operations: z.array(
      z.object({
        id: z.string(),
        kind: z.enum(['authorize', 'capture', 'cancel', 'refund', 'dispute']),
        status: z.enum(['pending', 'succeeded', 'failed', 'unknown', 'requires_action']),
        amount: money,
        origin: z
          .enum(['own', 'provider'])
          .meta({ description: 'provider: made without us, in the dashboard of the provider for example' }),
        reportedAmount: money.optional().meta({
          description:
            'What the provider did of it, where that is another amount than was asked and nobody has accepted it',
        }),
        providerReference: z.string().optional().meta({
          description:
            "The provider's own id of it, as far as known; `psp` stands before one of Adyen's of digits only",
        }),
        failureReason: z.string().optional(),
        lookUps: z.int().meta({ description: 'How often the provider was asked what became of it' }),
        nextLookUpAt: instant.optional(),
        attestation: z
          .object({
            outcome: z.enum(['succeeded', 'failed']),
            providerReference: z.string().optional(),
            evidence: z.object(attestationEvidence.shape),
            attestedAt: instant,
          })
          .optional()
          .meta({ description: 'What a person said became of it, where the provider never told' }),
        createdAt: instant,
      }),
    ),
    disputes: z.array(
      z.object({
        id: z.string(),
        status: z.enum(disputeStatuses),
        stage: z.int().optional().meta({ description: 'Rises when a decided dispute is opened again' }),
        amount: money,
        respondBy: instant.optional(),
        reportedAt: instant,
      }),
    ),
    settlement: z
      .object({
        lines: z.int(),
        paidOut: z.array(z.object({ currency: z.string(), net: z.int(), fee: z.int() })),
      })
      .meta({ description: 'What payouts hold of this payment, in minor units of the currency of the payout' }),
    createdAt: instant,
    version: z.int(),
  })
  .meta({ id: 'Payment' });

/** What replaces card data: the provider's own token. A card number is refused before anything can store it. */
const providerToken = z
  .string()
  .regex(/^[A-Za-z0-9_-]{3,128}$/)
  .refine(holdsNoCardNumber, { error: 'looks like a card number; send the token that the provider issued for it' })
  .meta({ example: 'tok_success' });

/** Grouped by hyphens or underscores, or behind a prefix, a card number is one all the same. */
function holdsNoCardNumber(token: string): boolean {
  const grouped = token.replaceAll('_', '-').replace(/-+/g, '-');
  return ![grouped, grouped.replaceAll('-', '')].some((text) => redactText(text) !== text);
}

export const paymentMethod = z.union([
  z.strictObject({
    token: providerToken,
    customer: providerToken
      .optional()
      .meta({ description: "The provider's name of the customer the token belongs to" }),
  }),
  z.strictObject({
    hostedPage: z.literal(true).meta({ description: 'The customer chooses how to pay on a page of the provider' }),
  }),
]);

/**
 * The provider's own name of an operation, as somebody copies it from the provider's dashboard. Each provider's form is closer
 * (`ReadReference`); here card numbers end, however they are grouped.
 */
const providerReference = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/)
  .refine((text) => mayBeAdyens(text) || holdsNoCardNumber(text), { error: 'looks like a card number or a secret' });

/**
 * Sixteen digits that begin with 7, 8 or 9, as Adyen's references of digits do, of which one in ten passes the check of cards by chance.
 * Cards have no such numbers, but for those of UnionPay that begin with 81 [ISO/IEC 7812: issuer identification numbers].
 */
function mayBeAdyens(text: string): boolean {
  return /^[789]\d{15}$/.test(text) && !text.startsWith('81');
}

const paymentParams = z.strictObject({ tenantId, paymentId });

export const paymentsRoutes = defineRoutes({
  'payments.create': {
    id: 'payments.create',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/payments',
    function: 'payments',
    summary: 'Create a payment: authorize it with the provider, and capture it at once unless capture is manual',
    principal: 'tenant-member',
    permission: 'payments:create',
    apiKeys: true,
    stepUp: 'Payments',
    rateClass: 'money',
    expensive: false,
    idempotency: 'required',
    creates: 'payment',
    params: tenantParams,
    query: noQuery,
    body: z.strictObject({
      amount: positiveMoney,
      paymentMethod,
      capture: z.enum(['automatic', 'manual']).default('automatic'),
      connectionId: connectionId
        .optional()
        .meta({ description: 'May be left out while the tenant has exactly one active connection' }),
      reference: label.optional(),
      returnUrl: z
        .url({ protocol: /^https?$/ })
        .max(500)
        .optional()
        .meta({ description: 'Where the customer comes back to from a page of the provider' }),
    }),
    get responses() {
      return { 201: payment, 202: payment };
    },
    problems: [409, 422],
  },
  'payments.list': {
    id: 'payments.list',
    method: 'GET',
    path: '/v1/tenants/{tenantId}/payments',
    function: 'payments',
    summary: 'List payments',
    principal: 'tenant-member',
    permission: 'payments:read',
    apiKeys: true,
    stepUp: null,
    rateClass: 'read',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: tenantParams,
    query: listQuery,
    body: null,
    get responses() {
      return { 200: listOf(payment) };
    },
    problems: [],
  },
  'payments.get': {
    id: 'payments.get',
    method: 'GET',
    path: '/v1/tenants/{tenantId}/payments/{paymentId}',
    function: 'payments',
    summary: 'Read a payment',
    principal: 'tenant-member',
    permission: 'payments:read',
    apiKeys: true,
    stepUp: null,
    rateClass: 'read',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: paymentParams,
    query: noQuery,
    body: null,
    get responses() {
      return { 200: payment };
    },
    problems: [],
  },
  'payments.capture': {
    id: 'payments.capture',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/payments/{paymentId}/capture',
    function: 'payments',
    summary: 'Capture an authorized payment, in full or in part',
    principal: 'tenant-member',
    permission: 'payments:capture',
    apiKeys: true,
    stepUp: 'Payments',
    rateClass: 'money',
    expensive: false,
    idempotency: 'required',
    creates: null,
    params: paymentParams,
    query: noQuery,
    body: z.strictObject({ amount: positiveMoney.optional() }),
    get responses() {
      return { 200: payment, 202: payment };
    },
    problems: [409, 412, 422],
  },
  'payments.cancel': {
    id: 'payments.cancel',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/payments/{paymentId}/cancel',
    function: 'payments',
    summary: 'Cancel what is authorized and not captured',
    principal: 'tenant-member',
    permission: 'payments:cancel',
    apiKeys: true,
    stepUp: 'Payments',
    rateClass: 'money',
    expensive: false,
    idempotency: 'required',
    creates: null,
    params: paymentParams,
    query: noQuery,
    body: z.strictObject({}),
    get responses() {
      return { 200: payment, 202: payment };
    },
    problems: [409, 412, 422],
  },
  'payments.refund': {
    id: 'payments.refund',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/payments/{paymentId}/refunds',
    function: 'payments',
    summary: 'Refund a captured payment, in full or in part',
    principal: 'tenant-member',
    permission: 'payments:refund',
    apiKeys: true,
    stepUp: 'Refunds',
    rateClass: 'money',
    expensive: false,
    idempotency: 'required',
    creates: null,
    params: paymentParams,
    query: noQuery,
    body: z.strictObject({ amount: positiveMoney.optional(), reason: label.optional() }),
    get responses() {
      return { 201: payment, 202: payment };
    },
    problems: [409, 412, 422],
  },
  'payments.resolve': {
    id: 'payments.resolve',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/payments/{paymentId}/operations/{operationId}/resolve',
    function: 'payments',
    summary: 'Say, with evidence, what became of an operation that the provider never told of',
    principal: 'tenant-member',
    permission: 'payments:resolve',
    apiKeys: false,
    stepUp: 'always',
    rateClass: 'money',
    expensive: false,
    idempotency: 'required',
    creates: null,
    params: z.strictObject({ ...paymentParams.shape, operationId: z.string().regex(idPattern('operation')) }),
    query: noQuery,
    body: z.discriminatedUnion('outcome', [
      z.strictObject({
        outcome: z.literal('failed').meta({ description: 'It did not happen, and will not' }),
        reason: z.enum(failureReasons).default('not_received'),
        evidence: attestationEvidence,
      }),
      z.strictObject({
        outcome: z.literal('succeeded').meta({
          description:
            'It happened, as it was asked; or in the other amount that the provider reports, which is accepted',
        }),
        providerReference: providerReference.meta({ description: "The provider's id of the operation" }),
        amount: positiveMoney,
        evidence: attestationEvidence,
      }),
    ]),
    get responses() {
      return { 200: payment };
    },
    problems: [409, 412, 422],
  },
  'payments.timeline': {
    id: 'payments.timeline',
    method: 'GET',
    path: '/v1/tenants/{tenantId}/payments/{paymentId}/timeline',
    function: 'payments',
    summary: 'What happened to a payment, newest first: every commit with its actor and changes',
    principal: 'tenant-member',
    permission: 'payments:read',
    apiKeys: true,
    stepUp: null,
    rateClass: 'read',
    expensive: true,
    idempotency: 'none',
    creates: null,
    params: paymentParams,
    query: listQuery,
    body: null,
    get responses() {
      return {
        200: listOf(
          z.object({
            version: z.int(),
            at: instant,
            actor: z.object({ user: z.string(), level: z.string() }),
            command: z.string(),
            requestId: z.string(),
            events: z.array(z.object({ type: z.string(), data: z.record(z.string(), z.unknown()) })),
            changes: z.array(z.object({ path: z.string(), from: z.unknown().optional(), to: z.unknown().optional() })),
          }),
        ),
      };
    },
    problems: [],
  },
});
