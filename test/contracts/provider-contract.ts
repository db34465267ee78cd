import type {
  NormalisedEvent,
  OperationOutcome,
  Provider,
  RawDelivery,
  WebhookReader,
} from '../../lambdas/domain/providers/provider';

/** What an adapter's test supplies: the provider in its test mode, and the view from the provider's side. */
export interface ProviderWorld {
  readonly provider: Provider;
  readonly reader: WebhookReader;
  readonly now: Date;
  /** Payment tokens that make the provider behave so. */
  readonly tokens: Record<
    | 'success'
    | 'declined'
    | 'insufficientFunds'
    | 'expiredCard'
    | 'requiresAction'
    | 'timeoutBeforeEffect'
    | 'timeoutAfterEffect'
    | 'wrongAmount',
    string
  >;
  /** The same client where nobody listens, and with credentials that were revoked. */
  readonly unreachable: Provider;
  readonly revoked: Provider;
  /** How many times the provider has moved or held money for a payment. */
  effects(paymentId: string): Promise<number>;
  /** Everything that the provider has sent, signed by the secret that it was given. */
  deliveries(): readonly RawDelivery[];
}

const usd = (amount: number) => ({ amount, currency: 'USD' });
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const otherSecret = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const webhookUrl = 'https://webhooks.example/ten_0000000000000000000a/con_0000000000000000000a';

let count = 0;

