import fc from 'fast-check';
import { ScureBase32Plugin, generate } from 'otplib';

import { newTotpSecret, stepOfCode, totpUri } from '../../../lambdas/domain/mfa/totp';

/** RFC 6238 appendix B, SHA-1: the ASCII secret `12345678901234567890`; its codes have 8 digits, ours are their last 6. */
const secret = new ScureBase32Plugin().encode(Buffer.from('12345678901234567890'));

const vectors = [
  [59, '94287082', 0x1],
  [1_111_111_109, '07081804', 0x23523ec],
  [1_111_111_111, '14050471', 0x23523ed],
  [1_234_567_890, '89005924', 0x273ef07],
  [2_000_000_000, '69279037', 0x3f940aa],
  [20_000_000_000, '65353130', 0x27bc86aa],
] as const;

const at = (seconds: number) => new Date(seconds * 1000);

describe('a code', () => {
  test.each(vectors)('of RFC 6238 appendix B at %i s is %s', async (seconds, code, step) => {
    expect(await stepOfCode(secret, code.slice(2), at(seconds))).toBe(step);
  });

  test.each(vectors)('of %i s holds for the step after it, and no longer', async (seconds, code, step) => {
    const start = step * 30;
    const held = [start - 1, start, start + 59, start + 60];
    const steps = await Promise.all(held.map((second) => stepOfCode(secret, code.slice(2), at(second))));
    expect(steps).toEqual([undefined, step, step, undefined]);
  });

  test('is taken for the step that it is of, wherever in the window it is shown', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1_000, max: 4_000_000_000 }),
        fc.integer({ min: -90, max: 90 }),
        async (seconds, skew) => {
          const code = await generate({ secret, epoch: seconds });
          const own = Math.floor(seconds / 30);
          const current = Math.floor((seconds + skew) / 30);
          const found = await stepOfCode(secret, code, at(seconds + skew));
          if (own === current || own === current - 1) expect(found).toBeDefined();
          if (found !== undefined) expect([current, current - 1]).toContain(found);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('of at most two steps holds at any instant: the matrix of clocks that run up to five minutes off', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1_000, max: 4_000_000_000 }), async (seconds) => {
        const held = new Set<string>();
        const offsets: number[] = [];
        for (let offset = -10; offset <= 10; offset += 1) {
          const code = await generate({ secret, epoch: seconds + offset * 30 });
          if ((await stepOfCode(secret, code, at(seconds))) === undefined) continue;
          held.add(code);
          offsets.push(offset);
        }
        expect(held.size).toBeLessThanOrEqual(2);
        expect(offsets).toEqual(expect.arrayContaining([-1, 0]));
      }),
      { numRuns: 40 },
    );
  });

  test('that is wrong has no step', async () => {
    expect(await stepOfCode(secret, '000000', at(59))).toBeUndefined();
  });
});

describe('a secret', () => {
  test('has 160 bits and is written in base 32 without padding', () => {
    const asked: number[] = [];
    const made = newTotpSecret({
      bytes: (count) => {
        asked.push(count);
        return new Uint8Array(count).fill(0xff);
      },
    });
    expect(asked).toEqual([20]);
    expect(made).toBe('7'.repeat(32));
  });

  test('is told to an app by a key URI', () => {
    expect(totpUri('7'.repeat(32), 'ada@example.com')).toBe(
      `otpauth://totp/Countinghouse:ada%40example.com?secret=${'7'.repeat(32)}&issuer=Countinghouse`,
    );
  });
});
