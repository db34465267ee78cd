import fc from 'fast-check';

import { statusOf, totalsOf } from '../../../lambdas/domain/payments';
import { eventsOf, evolved, withEvents } from './a-payment';
import { apply, next, open, steps, webhooksOf } from './arbitraries';

describe('webhooks of a payment', () => {
  test('come to the same payment in any order, however often each is delivered', () => {
    const starts = [evolved(eventsOf().slice(0, 1)), open()];
    fc.assert(
      fc.property(
        fc.constantFrom(...starts).chain((start) =>
          fc.array(webhooksOf(start), { minLength: 1, maxLength: 8 }).chain((webhooks) =>
            fc.record({
              start: fc.constant(start),
              once: fc.constant(webhooks),
              again: fc
                .array(fc.constantFrom(...webhooks), { maxLength: 6 })
                .chain((doubles) =>
                  fc.shuffledSubarray([...webhooks, ...doubles], { minLength: webhooks.length + doubles.length }),
                ),
            }),
          ),
        ),
        ({ start, once, again }) => {
          expect(apply(start, again)).toEqual(apply(start, once));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('a payment under any sequence of commands and reports', () => {
  test('never captures more than authorized, never pays back more than captured, and has no negative amount', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('manual' as const, 'automatic' as const),
        fc.array(steps, { maxLength: 25 }),
        (capture, list) => {
          let payment = evolved(eventsOf({ capture }).slice(0, 1));
          for (const [index, step] of list.entries()) {
            payment = withEvents(payment, next(payment, step, index));
            const totals = totalsOf(payment);
            expect(totals.captured).toBeLessThanOrEqual(totals.authorized);
            expect(totals.refunded).toBeLessThanOrEqual(totals.captured);
            expect(totals.disputed).toBeLessThanOrEqual(totals.captured);
            for (const amount of Object.values(totals).filter((value) => typeof value === 'number')) {
              expect(amount).toBeGreaterThanOrEqual(0);
            }
            const goingBack = payment.operations
              .filter(({ kind, evidence }) => kind === 'refund' && statusOf(evidence) !== 'failed')
              .reduce((sum, { amount }) => sum + amount, 0);
            // Only a dispute on top of refunds, or a provider that contradicts itself, can break it; and then a person is called.
            expect(goingBack + totals.disputed <= totals.captured || totals.needsAttention).toBe(true);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test('while the provider tells the truth and nobody disputes, nothing ever needs attention', () => {
    const truthful = steps.filter(
      (step) => step.act !== 'dispute' && (step.act !== 'answer' || step.truth === 'succeeded'),
    );
    fc.assert(
      fc.property(fc.array(truthful, { maxLength: 25 }), (list) => {
        let payment = evolved(eventsOf({ capture: 'manual' }).slice(0, 1));
        for (const [index, step] of list.entries()) payment = withEvents(payment, next(payment, step, index));
        expect(totalsOf(payment).needsAttention).toBe(false);
      }),
    );
  });
});
