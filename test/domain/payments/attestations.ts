import fc from 'fast-check';

import { paymentEntity, paymentStream, type Payment, type PaymentEvent } from '../../../lambdas/domain/payments';
import type { NormalisedEvent, ReadReference, ReferenceReaders } from '../../../lambdas/domain/providers/provider';
import { ok } from '../../../lambdas/kernel/result';
import { createdAt, paymentId, tenant } from './a-payment';
import { apply } from './arbitraries';

export const evidence = { kind: 'provider-dashboard', reference: 'Page of the day' } as const;

/** References are what somebody typed, whatever it is. */
const asIs: ReadReference = (_, text) => ok(text);
export const asTyped: ReferenceReaders = { sandbox: asIs, stripe: asIs, adyen: asIs, paypal: asIs };

export type Attested = Extract<PaymentEvent, { type: 'OutcomeAttested' }>['data']['outcome'];

/** `approvedAt`: the approval that was known. */
export const attested = (operationId: string, outcome: Attested, approvedAt?: string): PaymentEvent => ({
  type: 'OutcomeAttested',
  data: { operationId, outcome, evidence, ...(approvedAt === undefined ? {} : { approvedAt }) },
});

/** The payment after events that were committed at that time. */
export function withEventsAt(payment: Payment, at: string, ...events: readonly PaymentEvent[]): Payment {
  const facts = { version: 2, at, commandKey: undefined, stream: paymentStream(tenant, paymentId) };
  return events.reduce<Payment>(
    (state, event) => paymentEntity.evolve(state, paymentEntity.parseEvent(event), facts),
    payment,
  );
}

/** Daily questions that told nothing, until the schedule has run out. */
export const lookedUpInVain = (payment: Payment, operationId: string): Payment =>
  Array.from({ length: 6 }, (_, day) => day).reduce(
    (state, day) =>
      withEventsAt(state, new Date(Date.parse(createdAt) + (12 + 24 * day) * 3_600_000).toISOString(), {
        type: 'OperationLookedUp',
        data: { operationId, found: 'unknown' },
      }),
    payment,
  );

/** What a person says of an operation, when. */
export interface Word {
  readonly operationId: string;
  readonly outcome: Attested;
  readonly at: string;
  /** The approval that they knew of. */
  readonly approvedAt: string | undefined;
}

export const wordsOf = (payment: Payment): fc.Arbitrary<Word> =>
  fc.constantFrom(...payment.operations).chain(({ id: operationId, amount }) =>
    fc.record({
      operationId: fc.constant(operationId),
      outcome: fc.oneof(
        fc.record({
          status: fc.constant('succeeded' as const),
          reference: fc.constantFrom('ref_1', 'ref_2', 'x1', 'word'),
          // The other amount is that which the provider may have reported: it is accepted.
          amount: fc.constantFrom(amount, amount, amount + 1),
          currency: fc.constant('USD'),
        }),
        fc.record({
          status: fc.constant('failed' as const),
          reason: fc.constantFrom('not_received' as const, 'declined' as const),
        }),
      ),
      approvedAt: fc.constantFrom(undefined, undefined, '2026-01-31T12:00:01.000Z', '2026-01-31T12:00:02.000Z'),
      // Before, between and after the times at which the provider tells of an approval.
      at: fc.constantFrom('2026-01-31T12:00:00.500Z', '2026-01-31T12:00:02.500Z', '2026-01-31T12:00:09.000Z'),
    }),
  );

/** The payment after webhooks and words, in the order given. */
export function hear(payment: Payment, heard: readonly (NormalisedEvent | Word)[]): Payment {
  return heard.reduce(
    (state, each) =>
      'outcome' in each
        ? withEventsAt(state, each.at, attested(each.operationId, each.outcome, each.approvedAt))
        : apply(state, [each]),
    payment,
  );
}
