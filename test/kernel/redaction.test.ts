import * as fc from 'fast-check';

import { keyToken, newKeySecret } from '../../lambdas/domain/api-keys';
import { newId } from '../../lambdas/kernel/ids';
import { isSecretName, maskEmail, passesLuhn, redactJson, redactText } from '../../lambdas/kernel/redaction';

/** A card number of a brand's length and first digits, with its check digit. */
const pan = fc
  .tuple(
    fc.constantFrom(
      { prefix: '4', length: 16 },
      { prefix: '4', length: 13 },
      { prefix: '4', length: 19 },
      { prefix: '51', length: 16 },
      { prefix: '2221', length: 16 },
      { prefix: '34', length: 15 },
      { prefix: '36', length: 14 },
      { prefix: '6011', length: 16 },
      { prefix: '3528', length: 16 },
      { prefix: '62', length: 18 },
    ),
    fc.stringMatching(/^\d{20}$/),
  )
  .map(([{ prefix, length }, digits]) => {
    const payload = prefix + digits.slice(0, length - 1 - prefix.length);
    const check = Array.from('0123456789').find((digit) => passesLuhn(payload + digit)) ?? '';
    return payload + check;
  });

/** As people write it: in fours, by spaces or hyphens, or not at all. */
const written = fc
  .tuple(pan, fc.constantFrom('', ' ', '-'))
  .map(([digits, separator]) => (digits.match(/\d{1,4}/g) ?? []).join(separator));

const digitsOf = (text: string) => text.replace(/\D/g, '');

describe('card numbers', () => {
  it('are masked in any text', () => {
    const around = fc.string({ unit: fc.constantFrom(...Array.from('abz ,.;:"\'{}[]()=/|_\n\té☃')) });
    fc.assert(
      fc.property(written, around, around, (card, before, after) => {
        // A letter on either side makes it look like an id; only brands of 15 and 16 digits are seen then.
        fc.pre(!/[a-z]$/.test(before) && !/^[a-z]/.test(after));
        const redacted = redactText(`${before}${card}${after}`);
        expect(redacted).toBe(`${before}[redacted]${after}`);
      }),
    );
  });

  it('are masked beside other numbers', () => {
    fc.assert(
      fc.property(written, fc.stringMatching(/^\d{1,6}$/), fc.constantFrom(' ', '-'), (card, number, separator) => {
        for (const text of [`${number}${separator}${card}`, `${card}${separator}${number}`]) {
          expect(digitsOf(redactText(text))).not.toContain(digitsOf(card));
        }
      }),
    );
  });

  it('are masked though letters are glued to them', () => {
    expect(redactText('pan4111111111111111')).toBe('pan[redacted]');
    expect(redactText('4111111111111111x and 378282246310005y')).toBe('[redacted]x and [redacted]y');
  });

  it('are masked each of several', () => {
    expect(redactText('4111 1111 1111 1111 5555 5555 5555 4444')).toBe('[redacted] [redacted]');
    expect(redactText('4111111111111111,5555555555554444')).toBe('[redacted],[redacted]');
  });

  it('are masked as numbers, under any name', () => {
    expect(redactJson({ reference: 4111111111111111, list: [378282246310005] })).toEqual({
      reference: '[redacted]',
      list: ['[redacted]'],
    });
  });

  it.each([
    'order 4111111111111112 fails the check',
    '2f4f5f0e-1111-4222-8333-944445555666',
    '41111111-1111-4111-8111-111111111111',
    'pay_0123456789abcdefghjk',
    '01JDA000000000000000000042',
    '2026-11-22T09:00:00.000Z',
    '203.0.113.7',
    '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    '1099 USD',
  ])('are not seen in %j', (text) => {
    expect(redactText(text)).toBe(text);
  });

  it('are not seen in amounts and times', () => {
    const record = {
      amount: 1_000_000_000_000,
      at: 1_795_338_000_000,
      version: 3,
      share: 0.5,
      whole: -4111111111111111,
    };
    expect(redactJson(record)).toEqual(record);
  });

  it('have a check digit: any one digit changed breaks it', () => {
    fc.assert(
      fc.property(pan, fc.nat(), fc.integer({ min: 1, max: 9 }), (card, place, by) => {
        const index = place % card.length;
        const wrong = (Number(card.charAt(index)) + by) % 10;
        expect(passesLuhn(card)).toBe(true);
        expect(passesLuhn(`${card.slice(0, index)}${String(wrong)}${card.slice(index + 1)}`)).toBe(false);
      }),
    );
  });
});

