import fc from 'fast-check';

import { attentionOf, reportedOf, statusOf, statusOfPayment, totalsOf } from '../../../lambdas/domain/payments';
import { paymentPosition } from '../../../lambdas/domain/ledger/payment-position';
import { countedOperationOf } from '../../../lambdas/domain/payments/operations';
import type { NormalisedEvent } from '../../../lambdas/domain/providers/provider';
import { eventsOf, evolved, paymentId, withEvents } from './a-payment';
import { apply, next, open, steps, webhooksOf } from './arbitraries';
import { hear, wordsOf, type Word } from './attestations';

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

describe("a provider's webhooks and the words of people", () => {
  const starts = [evolved(eventsOf().slice(0, 1)), evolved(eventsOf({ capture: 'manual' }).slice(0, 1)), open()];
  const anything = fc.constantFrom(...starts).chain((start) =>
    fc
      .record({
        start: fc.constant(start),
        webhooks: fc.array(webhooksOf(start), { maxLength: 6 }),
        words: fc.array(wordsOf(start), { minLength: 1, maxLength: 3 }),
      })
      .chain(({ webhooks, words }) => {
        const once: readonly (NormalisedEvent | Word)[] = [...webhooks, ...words];
        return fc.record({
          start: fc.constant(start),
          once: fc.constant(once),
          again: fc
            .array(fc.constantFrom(...once), { maxLength: 4 })
            .chain((doubles) =>
              fc.shuffledSubarray([...once, ...doubles], { minLength: once.length + doubles.length }),
            ),
        });
      }),
  );

  test('come to the same payment in any order, however often each is heard', () => {
    fc.assert(
      fc.property(anything, ({ start, once, again }) => {
        const [one, other] = [hear(start, once), hear(start, again)];
        expect(other).toEqual(one);
        expect([totalsOf(other), attentionOf(other), statusOfPayment(other)]).toEqual([
          totalsOf(one),
          attentionOf(one),
          statusOfPayment(one),
        ]);
      }),
      { numRuns: 500 },
    );
  });

  test('leave what the provider told as it told it: a word never hides a report', () => {
    const resultOf = (
      { operationId, isDone }: { operationId: string; isDone: boolean },
      start: (typeof starts)[number],
    ) => {
      const { kind, amount } = start.operations.find(({ id }) => id === operationId)!;
      const outcome = isDone
        ? ({
            status: 'succeeded',
            providerReference: `ref_${operationId}`,
            amount: { amount, currency: 'USD' },
          } as const)
        : ({ status: 'failed', reason: 'declined' } as const);
      const subject = { type: 'operation', paymentId, operationId, kind, outcome } as const;
      return { eventKey: operationId, occurredAt: '2026-02-20T00:00:00.000Z', eventType: 'x', subject };
    };
    fc.assert(
      fc.property(anything, fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }), ({ start, again }, done) => {
        // The provider tells in the end of every operation that anybody gave their word on.
        const results = start.operations
          .filter(({ id }) => again.some((each) => 'outcome' in each && each.operationId === id))
          .map(({ id }, index) => resultOf({ operationId: id, isDone: done[index]! }, start));
        const heard = hear(start, [...again, ...results]);
        const told = hear(start, [...again.filter((each) => !('outcome' in each)), ...results]);
        expect([reportedOf(heard), statusOfPayment(heard), paymentPosition(heard)]).toEqual([
          reportedOf(told),
          statusOfPayment(told),
          paymentPosition(told),
        ]);
        expect(totalsOf(heard)).toEqual({ ...totalsOf(told), needsAttention: totalsOf(heard).needsAttention });
        for (const { id, attestation } of heard.operations) {
          const { evidence } = countedOperationOf(heard, id)!;
          if (attestation === undefined || evidence.reversed || statusOf(evidence) === attestation.outcome.status)
            continue;
          expect(attentionOf(heard)).toContainEqual({ reason: 'attestation-contradicted', operationId: id });
        }
      }),
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
