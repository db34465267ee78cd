import { paymentPosition } from '../../../lambdas/domain/ledger/payment-position';
import {
  attentionOf,
  decideCancel,
  decideCapture,
  decideResolve,
  presentPayment,
  statusOfPayment,
  totalsOf,
  type Payment,
  type PaymentEvent,
  type Resolution,
} from '../../../lambdas/domain/payments';
import { aProvider, eventsOf, evolved, failed, recorded, succeeded, withEvents } from './a-payment';
import { asTyped, evidence } from './attestations';
import { resolved } from './silent-operations';

const { capabilities } = aProvider();
const usd = (amount: number) => ({ amount, currency: 'USD' });
const capture: PaymentEvent = {
  type: 'OperationRequested',
  data: { operationId: 'op_c', kind: 'capture', amount: 6000 },
};
/** 6000 of 10000 were to be captured. */
const asked = (): Payment => withEvents(evolved(eventsOf({ authorized: 10_000, capture: 'manual' })), [capture]);
const report = (amount: number, currency = 'USD', reference = 'ch_1') =>
  recorded('op_c', succeeded(amount, currency, reference));
/** The provider captured 5000. */
const differing = (): Payment => withEvents(asked(), [report(5000)]);
const accepting = (amount: number, currency = 'USD', providerReference = 'ch_1'): Resolution => ({
  operationId: 'op_c',
  outcome: { status: 'succeeded', providerReference, amount: { amount, currency } },
  evidence,
});
const accepted = (): Payment => resolved(differing(), accepting(5000));
const differs = { reason: 'amount-differs', operationId: 'op_c' };
const contradicted = { reason: 'attestation-contradicted', operationId: 'op_c' };

describe('what the provider did in another amount than was asked', () => {
  test('counts with the amount that it reports, once a person accepts that', () => {
    expect(presentPayment(differing(), 3)).toMatchObject({
      status: 'processing',
      attention: [differs],
      operations: [{}, { amount: usd(6000), reportedAmount: usd(5000), providerReference: 'ch_1' }],
    });
    expect(decideCancel(differing(), { operationId: 'op_x', capabilities }).ok).toBe(false);

    const after = accepted();
    expect([statusOfPayment(after), attentionOf(after)]).toEqual(['partially_captured', []]);
    expect(totalsOf(after)).toMatchObject({ captured: 5000, refundable: 5000, capturable: 5000 });
    expect(presentPayment(after, 4).operations[1]).toMatchObject({ status: 'succeeded', amount: usd(5000) });
    expect(presentPayment(after, 4).operations[1]).not.toHaveProperty('reportedAmount');
    expect(paymentPosition(after)).toEqual(
      paymentPosition(evolved(eventsOf({ authorized: 10_000, captured: [5000] }))),
    );
    expect(decideCancel(after, { operationId: 'op_x', capabilities })).toMatchObject({
      value: [{ data: { amount: 5000 } }],
    });
  });

  test('may be more than was asked, and more than was authorized, which is then for a person again', () => {
    const more = resolved(withEvents(asked(), [report(7000)]), accepting(7000));
    expect([totalsOf(more).captured, attentionOf(more)]).toEqual([7000, []]);
    const tooMuch = resolved(withEvents(asked(), [report(10_500)]), accepting(10_500));
    expect([totalsOf(tooMuch).captured, attentionOf(tooMuch)]).toEqual([
      10_000,
      [{ reason: 'captured-beyond-authorized' }],
    ]);
  });

  test('may be the authorization, which then limits what is captured', () => {
    const [created] = eventsOf({ authorized: 10_000, capture: 'manual' });
    const payment = evolved([created!, recorded('op_authorize', succeeded(8000, 'USD', 'auth_1'))]);
    const after = resolved(payment, { ...accepting(8000, 'USD', 'auth_1'), operationId: 'op_authorize' });
    expect([statusOfPayment(after), attentionOf(after)]).toEqual(['authorized', []]);
    expect(totalsOf(after)).toMatchObject({ authorized: 8000, captured: 0, capturable: 8000 });
    const all = decideCapture(after, { operationId: 'op_c', capabilities });
    expect(all).toMatchObject({ value: [{ data: { amount: 8000 } }] });
  });

  test.each<[string, string, Payment, Resolution]>([
    ['the amount that was asked', 'reported-amount-differs', differing(), accepting(6000)],
    ['an amount that nobody reports', 'reported-amount-differs', differing(), accepting(4999)],
    ['another currency', 'reported-amount-differs', differing(), accepting(5000, 'EUR')],
    ['another reference', 'attested-reference-differs', differing(), accepting(5000, 'USD', 'ch_2')],
    ['one of two amounts', 'amount-differs', withEvents(differing(), [report(5500)]), accepting(5000)],
    [
      'one of two references',
      'amount-differs',
      withEvents(differing(), [report(5000, 'USD', 'ch_2')]),
      accepting(5000),
    ],
    [
      'a report in another currency',
      'amount-differs',
      withEvents(asked(), [report(5000, 'EUR')]),
      accepting(5000, 'EUR'),
    ],
    [
      'that nothing was done',
      'amount-differs',
      differing(),
      { operationId: 'op_c', outcome: { status: 'failed', reason: 'not_received' }, evidence },
    ],
    ['what is accepted', 'operation-not-open', accepted(), accepting(5000)],
  ])('is not settled by a word for %s: %s', (_, reason, payment, resolution) => {
    expect(decideResolve(payment, resolution, asTyped)).toMatchObject({ ok: false, error: { reason } });
  });

  test.each<[string, PaymentEvent, number, readonly object[]]>([
    ['the same again changes nothing', report(5000), 5000, []],
    ['a second amount takes it back', report(5500), 0, [differs, contradicted]],
    ['the amount that was asked counts instead', report(6000), 6000, [differs, contradicted]],
    [
      'that it was refused is in doubt',
      recorded('op_c', failed),
      5000,
      [{ reason: 'outcomes-contradict', operationId: 'op_c' }],
    ],
    ['that it was undone takes it back', recorded('op_c', { status: 'reversed', reason: 'declined' }), 0, []],
    [
      'a second reference calls a person',
      report(5000, 'USD', 'ch_2'),
      0,
      [differs, { reason: 'reference-ambiguous', operationId: 'op_c' }, contradicted],
    ],
  ])('is followed by further reports in any order: %s', (_, further, captured, attention) => {
    const after = withEvents(accepted(), [further]);
    expect([totalsOf(after).captured, attentionOf(after)]).toEqual([captured, attention]);
    const decision = decideResolve(differing(), accepting(5000), asTyped);
    if (!decision.ok) throw new Error(decision.error.reason);
    expect(withEvents(asked(), [further, ...decision.value, report(5000)])).toEqual(
      withEvents(differing(), [...decision.value, further]),
    );
  });
});
