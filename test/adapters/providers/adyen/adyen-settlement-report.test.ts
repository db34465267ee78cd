import fc from 'fast-check';

import {
  minor,
  parseCsv,
  parseSettlementReport,
} from '../../../../lambdas/adapters/providers/adyen/adyen-settlement-report';
import { currencies, exponentOf, formatMoney } from '../../../../lambdas/kernel/money';
import { aStory, paymentId } from './a-story';
import { anAdyen } from './an-adyen';

const header =
  'Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,Creation Date,TimeZone,Type,Modification Reference,' +
  'Gross Currency,Gross Debit (GC),Gross Credit (GC),Exchange Rate,Net Currency,Net Debit (NC),Net Credit (NC),Commission (NC),' +
  'Markup (NC),Scheme Fees (NC),Interchange (NC),Payment Method Variant,Modification Merchant Reference,Batch Number';

const ours = `${paymentId}.op_00000000000000000001.sale`;

const parse = (...rows: readonly string[]) => parseSettlementReport('r.csv', [header, ...rows].join('\r\n'));

describe('a settlement detail report', () => {
  test('tells what was paid out of a payment, what was kept, and what went to the bank', () => {
    const { lines, paidOut } = parse(
      `Co,Shop,1813702551707653,${ours},visa,2013-06-03 11:26:49,CET,Settled,1713702551795048,GBP,,5.00,1,GBP,,4.88,,0.04,0.01,0.07,visaclassic,,4`,
      `Co,Shop,1813702551707653,${ours},visa,2013-06-04 11:26:49,CET,Refunded,1713702551795049,GBP,2.5,,1,GBP,2.60,,0.10,,,,visaclassic,,4`,
      `Co,Shop,1313642467023511,324959451,visa,2013-03-26 22:37:26,CET,Chargeback,2313642467170922,GBP,349.99,,1,GBP,357.49,,7.5,,,,visaclassic,,4`,
      `Co,Shop,1313642467023511,324959451,visa,2013-03-27 22:37:26,CET,ChargebackReversed,2313642467170922,GBP,,349.99,1,GBP,,349.99,,,,,visaclassic,,4`,
      'Co,Shop,,,,2013-06-11 04:55:40,BST,Fee,"Transaction Fees, June 2013",,,,,GBP,1.20,,,,,,,,4',
      'Co,Shop,,,,2013-06-11 04:55:40,BST,DepositCorrection,Deposit,,,,,GBP,,10.00,,,,,,,4',
      'Co,Shop,,,,2013-06-11 04:55:40,BST,MerchantPayout,TX123,,,,,GBP,3.58,,,,,,,,4',
    );
    expect(lines.map(({ settlementId: _, ...line }) => line)).toEqual([
      {
        kind: 'capture',
        paymentId,
        payoutId: 'r.csv',
        amount: { amount: 500, currency: 'GBP' },
        paidOut: { net: 488, fee: 12, currency: 'GBP' },
      },
      {
        kind: 'refund',
        paymentId,
        payoutId: 'r.csv',
        amount: { amount: 250, currency: 'GBP' },
        paidOut: { net: -260, fee: 10, currency: 'GBP' },
      },
      {
        kind: 'dispute',
        paymentId: undefined,
        payoutId: 'r.csv',
        amount: { amount: 34_999, currency: 'GBP' },
        paidOut: { net: -35_749, fee: 750, currency: 'GBP' },
      },
      {
        kind: 'dispute_reversal',
        paymentId: undefined,
        payoutId: 'r.csv',
        amount: { amount: 34_999, currency: 'GBP' },
        paidOut: { net: 34_999, fee: 0, currency: 'GBP' },
      },
      {
        kind: 'adjustment',
        paymentId: undefined,
        payoutId: 'r.csv',
        amount: { amount: 0, currency: 'GBP' },
        paidOut: { net: -120, fee: 120, currency: 'GBP' },
        account: 'fee',
      },
      {
        kind: 'adjustment',
        paymentId: undefined,
        payoutId: 'r.csv',
        amount: { amount: 1000, currency: 'GBP' },
        paidOut: { net: 1000, fee: 0, currency: 'GBP' },
        account: 'other',
      },
    ]);
    expect(paidOut).toEqual({ amount: 358, currency: 'GBP' });
  });

  test('of a payment in another currency takes the fee from its columns', () => {
    const [line] = parse(
      `Co,Shop,1813702551707653,${ours},visa,2013-06-03 11:26:49,CET,Settled,1713702551795048,ISK,,1000.00,0.0067,EUR,,6.55,0.10,0.02,0.01,0.02,visa,,4`,
    ).lines;
    expect(line).toMatchObject({
      amount: { amount: 1000, currency: 'ISK' },
      paidOut: { net: 655, fee: 15, currency: 'EUR' },
    });
  });

  test.each([
    ['Fee', 'fee'],
    ['MiscCosts', 'fee'],
    ['InvoiceDeduction', 'fee'],
    ['AuthorisationSchemeFee', 'fee'],
    ['DepositCorrection', 'other'],
    ['BankInstructionReturned', 'other'],
    ['ManualCorrected', 'other'],
    ['SomethingNew', 'other'],
  ])('has a %s on the account as %s, unless it names a payment, ours or not', (type, account) => {
    const row = (psp: string, reference: string) =>
      `Co,Shop,${psp},${reference},,2013-06-11 04:55:40,BST,${type},x,,,,,GBP,1.20,,,,,,,,4`;
    const lines = parse(row('', ''), row('1813702551707653', '324959451'), row('1813702551707653', ''), row('', ours));
    expect(lines.lines.map((line) => [line.account, line.paymentId])).toEqual([
      [account, undefined],
      [undefined, undefined],
      [undefined, undefined],
      [undefined, paymentId],
    ]);
  });

  test('has no chargeback and no refund on the account, though its payment is named nowhere', () => {
    const kinds = ['Settled', 'Refunded', 'RefundedReversed', 'Chargeback', 'SecondChargeback', 'ChargebackReversed'];
    const rows = kinds.map((type) => `Co,Shop,,,,2013-06-11 04:55:40,BST,${type},x,GBP,,1.20,1,GBP,,1.20,,,,,,,4`);
    expect(parse(...rows).lines.map(({ account }) => account)).toEqual(kinds.map(() => undefined));
  });

  test('gives every line an id of its own, the same in whichever order the report was made', () => {
    const one = `Co,Shop,1813702551707653,${ours},visa,2013-06-03 11:26:49,CET,Settled,1713702551795048,GBP,,5.00,1,GBP,,4.88,,,,,visa,,4`;
    const two = one.replace('5.00', '6.00').replace('4.88', '5.88');
    const ids = (...rows: readonly string[]) => parse(...rows).lines.map(({ settlementId }) => settlementId);
    const [a, b, c] = ids(one, two, one);
    expect(new Set([a, b, c]).size).toBe(3);
    expect(ids(two, one, one)).toEqual([b, a, c]);
  });

  test.each([
    ['nothing', ''],
    ['other columns', 'a,b\n1,2'],
    ['an amount that is none', `${header}\nCo,Shop,1,${ours},visa,d,CET,Settled,2,GBP,,5.00,1,GBP,,four,,,,,visa,,4`],
    [
      'an amount finer than its currency',
      `${header}\nCo,Shop,1,${ours},visa,d,CET,Settled,2,ISK,,5.50,1,ISK,,5.00,,,,,visa,,4`,
    ],
    ['a currency that is none', `${header}\nCo,Shop,1,${ours},visa,d,CET,Settled,2,GBPX,,5.00,1,GBP,,5.00,,,,,visa,,4`],
    ['an end within a field', `${header}\nCo,"Shop`],
    ['a line cut short', `${header}\nCo,Shop,1`],
  ])('of %s is none', (_, text) => {
    expect(() => parseSettlementReport('r.csv', text)).toThrow();
  });

  test('writes amounts that are read exactly, in every currency', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...currencies),
        fc.integer({ min: 0, max: 1_000_000_000_000 }),
        (currency, amount) => {
          const [text = ''] = formatMoney({ amount, currency }).split(' ');
          expect(minor(text, currency)).toBe(amount);
          expect(minor(`-${text}`, currency)).toBe(amount === 0 ? 0 : -amount);
          expect(minor(`${text}${exponentOf(currency) === 0 ? '.00' : '00'}`, currency)).toBe(amount);
        },
      ),
    );
  });

  test('quotes what needs it, and is read back', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r\n', ' ') });
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1 }), (rows) => {
        const text = rows.map((row) => row.map((each) => `"${each.replaceAll('"', '""')}"`).join(',')).join('\r\n');
        expect(parseCsv(text)).toEqual(rows);
      }),
    );
  });
});

