import * as fc from 'fast-check';

import type { RateLimit } from '../../lambdas/kernel/rate-limit';
import { admittedAt, gcra } from '../../lambdas/kernel/rate-limit';

const limit: fc.Arbitrary<RateLimit> = fc.record({
  name: fc.constant('any'),
  burst: fc.integer({ min: 1, max: 50 }),
  intervalMs: fc.integer({ min: 1, max: 5_000 }),
});
const waits = fc.array(fc.integer({ min: 0, max: 8_000 }), { minLength: 1, maxLength: 60 });

function play(of: RateLimit, waitsMs: readonly number[]) {
  let nowMs = 1_000_000;
  let tatMs: number | undefined;
  return waitsMs.map((waitMs) => {
    nowMs += waitMs;
    const before = tatMs;
    const step = gcra(before, nowMs, of);
    tatMs = step.tatMs;
    return { nowMs, before, ...step };
  });
}

describe('GCRA', () => {
  it('admits at most burst + time ÷ interval in any window', () => {
    fc.assert(
      fc.property(limit, waits, (of, waitsMs) => {
        const admitted = play(of, waitsMs).filter(({ decision }) => decision.admitted);
        admitted.forEach((from, first) => {
          admitted.slice(first).forEach((to, count) => {
            expect(count + 1).toBeLessThanOrEqual(of.burst + (to.nowMs - from.nowMs) / of.intervalMs);
          });
        });
      }),
    );
  });

  it('always admits one who keeps to the rate', () => {
    fc.assert(
      fc.property(limit, fc.array(fc.nat({ max: 1_000 }), { maxLength: 40 }), (of, lateMs) => {
        const steps = play(
          of,
          lateMs.map((late) => of.intervalMs + late),
        );
        expect(steps.every(({ decision }) => decision.admitted)).toBe(true);
      }),
    );
  });

  it('never lowers the TAT, and a refusal does not move it', () => {
    fc.assert(
      fc.property(limit, waits, (of, waitsMs) => {
        for (const { before, tatMs, decision } of play(of, waitsMs)) {
          expect(tatMs).toBeGreaterThanOrEqual(before ?? 0);
          if (!decision.admitted) expect(tatMs).toBe(before);
        }
      }),
    );
  });

  it('names the exact time of the next admission: then, and not a millisecond before', () => {
    fc.assert(
      fc.property(limit, waits, (of, waitsMs) => {
        for (const { nowMs, tatMs, decision } of play(of, waitsMs)) {
          if (decision.admitted) continue;
          expect(decision.retryAfterMs).toBeGreaterThan(0);
          expect(gcra(tatMs, nowMs + decision.retryAfterMs, of).decision.admitted).toBe(true);
          expect(gcra(tatMs, nowMs + decision.retryAfterMs - 1, of).decision.admitted).toBe(false);
        }
      }),
    );
  });

  it('says how many more would be admitted at once', () => {
    fc.assert(
      fc.property(limit, waits, (of, waitsMs) => {
        const last = play(of, waitsMs).at(-1);
        if (last === undefined || !last.decision.admitted) return;
        const next = play(of, waitsMs.concat(Array<number>(last.decision.remaining + 1).fill(0))).slice(waitsMs.length);
        expect(next.map(({ decision }) => decision.admitted)).toEqual([
          ...Array<boolean>(last.decision.remaining).fill(true),
          false,
        ]);
        expect(admittedAt(last.tatMs, last.nowMs, of)).toEqual(last.decision);
      }),
    );
  });
});
