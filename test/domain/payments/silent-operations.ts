import { decideResolve, type Payment, type PaymentEvent, type Resolution } from '../../../lambdas/domain/payments';
import { eventsOf, evolved, withEvents } from './a-payment';
import { asTyped, evidence, lookedUpInVain, withEventsAt } from './attestations';

/** After the last look-up. */
export const later = '2026-02-14T12:00:00.000Z';

export const refund: PaymentEvent = {
  type: 'OperationRequested',
  data: { operationId: 'op_r', kind: 'refund', amount: 400 },
};

export const asked = (): Payment => withEvents(evolved(eventsOf()), [refund]);
export const silent = (): Payment => lookedUpInVain(asked(), 'op_r');
export const silentFromBirth = (capture: 'automatic' | 'manual' = 'automatic'): Payment =>
  lookedUpInVain(evolved(eventsOf({ capture }).slice(0, 1)), 'op_authorize');

export const neverDone: Resolution = {
  operationId: 'op_r',
  outcome: { status: 'failed', reason: 'not_received' },
  evidence,
};
export const done = (overrides: Partial<Extract<Resolution['outcome'], { status: 'succeeded' }>> = {}): Resolution => ({
  operationId: 'op_r',
  outcome: { status: 'succeeded', providerReference: 're_7', amount: { amount: 400, currency: 'USD' }, ...overrides },
  evidence,
});

export function resolved(payment: Payment, resolution: Resolution): Payment {
  const decision = decideResolve(payment, resolution, asTyped);
  if (!decision.ok) throw new Error(decision.error.reason);
  return withEventsAt(payment, later, ...decision.value);
}