describe('secrets', () => {
  const token = fc.stringMatching(/^[A-Za-z0-9_-]{10,60}$/);
  /** Made by the product's own code, as people and servers hold them. */
  const bytes = fc.uint8Array({ minLength: 128, maxLength: 128 });
  const randomnessOf = (all: Uint8Array) => {
    let from = 0;
    return { bytes: (count: number) => all.slice(from, (from += count)) };
  };
  const own = fc.oneof(
    bytes.map((all) => {
      const randomness = randomnessOf(all);
      return keyToken(newId('tenant', randomness), newId('apiKey', randomness), newKeySecret(randomness));
    }),
    bytes.map((all) => {
      const randomness = randomnessOf(all);
      const code = Buffer.from(randomness.bytes(32)).toString('base64url');
      return `${newId('tenant', randomness)}.${newId('invitation', randomness)}.1-${code}`;
    }),
    fc.stringMatching(/^[0-9a-hjkmnp-tv-z]{6}(-[0-9a-hjkmnp-tv-z]{6}){3}$/),
  );
  const planted = fc.oneof(
    fc.tuple(token, token, token).map(([header, payload, signature]) => `eyJ${header}.${payload}.${signature}`),
    fc.base64String({ minLength: 24 }).map((secret) => `whsec_${secret}`),
    token.map((secret) => `Bearer ${secret}`),
    own,
    fc.stringMatching(/^sk_(live|test|sandbox)_[A-Za-z0-9]{8,30}$/),
    fc.stringMatching(/^re_[A-Za-z0-9]{8,12}_[A-Za-z0-9]{8,24}$/),
    fc.stringMatching(/^A[SK]IA[A-Z0-9]{16}$/),
    fc.stringMatching(/^otpauth:\/\/totp\/[A-Za-z0-9]{1,20}\?secret=[A-Z2-7]{32}$/),
    fc.stringMatching(/^[a-z0-9.]{1,20}[a-z0-9]@[a-z0-9]{1,20}\.example$/),
  );
  const around = fc.string({ unit: fc.constantFrom(...Array.from(' ,;:"\'{}[]()|\n\té☃')) });

  it('are masked in any text', () => {
    fc.assert(
      fc.property(planted, around, around, (secret, before, after) => {
        const redacted = redactText(`${before}${secret} ${after}`);
        expect(redacted).not.toContain(secret);
        expect(redacted).toContain('[redacted]');
        expect(redacted.startsWith(before)).toBe(true);
      }),
    );
  });

  it('of our own leave nothing behind, written in capitals as well', () => {
    // A run of digits in them may pass for a card number, and is then masked first.
    const plain = own.filter((secret) => !/\d(?:-?\d){12}/.test(secret));
    fc.assert(
      fc.property(plain, around, (secret, before) => {
        expect(redactText(`${before}${secret} after`)).toBe(`${before}[redacted] after`);
        expect(redactText(`${before}${secret.toUpperCase()} after`)).toBe(`${before}[redacted] after`);
      }),
    );
  });

  it.each(['the earlier answer before yesterday', '2026-11-22', 'ten_0123456789abcdefghjk', 'abcdef-012345-abcdef'])(
    'are not seen in %j',
    (text) => {
      expect(redactText(text)).toBe(text);
    },
  );

  it('are masked in any depth of JSON', () => {
    fc.assert(
      fc.property(planted, fc.integer({ min: 0, max: 20 }), (secret, depth) => {
        let value: unknown = secret;
        for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? { field: value } : [value];
        expect(JSON.stringify(redactJson(value))).not.toContain(secret);
      }),
    );
  });

  it('are masked by the name of their field, whatever they look like', () => {
    for (const name of [
      'password',
      'api_key',
      'Api-Key',
      'webhookSecret',
      'SET_COOKIE',
      'cvv',
      'recoveryCodes',
      'email',
    ]) {
      expect(isSecretName(name)).toBe(true);
      expect(redactJson({ [name]: 'plain words' })).toEqual({ [name]: '[redacted]' });
      expect(redactJson({ [name]: 12 })).toEqual({ [name]: '[redacted]' });
      expect(redactJson({ [name]: ['a', 'b'] })).toEqual({ [name]: '[redacted]' });
    }
    expect(redactJson({ description: 'plain words', status: 'captured' })).toEqual({
      description: 'plain words',
      status: 'captured',
    });
  });

  it('cannot hide in a cycle', () => {
    const cycle: Record<string, unknown> = { secret: 'x' };
    cycle.self = cycle;
    expect(JSON.stringify(redactJson(cycle))).toContain('[redacted]');
  });

  it('are looked for in linear time', () => {
    const texts = ['a', 'eyJ', '1 ', 'a@', 'a@b.', '4', '4-', 'Bearer ', 'whsec_', 'AKIA', 'f0-'];
    for (const text of texts) {
      const startedMs = performance.now();
      redactText(text.repeat(100_000 / text.length));
      expect(performance.now() - startedMs).toBeLessThan(3_000);
    }
  });
});

describe('a masked e-mail address', () => {
  it('shows the first letter and the domain, and is left as it is by redaction', () => {
    expect(maskEmail('ada@example.com')).toBe('a***@example.com');
    expect(redactText(maskEmail('ada@example.com'))).toBe('a***@example.com');
    expect(maskEmail('@example.com')).toBe('***');
    expect(maskEmail('nobody')).toBe('***');
  });
});
