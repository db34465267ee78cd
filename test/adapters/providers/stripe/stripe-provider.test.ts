import { newStripeProvider } from '../../../../lambdas/adapters/providers/stripe/stripe-provider';
import { reasonOf } from '../../../../lambdas/adapters/providers/stripe/stripe-reasons';
import { aFollowUp, aLookup, anAuthorization, apiKey, aStripe, authorized, op, paymentId, usd } from './a-stripe';

const answering = (status: number, body: unknown) =>
  newStripeProvider({
    apiKey,
    fetch: async () => new Response(typeof body === 'string' ? body : JSON.stringify(body), { status }),
    timeoutMs: 100,
  });

const error = (type: string, more: object = {}) => ({ error: { type, message: 'said by Stripe', ...more } });

describe('what an error of Stripe means for the money', () => {
  test.each([
    ['an error of its own', 500, error('api_error')],
    ['a gateway that gave up', 502, '<html>'],
    ['a part that is down', 503, error('api_error')],
    ['something behind Stripe', 424, error('api_error')],
    [
      'a request that is still running under the key',
      409,
      error('idempotency_error', { code: 'idempotency_key_in_use' }),
    ],
    ['a key that was used for another request', 400, error('idempotency_error')],
    ['a success without an object', 200, '5'],
    ['a success that is a list', 200, '[]'],
    ['a success that is nothing', 200, 'null'],
    ['a success that is an error', 200, error('api_error')],
    ['a success of another kind', 200, { object: 'customer', id: 'cus_1' }],
    ['a refusal that is none of Stripe', 403, '<html>'],
    ['a refusal whose error is no object', 400, { error: 'invalid_grant' }],
    ['an answer with the wrong status', 201, { id: 'pi_1' }],
    ['a redirect', 302, ''],
  ])('%s leaves it open', async (_what, status, body) => {
    const provider = answering(status, body);
    expect(await provider.authorize(anAuthorization())).toMatchObject({ status: 'unknown' });
    expect(await provider.capture(aFollowUp('pi_1'))).toMatchObject({ status: 'unknown' });
    expect(await provider.refund(aFollowUp('pi_1'))).toMatchObject({ status: 'unknown' });
    expect(await provider.cancel(aFollowUp('pi_1'))).toMatchObject({ status: 'unknown' });
    expect(await provider.lookup(aLookup())).toMatchObject({ status: 'unknown' });
  });

  test.each([
    ['too many requests', 429, error('invalid_request_error', { code: 'rate_limit' }), 'provider_busy'],
    [
      'an object that another request holds',
      429,
      error('invalid_request_error', { code: 'lock_timeout' }),
      'provider_busy',
    ],
    ['too many requests, the old way', 400, error('invalid_request_error', { code: 'rate_limit' }), 'provider_busy'],
    ['credentials', 401, error('invalid_request_error'), 'provider_refused'],
    ['a missing right', 403, error('invalid_request_error'), 'provider_refused'],
    [
      'a state that forbids it',
      400,
      error('invalid_request_error', { code: 'payment_intent_unexpected_state' }),
      'not_allowed',
    ],
    ['a disputed charge', 400, error('invalid_request_error', { code: 'charge_disputed' }), 'not_allowed'],
    [
      'an unknown means of payment',
      400,
      error('invalid_request_error', { code: 'resource_missing', param: 'payment_method' }),
      'invalid_payment_method',
    ],
    [
      'an unknown object',
      404,
      error('invalid_request_error', { code: 'resource_missing', param: 'intent' }),
      'provider_refused',
    ],
    [
      'a code that nobody knows',
      402,
      error('card_error', { code: 'constructor', decline_code: 'toString' }),
      'declined',
    ],
  ])('%s: nothing was done', async (_what, status, body, reason) => {
    expect(await answering(status, body).refund(aFollowUp('pi_1'))).toEqual({ status: 'failed', reason });
  });

  test.each([
    ['generic_decline', 'declined'],
    ['do_not_honor', 'declined'],
    ['stolen_card', 'declined'],
    ['insufficient_funds', 'insufficient_funds'],
    ['expired_card', 'expired_card'],
    ['authentication_required', 'authentication_failed'],
    ['incorrect_cvc', 'invalid_payment_method'],
    ['transaction_not_allowed', 'not_allowed'],
  ])('the decline code %s is %s', (declineCode, reason) => {
    expect(reasonOf({ type: 'card_error', code: 'card_declined', declineCode })).toBe(reason);
  });

  test('asks once, and not again, whatever the answer', async () => {
    let calls = 0;
    const fetch = async () => {
      calls += 1;
      return new Response(JSON.stringify(error('api_error')), {
        status: 500,
        headers: { 'stripe-should-retry': 'true' },
      });
    };
    await newStripeProvider({ apiKey, fetch, timeoutMs: 100 }).authorize(anAuthorization());
    expect(calls).toBe(1);
    const resetting = () => {
      calls += 1;
      return Promise.reject(
        Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNRESET' }, code: 'ECONNRESET' }),
      );
    };
    expect(
      await newStripeProvider({ apiKey, fetch: resetting, timeoutMs: 100 }).authorize(anAuthorization()),
    ).toMatchObject({
      status: 'unknown',
    });
    expect(calls).toBe(2);
  });
});

