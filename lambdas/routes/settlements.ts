import * as z from 'zod';

import { payoutStatuses, settlementKinds } from '../domain/providers/provider';
import { evidenceKinds, maxSettlementItems } from '../domain/settlements';
import { idPattern } from '../kernel/ids';
import { maxAmountMinor } from '../kernel/money';
import { defineRoutes } from './route';
import {
  connectionId,
  currency,
  evidenceOf,
  instant,
  listOf,
  listQuery,
  money,
  noQuery,
  paymentId,
  tenantId,
  tenantParams,
} from './schemas';

const settlementId = z.string().regex(idPattern('settlement'));

const evidence = evidenceOf(evidenceKinds);

export const settlement = z
  .object({
    id: settlementId,
    tenantId,
    connectionId,
    source: z.enum(['payout', 'manual']).meta({ description: 'Reported by the provider, or attested by a person' }),
    status: z.enum(payoutStatuses),
    amount: money.optional().meta({ description: 'What reaches the bank, less fees' }),
    payoutId: z.string().optional(),
    arrivesOn: z.iso.date().optional(),
    lines: z
      .object({
        state: z.enum(['awaited', 'importing', 'complete', 'unavailable']),
        matched: z.int(),
        unmatched: z.int(),
      })
      .optional(),
    unexplained: money.optional().meta({ description: 'What of the payout no line of a payment explains' }),
    needsAttention: z.boolean(),
    evidence: z.object(evidence.shape).optional(),
    createdAt: instant,
    version: z.int(),
  })
  .meta({ id: 'Settlement' });

export const settlementLine = z
  .object({
    paymentId,
    kind: z.enum(settlementKinds),
    amount: money.meta({ description: "Gross, in the payment's currency" }),
    net: money,
    fee: money,
  })
  .meta({ id: 'SettlementLine' });

const item = z.strictObject({
  paymentId,
  amount: z.int().min(1).max(maxAmountMinor).meta({ description: 'Gross, in minor units' }),
  fee: z
    .int()
    .min(0)
    .max(maxAmountMinor)
    .default(0)
    .meta({ description: 'What the provider kept of it, in minor units' }),
});

const read = {
  function: 'settlements',
  principal: 'tenant-member',
  permission: 'settlements:read',
  apiKeys: true,
  stepUp: null,
  rateClass: 'read',
  expensive: false,
  idempotency: 'none',
  creates: null,
  body: null,
} as const;

const settlementParams = z.strictObject({ tenantId, settlementId });

export const settlementsRoutes = defineRoutes({
  'settlements.create': {
    id: 'settlements.create',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/settlements',
    function: 'settlements',
    summary: 'Settle captured payments by hand, with evidence, where no provider reports it',
    principal: 'tenant-member',
    permission: 'settlements:create',
    apiKeys: false,
    stepUp: 'Settlements',
    rateClass: 'money',
    expensive: false,
    idempotency: 'required',
    creates: 'settlement',
    params: tenantParams,
    query: noQuery,
    body: z.strictObject({
      connectionId,
      currency,
      arrivedOn: z.iso.date().meta({ description: 'The day on which the bank booked it' }),
      items: z
        .array(item)
        .min(1)
        .max(maxSettlementItems)
        .refine((items) => new Set(items.map((each) => each.paymentId)).size === items.length, {
          error: 'a payment stands in it more than once',
        }),
      evidence,
    }),
    get responses() {
      return { 201: settlement };
    },
    problems: [409, 422],
  },
  'settlements.list': {
    ...read,
    id: 'settlements.list',
    method: 'GET',
    path: '/v1/tenants/{tenantId}/settlements',
    summary: 'List settlements: payouts of providers, and what was settled by hand',
    params: tenantParams,
    query: listQuery,
    get responses() {
      return { 200: listOf(settlement) };
    },
    problems: [],
  },
  'settlements.get': {
    ...read,
    id: 'settlements.get',
    method: 'GET',
    path: '/v1/tenants/{tenantId}/settlements/{settlementId}',
    summary: 'Read a settlement',
    params: settlementParams,
    query: noQuery,
    get responses() {
      return { 200: settlement };
    },
    problems: [],
  },
  'settlements.lines': {
    ...read,
    id: 'settlements.lines',
    method: 'GET',
    path: '/v1/tenants/{tenantId}/settlements/{settlementId}/lines',
    summary: 'List the payments that a settlement consists of, as far as they are known',
    params: settlementParams,
    query: listQuery,
    get responses() {
      return { 200: listOf(settlementLine) };
    },
    problems: [],
  },
});
