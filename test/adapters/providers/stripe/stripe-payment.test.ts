import fc from 'fast-check';

import { decideProviderEvent } from '../../../../lambdas/domain/payments/apply-provider-event';
import { statusOfPayment, totalsOf } from '../../../../lambdas/domain/payments';
import type { Payment, PaymentEvent } from '../../../../lambdas/domain/payments';
import type { NormalisedEvent } from '../../../../lambdas/domain/providers/provider';
import { connectionId, evolved, withEvents } from '../../../domain/payments/a-payment';
import { aFollowUp, anAuthorization, aStripe, op, paymentId, usd } from './a-stripe';
import type { StripeWorld } from './a-stripe';

/** A payment of ours whose requests got no answer: all that is known of it, webhooks tell. */
function silent(
  capture: 'automatic' | 'manual',
  ...requested: readonly Extract<PaymentEvent, { type: 'OperationRequested' }>['data'][]
): Payment {
  const created: PaymentEvent = {
    type: 'PaymentCreated',
    data: { operationId: op('auth'), connectionId, provider: 'stripe', amount: 1000, currency: 'USD', capture },
  };
  return evolved([created, ...requested.map((data): PaymentEvent => ({ type: 'OperationRequested', data }))]);
}

/** Resolves what names the payment by Stripe's reference alone, as the processor does. */
async function resolved(
  { provider }: StripeWorld,
  events: readonly NormalisedEvent[],
): Promise<readonly NormalisedEvent[]> {
  return Promise.all(
    events.map(async (event) => {
      const { subject } = event;
      if (subject.type !== 'referred') return event;
      const found = await provider.paymentOf!(subject.paymentReference);
      if (!found.ok || found.value === undefined) throw new Error('not found');
      return { ...event, subject: { ...subject.about, paymentId: found.value } };
    }),
  );
}

function applied(payment: Payment, events: readonly NormalisedEvent[]): Payment {
  return events.reduce((state, event) => {
    const decision = decideProviderEvent(state, connectionId, event);
    expect(decision.result).not.toBe('unmatched');
    return decision.result === 'applied' ? withEvents(state, decision.events) : state;
  }, payment);
}

/** Every order of the events, and any of them a second time, leaves the same payment. */
function sameInAnyOrder(payment: Payment, events: readonly NormalisedEvent[]): Payment {
  const expected = applied(payment, events);
  const indices = events.map((_, index) => index);
  fc.assert(
    fc.property(
      fc.shuffledSubarray(indices, { minLength: indices.length }),
      fc.array(fc.nat(Math.max(0, indices.length - 1)), { maxLength: 4 }),
      (order, again) => {
        const delivered = [...order, ...again].map((index) => events[index]!);
        expect(applied(payment, delivered)).toEqual(expected);
      },
    ),
    { numRuns: 60 },
  );
  return expected;
}

test('a payment captured and refunded by us, then disputed and won', async () => {
  const world = await aStripe();
  const authorized = await world.provider.authorize(anAuthorization());
  const reference = authorized.status === 'succeeded' ? authorized.providerReference : '';
  await world.provider.capture(aFollowUp(reference, { operationId: op('capture'), amount: usd(800) }));
  await world.provider.refund(aFollowUp(reference, { operationId: op('refund'), amount: usd(100) }));
  const disputeId = world.stripe.dashboard.openDispute(reference, { inquiry: true });
  for (const step of [
    () => world.stripe.dashboard.escalateDispute(disputeId),
    () => world.stripe.dashboard.submitEvidence(disputeId),
    () => world.stripe.dashboard.closeDispute(disputeId, 'won'),
  ]) {
    world.now = new Date(world.now.getTime() + 60_000);
    step();
  }
  const before = silent(
    'manual',
    { operationId: op('capture'), kind: 'capture', amount: 800 },
    { operationId: op('refund'), kind: 'refund', amount: 100 },
  );
  const after = sameInAnyOrder(before, await resolved(world, await world.told()));
  expect(statusOfPayment(after)).toBe('partially_refunded');
  expect(totalsOf(after)).toMatchObject({
    authorized: 1000,
    captured: 800,
    refunded: 100,
    disputed: 0,
    needsAttention: false,
  });
});

test('a payment worked on in the dashboard: captured, refunded twice, one of them sent back, and lost in a dispute', async () => {
  const world = await aStripe();
  const authorized = await world.provider.authorize(anAuthorization());
  const reference = authorized.status === 'succeeded' ? authorized.providerReference : '';
  const { dashboard } = world.stripe;
  dashboard.capture(reference, 900);
  dashboard.refund(reference, 200);
  dashboard.failRefund(dashboard.refund(reference, 100));
  dashboard.closeDispute(dashboard.openDispute(reference, { amount: 300 }), 'lost');
  const after = sameInAnyOrder(silent('manual'), await resolved(world, await world.told()));
  expect(statusOfPayment(after)).toBe('disputed');
  expect(totalsOf(after)).toMatchObject({ captured: 900, refunded: 200, disputed: 300, needsAttention: false });
});

test('a page on which the customer fails, and then pays', async () => {
  const world = await aStripe();
  const opened = await world.provider.authorize(
    anAuthorization({ method: { type: 'hosted-page' }, capture: 'automatic' }),
  );
  const page = opened.status === 'requires_action' ? opened.providerReference : '';
  world.stripe.dashboard.failOnPage(page);
  world.stripe.dashboard.payOnPage(page);
  const after = sameInAnyOrder(silent('automatic'), await world.told());
  expect(statusOfPayment(after)).toBe('captured');
  expect(totalsOf(after).needsAttention).toBe(false);
});

test('a customer who must act, and does', async () => {
  const world = await aStripe();
  await world.provider.authorize(
    anAuthorization({ method: { type: 'token', token: 'pm_card_authenticationRequired' } }),
  );
  world.stripe.dashboard.customerApproves(world.stripe.dashboard.intentOf(paymentId));
  const after = sameInAnyOrder(silent('manual'), await world.told());
  expect(statusOfPayment(after)).toBe('authorized');
});

test('an authorization canceled by us, one canceled in the dashboard, and one that Stripe gave up', async () => {
  const cancel = { operationId: op('cancel'), kind: 'cancel', amount: 1000 } as const;
  const ends = {
    canceled: async (world: StripeWorld, reference: string) =>
      world.provider.cancel(aFollowUp(reference, { operationId: op('cancel') })),
    'canceled ': async (world: StripeWorld, reference: string) => world.stripe.dashboard.cancel(reference),
    expired: async (world: StripeWorld, reference: string) => world.stripe.dashboard.expireAuthorization(reference),
  };
  for (const [status, end] of Object.entries(ends)) {
    const world = await aStripe();
    const authorized = await world.provider.authorize(anAuthorization());
    await end(world, authorized.status === 'succeeded' ? authorized.providerReference : '');
    const before = status === 'canceled' ? silent('manual', cancel) : silent('manual');
    const after = sameInAnyOrder(before, await world.told());
    expect(statusOfPayment(after)).toBe(status.trim());
    expect(totalsOf(after)).toMatchObject({ capturable: 0, needsAttention: false });
  }
});
