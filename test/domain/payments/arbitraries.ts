import fc from 'fast-check';

import {
  decideCancel,
  decideCapture,
  decideProviderEvent,
  decideRefund,
  type Payment,
  type PaymentEvent,
} from '../../../lambdas/domain/payments';
import { disputeStatuses, settlementKinds } from '../../../lambdas/domain/providers/provider';
import {
  failureReasons,
  type NormalisedEvent,
  type OperationOutcome,
} from '../../../lambdas/domain/providers/provider';
import { aPayment, aProvider, connectionId, createdAt, paymentId, recorded, withEvents } from './a-payment';

const { capabilities } = aProvider();

const outcomes = (amount: number): fc.Arbitrary<OperationOutcome> =>
  fc.oneof(
    fc.record({
      status: fc.constant('succeeded' as const),
      providerReference: fc.constantFrom('ref_1', 'ref_2'),
      amount: fc.record({
        amount: fc.constantFrom(amount, amount, amount, amount + 1),
        currency: fc.constantFrom('USD', 'USD', 'USD', 'EUR'),
      }),
    }),
    fc.record({ status: fc.constant('pending' as const), providerReference: fc.constantFrom('ref_1', 'ref_2') }),
    fc.record({ status: fc.constant('reversed' as const), reason: fc.constantFrom(...failureReasons) }),
    fc.record({ status: fc.constant('failed' as const), reason: fc.constantFrom(...failureReasons) }),
    fc.record({
      status: fc.constant('requires_action' as const),
      providerReference: fc.constantFrom('ref_1', 'ref_2'),
      redirectUrl: fc.constantFrom('https://a.example', 'https://b.example'),
    }),
    fc.constant({ status: 'unknown' as const, detail: 'timeout' }),
  );

/** Webhooks that a provider might send of this payment, truthful or not. */
export const webhooksOf = (payment: Payment): fc.Arbitrary<NormalisedEvent> => {
  const subject: fc.Arbitrary<NormalisedEvent['subject']> = fc.oneof(
    fc.constantFrom(...payment.operations).chain((operation) =>
      outcomes(operation.amount).map((outcome) => ({
        type: 'operation' as const,
        paymentId,
        operationId: operation.id,
        kind: operation.kind,
        outcome,
      })),
    ),
    fc.record(
      {
        type: fc.constant('dispute' as const),
        paymentId: fc.constant(paymentId),
        disputeId: fc.constantFrom('d1', 'd2'),
        status: fc.constantFrom(...disputeStatuses),
        stage: fc.constantFrom(1, 2),
        captureReference: fc.constantFrom('c0', 'c1'),
        respondBy: fc.constantFrom('2026-02-07T00:00:00.000Z', '2026-02-08T00:00:00.000Z'),
        amount: fc.record({ amount: fc.integer({ min: 1, max: 900 }), currency: fc.constantFrom('USD', 'USD', 'EUR') }),
      },
      { requiredKeys: ['type', 'paymentId', 'disputeId', 'status', 'amount'] },
    ),
    fc.record(
      {
        type: fc.constant('settlement' as const),
        paymentId: fc.constant(paymentId),
        settlementId: fc.constantFrom('s1', 's2'),
        kind: fc.constantFrom(...settlementKinds),
        amount: fc.record({ amount: fc.integer({ min: 1, max: 900 }), currency: fc.constantFrom('USD', 'USD', 'EUR') }),
        paidOut: fc.record({
          net: fc.integer({ min: -900, max: 900 }),
          fee: fc.integer({ min: -20, max: 50 }),
          currency: fc.constantFrom('USD', 'JPY'),
        }),
      },
      { requiredKeys: ['type', 'paymentId', 'settlementId', 'kind', 'amount'] },
    ),
    fc.record(
      {
        type: fc.constant('external-operation' as const),
        paymentId: fc.constant(paymentId),
        kind: fc.constantFrom('capture' as const, 'refund' as const, 'cancel' as const),
        // The provider may tell of an operation of ours before it names ours: under the reference that it gave it.
        providerReference: fc.constantFrom('x1', 'x2', 'ref_1'),
        amount: fc.record({ amount: fc.constantFrom(100, 200, 300), currency: fc.constantFrom('USD', 'USD', 'EUR') }),
        status: fc.constantFrom('pending' as const, 'succeeded' as const, 'failed' as const, 'reversed' as const),
        captureReference: fc.constantFrom('c0', 'c1'),
      },
      { requiredKeys: ['type', 'paymentId', 'kind', 'providerReference', 'amount', 'status'] },
    ),
    fc.constantFrom(...payment.operations).map((operation) => ({
      type: 'approval' as const,
      paymentId,
      operationId: operation.id,
      providerReference: 'ref_1',
    })),
    fc.constantFrom(...payment.operations).map((operation) => ({
      type: 'approval' as const,
      paymentId,
      operationId: operation.id,
      providerReference: 'ref_2',
    })),
    fc.constant({ type: 'expiry' as const, paymentId }),
    fc.constant({ type: 'other' as const }),
  );
  return fc.record({
    eventKey: fc.uuid(),
    occurredAt: fc.constantFrom('2026-01-31T12:00:01.000Z', '2026-01-31T12:00:02.000Z', '2026-01-31T12:00:03.000Z'),
    eventType: fc.constant('x'),
    subject,
  });
};

