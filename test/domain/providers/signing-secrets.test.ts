import * as fc from 'fast-check';

import { webhookSecretsOf } from '../../../lambdas/domain/providers/ports';
import type { ConnectionSecret } from '../../../lambdas/domain/providers/ports';
import { endingBy, lastEndOf, replacing, settled, withEnds } from '../../../lambdas/domain/providers/signing-secrets';

const hourMs = 3_600_000;
const startMs = Date.parse('2026-01-31T12:00:00.000Z');
const at = (nowMs: number, hours: number) => new Date(nowMs + hours * hourMs).toISOString();

interface Step {
  readonly account: number;
  /** Whether the provider says whose account it is. */
  readonly says: boolean;
  /** Somebody deletes the endpoint at the provider before. */
  readonly deleted: boolean;
  readonly crash: 'none' | 'before registering' | 'after registering';
  readonly hours: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  account: fc.integer({ min: 0, max: 2 }),
  says: fc.boolean(),
  deleted: fc.boolean(),
  crash: fc.constantFrom('none', 'none', 'before registering', 'after registering'),
  hours: fc.constantFrom(0, 1, 23, 24, 30),
});

describe('what deliveries are checked against', () => {
  test('is at hand only as what the account of the credentials signs with, through whatever replacements and crashes', () => {
    let restored = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
        const endpoints = new Map<number, { readonly endpoint: string; readonly secret: string }>();
        let made = 0;
        let nowMs = startMs;
        let stored: ConnectionSecret | undefined;
        let last: number | undefined;
        for (const { account, says, deleted, crash, hours } of steps) {
          nowMs += hours * hourMs;
          if (deleted) endpoints.delete(account);
          if (says && last !== undefined && last !== account) continue;
          const sameness = says && last !== undefined ? 'same' : 'unknown';
          const ends = { until: at(nowMs, 24), nowMs };
          const secret = withEnds({ ...stored, credentials: { account: String(account) } }, ends.until);
          stored = sameness === 'same' ? secret : replacing(secret, {}, ends);
          last = account;
          if (crash === 'before registering') continue;
          const known = endpoints.get(account);
          const now = known ?? { endpoint: `we_${String((made += 1))}`, secret: `s_${String(made)}` };
          endpoints.set(account, now);
          if (crash === 'after registering') continue;
          const told = known === undefined ? now.secret : undefined;
          stored = settled(secret, { told, endpoint: now.endpoint }, sameness, ends);
          if (stored.webhookSecret !== undefined) expect(stored.webhookSecret).toBe(now.secret);
          if (stored.webhookSecret !== undefined && stored.webhookSecret !== secret.webhookSecret && told === undefined)
            restored += 1;
          const believed = webhookSecretsOf(stored, nowMs);
          expect(new Set(believed).size).toBe(believed.length);
          expect(believed.length).toBeLessThanOrEqual(4);
          // Nothing of before outlives the day in which it was replaced.
          expect(webhookSecretsOf(stored, nowMs + 24 * hourMs)).toHaveLength(
            stored.webhookSecret === undefined ? 0 : 1,
          );
        }
      }),
      { numRuns: 300 },
    );
    expect(restored).toBeGreaterThan(0);
  });

  test('of before only ever ends sooner', () => {
    const previous = fc.array(
      fc.record({
        secret: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
        hours: fc.option(fc.integer({ min: -5, max: 100 })),
      }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(previous, fc.integer({ min: 0, max: 100 }), (all, overlapHours) => {
        const secret: ConnectionSecret = {
          credentials: {},
          webhookSecret: 'now',
          previous: all.map((each) => ({
            secret: each.secret,
            ...(each.hours === null ? {} : { until: at(startMs, each.hours) }),
          })),
        };
        const ended = endingBy(secret, at(startMs, overlapHours), startMs);
        for (const hours of [0, 1, 10, 50, 99]) {
          const believed = (of: ConnectionSecret) => webhookSecretsOf(of, startMs + hours * hourMs);
          const allowed = hours < overlapHours ? believed(secret) : ['now'];
          expect(allowed).toEqual(expect.arrayContaining([...believed(ended)]));
          const different = new Set(believed(secret)).size <= 4;
          if (different && hours < overlapHours) expect(new Set(believed(ended))).toEqual(new Set(believed(secret)));
        }
        const end = lastEndOf(ended);
        if (end !== undefined) expect(Date.parse(end)).toBeLessThanOrEqual(startMs + overlapHours * hourMs);
      }),
    );
  });
});
