import { Webhook } from 'standardwebhooks';

import { sandboxWebhookReader } from '../../../../lambdas/adapters/providers/sandbox/sandbox-webhook-reader';
import { verifyStandardWebhook } from '../../../../lambdas/adapters/providers/standard-webhooks';
import { parseWebhookMessage } from '../../../../lambdas/domain/webhooks';
import { deriveId } from '../../../../lambdas/kernel/ids';

const secret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
const now = new Date('2026-01-31T12:00:00.000Z');
const nowMs = now.getTime();

const event = {
  id: 'evt_1',
  type: 'authorization.succeeded',
  occurredAt: '2026-01-31T11:59:59.000Z',
  payment: 'pay_0000000000000000000a',
  operation: {
    id: 'op_1',
    kind: 'authorization',
    answer: { status: 'succeeded', reference: 'auth_1', amount: 1000, currency: 'USD' },
  },
};

const answering = (answer: object) => ({ ...event, operation: { ...event.operation, answer } });

const asking = (redirectUrl: string) => answering({ status: 'requires_action', reference: 'auth_1', redirectUrl });

function signed(body: string | Buffer, given: { at?: Date; id?: string; secret?: string } = {}) {
  const { at = now, id = 'msg_1', secret: key = secret } = given;
  const headers: Record<string, string> = {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(key).sign(id, at, body.toString()),
  };
  return { headers, body: Buffer.from(body) };
}

const delivery = (document: unknown = { events: [event] }, given: Parameters<typeof signed>[1] = {}) =>
  signed(JSON.stringify(document), given);

const read = (given: ReturnType<typeof signed>, secrets: readonly string[] = [secret], at = nowMs) =>
  sandboxWebhookReader.read(given, secrets, at);