/** The payment after webhooks, in the order given. */
export function apply(payment: Payment, webhooks: readonly NormalisedEvent[]): Payment {
  return webhooks.reduce((state, webhook) => {
    const decision = decideProviderEvent(state, connectionId, webhook);
    return decision.result === 'applied' ? withEvents(state, decision.events) : state;
  }, payment);
}

/** A payment with open operations of every kind: captured 600 of 1000, 300 more asked, refunds of 100 and 200 asked. */
export const open = (): Payment =>
  aPayment({ authorized: 1000, capture: 'manual' }, [
    { type: 'OperationRequested', data: { operationId: 'op_c0', kind: 'capture', amount: 600 } },
    recorded('op_c0', { status: 'succeeded', providerReference: 'c0', amount: { amount: 600, currency: 'USD' } }),
    { type: 'OperationRequested', data: { operationId: 'op_c1', kind: 'capture', amount: 300 } },
    { type: 'OperationRequested', data: { operationId: 'op_r0', kind: 'refund', amount: 100 } },
    { type: 'OperationRequested', data: { operationId: 'op_r1', kind: 'refund', amount: 200 } },
  ]);

export type Step =
  | { readonly act: 'capture' | 'refund'; readonly amount: number | undefined }
  | { readonly act: 'cancel' }
  | { readonly act: 'answer'; readonly which: number; readonly truth: 'succeeded' | 'failed' | 'unknown' | 'wrong' }
  | { readonly act: 'dispute'; readonly amount: number; readonly status: 'opened' | 'won' | 'lost' }
  | { readonly act: 'expire' };

export const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    act: fc.constantFrom('capture' as const, 'refund' as const),
    amount: fc.option(fc.integer({ min: 1, max: 700 }), { nil: undefined }),
  }),
  fc.record({ act: fc.constant('cancel' as const) }),
  fc.record({
    act: fc.constant('answer' as const),
    which: fc.nat(10),
    truth: fc.constantFrom(
      'succeeded' as const,
      'succeeded' as const,
      'failed' as const,
      'unknown' as const,
      'wrong' as const,
    ),
  }),
  fc.record({
    act: fc.constant('dispute' as const),
    amount: fc.integer({ min: 1, max: 1500 }),
    status: fc.constantFrom('opened' as const, 'won' as const, 'lost' as const),
  }),
  fc.record({ act: fc.constant('expire' as const) }),
);

/** The events of a step on this payment; none when it is refused. */
export function next(payment: Payment, step: Step, index: number): readonly PaymentEvent[] {
  const operationId = `op_${String(index)}`;
  switch (step.act) {
    case 'capture':
    case 'refund': {
      const amount = step.amount === undefined ? {} : { amount: { amount: step.amount, currency: 'USD' } };
      const decided = (step.act === 'capture' ? decideCapture : decideRefund)(payment, {
        operationId,
        capabilities,
        ...amount,
      });
      return decided.ok ? decided.value : [];
    }
    case 'cancel': {
      const decided = decideCancel(payment, { operationId, capabilities });
      return decided.ok ? decided.value : [];
    }
    case 'answer': {
      const operation = payment.operations[step.which % payment.operations.length]!;
      const amount = operation.amount + (step.truth === 'wrong' ? 7 : 0);
      const reference = `ref_${operation.id}`;
      if (step.truth === 'failed') return [recorded(operation.id, { status: 'failed', reason: 'declined' })];
      if (step.truth === 'unknown') return [recorded(operation.id, { status: 'unknown', detail: 'timeout' })];
      return [
        recorded(operation.id, {
          status: 'succeeded',
          providerReference: reference,
          amount: { amount, currency: 'USD' },
        }),
      ];
    }
    case 'dispute':
      return [
        {
          type: 'DisputeReported',
          data: { disputeId: 'd1', status: step.status, amount: step.amount, currency: 'USD', occurredAt: createdAt },
        },
      ];
    case 'expire':
      return [{ type: 'AuthorizationExpired', data: {} }];
  }
}
