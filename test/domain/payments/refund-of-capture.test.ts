import fc from 'fast-check';

import { changePayment, decideProviderEvent, decideRefund } from '../../../lambdas/domain/payments';
import type { Payment, PaymentEvent } from '../../../lambdas/domain/payments';
import type { FollowUpRequest, NormalisedEvent, ProviderCapability } from '../../../lambdas/domain/providers/provider';
import { newMemoryStore } from '../../support/memory-journal';
import {
  aCommit,
  aContext,
  aPayment,
  aProvider,
  connectionId,
  createdAt,
  eventsOf,
  failed,
  paymentId,
  portsOn,
  recorded,
  succeeded,
  tenant,
  unknown,
  withEvents,
} from './a-payment';

const capabilities: readonly ProviderCapability[] = [...aProvider().capabilities, 'refund-of-capture'];
const usd = (amount: number) => ({ amount, currency: 'USD' });

const refund = (payment: Payment, amount?: number, operationId = 'op_new') =>
  decideRefund(payment, { operationId, capabilities, ...(amount === undefined ? {} : { amount: usd(amount) }) });

/** The capture of the intent, or why there is none. */
const chosen = (payment: Payment, amount?: number) => {
  const decided = refund(payment, amount);
  if (!decided.ok) return decided.error;
  const [event] = decided.value;
  return event?.type === 'OperationRequested' ? event.data.captureReference : undefined;
};

const tooMuch = (amount: number) => ({ reason: 'amount-exceeds-capture', refundableAtOnce: usd(amount) });

const requested = (operationId: string, amount: number, captureReference?: string): PaymentEvent => ({
  type: 'OperationRequested',
  data: { operationId, kind: 'refund', amount, ...(captureReference === undefined ? {} : { captureReference }) },
});

function told(payment: Payment, subject: NormalisedEvent['subject']): Payment {
  const event = { eventKey: 'e', occurredAt: createdAt, eventType: 'x', subject };
  const decision = decideProviderEvent(payment, connectionId, event);
  if (decision.result !== 'applied') throw new Error(decision.result);
  return withEvents(payment, decision.events);
}

const outside = (providerReference: string, amount: number, captureReference?: string) =>
  ({
    type: 'external-operation',
    paymentId,
    kind: 'refund',
    providerReference,
    amount: usd(amount),
    status: 'succeeded',
    ...(captureReference === undefined ? {} : { captureReference }),
  }) as const;

const lost = (disputeId: string, amount: number, captureReference?: string) =>
  ({
    type: 'dispute',
    paymentId,
    disputeId,
    status: 'lost',
    amount: usd(amount),
    ...(captureReference === undefined ? {} : { captureReference }),
  }) as const;

