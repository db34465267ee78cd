import * as fc from 'fast-check';

import type { IdKind } from '../../lambdas/kernel/ids';
import {
  deriveId,
  deriveToken,
  idPattern,
  idPrefixes,
  isId,
  newCommitIds,
  newId,
  systemRandomness,
} from '../../lambdas/kernel/ids';
import { aClock } from '../support/a-commit';

const kinds = Object.keys(idPrefixes) as IdKind[];
const kind = fc.constantFrom(...kinds);
const parts = fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 4 });
const fixed = (byte: number) => ({ bytes: (count: number) => new Uint8Array(count).fill(byte) });

describe('ids', () => {
  it('have one length and one alphabet a kind, and are ids of no other kind', () => {
    fc.assert(
      fc.property(kind, fc.uint8Array({ minLength: 13, maxLength: 13 }), (of, bytes) => {
        const id = newId(of, { bytes: () => bytes });
        expect(id).toMatch(/^[a-z]+_[0-9abcdefghjkmnpqrstvwxyz]{20}$/);
        expect(kinds.filter((each) => isId(each, id))).toEqual([of]);
        expect(idPattern(of).test(id)).toBe(true);
      }),
    );
  });

  it('use every one of 100 random bits', () => {
    expect(newId('payment', fixed(0))).toBe('pay_00000000000000000000');
    expect(newId('payment', fixed(255))).toBe('pay_zzzzzzzzzzzzzzzzzzzz');
    const bytes = Array.from({ length: 100 }, (_, bit) => {
      const one = new Uint8Array(13);
      one[Math.floor(bit / 8)] = 128 >> (bit % 8);
      return newId('payment', { bytes: () => one });
    });
    expect(new Set(bytes).size).toBe(100);
  });

  it.each([
    'pay_',
    'pay_0123456789abcdefghj',
    'pay_0123456789abcdefghjkm',
    'pay_0123456789ABCDEFGHJK',
    ' pay_0123456789abcdefghjk',
  ])('%j is none', (text) => {
    expect(isId('payment', text)).toBe(false);
    expect(isId('payment', `pay_0123456789abcdefghjk\n`)).toBe(false);
    expect(isId('payment', 'pay_0123456789abcdefghil')).toBe(false);
  });

  it('are derived alike from the same parts, and differ when anything differs', () => {
    fc.assert(
      fc.property(kind, parts, parts, (of, one, other) => {
        const same = JSON.stringify(one) === JSON.stringify(other);
        expect(deriveId(of, one) === deriveId(of, other)).toBe(same);
        expect(deriveToken(one) === deriveToken(other)).toBe(same);
        expect(isId(of, deriveId(of, one))).toBe(true);
        expect(deriveToken(one)).toMatch(/^[0-9abcdefghjkmnpqrstvwxyz]{26}$/);
      }),
    );
  });

  it('do not confuse parts that read alike when put together', () => {
    const lists = [['ab'], ['a', 'b'], ['a', '', 'b'], ['', 'ab'], ['ab', ''], ['1:a', 'b'], ['a1:b']];
    expect(new Set(lists.map((list) => deriveToken(list))).size).toBe(lists.length);
  });
});

describe('commit ids', () => {
  it('are ULIDs of their time', () => {
    const ids = newCommitIds(aClock(1_469_918_176_385), fixed(0));
    // The example of the ULID specification: this time is encoded as 01ARYZ6S41.
    expect(ids.next()).toBe('01ARYZ6S410000000000000000');
  });

  it('rise within a process, also within one millisecond and when the clock goes back', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 40 }), (steps) => {
        const clock = aClock();
        const ids = newCommitIds(clock, systemRandomness);
        const made = steps.map((step) => {
          clock.advance(step);
          return ids.next();
        });
        expect([...made].sort()).toEqual(made);
        expect(new Set(made).size).toBe(made.length);
        expect(made.filter((id) => !/^[0-9A-HJKMNP-TV-Z]{26}$/.test(id))).toEqual([]);
      }),
    );
  });
});
