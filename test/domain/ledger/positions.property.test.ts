import fc from 'fast-check';

import { paymentPosition } from '../../../lambdas/domain/ledger';
import { between } from '../../../lambdas/domain/ledger/position';
import type { Posting } from '../../../lambdas/domain/ledger/position';
import { attentionOf, decideProviderEvent, totalsOf } from '../../../lambdas/domain/payments';
import type { Payment } from '../../../lambdas/domain/payments';
import { connectionId, eventsOf, evolved, withEvents } from '../payments/a-payment';
import { apply, next, open, steps, webhooksOf } from '../payments/arbitraries';

const sums = (postings: readonly Posting[]): number[] => {
  const byCurrency = new Map<string, number>();
  for (const { currency, amount } of postings) byCurrency.set(currency, (byCurrency.get(currency) ?? 0) + amount);
  return [...byCurrency.values()];
};

const balance = (payment: Payment, account: string): number =>
  paymentPosition(payment)
    .filter((posting) => posting.account === account && posting.currency === 'USD')
    .reduce((sum, { amount }) => sum + amount, 0);

describe('postings of a payment', () => {
  test('sum to zero in every currency, commit by commit, and come to the position of the end', () => {
    const starts = [evolved(eventsOf().slice(0, 1)), open()];
    fc.assert(
      fc.property(
        fc
          .constantFrom(...starts)
          .chain((start) => fc.tuple(fc.constant(start), fc.array(webhooksOf(start), { maxLength: 10 }))),
        fc.array(steps, { maxLength: 8 }),
        ([start, webhooks], commands) => {
          let payment = start;
          const posted: Posting[] = [...paymentPosition(start)];
          const goOn = (after: Payment): void => {
            const postings = between(paymentPosition(payment), paymentPosition(after));
            expect(sums(postings).every((sum) => sum === 0)).toBe(true);
            posted.push(...postings);
            payment = after;
          };
          for (const [index, webhook] of webhooks.entries()) {
            const decision = decideProviderEvent(payment, connectionId, webhook);
            if (decision.result === 'applied') goOn(withEvents(payment, decision.events));
            const step = commands[index];
            if (step !== undefined) goOn(withEvents(payment, next(payment, step, index)));
          }
          expect(between([], posted)).toEqual(paymentPosition(payment));
        },
      ),
      { numRuns: 100 },
    );
  });

  test('come to the same balances whatever the order of the webhooks, and however often each comes', () => {
    fc.assert(
      fc.property(
        fc
          .array(webhooksOf(open()), { minLength: 1, maxLength: 8 })
          .chain((webhooks) =>
            fc.tuple(
              fc.constant(webhooks),
              fc.shuffledSubarray([...webhooks, ...webhooks], { minLength: 2 * webhooks.length }),
            ),
          ),
        ([once, again]) => {
          expect(paymentPosition(apply(open(), again))).toEqual(paymentPosition(apply(open(), once)));
        },
      ),
      { numRuns: 80 },
    );
  });

  test('leave nothing in suspense that nobody is told of', () => {
    fc.assert(
      fc.property(fc.array(webhooksOf(open()), { maxLength: 8 }), (webhooks) => {
        const payment = apply(open(), webhooks);
        const isOpen = paymentPosition(payment).some(({ account }) => account === 'suspense');
        expect(!isOpen || attentionOf(payment).length > 0).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('say what the payment says: payable is captured, refunds are refunded, disputes are disputed', () => {
    fc.assert(
      fc.property(fc.array(webhooksOf(open()), { maxLength: 8 }), (webhooks) => {
        const payment = apply(open(), webhooks);
        const totals = totalsOf(payment);
        expect({
          captured: 0 - balance(payment, 'tenant_payable'),
          refunded: balance(payment, 'refunds'),
          disputed: balance(payment, 'disputes'),
        }).toEqual({ captured: totals.captured, refunded: totals.refunded, disputed: totals.disputed });
      }),
      { numRuns: 80 },
    );
  });

  test('leave nothing with the provider and nothing in suspense when all was paid out as it happened', () => {
    const amounts = fc.record({
      captured: fc.integer({ min: 1, max: 1000 }),
      refunded: fc.integer({ min: 0, max: 1000 }),
      disputed: fc.integer({ min: 0, max: 1000 }),
      fee: fc.integer({ min: 0, max: 30 }),
      currency: fc.constantFrom('USD', 'KWD'),
      won: fc.boolean(),
    });
    fc.assert(
      fc.property(amounts, ({ captured, refunded, disputed, fee, currency, won }) => {
        const [back, withdrawn] = [Math.min(refunded, captured), Math.min(disputed, captured)];
        const paidOut = (net: number) => ({ net: net - fee, fee, currency });
        const line = (
          settlementId: string,
          kind: 'capture' | 'refund' | 'dispute' | 'dispute_reversal',
          amount: number,
        ) => {
          const sign = kind === 'refund' || kind === 'dispute' ? -1 : 1;
          const data = { settlementId, kind, amount, currency: 'USD', paidOut: paidOut(sign * amount) };
          return { type: 'SettlementReported' as const, data };
        };
        const dispute = (status: 'lost' | 'won') => ({
          type: 'DisputeReported' as const,
          data: { disputeId: 'd', status, amount: withdrawn, currency: 'USD', occurredAt: '2026-01-31T12:00:00.000Z' },
        });
        const payment = withEvents(evolved(eventsOf({ captured: [captured], refunded: back > 0 ? [back] : [] })), [
          line('s1', 'capture', captured),
          line('s2', 'refund', back),
          dispute(won ? 'won' : 'lost'),
          line('s3', 'dispute', withdrawn),
          ...(won ? [line('s4', 'dispute_reversal', withdrawn)] : []),
        ]);
        const open = paymentPosition(payment).filter(({ account }) =>
          ['provider_receivable', 'suspense'].includes(account),
        );
        expect(open).toEqual([]);
      }),
    );
  });

  test('count a dispute once, in whichever currency: paid out, nothing of it is with the provider, and a foreign one is in suspense', () => {
    const disputes = fc.array(
      fc.record({
        amount: fc.integer({ min: 1, max: 200 }),
        currency: fc.constantFrom('USD', 'EUR', 'JPY'),
        status: fc.constantFrom('opened' as const, 'under_review' as const, 'lost' as const, 'won' as const),
      }),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(disputes, fc.boolean(), (list, areLinesFirst) => {
        const reports = list.map((dispute, index) => ({
          type: 'DisputeReported' as const,
          data: { disputeId: `d${String(index)}`, ...dispute, occurredAt: '2026-01-31T12:00:00.000Z' },
        }));
        const lines = list.flatMap(({ amount, currency, status }, index) =>
          (['dispute', ...(status === 'won' ? (['dispute_reversal'] as const) : [])] as const).map((kind) => ({
            type: 'SettlementReported' as const,
            data: { settlementId: `s${String(index)}_${kind}`, kind, amount, currency },
          })),
        );
        const paid = { settlementId: 's', kind: 'capture' as const, amount: 1000, currency: 'USD' };
        const start = evolved([...eventsOf(), { type: 'SettlementReported', data: paid }]);
        const position = paymentPosition(
          withEvents(start, areLinesFirst ? [...lines, ...reports] : [...reports, ...lines]),
        );
        expect(position.filter(({ account }) => account === 'provider_receivable')).toEqual([]);
        const away = new Map<string, number>();
        for (const { amount, currency, status } of list)
          if (status !== 'won' && currency !== 'USD') away.set(currency, (away.get(currency) ?? 0) + amount);
        const inSuspense = position.filter(({ account }) => account === 'suspense');
        expect(new Map(inSuspense.map(({ currency, amount }) => [currency, amount]))).toEqual(away);
      }),
    );
  });
});