describe('where the provider refunds captures and not payments', () => {
  test('a refund names the oldest capture that holds it all', () => {
    const payment = aPayment({ captured: [200, 500, 300] });
    expect([200, 250, 500].map((amount) => chosen(payment, amount))).toEqual(['capture_0', 'capture_1', 'capture_1']);
  });

  test('what no capture holds is refused with the most that can be refunded at once, also without an amount', () => {
    const payment = aPayment({ captured: [200, 500, 300] });
    expect(chosen(payment, 501)).toEqual(tooMuch(500));
    expect(chosen(payment)).toEqual(tooMuch(500));
    expect(chosen(aPayment({ captured: [700] }))).toBe('capture_0');
  });

  test('a payment that was captured at once is refunded by its own name', () => {
    expect(chosen(aPayment(), 1000)).toBe('auth_1');
  });

  test('refunds count against the capture that they name, while they are open, too, and no more when they have failed', () => {
    const base = aPayment({ captured: [200, 500] });
    // Oldest first would have it that the first capture is empty, and 100 of the second.
    const open = withEvents(base, [requested('op_1', 300, 'capture_1'), recorded('op_1', unknown)]);
    expect([chosen(open, 200), chosen(open, 201)]).toEqual(['capture_0', tooMuch(200)]);
    expect(chosen(withEvents(open, [recorded('op_1', succeeded(300, 'USD', 'r1'))]), 201)).toEqual(tooMuch(200));
    expect(chosen(withEvents(open, [recorded('op_1', failed)]), 500)).toBe('capture_1');
  });

  test('refunds made outside, and lost disputes, count against the capture that the provider names', () => {
    const payment = told(aPayment({ captured: [200, 500] }), outside('r1', 400, 'capture_1'));
    expect([chosen(payment, 200), chosen(payment, 201)]).toEqual(['capture_0', tooMuch(200)]);
    const disputed = told(payment, lost('d1', 200, 'capture_0'));
    expect([chosen(disputed, 100), chosen(disputed, 101)]).toEqual([
      'capture_1',
      { reason: 'amount-exceeds-refundable', refundable: usd(100) },
    ]);
  });

  test('what names no capture may have come out of any', () => {
    for (const subject of [outside('r1', 150), lost('d1', 150)]) {
      const payment = told(aPayment({ captured: [200, 500] }), subject);
      expect([chosen(payment, 50), chosen(payment, 350), chosen(payment, 351)]).toEqual([
        'capture_0',
        'capture_1',
        tooMuch(350),
      ]);
    }
    // An intent of before captures were named.
    expect(chosen(withEvents(aPayment({ captured: [200, 500] }), [requested('op_1', 150)]), 351)).toEqual(tooMuch(350));
  });

  test('a refund that the provider names two captures for counts against both, and a person is called', () => {
    const twice = [outside('r1', 150, 'capture_1'), outside('r1', 150, 'capture_0')];
    const payment = twice.reduce(told, aPayment({ captured: [200, 500] }));
    expect([chosen(payment, 50), chosen(payment, 350), chosen(payment, 351)]).toEqual([
      'capture_0',
      'capture_1',
      tooMuch(350),
    ]);
    expect([...twice].reverse().reduce(told, aPayment({ captured: [200, 500] }))).toEqual(payment);
  });

  test('a capture that the provider has given two names is left out', () => {
    const payment = aPayment({ captured: [500, 300] }, [recorded('op_capture_0', succeeded(500, 'USD', 'other'))]);
    expect([chosen(payment, 300), chosen(payment, 301)]).toEqual(['capture_1', tooMuch(300)]);
  });

  test('elsewhere no capture is named, and a refund takes as much as is left of the payment', () => {
    const decided = decideRefund(aPayment({ captured: [200, 500] }), {
      operationId: 'op_new',
      capabilities: aProvider().capabilities,
    });
    expect(decided).toEqual({ ok: true, value: [requested('op_new', 700)] });
  });

  test('the provider is told the capture of the intent', async () => {
    const store = newMemoryStore();
    for (const [index, event] of eventsOf({ captured: [200, 500] }).entries()) {
      await store.journal.append([aCommit(index + 1, event)]);
    }
    const requests: FollowUpRequest[] = [];
    const base = aProvider();
    const provider = {
      ...base,
      capabilities,
      refund: (request: FollowUpRequest) => {
        requests.push(request);
        return base.refund(request);
      },
    };
    const target = { tenant, paymentId, ifMatch: undefined };
    const change = { kind: 'refund', amount: usd(300) } as const;
    await changePayment(portsOn(store.journal), aContext('refund'), target, change, async () => provider);
    expect(requests).toMatchObject([{ providerReference: 'auth_1', captureReference: 'capture_1', amount: usd(300) }]);
    expect(store.commits.flatMap(({ events }) => events)).toContainEqual(
      expect.objectContaining({
        type: 'OperationRequested',
        data: expect.objectContaining({ kind: 'refund', captureReference: 'capture_1' }),
      }),
    );
  });
});

/** What the provider has on its books: of each capture, how much, and how much has gone back. */
type Books = Map<string, { readonly amount: number; returned: number }>;

type Step =
  | { readonly act: 'capture'; readonly amount: number; readonly where: 'here' | 'outside' }
  | { readonly act: 'refund'; readonly amount: number | undefined; readonly fate: Fate }
  | { readonly act: 'refund-outside' | 'dispute'; readonly amount: number; readonly which: number }
  | { readonly act: 'settle'; readonly which: number };

/** Whether the provider does it, and whether we hear of it. */
type Fate = 'done' | 'refused' | 'done-unheard' | 'lost-unheard';

