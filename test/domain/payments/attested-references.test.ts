import { referenceReaders } from '../../../lambdas/adapters/providers/typed-references';
import {
  attentionOf,
  decideResolve,
  statusOfPayment,
  totalsOf,
  type Payment,
  type PaymentEvent,
  type Resolution,
} from '../../../lambdas/domain/payments';
import { eventsOf, evolved, recorded, succeeded, withEvents } from './a-payment';
import { asTyped, lookedUpInVain } from './attestations';
import { done, refund, resolved, silent } from './silent-operations';

describe('a reference that stands for another operation', () => {
  const external = (
    kind: 'capture' | 'refund',
    reference: string,
    amount: number,
    status = 'succeeded' as 'succeeded' | 'failed',
  ) =>
    ({
      type: 'ExternalOperationReported',
      data: {
        operationId: `op_${reference}`,
        kind,
        reference,
        status,
        amount,
        currency: 'USD',
        occurredAt: '2026-01-31T12:00:00.000Z',
      },
    }) satisfies PaymentEvent;
  /** Captured 300 of 1000 as `capture_0`, and 300 more asked in vain. */
  const capturedTwice = (): Payment =>
    lookedUpInVain(
      withEvents(evolved(eventsOf({ captured: [300] })), [
        { type: 'OperationRequested', data: { operationId: 'op_r', kind: 'capture', amount: 300 } },
      ]),
      'op_r',
    );
  const saying = (providerReference: string, amount = 400): Resolution =>
    done({ providerReference, amount: { amount, currency: 'USD' } });

  test.each<[string, Payment, Resolution, string]>([
    ['another capture of ours', capturedTwice(), saying('capture_0', 300), 'op_capture_0'],
    [
      'another refund of ours',
      lookedUpInVain(withEvents(evolved(eventsOf({ refunded: [400] })), [refund]), 'op_r'),
      saying('refund_0'),
      'op_refund_0',
    ],
    ['the authorization', silent(), saying('auth_1'), 'op_authorize'],
    [
      'a refund of another amount in the dashboard',
      withEvents(silent(), [external('refund', 're_9', 100)]),
      saying('re_9'),
      'op_re_9',
    ],
    ['a capture in the dashboard', withEvents(silent(), [external('capture', 're_9', 400)]), saying('re_9'), 'op_re_9'],
    [
      'a refund that failed',
      withEvents(silent(), [external('refund', 're_9', 400, 'failed')]),
      saying('re_9'),
      'op_re_9',
    ],
    [
      'what another person has named',
      lookedUpInVain(
        withEvents(resolved(silent(), saying('re_9')), [
          { type: 'OperationRequested', data: { operationId: 'op_s', kind: 'refund', amount: 400 } },
        ]),
        'op_s',
      ),
      { ...saying('re_9'), operationId: 'op_s' },
      'op_r',
    ],
  ])('is refused: that of %s', (_, payment, resolution, operationId) => {
    const before = totalsOf(payment);
    expect(decideResolve(payment, resolution, asTyped)).toEqual({
      ok: false,
      error: { reason: 'reference-taken', operationId },
    });
    expect(totalsOf(payment)).toEqual(before);
  });

  test('is taken where it is this very movement, told of as made without us', () => {
    const payment = withEvents(silent(), [external('refund', 're_9', 400)]);
    const after = resolved(payment, saying('re_9'));
    expect([totalsOf(payment).refunded, totalsOf(after).refunded, attentionOf(after)]).toEqual([400, 400, []]);
  });

  test('may be that of the authorization where it is canceled: some providers have no other', () => {
    const cancel: PaymentEvent = {
      type: 'OperationRequested',
      data: { operationId: 'op_r', kind: 'cancel', amount: 1000 },
    };
    const payment = lookedUpInVain(withEvents(evolved(eventsOf({ capture: 'manual' })), [cancel]), 'op_r');
    expect(statusOfPayment(resolved(payment, saying('auth_1', 1000)))).toBe('canceled');
  });

  test('that is heard after the word takes the word back, and lowers nothing that the provider told', () => {
    const contradicted = { reason: 'attestation-contradicted', operationId: 'op_r' };
    const other = withEvents(resolved(silent(), saying('re_9')), [external('refund', 're_9', 100)]);
    expect([totalsOf(other).refunded, totalsOf(other).refundable]).toEqual([100, 500]);
    expect(attentionOf(other)).toEqual([{ reason: 'outcome-unresolved', operationId: 'op_r' }, contradicted]);

    const ours = withEvents(resolved(silent(), saying('re_9')), [
      { type: 'OperationRequested', data: { operationId: 'op_s', kind: 'refund', amount: 400 } },
      recorded('op_s', succeeded(400, 'USD', 're_9')),
    ]);
    expect(totalsOf(ours)).toMatchObject({ refunded: 400, refundable: 200 });
    expect(attentionOf(ours)).toContainEqual(contradicted);
  });

  test('is brought into the form of the provider before it is compared, and refused where it has another', () => {
    const hex = '0123456789abcdef';
    const typed = decideResolve(silent(), saying(`refund_${hex}`), referenceReaders);
    expect(typed).toMatchObject({ value: [{ data: { outcome: { reference: `refund_${hex}` } } }] });
    expect(decideResolve(silent(), saying(`capture_${hex}`), referenceReaders)).toMatchObject({
      error: { reason: 'reference-malformed', wanted: expect.stringContaining('refund_') },
    });
    const [created, ...rest] = eventsOf();
    const adyen = evolved([
      { ...created!, data: { ...created!.data, provider: 'adyen' } } as PaymentEvent,
      ...rest,
      refund,
      external('refund', 'psp8835511210681145', 400),
    ]);
    const after = decideResolve(lookedUpInVain(adyen, 'op_r'), saying('8835511210681145'), referenceReaders);
    expect(after).toMatchObject({ value: [{ data: { outcome: { reference: 'psp8835511210681145' } } }] });
  });
});