describe('the reports of Adyen', () => {
  test('are fetched by their signed names from the host that is known, page by page', async () => {
    const { adyen, provider } = await aStory();
    for (let index = 0; index < 201; index += 1) {
      await provider.authorize({
        operationId: `op_${String(index).padStart(20, '0')}`,
        paymentId: `pay_${String(index).padStart(20, '0')}`,
        amount: { amount: 1000, currency: 'EUR' },
        method: { type: 'token', token: 'test-success', customer: 'shopper-1' },
        capture: 'automatic',
      });
    }
    const payoutId = adyen.payOut('EUR');
    const first = await provider.payoutLines?.({ payoutId });
    const second = await provider.payoutLines?.({ payoutId, cursor: '200' });
    if (first?.ok !== true || second?.ok !== true) throw new Error('no lines');
    expect([first.value.lines.length, first.value.next, second.value.lines.length, second.value.next]).toEqual([
      200,
      '200',
      2,
      undefined,
    ]);
    expect(new Set([...first.value.lines, ...second.value.lines].map(({ settlementId }) => settlementId)).size).toBe(
      202,
    );
    expect(second.value.payout?.amount).toEqual({ amount: 201 * 990 - 5, currency: 'EUR' });
  });

  test('are refused, missing, broken or out of reach, and it shows', async () => {
    const { adyen, client } = anAdyen();
    const ask = (overrides: Parameters<typeof client>[0], payoutId = 'settlement_detail_report_batch_1.csv') =>
      client(overrides).payoutLines?.({ payoutId });
    expect(await ask({})).toEqual({ ok: false, error: 'payout-unknown' });
    expect(await ask({}, '../../x.csv')).toEqual({ ok: false, error: 'payout-unknown' });
    expect(await ask({ reportUser: { name: 'report@Company.Shop', password: 'wrong' } })).toEqual({
      ok: false,
      error: 'credentials-refused',
    });
    adyen.answerNext({ status: 500, body: {} });
    expect(await ask({})).toEqual({ ok: false, error: 'provider-unreachable' });
    expect(await ask({ fetch: () => Promise.reject(new TypeError('reset')) })).toEqual({
      ok: false,
      error: 'provider-unreachable',
    });
    expect(await ask({ fetch: () => Promise.resolve(new Response('<html>')) })).toEqual({
      ok: false,
      error: 'payout-not-ready',
    });
  });
});
