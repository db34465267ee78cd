import * as z from 'zod';

import { accounts } from '../domain/ledger/position';
import { idPattern } from '../kernel/ids';
import { defineRoutes } from './route';
import { currency, instant, listOf, listQuery, noQuery, paymentId, tenantId, tenantParams } from './schemas';

const account = z.enum(accounts).meta({ description: 'An account of the chart, the same for every tenant' });

/** Sums may exceed what one operation may move. */
const minor = z.int().min(0).meta({ description: 'Minor units (ISO 4217 exponent)', example: 1099 });

const balance = z.int().meta({ description: 'Debits less credits, minor units; negative on a credit balance' });

const logIndex = z.int().min(0).meta({ description: "Place in the tenant's log" });

/** How far the log is in the books: everything before `logIndex`; `at` is when the last of it happened. */
const asOf = z.object({ logIndex, at: instant.nullable() });

export const accountBalance = z
  .object({ account, currency: z.string(), debit: minor, credit: minor, balance })
  .meta({ id: 'AccountBalance' });

const ledgerAccounts = z.object({ asOf, data: z.array(accountBalance) }).meta({ id: 'LedgerAccounts' });

export const trialBalance = z
  .object({
    asOf,
    currencies: z.array(
      z.object({
        currency: z.string(),
        accounts: z.array(accountBalance),
        totalDebit: minor.meta({ description: 'Sum of the debit balances' }),
        totalCredit: minor.meta({ description: 'Sum of the credit balances; always equal to `totalDebit`' }),
      }),
    ),
  })
  .meta({ id: 'TrialBalance' });

const source = z.object({ kind: z.string(), id: z.string(), version: z.int() });

export const statementLine = z
  .object({
    entry: logIndex.meta({ description: 'The entry it belongs to' }),
    at: instant,
    source,
    debit: minor,
    credit: minor,
    balance: balance.meta({ description: 'Of the account after this line' }),
  })
  .meta({ id: 'StatementLine' });

export const ledgerEntry = z
  .object({
    index: logIndex,
    at: instant,
    commitId: z.string().meta({ description: 'The commit, as the audit log names it (ULID)' }),
    source,
    command: z.string(),
    paymentId: paymentId.optional(),
    webhookEventId: z.string().regex(idPattern('webhookEvent')).optional(),
    lines: z.array(z.object({ account, currency: z.string(), debit: minor, credit: minor })),
  })
  .meta({ id: 'LedgerEntry' });

const reads = {
  method: 'GET',
  function: 'ledger',
  principal: 'tenant-member',
  permission: 'ledger:read',
  apiKeys: true,
  stepUp: null,
  rateClass: 'read',
  expensive: false,
  idempotency: 'none',
  creates: null,
  body: null,
  problems: [],
} as const;

export const ledgerRoutes = defineRoutes({
  'ledger.accounts': {
    ...reads,
    id: 'ledger.accounts',
    path: '/v1/tenants/{tenantId}/ledger/accounts',
    summary: 'The chart of accounts with balances, by currency',
    params: tenantParams,
    query: noQuery,
    get responses() {
      return { 200: ledgerAccounts };
    },
  },
  'ledger.trialBalance': {
    ...reads,
    id: 'ledger.trialBalance',
    path: '/v1/tenants/{tenantId}/ledger/trial-balance',
    summary: 'The trial balance of each currency at one place in the log',
    params: tenantParams,
    query: noQuery,
    get responses() {
      return { 200: trialBalance };
    },
  },
  'ledger.statement': {
    ...reads,
    id: 'ledger.statement',
    path: '/v1/tenants/{tenantId}/ledger/accounts/{account}/statement',
    summary: 'The lines of an account in a currency with the running balance, newest first',
    params: z.strictObject({ tenantId, account }),
    query: listQuery.extend({ currency }),
    get responses() {
      return { 200: listOf(statementLine) };
    },
  },
  'ledger.entry': {
    ...reads,
    id: 'ledger.entry',
    path: '/v1/tenants/{tenantId}/ledger/entries/{index}',
    summary: 'An entry: its lines, the commit it was posted from, and the webhook event behind that',
    params: z.strictObject({
      tenantId,
      index: z
        .string()
        .regex(/^(?:0|[1-9]\d{0,11})$/)
        .meta({ description: 'The place of its commit in the log', example: '42' }),
    }),
    query: noQuery,
    get responses() {
      return { 200: ledgerEntry };
    },
  },
});
