import * as fc from 'fast-check';

import { newCursorSigner } from '../../lambdas/kernel/cursor';

const secret = 's'.repeat(32);
const signer = newCursorSigner(secret);
const position = fc.dictionary(
  fc.stringMatching(/^[a-z]{1,8}$/),
  fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.boolean()),
);
const scope = fc.string({ unit: 'grapheme' });
const refused = { ok: false, error: 'invalid-cursor' };

describe('a cursor', () => {
  it('opens to the position that was signed, in the list that it was signed for', () => {
    fc.assert(
      fc.property(position, scope, (at, of) => {
        const cursor = signer.sign(at, of);
        expect(signer.open(cursor, of)).toEqual({ ok: true, value: at });
        expect(encodeURIComponent(cursor)).toBe(cursor);
      }),
    );
  });

  it('opens in no other list and under no other secret', () => {
    fc.assert(
      fc.property(position, scope, scope, (at, of, other) => {
        fc.pre(of !== other);
        expect(signer.open(signer.sign(at, of), other)).toEqual(refused);
        expect(newCursorSigner('t'.repeat(32)).open(signer.sign(at, of), of)).toEqual(refused);
      }),
    );
  });

  it('is refused when any one character was changed, added or taken away', () => {
    const character = fc.constantFrom(...Array.from('ABCXYZabcxyz0189-_.=+/ \n'));
    fc.assert(
      fc.property(position, fc.nat(), character, (at, place, replacement) => {
        const cursor = signer.sign(at, 'list');
        const index = place % cursor.length;
        const [before, after] = [cursor.slice(0, index), cursor.slice(index + 1)];
        const inserted = `${before}${replacement}${cursor.slice(index)}`;
        expect(signer.open(inserted, 'list')).toEqual(refused);
        expect(signer.open(`${cursor}${replacement}`, 'list')).toEqual(refused);
        expect(signer.open(`${before}${after}`, 'list')).toEqual(refused);
        if (replacement !== cursor.charAt(index)) {
          expect(signer.open(`${before}${replacement}${after}`, 'list')).toEqual(refused);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is refused whatever else it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(signer.open(text, 'list')).toEqual(refused);
      }),
    );
    for (const text of ['', '.', '..', 'e30.', '.e30', 'e30']) expect(signer.open(text, 'list')).toEqual(refused);
  });

  it('needs a secret of 32 bytes', () => {
    expect(() => newCursorSigner('s'.repeat(31))).toThrow('32 bytes');
  });
});