describe('the requests', () => {
  test('carry the operation id as the key, our version of the API, and no word about this machine', async () => {
    const sent: Request[] = [];
    const fetch = async (input: string | URL | Request, init?: RequestInit) => {
      sent.push(new Request(input, init));
      return new Response('{}', { status: 500 });
    };
    await newStripeProvider({ apiKey, fetch, timeoutMs: 100 }).authorize(anAuthorization({ reference: 'order 7' }));
    const [request] = sent;
    expect(request!.url).toBe('https://api.stripe.com/v1/payment_intents');
    expect(Object.fromEntries(request!.headers)).toEqual({
      accept: 'application/json',
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/x-www-form-urlencoded',
      'idempotency-key': op('auth'),
      'stripe-version': '2026-10-28.endive',
    });
    expect(Object.fromEntries(new URLSearchParams(await request!.text()))).toEqual({
      amount: '1000',
      currency: 'usd',
      payment_method: 'pm_card_visa',
      description: 'order 7',
      confirm: 'true',
      capture_method: 'manual',
      'metadata[countinghouse_payment]': paymentId,
      'metadata[countinghouse_operation]': op('auth'),
      return_url: 'https://shop.example/return',
      'automatic_payment_methods[enabled]': 'true',
    });
  });
});

describe('faults on the way', () => {
  test.each(['lost-before', 'error-before'] as const)(
    '%s: nothing was done, and a look-up shows it',
    async (mishap) => {
      const world = await aStripe();
      const reference = await authorized(world);
      for (const kind of ['capture', 'refund', 'cancel'] as const) {
        world.stripe.meet(mishap);
        expect(await world.provider[kind](aFollowUp(reference, { operationId: op(kind) }))).toMatchObject({
          status: 'unknown',
        });
        const asked = aLookup({ kind, operationId: op(kind), paymentReference: reference });
        expect(await world.provider.lookup(asked)).toEqual({ status: 'absent' });
      }
      expect(world.stripe.effects(paymentId)).toBe(1);
    },
  );

  test.each(['lost-after', 'error-after'] as const)('%s: it was done once, and a look-up shows it', async (mishap) => {
    const world = await aStripe();
    const reference = await authorized(world);
    for (const kind of ['capture', 'refund'] as const) {
      world.stripe.meet(mishap);
      expect(await world.provider[kind](aFollowUp(reference, { operationId: op(kind) }))).toMatchObject({
        status: 'unknown',
      });
      const asked = aLookup({ kind, operationId: op(kind), paymentReference: reference });
      expect(await world.provider.lookup(asked)).toMatchObject({ status: 'succeeded', amount: usd(1000) });
      // The same request again: Stripe repeats what it answered, a 500 too, and does nothing.
      await world.provider[kind](aFollowUp(reference, { operationId: op(kind) }));
    }
    expect(world.stripe.effects(paymentId)).toBe(3);
    const canceled = await authorized(world, { operationId: op('another') });
    world.stripe.meet(mishap);
    expect(await world.provider.cancel(aFollowUp(canceled, { operationId: op('cancel') }))).toMatchObject({
      status: 'unknown',
    });
    const asked = aLookup({ kind: 'cancel', operationId: op('cancel'), paymentReference: canceled });
    expect(await world.provider.lookup(asked)).toMatchObject({ status: 'succeeded', amount: usd(1000) });
  });

  test('a key that is in use, or was used for something else, leaves it open', async () => {
    const { provider, stripe } = await aStripe();
    stripe.occupy(op('busy'));
    expect(await provider.authorize(anAuthorization({ operationId: op('busy') }))).toMatchObject({ status: 'unknown' });
    await provider.authorize(anAuthorization());
    expect(await provider.authorize(anAuthorization({ amount: usd(999) }))).toMatchObject({ status: 'unknown' });
    expect(stripe.effects(paymentId)).toBe(1);
  });

  test.each(['busy', 'locked'] as const)('%s: nothing was done', async (mishap) => {
    const { provider, stripe } = await aStripe();
    stripe.meet(mishap);
    expect(await provider.authorize(anAuthorization())).toEqual({ status: 'failed', reason: 'provider_busy' });
    expect(await provider.lookup(aLookup())).toEqual({ status: 'absent' });
  });

  test('a restricted key without rights is refused', async () => {
    const { provider, stripe } = await aStripe();
    stripe.restrict(apiKey);
    expect(await provider.check()).toEqual({ ok: false, error: 'credentials-refused' });
    expect(await provider.authorize(anAuthorization())).toEqual({ status: 'failed', reason: 'provider_refused' });
    expect(await provider.inspectWebhook?.('https://x.example')).toEqual({ ok: false, error: 'credentials-refused' });
    expect(await provider.payoutLines?.({ payoutId: 'po_1' })).toEqual({ ok: false, error: 'credentials-refused' });
  });
});