/** The rules that every provider adapter keeps. `connect` is called before each test. */
export function providerContract(name: string, newWorld: () => ProviderWorld): void {
  describe(`the provider contract, kept by ${name}`, () => {
    let world: ProviderWorld;
    let paymentId: string;

    beforeEach(async () => {
      world = newWorld();
      count += 1;
      paymentId = `pay_${String(count).padStart(20, '0')}`;
      expect(await world.provider.connect({ url: webhookUrl, secret })).toEqual({ ok: true, value: undefined });
    });

    const authorize = (
      token: string,
      amount = 1000,
      capture: 'automatic' | 'manual' = 'manual',
      operationId = op('auth'),
    ) => world.provider.authorize({ operationId, paymentId, amount: usd(amount), token, capture });

    const follow = (
      kind: 'capture' | 'cancel' | 'refund',
      amount: number,
      providerReference: string,
      key = `${kind}${String(amount)}`,
    ) => world.provider[kind]({ operationId: op(key), paymentId, amount: usd(amount), providerReference });

    const op = (key: string): string => `op_${paymentId.slice(-6)}${key}`;

    describe('authorizing', () => {
      test('answers with the amount that was asked, and acts once however often it is asked', async () => {
        const { success } = world.tokens;
        const first = await authorize(success);
        expect(first).toMatchObject({ status: 'succeeded', amount: usd(1000) });
        expect(await authorize(success)).toEqual(first);
        expect(await world.effects(paymentId)).toBe(1);
        expect(await world.provider.lookup(op('auth'))).toEqual(first);
      });

      test('acts once when asked many times at once', async () => {
        const { success } = world.tokens;
        const answers = await Promise.all(Array.from({ length: 5 }, () => authorize(success)));
        expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
        expect(await world.effects(paymentId)).toBe(1);
      });

      test('says why it refuses, in our words', async () => {
        expect(await authorize(world.tokens.declined, 1, 'manual', op('a'))).toMatchObject({
          status: 'failed',
          reason: 'declined',
        });
        expect(await authorize(world.tokens.insufficientFunds, 1, 'manual', op('b'))).toMatchObject({
          status: 'failed',
          reason: 'insufficient_funds',
        });
        expect(await authorize(world.tokens.expiredCard, 1, 'manual', op('c'))).toMatchObject({
          status: 'failed',
          reason: 'expired_card',
        });
        expect(await authorize('tok_never_issued', 1, 'manual', op('d'))).toMatchObject({
          status: 'failed',
          reason: 'invalid_payment_method',
        });
        expect(await world.effects(paymentId)).toBe(0);
      });

      test('hands an amount on that differs from what was asked, and does not smooth it over', async () => {
        const outcome = await authorize(world.tokens.wrongAmount);
        expect(outcome.status === 'succeeded' && outcome.amount.amount).not.toBe(1000);
      });

      test('names the page that the customer must visit', async () => {
        const outcome = await authorize(world.tokens.requiresAction);
        expect(outcome.status === 'requires_action' && URL.canParse(outcome.redirectUrl)).toBe(true);
        expect(await world.effects(paymentId)).toBe(0);
      });
    });

    describe('without an answer', () => {
      test('does not know whether the provider acted, when it had not', async () => {
        expect(await authorize(world.tokens.timeoutBeforeEffect)).toMatchObject({ status: 'unknown' });
        expect(await world.provider.lookup(op('auth'))).toEqual({ status: 'absent' });
        expect(await world.effects(paymentId)).toBe(0);
      });

      test('does not know whether the provider acted, when it had; asking shows it, and repeating does not repeat it', async () => {
        expect(await authorize(world.tokens.timeoutAfterEffect)).toMatchObject({ status: 'unknown' });
        expect(await world.provider.lookup(op('auth'))).toMatchObject({ status: 'succeeded', amount: usd(1000) });
        expect(await authorize(world.tokens.timeoutAfterEffect)).toMatchObject({ status: 'succeeded' });
        expect(await world.effects(paymentId)).toBe(1);
      });

      test('knows that nothing happened when nothing could be sent', async () => {
        const request = {
          operationId: op('auth'),
          paymentId,
          amount: usd(1),
          token: world.tokens.success,
          capture: 'manual',
        } as const;
        expect(await world.unreachable.authorize(request)).toEqual({
          status: 'failed',
          reason: 'provider_unreachable',
        });
        expect(await world.unreachable.lookup(op('auth'))).toMatchObject({ status: 'unknown' });
        expect(await world.unreachable.connect({ url: webhookUrl, secret })).toEqual({
          ok: false,
          error: 'provider-unreachable',
        });
      });

      test('says that credentials are refused', async () => {
        expect(await world.revoked.connect({ url: webhookUrl, secret })).toEqual({
          ok: false,
          error: 'credentials-refused',
        });
      });
    });

    describe('following up', () => {
      const referenceOf = (outcome: OperationOutcome): string => {
        if (outcome.status !== 'succeeded') throw new Error(`not authorized: ${JSON.stringify(outcome)}`);
        return outcome.providerReference;
      };

      test('captures in parts, and no more than was authorized', async () => {
        const reference = referenceOf(await authorize(world.tokens.success));
        expect(await follow('capture', 600, reference)).toMatchObject({ status: 'succeeded', amount: usd(600) });
        expect(await follow('capture', 500, reference)).toMatchObject({ status: 'failed', reason: 'not_allowed' });
        expect(await follow('capture', 400, reference)).toMatchObject({ status: 'succeeded', amount: usd(400) });
        expect(await world.effects(paymentId)).toBe(3);
      });

      test('cancels what is not captured', async () => {
        const reference = referenceOf(await authorize(world.tokens.success));
        expect(await follow('cancel', 1000, reference)).toMatchObject({ status: 'succeeded' });
        expect(await follow('capture', 1, reference)).toMatchObject({ status: 'failed' });
      });

      test('refunds in parts, once each, and no more than was captured', async () => {
        const reference = referenceOf(await authorize(world.tokens.success, 1000, 'automatic'));
        expect(await follow('refund', 700, reference)).toMatchObject({ status: 'succeeded', amount: usd(700) });
        expect(await follow('refund', 700, reference)).toMatchObject({ status: 'succeeded', amount: usd(700) });
        expect(await follow('refund', 301, reference)).toMatchObject({ status: 'failed', reason: 'not_allowed' });
        expect(await follow('refund', 300, reference)).toMatchObject({ status: 'succeeded', amount: usd(300) });
        expect(await world.effects(paymentId)).toBe(3);
      });
    });

    describe('webhooks', () => {
      const read = (delivery: RawDelivery, secrets: readonly string[]) =>
        world.reader.read(delivery, secrets, world.now.getTime());

      test('tell of every operation by our own ids, and agree with its answer', async () => {
        const authorized = await authorize(world.tokens.success);
        const reference = authorized.status === 'succeeded' ? authorized.providerReference : '';
        const captured = await follow('capture', 1000, reference);
        const refunded = await follow('refund', 400, reference);
        const events = world.deliveries().flatMap((delivery) => {
          const result = read(delivery, [secret]);
          if (!result.ok) throw new Error(result.error);
          return result.value;
        });
        expect(events.map(({ subject }) => subject)).toEqual([
          { type: 'operation', paymentId, operationId: op('auth'), kind: 'authorize', outcome: authorized },
          { type: 'operation', paymentId, operationId: op('capture1000'), kind: 'capture', outcome: captured },
          { type: 'operation', paymentId, operationId: op('refund400'), kind: 'refund', outcome: refunded },
        ] satisfies NormalisedEvent['subject'][]);
        expect(new Set(events.map(({ eventKey }) => eventKey)).size).toBe(3);
        for (const { eventKey, occurredAt } of events) {
          expect(eventKey.length).toBeLessThanOrEqual(128);
          expect(new Date(occurredAt).toISOString()).toBe(occurredAt);
        }
      });

      test('are believed under the current secret and, during a rotation, under the previous one', async () => {
        await authorize(world.tokens.success);
        const [delivery] = world.deliveries();
        expect(read(delivery!, [otherSecret, secret]).ok).toBe(true);
        expect(read(delivery!, [secret, otherSecret]).ok).toBe(true);
        expect(read(delivery!, [otherSecret])).toEqual({ ok: false, error: 'signature-wrong' });
        expect(read(delivery!, [])).toEqual({ ok: false, error: 'signature-wrong' });
      });

      test('are refused when a single byte of the body differs', async () => {
        await authorize(world.tokens.success);
        const [delivery] = world.deliveries();
        for (let index = 0; index < delivery!.body.length; index += 1) {
          const body = Uint8Array.from(delivery!.body);
          body[index] = body[index]! ^ 1;
          expect(read({ ...delivery!, body }, [secret]).ok).toBe(false);
        }
      });
    });
  });
}
