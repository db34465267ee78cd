import fc from 'fast-check';

import { decidePayoutReport, settlementEntity, statusOfSettlement } from '../../../lambdas/domain/settlements';
import type { PayoutSubject, Settlement } from '../../../lambdas/domain/settlements';
import { payoutStatuses } from '../../../lambdas/domain/providers/provider';
import { connectionId, payoutId, stream, tenant } from './a-settlement';

const facts = { version: 1, at: '2026-01-31T12:00:00.000Z', commandKey: undefined, stream };

function apply(subjects: readonly PayoutSubject[]): Settlement | undefined {
  return subjects.reduce<Settlement | undefined>((state, subject) => {
    const { events } = decidePayoutReport(state, { tenant, connectionId }, subject);
    return events.reduce<Settlement | undefined>((now, event) => settlementEntity.evolve(now, event, facts), state);
  }, undefined);
}

const subjects: fc.Arbitrary<PayoutSubject> = fc.oneof(
  fc.record({
    type: fc.constant('payout' as const),
    payoutId: fc.constant(payoutId),
    status: fc.constantFrom(...payoutStatuses),
    amount: fc.record({ amount: fc.constantFrom(940, 940, 941, -5), currency: fc.constantFrom('USD', 'USD', 'EUR') }),
    arrivesOn: fc.constantFrom('2026-02-01', '2026-02-02'),
  }),
  fc.constant({ type: 'report' as const, reportId: payoutId }),
);

const paid = (amount: number): PayoutSubject => ({
  type: 'payout',
  payoutId,
  status: 'paid',
  amount: { amount, currency: 'USD' },
});

describe('reports of a payout', () => {
  test('come to the same settlement in any order, however often each is delivered', () => {
    fc.assert(
      fc.property(
        fc.array(subjects, { minLength: 1, maxLength: 6 }).chain((once) =>
          fc.record({
            once: fc.constant(once),
            again: fc
              .array(fc.constantFrom(...once), { maxLength: 4 })
              .chain((doubles) =>
                fc.shuffledSubarray([...once, ...doubles], { minLength: once.length + doubles.length }),
              ),
          }),
        ),
        ({ once, again }) => {
          expect(apply(again)).toEqual(apply(once));
        },
      ),
      { numRuns: 500 },
    );
  });

  test('that it failed outweigh that it was paid', () => {
    const failed: PayoutSubject = { ...paid(940), type: 'payout', status: 'failed' } as PayoutSubject;
    expect(statusOfSettlement(apply([failed, paid(940)])!)).toBe('failed');
    expect(statusOfSettlement(apply([paid(940), failed])!)).toBe('failed');
  });

  test('that name different amounts contradict one another', () => {
    expect(apply([paid(940), paid(941)])).toMatchObject({ contradictory: true });
    expect(apply([paid(940), paid(940)])).toMatchObject({ contradictory: false });
  });
});