describe('looking an authorization up', () => {
  test('finds it by the search once that has caught up, without reading a list', async () => {
    const world = await aStripe({ searchLagSeconds: 0 });
    const reference = await authorized(world);
    const before = world.stripe.requests.length;
    expect(await world.provider.lookup(aLookup())).toMatchObject({ status: 'succeeded', providerReference: reference });
    expect(world.stripe.requests.slice(before)).toEqual([
      'GET /v1/payment_intents/search',
      `GET /v1/payment_intents/${reference}`,
    ]);
  });

  test('finds it among many others in the list while the search lags', async () => {
    const world = await aStripe();
    await authorized(world);
    for (let index = 0; index < 120; index += 1) {
      await world.provider.authorize(anAuthorization({ operationId: op(`other${String(index)}`) }));
    }
    expect(await world.provider.lookup(aLookup())).toMatchObject({ status: 'succeeded', amount: usd(1000) });
    expect(await world.provider.lookup(aLookup({ operationId: op('never') }))).toEqual({ status: 'absent' });
  });

  test('reads no further back than the intent', async () => {
    const world = await aStripe();
    await authorized(world);
    expect(await world.provider.lookup(aLookup({ requestedAt: '2026-02-01T12:00:00.000Z' }))).toEqual({
      status: 'absent',
    });
  });

  test('tells what was authorized though it was captured in part, canceled or given up since', async () => {
    const world = await aStripe();
    const captured = await authorized(world);
    await world.provider.capture(aFollowUp(captured, { amount: usd(400) }));
    const succeeded = { status: 'succeeded', amount: usd(1000) };
    expect(await world.provider.lookup(aLookup())).toMatchObject(succeeded);
    const canceled = await authorized(world, { operationId: op('canceled') });
    await world.provider.cancel(aFollowUp(canceled, { operationId: op('cancel') }));
    expect(await world.provider.lookup(aLookup({ operationId: op('canceled') }))).toMatchObject(succeeded);
  });

  test('tells of a decline, of a customer who is awaited, and of one who did not agree', async () => {
    const world = await aStripe();
    const declined = { type: 'token' as const, token: 'pm_card_visa_chargeDeclinedInsufficientFunds' };
    await world.provider.authorize(anAuthorization({ method: declined }));
    expect(await world.provider.lookup(aLookup())).toMatchObject({ status: 'failed', reason: 'insufficient_funds' });
    const asking = { type: 'token' as const, token: 'pm_card_authenticationRequired' };
    const awaited = await world.provider.authorize(anAuthorization({ method: asking, operationId: op('asked') }));
    expect(await world.provider.lookup(aLookup({ operationId: op('asked') }))).toEqual(awaited);
    const reference = awaited.status === 'requires_action' ? awaited.providerReference : '';
    world.stripe.dashboard.customerFails(reference);
    const asked = aLookup({ operationId: op('asked'), providerReference: reference });
    expect(await world.provider.lookup(asked)).toMatchObject({ status: 'failed', reason: 'authentication_failed' });
  });
});