const amounts = fc.integer({ min: 1, max: 400 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    act: fc.constant('capture' as const),
    amount: amounts,
    where: fc.constantFrom('here' as const, 'outside' as const),
  }),
  fc.record({
    act: fc.constant('refund' as const),
    amount: fc.option(amounts, { nil: undefined }),
    fate: fc.constantFrom<Fate>('done', 'refused', 'done-unheard', 'lost-unheard'),
  }),
  fc.record({
    act: fc.constantFrom('refund-outside' as const, 'dispute' as const),
    amount: amounts,
    which: fc.nat(5),
  }),
  fc.record({ act: fc.constant('settle' as const), which: fc.nat(5) }),
);

describe('under any sequence of captures, refunds, disputes and work outside', () => {
  test('no capture is ever asked for more than it holds, and none that surely holds enough is passed over', () => {
    let refunds = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), (list) => {
        let payment = aPayment({ authorized: 1000, capture: 'manual' });
        const books: Books = new Map();
        const unheard: { readonly id: string; readonly amount: number; readonly from: string; readonly fate: Fate }[] =
          [];
        /** What is left there, less what we asked for and never heard of: it may be done yet. */
        const surelyLeft = (reference: string): number => {
          const { amount, returned } = books.get(reference)!;
          const undone = unheard.filter(({ from, fate }) => from === reference && fate === 'lost-unheard');
          return Math.max(0, amount - returned - undone.reduce((sum, it) => sum + it.amount, 0));
        };
        for (const [index, it] of list.entries()) {
          const id = String(index);
          if (it.act === 'capture') {
            const captured = [...books.values()].reduce((sum, { amount }) => sum + amount, 0);
            if (captured + it.amount > 1000) continue;
            books.set(`cap_${id}`, { amount: it.amount, returned: 0 });
            payment =
              it.where === 'here'
                ? withEvents(payment, [
                    {
                      type: 'OperationRequested',
                      data: { operationId: `op_${id}`, kind: 'capture', amount: it.amount },
                    },
                    recorded(`op_${id}`, succeeded(it.amount, 'USD', `cap_${id}`)),
                  ])
                : told(payment, { ...outside(`cap_${id}`, it.amount), kind: 'capture' });
          } else if (it.act === 'refund') {
            const decided = refund(payment, it.amount, `op_${id}`);
            if (!decided.ok) {
              if (decided.error.reason === 'amount-exceeds-capture') {
                const most = Math.max(...[...books.keys()].map(surelyLeft));
                expect(decided.error.refundableAtOnce.amount).toBe(most);
                if (it.amount !== undefined) expect(it.amount).toBeGreaterThan(most);
              }
              continue;
            }
            const [event] = decided.value;
            if (event?.type !== 'OperationRequested') throw new Error('no intent');
            const { amount, captureReference: from } = event.data;
            const book = books.get(from ?? '');
            if (from === undefined || book === undefined) throw new Error('no capture');
            expect(amount).toBeLessThanOrEqual(surelyLeft(from));
            refunds += 1;
            payment = withEvents(payment, decided.value);
            if (it.fate === 'done' || it.fate === 'done-unheard') book.returned += amount;
            if (it.fate === 'done') {
              payment = withEvents(payment, [recorded(`op_${id}`, succeeded(amount, 'USD', `ref_${id}`))]);
            } else if (it.fate === 'refused') payment = withEvents(payment, [recorded(`op_${id}`, failed)]);
            else unheard.push({ id, amount, from, fate: it.fate });
          } else if (it.act === 'settle') {
            const [settled] = unheard.splice(it.which % Math.max(1, unheard.length), 1);
            if (settled === undefined) continue;
            const outcome =
              settled.fate === 'lost-unheard' ? failed : succeeded(settled.amount, 'USD', `ref_${settled.id}`);
            payment = withEvents(payment, [recorded(`op_${settled.id}`, outcome)]);
          } else {
            const [reference, book] = [...books].at(it.which % Math.max(1, books.size)) ?? [];
            if (reference === undefined || book === undefined || book.amount - book.returned < it.amount) continue;
            book.returned += it.amount;
            payment = told(
              payment,
              it.act === 'dispute' ? lost(`d_${id}`, it.amount, reference) : outside(`ref_${id}`, it.amount, reference),
            );
          }
          for (const { amount, returned } of books.values()) expect(returned).toBeLessThanOrEqual(amount);
        }
      }),
      { numRuns: 500 },
    );
    expect(refunds).toBeGreaterThan(250);
  });
});
