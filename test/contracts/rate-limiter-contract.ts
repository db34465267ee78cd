import * as fc from 'fast-check';

import type { RateDecision, RateLimit, RateLimiter } from '../../lambdas/kernel/rate-limit';
import { gcra } from '../../lambdas/kernel/rate-limit';
import { newSharedCells } from '../../lambdas/kernel/shared-cells';
import { aClock } from '../support/a-commit';

type Clock = ReturnType<typeof aClock>;

export const money: RateLimit = { name: 'money', burst: 3, intervalMs: 100 };

/** What every limiter must do. Each `make` gives a limiter over cells that nobody used. */
export function rateLimiterContract(make: (clock: Clock) => Promise<RateLimiter>): void {
  it('admits a burst at once, then one more an interval', async () => {
    const clock = aClock();
    const limiter = await make(clock);
    const take = () => limiter.take('user-1', money);
    expect(await take()).toEqual({ admitted: true, remaining: 2, resetMs: 100 });
    expect(await take()).toEqual({ admitted: true, remaining: 1, resetMs: 200 });
    expect(await take()).toEqual({ admitted: true, remaining: 0, resetMs: 300 });
    expect(await take()).toEqual({ admitted: false, retryAfterMs: 100, resetMs: 300 });
    clock.advance(99);
    expect(await take()).toEqual({ admitted: false, retryAfterMs: 1, resetMs: 201 });
    clock.advance(1);
    expect(await take()).toEqual({ admitted: true, remaining: 0, resetMs: 300 });
    expect(await take()).toMatchObject({ admitted: false });
  });

  it('is full again after the reset time', async () => {
    const clock = aClock();
    const limiter = await make(clock);
    for (let taken = 0; taken < 3; taken += 1) await limiter.take('user-1', money);
    clock.advance(300);
    expect(await limiter.take('user-1', money)).toEqual({ admitted: true, remaining: 2, resetMs: 100 });
  });

  it('keeps callers and classes apart, whatever their names hold', async () => {
    const limiter = await make(aClock());
    const single: RateLimit = { name: 'read', burst: 1, intervalMs: 1_000 };
    const names = ['a', 'a#read', 'a%23read', '2001:db8::1', 'T#ten#x', 'é*?'];
    for (const name of names) expect((await limiter.take(name, single)).admitted).toBe(true);
    for (const name of names) expect((await limiter.take(name, single)).admitted).toBe(false);
    expect((await limiter.take('a', { ...single, name: 'write' })).admitted).toBe(true);
  });

  it('follows a limit that is changed while the cell is in use', async () => {
    const limiter = await make(aClock());
    for (let taken = 0; taken < 3; taken += 1) await limiter.take('user-1', money);
    expect((await limiter.take('user-1', money)).admitted).toBe(false);
    expect((await limiter.take('user-1', { ...money, burst: 5 })).admitted).toBe(true);
    expect((await limiter.take('user-1', money)).admitted).toBe(false);
  });

  it('decides as the pure rule does, for any sequence', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ burst: fc.integer({ min: 1, max: 30 }), intervalMs: fc.integer({ min: 1, max: 200 }) }),
        fc.array(
          fc.record({
            key: fc.constantFrom('a', 'b'),
            waitMs: fc.integer({ min: 0, max: 150 }),
            size: fc.constantFrom('one', 'block'),
          }),
          { maxLength: 25 },
        ),
        async ({ burst, intervalMs }, steps) => {
          const limit: RateLimit = { name: 'read', burst, intervalMs };
          const clock = aClock();
          const limiter = await make(clock);
          const cells = new Map<string, number>();
          for (const { key, waitMs, size } of steps) {
            clock.advance(waitMs);
            const expected = gcra(cells.get(key), clock.nowMs(), limit, size);
            cells.set(key, expected.tatMs);
            expect(await limiter.take(key, limit, size)).toEqual(expected.decision);
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it('takes a block at once, and less the fuller the cell is', async () => {
    const clock = aClock();
    const limiter = await make(clock);
    const shared: RateLimit = { name: 'tenant-read', burst: 32, intervalMs: 100 };
    const startMs = clock.nowMs();
    expect(await limiter.take('a', shared, 'block')).toEqual({
      admitted: true,
      remaining: 28,
      resetMs: 400,
      block: { firstMs: startMs, count: 4 },
    });
    expect(await limiter.take('a', shared, 'block')).toMatchObject({
      remaining: 25,
      block: { firstMs: startMs + 400, count: 3 },
    });
    for (let taken = 0; taken < 9; taken += 1) await limiter.take('a', shared);
    expect(await limiter.take('a', shared, 'block')).toMatchObject({ remaining: 15, block: { count: 1 } });
  });

  it('keeps the bound when functions spend blocks of one cell from memory, beside single takers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            worker: fc.nat({ max: 3 }),
            together: fc.integer({ min: 1, max: 6 }),
            waitMs: fc.integer({ min: 0, max: 400 }),
          }),
          { minLength: 1, maxLength: 12 },
        ),
        async (rounds) => {
          const clock = aClock();
          const limiter = await make(clock);
          const limit: RateLimit = { name: 'tenant-read', burst: 24, intervalMs: 50 };
          const functions = [
            { take: (key: string, of: RateLimit) => limiter.take(key, of) },
            ...Array.from({ length: 3 }, () => newSharedCells({ limiter, clock })),
          ];
          const admittedAtMs: number[] = [];
          for (const { worker, together, waitMs } of rounds) {
            clock.advance(waitMs);
            const decisions = await Promise.all(
              Array.from({ length: together }, () => functions[worker]!.take('a', limit)),
            );
            decisions.filter(({ admitted }) => admitted).forEach(() => admittedAtMs.push(clock.nowMs()));
          }
          expect(windowsWithinBound(admittedAtMs, limit)).toBe(true);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('never admits more than burst + time ÷ interval in any window, whoever calls at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ together: fc.integer({ min: 1, max: 8 }), waitMs: fc.integer({ min: 0, max: 250 }) }), {
          minLength: 1,
          maxLength: 8,
        }),
        async (rounds) => {
          const clock = aClock();
          const limiter = await make(clock);
          const admittedAtMs: number[] = [];
          let refused = 0;
          for (const { together, waitMs } of rounds) {
            clock.advance(waitMs);
            const decisions = await Promise.all(Array.from({ length: together }, () => limiter.take('a', money)));
            refused += countRefused(decisions);
            decisions.filter(({ admitted }) => admitted).forEach(() => admittedAtMs.push(clock.nowMs()));
          }
          expect(windowsWithinBound(admittedAtMs, money)).toBe(true);
          expect(refused + admittedAtMs.length).toBe(rounds.reduce((sum, { together }) => sum + together, 0));
          expect(admittedAtMs.length).toBe(admittedByRule(rounds, money));
        },
      ),
      { numRuns: 20 },
    );
  });
}

function countRefused(decisions: readonly RateDecision[]): number {
  return decisions.filter(({ admitted }) => !admitted).length;
}

/** Every window between two admissions holds at most burst + its length ÷ interval. */
export function windowsWithinBound(admittedAtMs: readonly number[], limit: RateLimit): boolean {
  return admittedAtMs.every((fromMs, from) =>
    admittedAtMs.slice(from).every((toMs, count) => count + 1 <= limit.burst + (toMs - fromMs) / limit.intervalMs),
  );
}

/** How many the pure rule admits when the callers of a round come one after another: the limiter must not admit fewer. */
function admittedByRule(rounds: readonly { together: number; waitMs: number }[], limit: RateLimit): number {
  let nowMs = 0;
  let tatMs: number | undefined;
  let admitted = 0;
  for (const { together, waitMs } of rounds) {
    nowMs += waitMs;
    for (let call = 0; call < together; call += 1) {
      const next = gcra(tatMs, nowMs, limit);
      tatMs = next.tatMs;
      if (next.decision.admitted) admitted += 1;
    }
  }
  return admitted;
}
