import HmacValidator from '@adyen/api-library/lib/src/utils/hmacValidator';
import fc from 'fast-check';

import { readSigned, signatureOf } from '../../../../lambdas/adapters/providers/adyen/adyen-signature';
import { adyenWebhookReader } from '../../../../lambdas/adapters/providers/adyen/adyen-webhook-reader';
import { anItem, eventsOf, own, read, sign, signed } from './a-notification';
import type { Item } from './a-notification';
import { bodyOf, deliveryOf, hmacKey, now, otherHmacKey } from './an-adyen';

describe('the signature', () => {
  test('is that of Adyen’s own example', () => {
    const item = anItem({
      pspReference: '7914073381342284',
      originalReference: '',
      merchantAccountCode: 'TestMerchant',
      merchantReference: 'TestPayment-1407325143704',
      eventCode: 'AUTHORISATION',
    });
    expect(signatureOf(readSigned(item), Buffer.from(hmacKey, 'hex'))).toBe(
      'coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0=',
    );
  });

  test('is the one that Adyen’s library makes and takes, whatever stands in the fields', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('\\', ':', '\\:', 'a:b\\'));
    const validator = new HmacValidator();
    fc.assert(
      fc.property(
        fc.record({
          pspReference: text,
          originalReference: fc.option(text, { nil: undefined }),
          merchantAccountCode: text,
          merchantReference: text,
          eventCode: text,
          success: fc.constantFrom('true', 'false'),
          value: fc.integer(),
          currency: text,
        }),
        ({ value, currency, originalReference, ...rest }) => {
          const item = {
            ...rest,
            amount: { value, currency },
            ...(originalReference === undefined ? {} : { originalReference }),
          };
          const signature = signatureOf(readSigned(item), Buffer.from(hmacKey, 'hex'));
          const theirs = { ...item, additionalData: { hmacSignature: signature } };
          expect(validator.validateHMAC(theirs as never, hmacKey)).toBe(true);
        },
      ),
    );
  });

  test('is believed under any of the keys that count, and under no other', async () => {
    const delivery = signed(anItem());
    expect((await read(delivery, [otherHmacKey, hmacKey])).ok).toBe(true);
    expect((await read(delivery, [hmacKey.toLowerCase()])).ok).toBe(true);
    expect(await read(delivery, [otherHmacKey])).toEqual({ ok: false, error: 'signature-wrong' });
    expect(await read(delivery, [])).toEqual({ ok: false, error: 'signature-wrong' });
  });

  test.each([[''], ['zz'], ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], ['00'], [`${hmacKey}0`]])(
    'is not believed under a secret that is no key (%s), which must not count as an empty one',
    async (secret) => {
      const forged = deliveryOf({
        notificationItems: [
          {
            NotificationRequestItem: {
              ...anItem(),
              additionalData: { hmacSignature: signatureOf(readSigned(anItem()), Buffer.from(secret, 'hex')) },
            },
          },
        ],
      });
      expect(await read(forged, [secret])).toEqual({ ok: false, error: 'signature-wrong' });
    },
  );

  test('has no time: a delivery of any age is genuine', async () => {
    const delivery = signed(anItem());
    expect((await read(delivery, [hmacKey], new Date('2046-01-31T12:00:00.000Z'))).ok).toBe(true);
  });
});