test('without an address to come back to, a payment that needs the customer fails', async () => {
  const { provider } = await aStripe();
  const { returnUrl: _, ...request } = anAuthorization({
    method: { type: 'token', token: 'pm_card_authenticationRequired' },
  });
  expect(await provider.authorize(request)).toMatchObject({ status: 'failed', reason: 'authentication_failed' });
});

describe('a page of Stripe', () => {
  const aPage = { method: { type: 'hosted-page' as const } };

  test('is where the customer pays: open, then paid', async () => {
    const world = await aStripe();
    const opened = await world.provider.authorize(anAuthorization(aPage));
    if (opened.status !== 'requires_action') throw new Error(opened.status);
    expect(opened.redirectUrl).toMatch(/^https:\/\/checkout\.stripe\.com\//);
    expect(await world.provider.authorize(anAuthorization(aPage))).toEqual(opened);
    // Known by its reference, or found without it.
    const known = aLookup({ providerReference: opened.providerReference });
    expect(await world.provider.lookup(known)).toEqual(opened);
    expect(await world.provider.lookup(aLookup())).toEqual(opened);

    world.stripe.dashboard.failOnPage(opened.providerReference);
    expect((await world.told()).map(({ subject }) => subject.type)).toEqual(['other']);
    world.stripe.dashboard.payOnPage(opened.providerReference);
    const found = await world.provider.lookup(known);
    expect(found).toMatchObject({ status: 'succeeded', amount: usd(1000) });
    expect((await world.told()).map(({ subject }) => subject)).toEqual([
      { type: 'operation', paymentId, operationId: op('auth'), kind: 'authorize', outcome: found },
    ]);
    expect(world.stripe.effects(paymentId)).toBe(1);
  });

  test('is closed when nobody has paid in time', async () => {
    const world = await aStripe();
    const opened = await world.provider.authorize(anAuthorization(aPage));
    const reference = opened.status === 'requires_action' ? opened.providerReference : '';
    world.stripe.dashboard.expirePage(reference);
    const failed = { status: 'failed', reason: 'authentication_failed' };
    expect(await world.provider.lookup(aLookup({ providerReference: reference }))).toEqual(failed);
    const [told] = await world.told();
    expect(told?.subject).toMatchObject({ operationId: op('auth'), kind: 'authorize', outcome: failed });
  });

  test('needs an address to come back to', async () => {
    const { provider } = await aStripe();
    const { returnUrl: _, ...request } = anAuthorization(aPage);
    expect(await provider.authorize(request)).toEqual({ status: 'failed', reason: 'not_allowed' });
  });
});
