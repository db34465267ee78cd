import * as z from 'zod';

import { payoutStatuses, settlementKinds } from '../domain/providers/provider';
import { evidenceKinds, linesFailures, linesStates, maxSettlementItems } from '../domain/settlements';
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
  moneySum,
  noQuery,
  note,
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
    amount: moneySum.optional().meta({
      description: 'What reaches the bank, less fees; of a settlement that explains a payout, what it explains of it',
    }),
    payoutId: z.string().optional(),
    arrivesOn: z.iso.date().optional(),
    lines: z
      .object({
        state: z.enum(linesStates),
        reason: z.enum(linesFailures).optional().meta({ description: 'Why the lines were given up' }),
        matched: z.int(),
        unmatched: z.int(),
      })
      .optional(),
    accountLines: z
      .object({ count: z.int(), fees: moneySum, returned: moneySum, carried: moneySum.optional(), other: moneySum })
      .optional()
      .meta({
        description:
          'Booked by the provider on the account, and on no payment: fees that it kept, money of failed payouts that is paid out ' +
          'again, what is carried over between batches (absent from records of before it was told), and what is none of these',
      }),
    unexplained: moneySum
      .optional()
      .meta({ description: 'What of the payout no line and no settlement by hand explains' }),
    explainedBy: z
      .array(z.object({ settlementId, amount: moneySum }))
      .optional()
      .meta({ description: 'Settlements by hand that say what the payout consists of, and how much of it each' }),
    repeats: settlementId.optional().meta({
      description: 'The settlement that has this batch already: its report was made again under another name',
    }),
    explains: settlementId.optional().meta({ description: 'The payout by which the money arrived' }),
    noPayoutListed: z.literal(true).optional(),
    gross: z.literal(true).optional(),
    withdrawal: z.object({ amount: moneySum, fee: moneySum }).optional(),
    needsAttention: z.boolean(),
    acknowledged: z
      .object({ at: instant, note: z.string() })
      .optional()
      .meta({ description: 'The last time that somebody looked at what does not add up' }),
    evidence: z.object(evidence.shape).optional(),
    createdAt: instant,
    version: z.int(),
  })
  .meta({ id: 'Settlement' });

export const settlementLine = z
  .object({
    paymentId,
    kind: z.enum(settlementKinds),
    amount: moneySum.meta({ description: "Gross, in the payment's currency" }),
    net: moneySum,
    fee: moneySum,
  })
  .meta({ id: 'SettlementLine' });

const fee = z
  .int()
  .min(0)
  .max(maxAmountMinor)
  .default(0)
  .meta({ description: 'What the provider kept of it, in minor units' });

const item = z.strictObject({
  paymentId,
  amount: z.int().min(1).max(maxAmountMinor).meta({ description: 'Gross, in minor units' }),
  fee,
});

const items = z
  .array(item)
  .max(maxSettlementItems)
  .refine((all) => new Set(all.map((each) => each.paymentId)).size === all.length, {
    error: 'a payment stands in it more than once',
  })
  .default([])
  .meta({ description: 'The payments whose money it is; none of a withdrawal' });

/** A bank books a sum once. What would book it twice is not left to be forgotten: one of the three is said, and with it what is meant. */
function sayHowItArrived(
  body: {
    readonly items: readonly unknown[];
    readonly explains?: unknown;
    readonly noPayoutListed?: unknown;
    readonly gross?: unknown;
    readonly withdrawal?: unknown;
  },
  context: z.core.$RefinementCtx,
): void {
  const { explains, noPayoutListed, gross, withdrawal } = body;
  const said = [explains, noPayoutListed, withdrawal].filter((each) => each !== undefined);
  const refuse = (path: string, message: string): void => {
    context.addIssue({ code: 'custom', path: [path], message, input: body });
  };
  if (said.length !== 1) {
    refuse('explains', 'say one: explains (a payout in the list), noPayoutListed: true, or withdrawal');
  } else if (withdrawal === undefined && body.items.length === 0) {
    refuse('items', 'at least one payment is needed');
  } else if (withdrawal !== undefined && body.items.length > 0) {
    refuse('items', 'a withdrawal is of payments that are settled already');
  } else if (gross !== undefined && noPayoutListed === undefined) {
    refuse('gross', 'only with noPayoutListed: what a payout holds is known');
  }
}

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
    body: z
      .strictObject({
        connectionId,
        currency,
        arrivedOn: z.iso.date().meta({ description: 'The day on which the bank booked it' }),
        items,
        explains: settlementId.exactOptional().meta({
          description:
            'The payout in the list by which the money arrived: it is at the bank already, and not booked again. ' +
            'Exactly one of explains, noPayoutListed and withdrawal is needed.',
        }),
        noPayoutListed: z
          .literal(true)
          .exactOptional()
          .meta({ description: 'You have looked: no payout in the list holds this money' }),
        gross: z
          .literal(true)
          .exactOptional()
          .meta({
            description:
              'With noPayoutListed: what was refunded or is disputed of these payments was not taken out of it; the provider takes it ' +
              'elsewhere',
          }),
        withdrawal: z
          .strictObject({
            amount: z.int().min(1).max(maxAmountMinor).meta({ description: 'What left the balance, in minor units' }),
            fee,
          })
          .exactOptional()
          .meta({ description: 'Of a balance that the provider keeps, of payments that are settled: PayPal' }),
        evidence,
      })
      .superRefine(sayHowItArrived),
    get responses() {
      return { 201: settlement };
    },
    problems: [409, 422],
  },
  'settlements.importLines': {
    id: 'settlements.importLines',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/settlements/{settlementId}/import-lines',
    function: 'settlements',
    summary: 'Have the lines of a payout fetched once more, when they were given up or could not be had',
    principal: 'tenant-member',
    permission: 'settlements:create',
    apiKeys: false,
    // It adds what the provider says, and nothing that a person does.
    stepUp: null,
    rateClass: 'write',
    expensive: false,
    idempotency: 'required',
    creates: null,
    params: settlementParams,
    query: noQuery,
    body: z.strictObject({}),
    get responses() {
      return { 202: settlement };
    },
    problems: [409, 422],
  },
  'settlements.acknowledge': {
    id: 'settlements.acknowledge',
    method: 'POST',
    path: '/v1/tenants/{tenantId}/settlements/{settlementId}/acknowledge',
    function: 'settlements',
    summary: 'Say that you have looked at a payout that needs attention; it does again when its sums change',
    principal: 'tenant-member',
    permission: 'settlements:create',
    apiKeys: false,
    stepUp: 'Settlements',
    rateClass: 'write',
    expensive: false,
    idempotency: 'required',
    creates: null,
    params: settlementParams,
    query: noQuery,
    body: z.strictObject({
      note: note.meta({ description: 'What you found' }),
    }),
    get responses() {
      return { 200: settlement };
    },
    problems: [409, 412, 422],
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
