import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import * as fc from 'fast-check';

import {
  currencies,
  exponentOf,
  formatMoney,
  isAmountMinor,
  isCurrency,
  isInUse,
  maxAmountMinor,
  sameMoney,
} from '../../lambdas/kernel/money';

const currency = fc.constantFrom(...currencies);
const amount = fc.integer({ min: -maxAmountMinor, max: maxAmountMinor });

describe('money', () => {
  // [ISO 4217 list one]
  it.each([
    ['USD', 2],
    ['EUR', 2],
    ['HUF', 2],
    ['XCG', 2],
    ['JPY', 0],
    ['KRW', 0],
    ['CLP', 0],
    ['ISK', 0],
    ['XOF', 0],
    ['VND', 0],
    ['KWD', 3],
    ['BHD', 3],
    ['TND', 3],
    ['IQD', 3],
    ['CLF', 4],
    ['UYW', 4],
  ])('%s has %i decimal digits', (code, exponent) => {
    expect(exponentOf(code)).toBe(exponent);
  });

  it('knows each currency once, and no metals, tests or old ones', () => {
    expect(new Set(currencies).size).toBe(currencies.length);
    expect(currencies.filter((code) => !/^[A-Z]{3}$/.test(code))).toEqual([]);
    for (const code of ['XAU', 'XTS', 'DEM', 'HRK', 'usd', '', 'US', 'toString', '__proto__']) {
      expect(isCurrency(code)).toBe(false);
      expect(() => exponentOf(code)).toThrow('not an ISO 4217 currency');
    }
  });

  it.each(['BGN', 'ANG', 'CUC'])('knows %s, which is withdrawn, for old amounts alone', (code) => {
    expect([isCurrency(code), isInUse(code), currencies.includes(code)]).toEqual([true, false, false]);
    expect(formatMoney({ amount: 1099, currency: code })).toBe(`10.99 ${code}`);
  });

  const table = join(__dirname, '..', '..', '..', 'shared', 'fixtures', 'iso4217', 'table_a1.xml');
  (existsSync(table) ? it : it.skip)(
    'knows every currency of the published table of 2024, with its minor unit, and of later ones only the successor of ANG',
    () => {
      const entries = readFileSync(table, 'utf8').matchAll(/<Ccy>(\w{3})<\/Ccy>[\s\S]*?<CcyMnrUnts>([^<]+)</g);
      const published = new Map([...entries].map(([, code = '', units = '']) => [code, units]));
      const known = [...published].filter(([, units]) => units !== 'N.A.');
      expect(known.length).toBeGreaterThan(150);
      expect(known.filter(([code, units]) => exponentOf(code) !== Number(units))).toEqual([]);
      expect(currencies.filter((code) => !published.has(code))).toEqual(['XCG']);
      expect(known.map(([code]) => code).filter((code) => !isInUse(code))).toEqual(
        expect.arrayContaining(['ANG', 'BGN', 'CUC']),
      );
      expect(known.filter(([code]) => !isInUse(code))).toHaveLength(3);
    },
  );

  it('is written exactly, with the digits of its currency, and reads back to the same amount', () => {
    fc.assert(
      fc.property(amount, currency, (minor, code) => {
        const text = formatMoney({ amount: minor, currency: code });
        const [number = '', name] = text.split(' ');
        expect(name).toBe(code);
        expect((number.split('.')[1] ?? '').length).toBe(exponentOf(code));
        expect(Number(number.replace('.', ''))).toBe(minor === 0 ? 0 : minor);
        expect(number).toMatch(/^-?(0|[1-9]\d*)(\.\d+)?$/);
      }),
    );
  });

  it.each([
    [1099, 'USD', '10.99 USD'],
    [5, 'USD', '0.05 USD'],
    [-5, 'USD', '-0.05 USD'],
    [1099, 'JPY', '1099 JPY'],
    [0, 'KWD', '0.000 KWD'],
    [12345, 'CLF', '1.2345 CLF'],
    [maxAmountMinor, 'USD', '10000000000.00 USD'],
  ])('%i %s is %s', (minor, code, text) => {
    expect(formatMoney({ amount: minor, currency: code })).toBe(text);
  });

  it('is an exact integer of at most 10^12 either way', () => {
    fc.assert(fc.property(amount, (minor) => isAmountMinor(minor)));
    fc.assert(fc.property(fc.double({ noInteger: true }), (minor) => !isAmountMinor(minor)));
    for (const minor of [maxAmountMinor + 1, -maxAmountMinor - 1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(isAmountMinor(minor)).toBe(false);
    }
  });

  it('is the same only in the same currency', () => {
    expect(sameMoney({ amount: 1, currency: 'USD' }, { amount: 1, currency: 'USD' })).toBe(true);
    expect(sameMoney({ amount: 1, currency: 'USD' }, { amount: 1, currency: 'EUR' })).toBe(false);
    expect(sameMoney({ amount: 1, currency: 'USD' }, { amount: 2, currency: 'USD' })).toBe(false);
  });
});
