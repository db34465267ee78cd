import type { AccountTotals, Books, Entry, EntryLine, StatementLine } from '../../domain/ledger';
import { accounts } from '../../domain/ledger';
import type { Fields } from '../reading';
import { fieldsOf, integerOf, listOf, optionalTextOf, optionOf, textOf } from '../reading';

/**
 * How books, entries and lines are stored, beside their keys. The books are one item: object, index, parts, at · totals by currency and
 * account, as [debit, credit]. A currency takes some 300 bytes, so that all that there are stay within an eighth of an item.
 */
export function booksToFields({ place, asOf, totals }: Books): Fields {
  const byCurrency: Record<string, Record<string, readonly [number, number]>> = {};
  for (const { account, currency, debit, credit } of totals) {
    byCurrency[currency] = { ...byCurrency[currency], [account]: [debit, credit] };
  }
  return { ...place, at: asOf, totals: byCurrency };
}

export function booksFromFields(fields: Fields): Books {
  const byCurrency = fieldsOf(fields.totals, 'totals');
  const totals = Object.keys(byCurrency)
    .sort()
    .flatMap((currency) => {
      const own = fieldsOf(byCurrency[currency], currency);
      return accounts.flatMap((account): readonly AccountTotals[] => {
        if (own[account] === undefined) return [];
        const [debit, credit] = listOf(own, account).map((value) => integerOf({ value }, 'value'));
        if (debit === undefined || credit === undefined) throw new Error(`totals of ${account} are incomplete`);
        return [{ account, currency, debit, credit }];
      });
    });
  return {
    place: {
      object: integerOf(fields, 'object'),
      index: integerOf(fields, 'index'),
      parts: integerOf(fields, 'parts'),
    },
    asOf: optionalTextOf(fields, 'at'),
    totals,
  };
}

export function entryFromFields(fields: Fields): Entry {
  const paymentId = optionalTextOf(fields, 'paymentId');
  const webhookEventId = optionalTextOf(fields, 'webhookEventId');
  return {
    index: integerOf(fields, 'index'),
    at: textOf(fields, 'at'),
    commitId: textOf(fields, 'commitId'),
    source: sourceOf(fields),
    command: textOf(fields, 'command'),
    ...(paymentId === undefined ? {} : { paymentId }),
    ...(webhookEventId === undefined ? {} : { webhookEventId }),
    lines: listOf(fields, 'lines').map((line) => lineOf(fieldsOf(line, 'line'))),
  };
}

export function statementLineFromFields(fields: Fields): StatementLine {
  return {
    ...lineOf(fields),
    index: integerOf(fields, 'index'),
    at: textOf(fields, 'at'),
    source: sourceOf(fields),
    balance: integerOf(fields, 'balance'),
  };
}

function lineOf(fields: Fields): EntryLine {
  return {
    account: optionOf(fields, 'account', accounts),
    currency: textOf(fields, 'currency'),
    debit: integerOf(fields, 'debit'),
    credit: integerOf(fields, 'credit'),
  };
}

function sourceOf(fields: Fields): Entry['source'] {
  const source = fieldsOf(fields.source, 'source');
  return { kind: textOf(source, 'kind'), id: textOf(source, 'id'), version: integerOf(source, 'version') };
}
