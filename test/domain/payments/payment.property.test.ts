import fc from 'fast-check';

import {
  attentionOf,
  countedOperations,
  decideResolve,
  reportedOf,
  statusOf,
  statusOfPayment,
  totalsOf,
  type Operation,
} from '../../../lambdas/domain/payments';
import { paymentPosition } from '../../../lambdas/domain/ledger/payment-position';
import { acceptedAmountOf } from '../../../lambdas/domain/payments/attestation';
import { countedOperationOf } from '../../../lambdas/domain/payments/operations';
import type { NormalisedEvent } from '../../../lambdas/domain/providers/provider';
import { eventsOf, evolved, paymentId, withEvents } from './a-payment';
import { apply, next, open, steps, webhooksOf } from './arbitraries';
import { asTyped, evidence, hear, lookedUpInVain, withEventsAt, wordsOf, type Word } from './attestations';

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
          .chain((doubles) => fc.shuffledSubarray([...once, ...doubles], { minLength: once.length + doubles.length })),
      });
    }),
);

const withoutWords = (heard: readonly (NormalisedEvent | Word)[]): readonly NormalisedEvent[] =>
  heard.flatMap((each) => ('outcome' in each ? [] : [each]));

describe("a provider's webhooks and the words of people", () => {
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
        const told = hear(start, [...withoutWords(again), ...results]);
        // What the provider says to have done in another amount, and to have refused, too, counts once somebody has accepted the amount.
        fc.pre(
          heard.operations.every((it) => acceptedAmountOf(it, { amount: it.amount, currency: 'USD' }) === undefined),
        );
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

test('an approval that no report has followed is never taken for paid on a word that does not know of it', () => {
  let waiting = 0;
  fc.assert(
    fc.property(anything, ({ start, again }) => {
      const heard = hear(start, again);
      for (const { id, evidence: raw, attestation } of heard.operations) {
        const isSaidPaid = attestation?.outcome.status === 'succeeded' && attestation.approvedAt !== raw.approvedAt;
        if (raw.approvedAt === undefined || raw.mismatched || !isSaidPaid) continue;
        waiting += 1;
        expect(statusOf(countedOperationOf(heard, id)!.evidence)).not.toBe('succeeded');
        expect(attentionOf(heard)).toContainEqual({ reason: 'attestation-contradicted', operationId: id });
      }
    }),
    { numRuns: 500 },
  );
  expect(waiting).toBeGreaterThan(5);
});

test('an operation counts in another amount than was asked only where the provider reports that one alone, and it was accepted', () => {
  let accepted = 0;
  const start = open();
  const own = start.operations.filter(({ evidence: { reference } }) => reference === undefined);
  const anythingOn = fc
    .record({
      operation: fc.constantFrom(...own),
      webhooks: fc.array(webhooksOf(start), { maxLength: 3 }),
      words: fc.array(wordsOf(start), { maxLength: 1 }),
    })
    .chain(({ operation: { id: operationId, kind, amount }, webhooks, words }) => {
      const other = { amount: amount + 1, currency: 'USD' };
      const outcome = { status: 'succeeded', providerReference: 'ref_2', amount: other } as const;
      const subject = { type: 'operation', paymentId, operationId, kind, outcome } as const;
      const report = { eventKey: 'other', occurredAt: '2026-01-31T12:00:01.000Z', eventType: 'x', subject };
      const said = { status: 'succeeded', reference: 'ref_2', ...other } as const;
      const word: Word = { operationId, outcome: said, at: '2026-02-20T00:00:00.000Z', approvedAt: undefined };
      const all: readonly (NormalisedEvent | Word)[] = [report, word, ...webhooks, ...words];
      return fc.shuffledSubarray([...all], { minLength: all.length });
    });
  fc.assert(
    fc.property(anythingOn, (heardOf) => {
      const heard = hear(start, heardOf);
      for (const counted of countedOperations(heard).filter(({ origin }) => origin === 'own')) {
        const { amount, evidence: raw, attestation } = heard.operations.find(({ id }) => id === counted.id)!;
        if (counted.amount === amount) continue;
        accepted += 1;
        const one = { amount: counted.amount, currency: 'USD' };
        expect([raw.succeeded, raw.others]).toEqual([false, { first: one, last: one }]);
        expect(attestation?.outcome).toMatchObject({ ...one, reference: raw.reference });
        const isInDoubt = raw.failure !== undefined && !raw.reversed;
        const reasons = attentionOf(heard).flatMap((each) => (each.operationId === counted.id ? [each.reason] : []));
        expect(reasons).toEqual(isInDoubt ? ['outcomes-contradict'] : []);
      }
    }),
    { numRuns: 300 },
  );
  expect(accepted).toBeGreaterThan(20);
});

describe('the reference that a person names', () => {
  const shares = (one: Operation, other: Operation): boolean =>
    one.evidence.reference === other.evidence.reference &&
    ![one.kind, other.kind].every((kind) => kind === 'cancel' || kind === 'authorize');

  test('stands for one movement, and what the provider tells of another is lowered by no word', () => {
    let claimed = 0;
    fc.assert(
      fc.property(anything, ({ start, again }) => {
        const heard = hear(start, again);
        const told = hear(start, withoutWords(again));
        const [all, reported] = [reportedOf(heard), reportedOf(told)];
        expect(
          [all.captured, all.refunded].map((amount, index) => amount >= [reported.captured, reported.refunded][index]!),
        ).toEqual([true, true]);
        const counted = countedOperations(heard);
        const byWord = counted.filter(
          ({ id, evidence }) =>
            evidence.succeeded && heard.operations.find((raw) => raw.id === id)!.evidence.reference === undefined,
        );
        claimed += byWord.length;
        for (const each of byWord) {
          expect(counted.filter((other) => other.id !== each.id && shares(each, other))).toEqual([]);
        }
      }),
      { numRuns: 500 },
    );
    expect(claimed).toBeGreaterThan(20);
  });

  test('is refused, or counts its movement exactly once and without a question left', () => {
    const tally = { refused: 0, anew: 0, known: 0 };
    fc.assert(
      fc.property(
        fc.array(webhooksOf(open()), { maxLength: 5 }),
        fc.constantFrom('op_c1', 'op_r0', 'op_r1'),
        fc.constantFrom('ref_1', 'x1', 'x2', 'c0', 'auth_1', 'word'),
        fc.boolean(),
        (webhooks, operationId, providerReference, isTold) => {
          const { kind, amount } = open().operations.find(({ id }) => id === operationId)!;
          // Told of as an operation that was made without us.
          const about = { kind: kind === 'capture' ? kind : 'refund', amount: { amount, currency: 'USD' } } as const;
          const subject = {
            type: 'external-operation',
            paymentId,
            providerReference,
            status: 'succeeded',
            ...about,
          } as const;
          const told = { eventKey: 'told', occurredAt: '2026-01-31T12:00:01.000Z', eventType: 'x', subject };
          const before = lookedUpInVain(apply(open(), isTold ? [...webhooks, told] : webhooks), operationId);
          const outcome = { status: 'succeeded', providerReference, amount: { amount, currency: 'USD' } } as const;
          const decision = decideResolve(before, { operationId, outcome, evidence }, asTyped);
          if (!decision.ok) {
            tally.refused += 1;
            return;
          }
          const after = withEventsAt(before, '2026-02-20T00:00:00.000Z', ...decision.value);
          const sum = kind === 'capture' ? 'captured' : 'refunded';
          const isKnown = countedOperations(before).some(
            (it) => it.origin === 'provider' && it.evidence.succeeded && it.evidence.reference === providerReference,
          );
          tally[isKnown ? 'known' : 'anew'] += 1;
          expect(reportedOf(after)[sum] - reportedOf(before)[sum]).toBe(isKnown ? 0 : amount);
          expect(attentionOf(after)).not.toContainEqual({ reason: 'attestation-contradicted', operationId });
        },
      ),
      { numRuns: 1000 },
    );
    expect(Math.min(...Object.values(tally))).toBeGreaterThan(0);
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
