import fc from 'fast-check';

import {
  isContradictory,
  noEvidence,
  statusOf,
  toRecorded,
  withApproval,
  withReport,
} from '../../../lambdas/domain/payments/outcome';
import type { Evidence } from '../../../lambdas/domain/payments/outcome';
import { failureReasons } from '../../../lambdas/domain/providers/provider';
import { failed, succeeded, unknown } from './a-payment';

const asked = { amount: 1000, currency: 'USD' };
const reference = fc.constantFrom('ref_1', 'ref_2', 'ref_3');
const reason = fc.constantFrom(...failureReasons);

type Report = (evidence: Evidence) => Evidence;

const report: fc.Arbitrary<Report> = fc
  .oneof(
    fc.record({
      status: fc.constant('succeeded' as const),
      reference,
      amount: fc.constantFrom(1000, 1000, 999),
      currency: fc.constantFrom('USD', 'USD', 'EUR'),
    }),
    fc.record({ status: fc.constantFrom('failed' as const, 'reversed' as const), reason, reference }),
    fc.record({ status: fc.constantFrom('failed' as const, 'reversed' as const), reason }),
    fc.record({ status: fc.constant('pending' as const), reference }),
    fc.record({
      status: fc.constant('requires_action' as const),
      reference,
      redirectUrl: fc.constantFrom('https://a.example', 'https://b.example'),
    }),
    fc.constant({ status: 'unknown' as const, detail: 'timeout' }),
    fc.record({
      status: fc.constant('approved' as const),
      reference,
      at: fc.constantFrom('2026-01-31T12:00:01.000Z', '2026-01-31T12:00:02.000Z'),
    }),
  )
  .map((given) =>
    given.status === 'approved'
      ? (evidence: Evidence) => withApproval(evidence, given.reference, given.at)
      : (evidence: Evidence) => withReport(evidence, given, asked),
  );

const after = (reports: readonly Report[], evidence = noEvidence): Evidence =>
  reports.reduce((now, add) => add(now), evidence);

describe('reports of an operation', () => {
  test('come to the same evidence in any order and grouping', () => {
    fc.assert(
      fc.property(fc.array(report, { maxLength: 6 }), report, report, (before, one, other) => {
        const evidence = after(before);
        expect(other(one(evidence))).toEqual(one(other(evidence)));
      }),
      { numRuns: 2_000 },
    );
  });

  test('change nothing when they are heard again, however late', () => {
    fc.assert(
      fc.property(fc.array(report, { minLength: 1, maxLength: 8 }), fc.nat(), (reports, which) => {
        const evidence = after(reports);
        expect(reports[which % reports.length]!(evidence)).toEqual(evidence);
      }),
      { numRuns: 2_000 },
    );
  });

  test('only ever move a status on: done stays done unless undone, and undone is final', () => {
    const rank = { pending: 0, unknown: 0, requires_action: 0, failed: 1, succeeded: 2 } as const;
    fc.assert(
      fc.property(fc.array(report, { maxLength: 8 }), report, (reports, more) => {
        const before = after(reports);
        const now = more(before);
        if (before.reversed) expect(statusOf(now)).toBe('failed');
        // Another amount than was asked takes a failure back to a question.
        else if (!now.reversed && !now.mismatched) {
          expect(rank[statusOf(now)]).toBeGreaterThanOrEqual(rank[statusOf(before)]);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('what reports come to', () => {
  const told = (...outcomes: Parameters<typeof toRecorded>[0][]): Evidence =>
    outcomes.reduce((evidence, outcome) => withReport(evidence, toRecorded(outcome), asked), noEvidence);
  const reversed = { status: 'reversed', reason: 'declined', providerReference: 'auth_1' } as const;
  const pending = { status: 'pending', providerReference: 'auth_1' } as const;

  test.each<[string, Evidence, string, boolean]>([
    [
      'a success after a failure is a success that a person must look at',
      told(failed, succeeded(1000)),
      'succeeded',
      true,
    ],
    ['a success that is undone is a failure, and no contradiction', told(succeeded(1000), reversed), 'failed', false],
    ['undone before it was done is a failure all the same', told(reversed, succeeded(1000)), 'failed', false],
    ['accepted, then refused, is a failure', told(pending, failed), 'failed', false],
    ['accepted, not known otherwise, is pending', told(unknown, pending), 'pending', false],
    ['not answered, then done, is done', told(unknown, succeeded(1000)), 'succeeded', false],
    ['one unit more than asked is not done', told(succeeded(1001)), 'unknown', true],
    ['another currency than asked is not done', told(succeeded(1000, 'EUR')), 'unknown', true],
    [
      'the right amount after a wrong one is done, and for a person',
      told(succeeded(1001), succeeded(1000)),
      'succeeded',
      true,
    ],
    [
      'two references are done, and for a person',
      told(succeeded(1000), succeeded(1000, 'USD', 'x')),
      'succeeded',
      true,
    ],
  ])('%s', (_, evidence, status, contradictory) => {
    expect([statusOf(evidence), isContradictory(evidence)]).toEqual([status, contradictory]);
  });
});
