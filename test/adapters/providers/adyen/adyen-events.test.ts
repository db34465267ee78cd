import { amount, operationId, own, payment, paymentId, subjectOf } from './a-notification';
import type { Item } from './a-notification';

describe('what Adyen tells', () => {
  const reference = 'QFQTPCQ800000002';
  const done = { status: 'succeeded', providerReference: reference, amount };
  const failed = { status: 'failed', reason: 'provider_refused', providerReference: reference };
  const reversed = { status: 'reversed', reason: 'provider_refused' };
  const outside = { type: 'external-operation', paymentId, providerReference: reference, amount };
  const opAuthorize = 'op_00000000000000000001';

  test.each<[string, Item, object]>([
    [
      'an authorization',
      { eventCode: 'AUTHORISATION', merchantReference: `${payment}.authorize` },
      { type: 'operation', paymentId, operationId: opAuthorize, kind: 'authorize', outcome: done },
    ],
    [
      'a refusal',
      { eventCode: 'AUTHORISATION', merchantReference: `${payment}.sale`, success: 'false' },
      { type: 'operation', paymentId, operationId: opAuthorize, kind: 'authorize', outcome: failed },
    ],
    [
      'a payment on a page',
      { eventCode: 'AUTHORISATION', merchantReference: `${payment}.page` },
      { type: 'operation', paymentId, operationId: opAuthorize, kind: 'authorize', outcome: done },
    ],
    [
      'a refusal on a page, which is not the last word',
      { eventCode: 'AUTHORISATION', merchantReference: `${payment}.page-sale`, success: 'false' },
      { type: 'other' },
    ],
    ['our capture', {}, { type: 'operation', paymentId, operationId, kind: 'capture', outcome: done }],
    [
      'our capture, refused',
      { success: 'false' },
      { type: 'operation', paymentId, operationId, kind: 'capture', outcome: failed },
    ],
    [
      'our capture, undone',
      { eventCode: 'CAPTURE_FAILED' },
      { type: 'operation', paymentId, operationId, kind: 'capture', outcome: reversed },
    ],
    [
      'a capture by hand',
      { merchantReference: `${payment}.authorize` },
      { ...outside, kind: 'capture', status: 'succeeded' },
    ],
    [
      'a capture by hand, refused',
      { merchantReference: `${payment}.page`, success: 'false' },
      { ...outside, kind: 'capture', status: 'failed' },
    ],
    [
      'a capture by hand, undone',
      { eventCode: 'CAPTURE_FAILED', merchantReference: `${payment}.authorize` },
      { ...outside, kind: 'capture', status: 'reversed' },
    ],
    ['the capture of a sale, which is no news', { merchantReference: `${payment}.sale` }, { type: 'other' }],
    [
      'the capture of a sale that failed',
      { eventCode: 'CAPTURE_FAILED', merchantReference: `${payment}.page-sale` },
      { type: 'operation', paymentId, operationId: opAuthorize, kind: 'authorize', outcome: reversed },
    ],
    [
      'our refund',
      { eventCode: 'REFUND', merchantReference: `${own}.refund` },
      { type: 'operation', paymentId, operationId, kind: 'refund', outcome: done },
    ],
    [
      'our refund, sent back',
      { eventCode: 'REFUNDED_REVERSED', merchantReference: `${own}.refund` },
      { type: 'operation', paymentId, operationId, kind: 'refund', outcome: reversed },
    ],
    [
      'our refund, failed later',
      { eventCode: 'REFUND_FAILED', merchantReference: `${own}.refund` },
      { type: 'operation', paymentId, operationId, kind: 'refund', outcome: reversed },
    ],
    [
      'a refund by hand',
      { eventCode: 'REFUND', merchantReference: `${payment}.sale` },
      { ...outside, kind: 'refund', status: 'succeeded' },
    ],
    [
      'our cancellation, of what was left',
      { eventCode: 'CANCELLATION', merchantReference: `${own}.cancel.130` },
      {
        type: 'operation',
        paymentId,
        operationId,
        kind: 'cancel',
        outcome: { ...done, amount: { amount: 130, currency: 'EUR' } },
      },
    ],
    [
      'a cancellation by hand',
      { eventCode: 'TECHNICAL_CANCEL', merchantReference: `${payment}.authorize` },
      { ...outside, kind: 'cancel', status: 'succeeded' },
    ],
    [
      'either of two, unsigned which',
      { eventCode: 'CANCEL_OR_REFUND', merchantReference: `${payment}.authorize` },
      { type: 'unreadable' },
    ],
    ['an expiry', { eventCode: 'EXPIRE', merchantReference: `${payment}.authorize` }, { type: 'expiry', paymentId }],
    ['a test', { eventCode: 'AUTHORISATION', merchantReference: 'test.abc_1' }, { type: 'test', testId: 'abc_1' }],
    [
      'a settlement report',
      { eventCode: 'REPORT_AVAILABLE', merchantReference: '', pspReference: 'settlement_detail_report_batch_4.csv' },
      { type: 'report', reportId: 'settlement_detail_report_batch_4.csv' },
    ],
    [
      'another report',
      {
        eventCode: 'REPORT_AVAILABLE',
        merchantReference: '',
        pspReference: 'payments_accounting_report_2026_01_31.csv',
      },
      { type: 'other' },
    ],
    [
      'a report of a name that leads elsewhere',
      { eventCode: 'REPORT_AVAILABLE', pspReference: 'settlement_detail_report/../../x.csv' },
      { type: 'other' },
    ],
    ['a payment of others', { merchantReference: 'TestPayment-1' }, { type: 'other' }],
    ['a fraud alert', { eventCode: 'NOTIFICATION_OF_FRAUD', merchantReference: `${payment}.sale` }, { type: 'other' }],
    [
      'what is made up next year',
      { eventCode: 'SOMETHING_NEW', merchantReference: `${payment}.sale` },
      { type: 'other' },
    ],
  ])('%s', async (_, item, subject) => {
    expect(await subjectOf(item)).toMatchObject(subject);
  });

  test('a reference of digits alone is kept so that it is no card number', async () => {
    const subject = await subjectOf({ pspReference: '8815000000000005' });
    expect(subject).toMatchObject({ outcome: { providerReference: 'psp8815000000000005' } });
  });

  test.each([
    ['REQUEST_FOR_INFORMATION', 'inquiry', 1],
    ['NOTIFICATION_OF_CHARGEBACK', 'inquiry', 2],
    ['CHARGEBACK', 'opened', 3],
    ['CHARGEBACK_REVERSED', 'won', 4],
    ['ISSUER_RESPONSE_TIMEFRAME_EXPIRED', 'won', 5],
    ['SECOND_CHARGEBACK', 'lost', 6],
    ['PREARBITRATION_WON', 'won', 7],
    ['PREARBITRATION_LOST', 'lost', 7],
    ['SCHEME_ARBITRATION_WON', 'won', 8],
    ['SCHEME_ARBITRATION_LOST', 'lost', 8],
  ])('%s of a dispute', async (eventCode, status, stage) => {
    expect(await subjectOf({ eventCode, merchantReference: `${payment}.sale` })).toEqual({
      type: 'dispute',
      paymentId,
      disputeId: reference,
      status,
      stage,
      amount,
    });
  });
});