describe('the signature of a delivery', () => {
  test('follows the vector published with Standard Webhooks', async () => {
    // https://github.com/standard-webhooks/standard-webhooks: the example of every reference library's tests.
    const published = {
      headers: {
        'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
        'webhook-timestamp': '1614265330',
        'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
      },
      body: Buffer.from('{"test": 2432232314}'),
    };
    const publishedSecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    expect(verifyStandardWebhook(published, [publishedSecret], 1_614_265_330_000)).toEqual({
      ok: true,
      value: undefined,
    });
  });

  test('is good for the very bytes and refused for any other byte, anywhere in body or headers', async () => {
    const good = delivery();
    expect((await read(good)).ok).toBe(true);
    for (let index = 0; index < good.body.length; index += 1) {
      for (const flip of [0x01, 0x20, 0x80]) {
        const body = Buffer.from(good.body);
        body[index] = body[index]! ^ flip;
        expect((await read({ ...good, body })).ok).toBe(false);
      }
    }
    for (const [name, value] of Object.entries(good.headers)) {
      for (let index = 0; index < value.length; index += 1) {
        for (const other of [' ', 'A', 'z', '0', '9', '=', ',', '.', '+']) {
          if (other === value[index]) continue;
          const mutated = `${value.slice(0, index)}${other}${value.slice(index + 1)}`;
          expect((await read({ ...good, headers: { ...good.headers, [name]: mutated } })).ok).toBe(false);
        }
      }
    }
  });

  test('tells apart bytes that are broken UTF-8 in different ways, which the library does not', async () => {
    const body = Buffer.from([0x7b, 0xff, 0x7d]);
    const other = Buffer.from([0x7b, 0xfe, 0x7d]);
    expect(body.toString()).toBe(other.toString());
    const good = signed(body);
    // The library signed the text, so its signature fits neither; ours is over bytes.
    expect(await read({ ...good, body: other })).toEqual({ ok: false, error: 'signature-wrong' });
  });

  test.each(['body', 'webhook-id', 'webhook-timestamp', 'webhook-signature'])(
    'is refused when %s is cut',
    async (part) => {
      const good = delivery();
      if (part === 'body') expect((await read({ ...good, body: good.body.subarray(0, -1) })).ok).toBe(false);
      else
        expect(
          (await read({ ...good, headers: { ...good.headers, [part]: good.headers[part]!.slice(0, -1) } })).ok,
        ).toBe(false);
    },
  );

  test.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('is missing without %s', async (name) => {
    const { [name]: _, ...headers } = delivery().headers;
    expect(await read({ ...delivery(), headers })).toEqual({ ok: false, error: 'signature-missing' });
  });

  test('is refused when the delivery is older or younger than five minutes', async () => {
    const outside = { ok: false, error: 'timestamp-outside-tolerance' };
    expect(await read(delivery(), [secret], nowMs + 301_000)).toEqual(outside);
    expect(await read(delivery(), [secret], nowMs - 301_000)).toEqual(outside);
    expect((await read(delivery(), [secret], nowMs + 300_000)).ok).toBe(true);
    expect((await read(delivery(), [secret], nowMs - 300_000)).ok).toBe(true);
  });

  test.each(['1769860800abc', '1769860800.0', '+1769860800', ' 1769860800', '01769860800x', '1e9', ''])(
    'is refused when the timestamp is %j, whatever was signed',
    async (timestamp) => {
      const body = Buffer.from('{}');
      const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': timestamp, 'webhook-signature': 'v1,AAAA' };
      expect((await read({ headers, body })).ok).toBe(false);
    },
  );

  test('may stand among others, for other secrets and versions', async () => {
    const good = delivery();
    const several = `v1a,xyz v1,${Buffer.alloc(32).toString('base64')} ${good.headers['webhook-signature']!}`;
    expect((await read({ ...good, headers: { ...good.headers, 'webhook-signature': several } })).ok).toBe(true);
  });

  test('cannot be reused by moving a boundary between id, timestamp and body', async () => {
    const body = '1769860800.{"events":[]}';
    const good = signed(body, { id: 'msg_1' });
    const [timestamp = ''] = body.split('.');
    const moved = {
      headers: {
        ...good.headers,
        'webhook-id': `msg_1.${good.headers['webhook-timestamp']!}`,
        'webhook-timestamp': timestamp,
      },
      body: Buffer.from('{"events":[]}'),
    };
    expect((await read(moved)).ok).toBe(false);
  });

  test('is not made by a secret too short to protect anything', async () => {
    await expect(async () => read(delivery(), [`whsec_${Buffer.alloc(23).toString('base64')}`])).rejects.toThrow(
      /24 bytes/,
    );
  });
});

