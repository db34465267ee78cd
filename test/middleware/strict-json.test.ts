import fc from 'fast-check';

import { maxDepth, readStrictJson } from '../../lambdas/middleware/strict-json';

const read = (text: string) => readStrictJson(Buffer.from(text));

describe('strict JSON', () => {
  test.each([
    ['{"a":1,"a":2}', 'duplicate-name'],
    ['{"a":1,"\\u0061":2}', 'duplicate-name'],
    ['{"x":{"a":1 , "b":2,"a" :3}}', 'duplicate-name'],
    ['{"__proto__":{}}', 'forbidden-name'],
    ['{"\\u005f_proto__":{}}', 'forbidden-name'],
    ['[{"constructor":1}]', 'forbidden-name'],
    ['{"prototype" : 1}', 'forbidden-name'],
    ['['.repeat(maxDepth + 1) + ']'.repeat(maxDepth + 1), 'too-deep'],
    ['{', 'malformed'],
    ['{"a":1,}', 'malformed'],
    ['"abc', 'malformed'],
    ["{'a':1}", 'malformed'],
    ['\ufeff{}', 'malformed'],
    ['NaN', 'malformed'],
  ])('refuses %s', (text, refusal) => {
    expect(read(text)).toEqual({ ok: false, error: refusal });
  });

  test('refuses bytes that are no UTF-8', () => {
    expect(readStrictJson(Uint8Array.of(0x22, 0xc3, 0x28, 0x22))).toEqual({ ok: false, error: 'not-utf8' });
  });

  test('takes the same name in different objects, and such words as values', () => {
    const text = '{"a":{"a":"__proto__"},"b":[{"a":"constructor:"},{"a":"\\":{"}]}';
    expect(read(text)).toEqual({ ok: true, value: JSON.parse(text) });
  });

  test('takes depth up to the bound', () => {
    expect(read('['.repeat(maxDepth) + ']'.repeat(maxDepth)).ok).toBe(true);
  });

  test('reads whatever JSON.stringify writes, as long as its names are allowed and it is not too deep', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!/"(__proto__|constructor|prototype)":/.test(text));
        expect(read(text)).toEqual({ ok: true, value: JSON.parse(text) });
      }),
    );
  });

  test('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(typeof readStrictJson(bytes).ok).toBe('boolean');
      }),
    );
  });
});
