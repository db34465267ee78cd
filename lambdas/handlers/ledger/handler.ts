import * as z from 'zod';

import { sumsByCurrency } from '../../domain/ledger';
import type { AccountTotals, Books, StatementLine } from '../../domain/ledger';
import { notFound } from '../../middleware/refusals';
import { newService } from '../../middleware/service';
import type { Endpoints, Service } from '../../middleware/service';
import { ledgerRoutes } from '../../routes/ledger';
import type { LedgerDependencies } from './dependencies';
import { bindDependencies } from './dependencies';

/** Where a statement goes on: before this entry. */
const position = z.object({ before: z.int() });

/** A tenant's books: balances, statements, and from each line the way back to what happened. */
export function newLedger(deps: LedgerDependencies): Service {
  const endpoints: Endpoints<typeof ledgerRoutes> = {
    'ledger.accounts': async ({ tenant }) => {
      const books = await deps.ledgerOf(tenant.id).books();
      return { status: 200, body: { asOf: asOf(books), data: books.totals.map(balanceOf) } };
    },

    'ledger.trialBalance': async ({ tenant }) => {
      const books = await deps.ledgerOf(tenant.id).books();
      const currencies = sumsByCurrency(books.totals).map(({ currency }) => {
        const own = books.totals.filter((totals) => totals.currency === currency).map(balanceOf);
        return { currency, accounts: own, ...sidesOf(own) };
      });
      return { status: 200, body: { asOf: asOf(books), currencies } };
    },

    'ledger.statement': async ({ tenant, params: { account }, query: { currency, limit, cursor } }) => {
      const cursors = await deps.cursors();
      const scope = JSON.stringify(['ledger-statement', tenant.id, account, currency]);
      const opened = cursor === undefined ? undefined : cursors.open(cursor, scope);
      if (opened?.ok === false) {
        return { problem: { slug: 'invalid-cursor', detail: 'This cursor was not issued for this list.' } };
      }
      const page = opened === undefined ? {} : position.parse(opened.value);
      // One more than asked for, when there is one: so the last page is known to be the last.
      const found = await deps.ledgerOf(tenant.id).lines(account, currency, { limit: limit + 1, ...page });
      const lines = found.slice(0, limit);
      const last = found.length > limit ? lines.at(-1) : undefined;
      return {
        status: 200,
        body: {
          data: lines.map(presentLine),
          nextCursor: last === undefined ? null : cursors.sign({ before: last.index }, scope),
        },
      };
    },

    'ledger.entry': async ({ tenant, params: { index } }) => {
      const entry = await deps.ledgerOf(tenant.id).entry(Number(index));
      return entry === undefined ? { problem: notFound } : { status: 200, body: { ...entry, lines: [...entry.lines] } };
    },
  };
  return newService(ledgerRoutes, endpoints, deps);
}

function asOf({ place, asOf: at }: Books) {
  return { logIndex: place.index, at: at ?? null };
}

function balanceOf({ account, currency, debit, credit }: AccountTotals) {
  return { account, currency, debit, credit, balance: debit - credit };
}

/** A trial balance adds up what accounts come to: an account stands on one side only. */
function sidesOf(balances: readonly { readonly balance: number }[]) {
  return {
    totalDebit: balances.reduce((sum, { balance }) => sum + Math.max(0, balance), 0),
    totalCredit: balances.reduce((sum, { balance }) => sum + Math.max(0, 0 - balance), 0),
  };
}

function presentLine({ index, at, source, debit, credit, balance }: StatementLine) {
  return { entry: index, at, source, debit, credit, balance };
}

export const handler = newLedger(bindDependencies());