describe('the events of a delivery', () => {
  test('are split and normalised', async () => {
    const dispute = {
      id: 'evt_2',
      type: 'dispute.opened',
      occurredAt: event.occurredAt,
      payment: event.payment,
      dispute: { id: 'dp_1', status: 'opened', amount: 5, currency: 'USD' },
    };
    const settlement = {
      id: 'evt_3',
      type: 'settlement.paid',
      occurredAt: event.occurredAt,
      payment: event.payment,
      settlement: { id: 'po_1', amount: 5, currency: 'USD' },
    };
    const expired = {
      id: 'evt_4',
      type: 'authorization.expired',
      occurredAt: event.occurredAt,
      payment: event.payment,
    };
    const news = { id: 'evt_5', type: 'account.updated', occurredAt: event.occurredAt, payment: event.payment };
    const result = await read(delivery({ events: [event, dispute, settlement, expired, news] }));
    expect(result.ok && result.value.map(({ eventKey, subject }) => [eventKey, subject.type])).toEqual([
      ['evt_1', 'operation'],
      ['evt_2', 'dispute'],
      ['evt_3', 'settlement'],
      ['evt_4', 'expiry'],
      ['evt_5', 'other'],
    ]);
  });

  test('of the dashboard, of later stages of a dispute and of payouts are understood', async () => {
    const { occurredAt, payment } = event;
    const amount = { amount: 5, currency: 'USD' };
    const news = [
      { type: 'refund.succeeded', payment, external: { kind: 'refund', reference: 'refund_1', ...amount } },
      { type: 'dispute.opened', payment, dispute: { id: 'dp_1', status: 'opened', stage: 2, ...amount } },
      { type: 'payout.paid', payout: { id: 'po_1', arrivesOn: '2026-02-01', ...amount } },
    ].map((each, index) => ({ id: `evt_${String(index)}`, occurredAt, ...each }));
    const result = await read(delivery({ events: news }));
    expect(result.ok && result.value.map(({ subject }) => subject)).toEqual([
      {
        type: 'external-operation',
        paymentId: payment,
        kind: 'refund',
        providerReference: 'refund_1',
        amount,
        status: 'succeeded',
      },
      { type: 'dispute', paymentId: payment, disputeId: 'dp_1', status: 'opened', stage: 2, amount },
      { type: 'payout', payoutId: 'po_1', status: 'paid', amount, arrivesOn: '2026-02-01' },
    ]);
  });

  test.each<[string, unknown]>([
    ['no JSON', 'not json'],
    [
      'a stage that is none',
      {
        events: [
          {
            ...event,
            operation: undefined,
            dispute: { id: 'd', status: 'opened', stage: -1, amount: 1, currency: 'USD' },
          },
        ],
      },
    ],
    [
      'a day that is none',
      {
        events: [
          { ...event, operation: undefined, payout: { id: 'p', arrivesOn: 'soon', amount: 1, currency: 'USD' } },
        ],
      },
    ],
    ['no events', {}],
    ['an empty list', { events: [] }],
    ['an event without id', { events: [{ ...event, id: undefined }] }],
    ['an event without time', { events: [{ ...event, occurredAt: 'yesterday' }] }],
    [
      'an amount that is none',
      { events: [{ ...event, operation: { ...event.operation, answer: { ...event.operation.answer, amount: 0.5 } } }] },
    ],
    ['a time that no calendar of ours has', { events: [{ ...event, occurredAt: '+275760-09-13T00:00:00.000Z' }] }],
    ['a time before our years', { events: [{ ...event, occurredAt: '-000001-01-01T00:00:00.000Z' }] }],
    ['a page that is none', { events: [asking('javascript:alert(1)')] }],
    ['a page whose host is somebody else', { events: [asking('https://bank.example@evil.example/')] }],
    ['a page with characters that do not show', { events: [asking('https://bank.example/\u0000')] }],
    ['a type with a card number', { events: [{ ...event, type: '4242424242424242' }] }],
  ])('are malformed, or hold an event that says it cannot be read, with %s', async (_, document) => {
    const given = typeof document === 'string' ? signed(document) : delivery(document);
    const result = await read(given);
    if (!result.ok) expect(result.error).toBe('malformed');
    else expect(result.value.map(({ subject }) => subject.type)).toContain('unreadable');
  });

  /** What was answered with 2xx must be applicable, or kept as what it is; it must not die unread in the queue. */
  test.each<[string, object]>([
    ['an unknown currency', answering({ status: 'succeeded', reference: 'auth_1', amount: 1000, currency: 'XXX' })],
    ['nothing at all', answering({ status: 'succeeded', reference: 'auth_1', amount: -0, currency: 'USD' })],
    ['an unknown reason', answering({ status: 'declined', reference: 'auth_1', reason: 'solar_flare' })],
    ['a reason that every object has', answering({ status: 'declined', reference: 'auth_1', reason: 'constructor' })],
    ['a reason that is a prototype', answering({ status: 'declined', reference: 'auth_1', reason: '__proto__' })],
  ])('can be read again from the queue: %s', async (_, given) => {
    const result = await read(delivery({ events: [given] }));
    if (!result.ok) throw new Error(result.error);
    const message = {
      tenant: deriveId('tenant', ['a']),
      connectionId: deriveId('connection', ['a']),
      provider: 'sandbox',
      event: result.value[0],
      receivedAt: now.toISOString(),
      requestId: 'request-1',
    };
    const again = parseWebhookMessage(JSON.stringify(message));
    expect(again.ok && again.value.event.eventKey).toBe(event.id);
  });

  test('are not looked at before the signature is good', async () => {
    const bad = { ...signed('not json'), body: Buffer.from('not json!') };
    expect(await read(bad)).toEqual({ ok: false, error: 'signature-wrong' });
  });
});
