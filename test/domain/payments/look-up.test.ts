import fc from 'fast-check';

import { attentionOf, hasRunOut, nextLookupAt, totalsOf } from '../../../lambdas/domain/payments';
import { decideLookup } from '../../../lambdas/domain/payments/look-up-payment';
import type { Answer } from '../../../lambdas/domain/payments/look-up-payment';
import type { LookupFinding } from '../../../lambdas/domain/payments/lookups';
import { noEvidence } from '../../../lambdas/domain/payments/outcome';
import { createdAt, eventsOf, evolved, failed, recorded, succeeded, unknown, withEvents } from './a-payment';

const begunMs = Date.parse(createdAt);
const minutes = (count: number): Date => new Date(begunMs + count * 60_000);
const at = (count: number): string => minutes(count).toISOString();

const operation = (lookups: readonly { at: string; found: LookupFinding }[], approvedAt?: string) => ({
  requestedAt: createdAt,
  lookups,
  evidence: { ...noEvidence, approvedAt },
});

describe('the schedule of look-ups', () => {
  test('asks ten times at most, each time later than the last, over five and a half days', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 600 }), { minLength: 12, maxLength: 12 }), (lateMinutes) => {
        const lookups: { at: string; found: LookupFinding }[] = [];
        for (const late of lateMinutes) {
          const next = nextLookupAt(operation(lookups));
          if (next === undefined) break;
          expect(next > (lookups.at(-1)?.at ?? '')).toBe(true);
          const asked = new Date(Date.parse(next) + late * 60_000).toISOString();
          lookups.push({ at: asked, found: 'unknown' });
        }
        expect(lookups.length).toBeLessThanOrEqual(10);
        expect(hasRunOut(operation(lookups))).toBe(true);
        expect(Date.parse(lookups.at(-1)!.at) - begunMs).toBeGreaterThanOrEqual(132 * 3_600_000);
      }),
    );
  });

  test('begins again, at once, when the customer has approved', () => {
    const before = [{ at: at(1), found: 'open' as const }];
    expect(nextLookupAt(operation(before))).toBe(at(5));
    expect(nextLookupAt(operation(before, at(3)))).toBe(at(3));
    expect(nextLookupAt(operation([...before, { at: at(3), found: 'unknown' }], at(3)))).toBe(at(4));
  });

  test('does not ask about an amount that differs: that is for a person', () => {
    const mismatched = { ...operation([]), evidence: { ...noEvidence, mismatched: true } };
    expect([nextLookupAt(mismatched), hasRunOut(mismatched)]).toEqual([undefined, false]);
  });
});

describe('what a look-up is taken for', () => {
  const absent: Answer = { status: 'absent' };
  const intent = () => evolved(eventsOf().slice(0, 1));
  const lookedUp = (found: LookupFinding) =>
    ({ type: 'OperationLookedUp', data: { operationId: 'op_authorize', found } }) as const;
  const decide = (payment: ReturnType<typeof intent>, answer: Answer, age: number) =>
    decideLookup(payment, 'op_authorize', answer, minutes(age)).map(({ type, data }) =>
      type === 'OutcomeRecorded' ? data.outcome.status : type === 'OperationLookedUp' ? data.found : type,
    );
  const notReceived = ['absent', 'failed'];

  test('absent twice in a row, the second time five minutes after the intent, is never received', () => {
    expect(decide(intent(), absent, 1)).toEqual(['absent']);
    expect(decide(withEvents(intent(), [lookedUp('absent')]), absent, 5)).toEqual(notReceived);
    expect(decideLookup(withEvents(intent(), [lookedUp('absent')]), 'op_authorize', absent, minutes(5)).at(-1)).toEqual(
      recorded('op_authorize', { status: 'failed', reason: 'not_received' }),
    );
  });

  test('one absence says nothing, nor do two with something else between them', () => {
    expect(decide(intent(), absent, 600)).toEqual(['absent']);
    expect(decide(withEvents(intent(), [lookedUp('absent'), lookedUp('unknown')]), absent, 30)).toEqual(['absent']);
  });

  test.each([
    ['accepted it', recorded('op_authorize', { status: 'pending', providerReference: 'p' })],
    [
      'sent the customer to a page',
      recorded('op_authorize', { status: 'requires_action', providerReference: 'p', redirectUrl: 'https://p.example' }),
    ],
    [
      'told of an approval',
      { type: 'ApprovalReported', data: { operationId: 'op_authorize', reference: 'p', occurredAt: at(0) } } as const,
    ],
  ])('a provider that has %s cannot have never received it', (_, event) => {
    expect(decide(withEvents(intent(), [event, lookedUp('absent')]), absent, 5)).toEqual(['absent']);
  });

  test('an answer without a result is noted once while it is due; a result is recorded whenever it comes', () => {
    expect(decide(intent(), unknown, 0)).toEqual([]);
    expect(decide(intent(), unknown, 1)).toEqual(['unknown']);
    expect(decide(intent(), succeeded(1000), 0)).toEqual(['succeeded']);
    expect(decide(intent(), failed, 1)).toEqual(['failed']);
    expect(decide(intent(), { status: 'pending', providerReference: 'p' }, 1)).toEqual(['pending', 'open']);
    expect(decide(evolved(eventsOf().slice(0, 2)), failed, 1)).toEqual([]);
  });

  test('a success that comes after all outweighs the absence, and calls a person', () => {
    const given = {
      type: 'OutcomeRecorded',
      data: { operationId: 'op_authorize', outcome: { status: 'failed', reason: 'not_received' } },
    } as const;
    const late = withEvents(intent(), [given, recorded('op_authorize', succeeded(1000))]);
    expect(totalsOf(late)).toMatchObject({ captured: 1000, needsAttention: true });
    expect(attentionOf(late)).toEqual([{ reason: 'outcomes-contradict', operationId: 'op_authorize' }]);
  });

  test('another amount is recorded, never accepted', () => {
    const told = withEvents(intent(), decideLookup(intent(), 'op_authorize', succeeded(1001), minutes(1)));
    expect(totalsOf(told)).toMatchObject({ authorized: 0, needsAttention: true });
    expect(attentionOf(told)).toEqual([{ reason: 'amount-differs', operationId: 'op_authorize' }]);
  });
});
