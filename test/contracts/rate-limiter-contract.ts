import * as fc from 'fast-check';

import type { RateDecision, RateLimit, RateLimiter } from '../../lambdas/kernel/rate-limit';
import { gcra } from '../../lambdas/kernel/rate-limit';
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
        fc.record({ burst: fc.integer({ min: 1, max: 5 }), intervalMs: fc.integer({ min: 1, max: 200 }) }),
        fc.array(fc.record({ key: fc.constantFrom('a', 'b'), waitMs: fc.integer({ min: 0, max: 150 }) }), {
          maxLength: 25,
        }),
        async ({ burst, intervalMs }, steps) => {
          const limit: RateLimit = { name: 'read', burst, intervalMs };
          const clock = aClock();
          const limiter = await make(clock);
          const cells = new Map<string, number>();
          for (const { key, waitMs } of steps) {
            clock.advance(waitMs);
            const expected = gcra(cells.get(key), clock.nowMs(), limit);
            cells.set(key, expected.tatMs);
            expect(await limiter.take(key, limit)).toEqual(expected.decision);
          }
        },
      ),
      { numRuns: 25 },
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
