import { fromItem } from '../../lambdas/adapters/dynamodb/attribute-values';
import { booksFromFields } from '../../lambdas/adapters/dynamodb/dynamo-ledger-codec';
import { emptyBooks, paymentPosition, sumsByCurrency } from '../../lambdas/domain/ledger';
import type { Books } from '../../lambdas/domain/ledger';
import type { Payment } from '../../lambdas/domain/payments';
import type { Attributes } from '../cloud/expressions';
import type { Jury } from './violation';

export interface LedgerChecks {
  /** The books of a tenant were written. */
  posted(tenant: string, books: Attributes): void;
  /** A payment has changed: what it stands for must balance, whether or not it is in the books yet. */
  payment(payment: Payment): void;
  booksOf(tenant: string): Books;
  /** `payments`: all of the tenant's, recomputed from their events; `end`: of its log. */
  atRest(tenant: string, payments: readonly Payment[], end: number): void;
}

export function newLedgerChecks(jury: Jury): LedgerChecks {
  const byTenant = new Map<string, Books>();
  const booksOf = (tenant: string): Books => byTenant.get(tenant) ?? emptyBooks;
  return {
    booksOf,

    posted: (tenant, item) => {
      const before = booksOf(tenant);
      const after = booksFromFields(fromItem(item));
      byTenant.set(tenant, after);
      for (const { currency, debit, credit } of sumsByCurrency(after.totals)) {
        jury.check(
          debit === credit,
          'debits equal credits per currency',
          () => `${tenant} ${currency}: ${String(debit)} and ${String(credit)}`,
        );
      }
      const rises =
        after.place.index > before.place.index ||
        (after.place.index === before.place.index && after.place.parts >= before.place.parts);
      jury.check(
        rises,
        'the books never go back',
        () => `${tenant} from ${String(before.place.index)} to ${String(after.place.index)}`,
      );
    },

    payment: (payment) => {
      const sums = new Map<string, number>();
      for (const { currency, amount } of paymentPosition(payment))
        sums.set(currency, (sums.get(currency) ?? 0) + amount);
      jury.check(
        [...sums.values()].every((sum) => sum === 0),
        'debits equal credits per currency',
        () => payment.id,
      );
    },

    atRest: (tenant, payments, end) => {
      const { place, totals } = booksOf(tenant);
      jury.check(
        place.index === end,
        'the books reach the end of the log',
        () => `${tenant}: ${String(place.index)} of ${String(end)}`,
      );
      const recomputed = new Map<string, number>();
      for (const payment of payments) {
        for (const { account, currency, amount } of paymentPosition(payment)) {
          const name = `${currency} ${account}`;
          recomputed.set(name, (recomputed.get(name) ?? 0) + amount);
        }
      }
      const kept = new Map(
        totals.map(({ account, currency, debit, credit }) => [`${currency} ${account}`, debit - credit]),
      );
      for (const name of new Set([...recomputed.keys(), ...kept.keys()])) {
        const [is, should] = [kept.get(name) ?? 0, recomputed.get(name) ?? 0];
        jury.check(
          is === should,
          'balances equal a recomputation from events',
          () => `${tenant} ${name}: ${String(is)}, not ${String(should)}`,
        );
      }
    },
  };
}
