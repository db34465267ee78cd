import { authorization, byCard, lookupOf, newPaypalWorld, paymentId, referenceOf, usd } from './paypal-world';
import type { PaypalWorld } from './paypal-world';

let world: PaypalWorld;
beforeEach(() => (world = newPaypalWorld()));

const pathsOf = (part: string) => world.fake.requests.filter(({ path }) => path.includes(part));
const answering = (status: number, body: object, path = /\/(authorize|capture|refund|void)$/) =>
  world.fake.next(path, { answer: { status, body } });

describe('an order', () => {
  test('carries our ids, and each step a key of its own', async () => {
    await world.provider.authorize(authorization());
    const mark = `${paymentId}.op_auth`;
    expect(pathsOf('/orders')).toMatchObject([
      {
        requestId: 'op_auth-order',
        body: {
          intent: 'AUTHORIZE',
          purchase_units: [{ custom_id: mark, invoice_id: mark, amount: { currency_code: 'USD', value: '10.00' } }],
        },
      },
      { requestId: 'op_auth', body: { payment_source: { card: { vault_id: 'vaultsuccess' } } } },
    ]);
  });

  test.each([
    ['vaultsuccess', { card: { vault_id: 'vaultsuccess' } }],
    ['card_8kk845', { card: { vault_id: '8kk845' } }],
    ['paypal_8kk845', { paypal: { vault_id: '8kk845' } }],
    ['B-7FB31251F28061234', { token: { id: 'B-7FB31251F28061234', type: 'BILLING_AGREEMENT' } }],
  ])('is paid with %s as PayPal names it', async (token, source) => {
    await world.provider.authorize(authorization({ method: { type: 'token', token } }));
    expect(pathsOf('/authorize')).toMatchObject([{ body: { payment_source: source } }]);
  });

  test('names the capture where it is captured at once', async () => {
    const outcome = await world.provider.authorize(authorization({ capture: 'automatic' }));
    expect(referenceOf(outcome)).toMatch(/^CAP/);
    expect(pathsOf('/orders')[0]).toMatchObject({ body: { intent: 'CAPTURE' } });
  });

  test('whose creation is not answered comes to nothing, and a new payment may be tried', async () => {
    for (const lose of ['before', 'after'] as const) {
      world.fake.next(/\/orders$/, { lose });
      expect(await world.provider.authorize(authorization({ operationId: `op_${lose}` }))).toEqual({
        status: 'failed',
        reason: 'provider_busy',
      });
    }
    for (const status of [202, 302, 408, 409, 429, 500, 503]) {
      answering(status, {}, /\/orders$/);
      expect(await world.provider.authorize(authorization({ operationId: `op_${String(status)}` }))).toEqual({
        status: 'failed',
        reason: 'provider_busy',
      });
    }
    expect(world.fake.effects(paymentId)).toBe(0);
  });

  test('leads the customer to the bank where that is asked, and is open until then', async () => {
    const outcome = await world.provider.authorize(authorization({ method: byCard('requiresAction') }));
    expect(outcome).toMatchObject({ status: 'requires_action', providerReference: expect.stringMatching(/^ORD/) });
    expect(await world.provider.lookup(lookupOf({ providerReference: referenceOf(outcome) }))).toMatchObject({
      status: 'requires_action',
    });
  });

  test('is completed once the bank has seen the customer, under a key that has not been refused', async () => {
    const method = byCard('requiresAction');
    const providerReference = referenceOf(await world.provider.authorize(authorization({ method })));
    world.fake.approve(providerReference);
    expect(await world.provider.lookup(lookupOf({ providerReference }))).toMatchObject({ status: 'succeeded' });
    expect(pathsOf('/authorize').map(({ requestId }) => requestId)).toEqual(['op_auth', 'op_auth-approved']);
    expect(world.fake.effects(paymentId)).toBe(1);
  });

  test('stays open under its own id while PayPal reviews it, and is told under that of the capture', async () => {
    const outcome = await world.provider.authorize(authorization({ capture: 'automatic', method: byCard('pending') }));
    expect(outcome).toEqual({ status: 'pending', providerReference: expect.stringMatching(/^ORD/) });
    const lookup = lookupOf({ capture: 'automatic', providerReference: referenceOf(outcome) });
    expect(await world.provider.lookup(lookup)).toEqual(outcome);
  });

  test.each([
    ['JPY', 1099],
    ['HUF', 150000],
    ['TWD', 150000],
  ])('goes in %s through authorization, capture, refund and cancellation', async (currency, amount) => {
    const money = { amount, currency };
    const authorized = await world.provider.authorize(authorization({ amount: money }));
    expect(authorized).toMatchObject({ status: 'succeeded', amount: money });
    const providerReference = referenceOf(authorized);
    const captured = await world.provider.capture({ operationId: 'op_c', paymentId, amount: money, providerReference });
    expect(captured).toMatchObject({ status: 'succeeded', amount: money });
    const captureReference = referenceOf(captured);
    expect(
      await world.provider.refund({
        operationId: 'op_r',
        paymentId,
        amount: money,
        providerReference,
        captureReference,
      }),
    ).toMatchObject({ status: 'succeeded', amount: money });
  });

  test.each([
    ['KWD', 1000],
    ['ISK', 1000],
    ['CLP', 1000],
    ['UGX', 1000],
    ['HUF', 150050],
  ])('in %s of %i minor units is refused before anything is sent', async (currency, amount) => {
    const request = { operationId: 'op_x', paymentId, amount: { amount, currency }, providerReference: 'AUT1' };
    const refused = { status: 'failed', reason: 'not_allowed' };
    expect(await world.provider.authorize(authorization({ amount: request.amount }))).toEqual(refused);
    expect(await world.provider.capture(request)).toEqual(refused);
    expect(await world.provider.refund(request)).toEqual(refused);
    expect(world.fake.requests).toEqual([]);
  });
});

