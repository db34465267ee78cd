import * as fc from 'fast-check';

import type { RateLimit } from '../../lambdas/kernel/rate-limit';
import { admittedAt, blockOf, gcra } from '../../lambdas/kernel/rate-limit';
import { newSharedCells } from '../../lambdas/kernel/shared-cells';
import { windowsWithinBound } from '../contracts/rate-limiter-contract';
import { aClock } from '../support/a-commit';
import { newMemoryRateLimiter } from '../support/memory-rate-limiter';

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

describe('a block', () => {
  it('is an eighth of a cell at rest, and one request where less than half of the burst is spare', () => {
    expect([1, 8, 80, 1_000].map((burst) => blockOf(burst, burst))).toEqual([1, 1, 10, 125]);
    expect(blockOf(500, 1_000)).toBe(1);
    expect(blockOf(1, 1_000)).toBe(1);
  });

  it('leaves half of the burst to others, however many functions hold one', () => {
    const of: RateLimit = { name: 'any', burst: 1_000, intervalMs: 10 };
    let tatMs: number | undefined;
    for (let functions = 1; functions <= 500; functions += 1) {
      const step = gcra(tatMs, 0, of, 'block');
      expect(step.decision.admitted).toBe(true);
      tatMs = step.tatMs;
    }
  });
});

describe('shared cells', () => {
  const of: RateLimit = { name: 'tenant-read', burst: 80, intervalMs: 100 };

  function aCell() {
    const clock = aClock();
    const memory = newMemoryRateLimiter(clock);
    let calls = 0;
    const limiter = {
      take: async (...asked: Parameters<typeof memory.take>) => {
        calls += 1;
        return memory.take(...asked);
      },
    };
    const shared = newSharedCells({ limiter, clock });
    return { clock, limiter, take: () => shared.take('a', of), calls: () => calls };
  }

  it('spend a block from memory: one call for ten requests', async () => {
    const { take, calls } = aCell();
    for (let count = 0; count < 10; count += 1) expect(await take()).toEqual({ admitted: true });
    expect(calls()).toBe(1);
    await take();
    expect(calls()).toBe(2);
  });

  it('ask once for all who come at the same moment', async () => {
    const { take, calls } = aCell();
    const decisions = await Promise.all(Array.from({ length: 10 }, take));
    expect(decisions.every(({ admitted }) => admitted)).toBe(true);
    expect(calls()).toBe(1);
  });

  it('let a slot die when it begins, and spend the ones after it', async () => {
    const { take, calls, clock } = aCell();
    await take();
    // Of the nine slots left, those that begin at 100, 200 … 800 ms have begun.
    clock.advance(801);
    await take();
    expect(calls()).toBe(1);
    await take();
    expect(calls()).toBe(2);
  });

  it('refuse as the cell does, and tell when it will be better', async () => {
    const { take, limiter } = aCell();
    for (let count = 0; count < 80; count += 1) await limiter.take('a', of);
    expect(await take()).toEqual({ admitted: false, retryAfterMs: 100, resetMs: 8_000 });
  });

  it('never admit what was paid under another limit', async () => {
    const clock = aClock();
    const shared = newSharedCells({ limiter: newMemoryRateLimiter(clock), clock });
    await shared.take('a', of);
    const tight = { ...of, burst: 10, intervalMs: 60_000 };
    expect((await shared.take('a', tight)).admitted).toBe(true);
    const decisions = await Promise.all(Array.from({ length: 10 }, () => shared.take('a', tight)));
    // Ten slots were paid before: of the ten minutes of tolerance they are one second, and so one request of the new limit.
    expect(decisions.filter(({ admitted }) => admitted)).toHaveLength(8);
  });

  it('keep the bound in any window, whoever holds blocks and however long', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ burst: fc.integer({ min: 1, max: 60 }), intervalMs: fc.integer({ min: 1, max: 100 }) }),
        fc.array(
          fc.record({
            worker: fc.nat({ max: 3 }),
            together: fc.integer({ min: 1, max: 12 }),
            waitMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 900 })),
          }),
          { minLength: 1, maxLength: 40 },
        ),
        async ({ burst, intervalMs }, steps) => {
          const tight: RateLimit = { name: 'tenant-read', burst, intervalMs };
          const clock = aClock();
          const limiter = newMemoryRateLimiter(clock);
          const workers = Array.from({ length: 4 }, () => newSharedCells({ limiter, clock }));
          const admittedAtMs: number[] = [];
          for (const { worker, together, waitMs } of steps) {
            clock.advance(waitMs);
            const decisions = await Promise.all(
              Array.from({ length: together }, () => workers[worker]!.take('a', tight)),
            );
            decisions.filter(({ admitted }) => admitted).forEach(() => admittedAtMs.push(clock.nowMs()));
          }
          expect(windowsWithinBound(admittedAtMs, tight)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});