describe('a delivery', () => {
  const signedFields = [
    'pspReference',
    'originalReference',
    'merchantAccountCode',
    'merchantReference',
    'eventCode',
    'success',
  ];

  /** Where the values of the signed fields, and the signature, stand in the bytes. */
  const rangesOf = (body: string) =>
    [...signedFields, 'currency', 'hmacSignature'].map((name) => {
      const start = body.indexOf(`"${name}":"`) + name.length + 4;
      return { name, start, end: body.indexOf('"', start) };
    });

  test('is refused when any byte of a signed field or of the signature differs', async () => {
    const delivery = signed(anItem());
    const body = bodyOf(delivery);
    const value = { name: 'value', start: body.indexOf('"value":') + 8, end: body.indexOf('"value":') + 12 };
    for (const { name, start, end } of [...rangesOf(body), value]) {
      expect(end - start).toBeGreaterThan(2);
      for (let index = start; index < end; index += 1) {
        for (const bit of [1, 2, 4, 8, 16, 32, 64, 128]) {
          const bytes = Uint8Array.from(delivery.body);
          bytes[index] = bytes[index]! ^ bit;
          expect([name, (await read({ headers: {}, body: bytes })).ok]).toEqual([name, false]);
        }
      }
    }
  });

  test('tells the same whatever is changed in the rest', async () => {
    const delivery = signed(anItem());
    const genuine = await read(delivery);
    let accepted = 0;
    for (let index = 0; index < delivery.body.length; index += 1) {
      for (const byte of [0x22, 0x31, 0x41, 0x61, 0x7b, 0x20]) {
        const bytes = Uint8Array.from(delivery.body);
        bytes[index] = byte;
        const result = await read({ headers: {}, body: bytes });
        if (!result.ok) continue;
        accepted += 1;
        expect(result).toEqual(genuine);
      }
    }
    expect(accepted).toBeGreaterThan(100);
  });

  test('tells the same with any other date, reason, method, environment and additional data', async () => {
    const genuine = await eventsOf(signed(anItem()));
    const told = await eventsOf(
      deliveryOf({
        live: 'true',
        notificationItems: [
          {
            NotificationRequestItem: {
              ...sign(anItem()).NotificationRequestItem,
              eventDate: '1999-01-01T00:00:00+00:00',
              reason: 'Insufficient balance',
              paymentMethod: 'mc',
              operations: [],
              additionalData: {
                ...sign(anItem()).NotificationRequestItem.additionalData,
                'modification.action': 'refund',
                disputeStatus: 'Won',
                defensePeriodEndsAt: '1999-01-01T00:00:00+00:00',
              },
            },
          },
        ],
      }),
    );
    expect(told).toEqual(genuine);
  });

  test('is refused when a colon was moved from one signed field into the next', async () => {
    const item = anItem({ merchantReference: 'shop:1' });
    const { additionalData } = sign(item).NotificationRequestItem;
    const moved: readonly Item[] = [
      { merchantAccountCode: 'ShopECOM:shop', merchantReference: '1' },
      { originalReference: 'QFQTPCQ800000001:ShopECOM', merchantAccountCode: 'shop', merchantReference: '1' },
    ];
    expect((await read(signed(item))).ok).toBe(true);
    for (const fields of moved) {
      const NotificationRequestItem = { ...item, ...fields, additionalData };
      expect(signatureOf(readSigned(NotificationRequestItem), Buffer.from(hmacKey, 'hex'))).toBe(
        additionalData.hmacSignature,
      );
      const delivery = deliveryOf({ notificationItems: [{ NotificationRequestItem }] });
      expect(await read(delivery)).toEqual({ ok: false, error: 'signature-wrong' });
    }
  });

  test('of several items is split, and refused whole when one of them is not genuine', async () => {
    const [first, second] = [
      anItem(),
      anItem({ pspReference: 'QFQTPCQ800000003', amount: { value: 7, currency: 'EUR' } }),
    ];
    const events = await eventsOf(signed(first, second));
    expect(events.map(({ subject }) => subject)).toMatchObject([
      { outcome: { amount: { amount: 1130 } } },
      { outcome: { amount: { amount: 7 } } },
    ]);
    const bad = sign(second, otherHmacKey);
    expect(await read(deliveryOf({ notificationItems: [sign(first), bad] }))).toEqual({
      ok: false,
      error: 'signature-wrong',
    });
    expect(await read(deliveryOf({ notificationItems: [bad, sign(first)] }))).toEqual({
      ok: false,
      error: 'signature-wrong',
    });
    const unsigned = { NotificationRequestItem: second };
    expect(await read(deliveryOf({ notificationItems: [sign(first), unsigned] }))).toEqual({
      ok: false,
      error: 'signature-missing',
    });
  });

  test.each([
    ['nothing', ''],
    ['no JSON', 'live=false'],
    ['a list', '[]'],
    ['no items', '{"notificationItems":[]}'],
    ['items that are none', '{"notificationItems":[1]}'],
    ['an item without content', '{"notificationItems":[{}]}'],
    ['broken UTF-8', Uint8Array.of(0x7b, 0xff, 0x7d)],
  ])('of %s was signed by nobody', async (_, body) => {
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
    expect(await read({ headers: {}, body: bytes })).toEqual({ ok: false, error: 'signature-missing' });
  });

  test('with a signed field in another form was signed by nobody', async () => {
    for (const wrong of [{ pspReference: 1 }, { amount: { value: '1130', currency: 'EUR' } }, { amount: 1130 }]) {
      const item = { ...sign(anItem()).NotificationRequestItem, ...wrong };
      const delivery = deliveryOf({ notificationItems: [{ NotificationRequestItem: item }] });
      expect(await read(delivery)).toEqual({ ok: false, error: 'signature-missing' });
    }
  });

  test('of what cannot be understood says so, and harms nothing beside it', async () => {
    const events = await eventsOf(
      signed(
        anItem({ amount: { value: 1050, currency: 'ISK' } }),
        anItem({ success: 'perhaps' }),
        anItem({ eventCode: 'capture' }),
        anItem({ merchantReference: `${own}.refund` }),
        anItem(),
      ),
    );
    expect(events.map(({ subject }) => subject.type)).toEqual([
      'unreadable',
      'unreadable',
      'unreadable',
      'unreadable',
      'operation',
    ]);
    expect(new Set(events.map(({ eventKey }) => eventKey)).size).toBe(5);
  });

  test('has a key of at most 128 characters for each event, the same for the same signed fields', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string(), fc.string(), async (eventCode, pspReference, eventDate) => {
        const clean = (text: string): string => text.replaceAll(':', '');
        const item = { eventCode: clean(eventCode), pspReference: clean(pspReference) };
        const [first] = await eventsOf(signed(anItem(item)));
        const [again] = await eventsOf(signed(anItem({ ...item, eventDate })));
        expect(first?.eventKey).toMatch(/^[A-Za-z0-9_]{1,128}$/);
        expect(again).toEqual(first);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a test of ours', () => {
  test('is read as one, under its key alone', async () => {
    const delivery = adyenWebhookReader.signTest?.('t_1', hmacKey, now);
    expect(await eventsOf(delivery!)).toMatchObject([{ subject: { type: 'test', testId: 't_1' } }]);
    expect(await read(delivery!, [otherHmacKey])).toEqual({ ok: false, error: 'signature-wrong' });
    expect(() => adyenWebhookReader.signTest?.('t_1', 'whsec_abc', now)).toThrow();
  });
});