describe('a page of PayPal', () => {
  const open = async (capture: 'automatic' | 'manual' = 'manual') =>
    referenceOf(await world.provider.authorize(authorization({ method: { type: 'hosted-page' }, capture })));

  test.each(['automatic', 'manual'] as const)(
    'is completed once when the customer has approved: %s',
    async (capture) => {
      const providerReference = await open(capture);
      const lookup = lookupOf({ providerReference, capture });
      expect(await world.provider.lookup(lookup)).toMatchObject({ status: 'requires_action', providerReference });
      world.fake.approve(providerReference);
      const outcome = await world.provider.lookup(lookup);
      expect(outcome).toMatchObject({ status: 'succeeded', amount: usd(1000) });
      expect(await world.provider.lookup(lookup)).toEqual(outcome);
      expect(world.fake.effects(paymentId)).toBe(1);
      expect(pathsOf(capture === 'manual' ? '/authorize' : '/capture').map(({ requestId }) => requestId)).toEqual([
        'op_auth-approved',
      ]);
    },
  );

  test('is completed under the same key when the first answer was lost, and by two that look at once', async () => {
    const providerReference = await open();
    world.fake.approve(providerReference);
    world.fake.next(/\/authorize$/, { lose: 'after' });
    const lookup = lookupOf({ providerReference });
    expect(await world.provider.lookup(lookup)).toMatchObject({ status: 'unknown' });
    const outcomes = await Promise.all([world.provider.lookup(lookup), world.provider.lookup(lookup)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
    expect(world.fake.effects(paymentId)).toBe(1);
  });

  test('is not completed for another amount, or for an operation that did not ask for it', async () => {
    const providerReference = await open();
    world.fake.approve(providerReference);
    for (const other of [{ amount: usd(999) }, { operationId: 'op_other' }]) {
      expect(await world.provider.lookup(lookupOf({ providerReference, ...other }))).toMatchObject({
        status: 'unknown',
      });
    }
    expect(world.fake.effects(paymentId)).toBe(0);
  });

  test('asks for no address, and leads back to the shop', async () => {
    await open();
    const experience_context = {
      user_action: 'PAY_NOW',
      shipping_preference: 'NO_SHIPPING',
      return_url: 'https://shop.example/return',
      cancel_url: 'https://shop.example/return',
    };
    expect(pathsOf('/orders')).toMatchObject([{ body: { payment_source: { paypal: { experience_context } } } }]);
  });
});

describe('a look-up', () => {
  const authorized = async () => referenceOf(await world.provider.authorize(authorization()));

  test('finds an authorization without its reference by the key of its order, and holds or moves nothing', async () => {
    const reference = await authorized();
    expect(await world.provider.lookup(lookupOf())).toMatchObject({
      status: 'succeeded',
      providerReference: reference,
    });
    expect(await world.provider.lookup(lookupOf({ operationId: 'op_never' }))).toEqual({ status: 'absent' });
    expect(world.fake.effects(paymentId)).toBe(1);
    expect(pathsOf('/authorize')).toHaveLength(1);
  });

  test('does not ask by a key that PayPal has forgotten, and does not say that nothing happened', async () => {
    await authorized();
    const lookup = lookupOf({ requestedAt: '2026-01-31T06:00:00.000Z' });
    expect(await world.provider.lookup(lookup)).toMatchObject({ status: 'unknown' });
  });

  test('does not say that nothing happened while the request may be under way', async () => {
    const reference = await authorized();
    const soon = { requestedAt: '2026-01-31T11:59:30.000Z' };
    expect(await world.provider.lookup(lookupOf({ operationId: 'op_new', ...soon }))).toMatchObject({
      status: 'unknown',
    });
    const capture = lookupOf({ operationId: 'op_c', kind: 'capture', paymentReference: reference });
    expect(await world.provider.lookup({ ...capture, ...soon })).toMatchObject({ status: 'unknown' });
    expect(await world.provider.lookup(capture)).toEqual({ status: 'absent' });
  });

  test.each([
    ['capture', /\/capture$/],
    ['cancel', /\/void$/],
  ] as const)('finds a %s that was done and not answered', async (kind, path) => {
    const providerReference = await authorized();
    const request = { operationId: 'op_follow', paymentId, amount: usd(1000), providerReference };
    const lookup = lookupOf({ operationId: 'op_follow', kind, paymentReference: providerReference });
    world.fake.next(path, { lose: 'before' });
    expect(await world.provider[kind](request)).toMatchObject({ status: 'unknown' });
    expect(await world.provider.lookup(lookup)).toEqual({ status: 'absent' });
    world.fake.next(path, { lose: 'after' });
    expect(await world.provider[kind](request)).toMatchObject({ status: 'unknown' });
    const found = await world.provider.lookup(lookup);
    expect(found).toMatchObject({ status: 'succeeded', amount: usd(1000) });
    expect(await world.provider[kind](request)).toEqual(found);
  });

  test('finds a refund that was done and not answered', async () => {
    const providerReference = referenceOf(await world.provider.authorize(authorization({ capture: 'automatic' })));
    world.fake.next(/\/refund$/, { lose: 'after' });
    const request = { operationId: 'op_r', paymentId, amount: usd(400), providerReference };
    expect(await world.provider.refund(request)).toMatchObject({ status: 'unknown' });
    const lookup = lookupOf({
      operationId: 'op_r',
      kind: 'refund',
      amount: usd(400),
      capture: 'automatic',
      paymentReference: providerReference,
    });
    expect(await world.provider.lookup(lookup)).toMatchObject({ status: 'succeeded', amount: usd(400) });
    expect(await world.provider.lookup({ ...lookup, operationId: 'op_other' })).toEqual({ status: 'absent' });
  });

  test.each([404, 429, 500, 503])('that is answered %i says nothing of the operation', async (status) => {
    const providerReference = await authorized();
    for (const lookup of [
      lookupOf({ providerReference: 'ORD1' }),
      lookupOf({ kind: 'capture', paymentReference: providerReference }),
      lookupOf({ kind: 'cancel', paymentReference: providerReference }),
    ]) {
      answering(status, {}, /\/(orders|authorizations)\/[A-Z0-9]+$/);
      expect(await world.provider.lookup(lookup)).toMatchObject({ status: 'unknown' });
    }
  });
});

describe('a follow-up', () => {
  test('says whether a capture is the last, and names itself', async () => {
    const providerReference = referenceOf(await world.provider.authorize(authorization()));
    const request = { paymentId, amount: usd(300), providerReference };
    await world.provider.capture({ ...request, operationId: 'op_1' });
    await world.provider.capture({ ...request, operationId: 'op_2', final: true });
    expect(pathsOf('/capture')).toMatchObject([
      { requestId: 'op_1', body: { final_capture: false, invoice_id: `${paymentId}.op_1.capture` } },
      { requestId: 'op_2', body: { final_capture: true, amount: { currency_code: 'USD', value: '3.00' } } },
    ]);
    expect(await world.provider.capture({ ...request, operationId: 'op_3' })).toEqual({
      status: 'failed',
      reason: 'not_allowed',
    });
  });

  test('refunds from the capture that it is told, and from no other when that one holds too little', async () => {
    const providerReference = referenceOf(await world.provider.authorize(authorization()));
    const capture = async (amount: number, operationId: string) =>
      referenceOf(await world.provider.capture({ operationId, paymentId, amount: usd(amount), providerReference }));
    await capture(500, 'op_1');
    const captureReference = await capture(300, 'op_2');
    const refund = (amount: number, operationId: string) =>
      world.provider.refund({ operationId, paymentId, amount: usd(amount), providerReference, captureReference });
    expect(await refund(250, 'op_r')).toMatchObject({ status: 'succeeded', amount: usd(250) });
    expect(await refund(250, 'op_r')).toMatchObject({ status: 'succeeded', amount: usd(250) });
    expect(await refund(51, 'op_s')).toEqual({ status: 'failed', reason: 'not_allowed' });
    const mark = `${paymentId}.op_r.refund`;
    expect(pathsOf('/refund').map(({ path }) => path)).toEqual(
      Array<string>(3).fill(`/v2/payments/captures/${captureReference}/refund`),
    );
    expect(pathsOf('/refund')[0]).toMatchObject({ body: { custom_id: mark, invoice_id: mark } });
    expect(world.fake.effects(paymentId)).toBe(4);
  });
});
