import type {
  AuthorizeRequest,
  NormalisedEvent,
  OperationOutcome,
  PaymentMethod,
  Provider,
  RawDelivery,
  WebhookReader,
} from '../../lambdas/domain/providers/provider';

/** What an adapter's test supplies: the provider in its test mode, and the view from the provider's side. */
export interface ProviderWorld {
  readonly provider: Provider;
  readonly reader: WebhookReader;
  readonly now: Date;
  /** Means of payment that make the provider behave so. */
  readonly methods: Record<
    | 'success'
    | 'declined'
    | 'insufficientFunds'
    | 'expiredCard'
    | 'unknownToken'
    | 'requiresAction'
    | 'timeoutBeforeEffect'
    | 'timeoutAfterEffect'
    | 'wrongAmount',
    PaymentMethod
  >;
  /** The same client where nobody listens, and with credentials that were revoked. */
  readonly unreachable: Provider;
  readonly revoked: Provider;
  /** The secret that deliveries are signed with, and another of the same form. */
  readonly secret: string;
  readonly otherSecret: string;
  /** How many times the provider has moved or held money for a payment. */
  effects(paymentId: string): Promise<number>;
  /** Everything that the provider has sent to our webhook address, oldest first. */
  deliveries(): Promise<readonly RawDelivery[]> | readonly RawDelivery[];
}

const usd = (amount: number) => ({ amount, currency: 'USD' });
const webhookUrl = 'https://webhooks.example/ten_0000000000000000000a/con_0000000000000000000a';
const requestedAt = '2026-01-31T11:59:00.000Z';

let count = 0;

/** The rules that every provider adapter keeps. Each test begins in a new world, with our endpoint registered where that can be. */
export function providerContract(name: string, newWorld: () => ProviderWorld | Promise<ProviderWorld>): void {
  describe(`the provider contract, kept by ${name}`, () => {
    let world: ProviderWorld;
    let paymentId: string;

    beforeEach(async () => {
      world = await newWorld();
      count += 1;
      paymentId = `pay_${String(count).padStart(20, '0')}`;
      expect(await world.provider.check()).toEqual({ ok: true, value: undefined });
      const registered = await world.provider.registerWebhook?.({ url: webhookUrl, secret: world.secret });
      expect(registered?.ok).not.toBe(false);
    });

    const can = (capability: Provider['capabilities'][number]): boolean =>
      world.provider.capabilities.includes(capability);

    const requestOf = (
      method: PaymentMethod,
      amount = 1000,
      capture: 'automatic' | 'manual' = 'manual',
      operationId = op('auth'),
    ): AuthorizeRequest => ({
      operationId,
      paymentId,
      amount: usd(amount),
      method,
      capture,
      returnUrl: 'https://shop.example/return',
    });

    const authorize = (...args: Parameters<typeof requestOf>) => world.provider.authorize(requestOf(...args));

    const op = (key: string): string => `op_${`${paymentId.slice(-6)}${key}`.padStart(20, '0')}`;

    /** Until the provider tells the result, which it may do by webhook alone. */
    const resultOf = async (operationId: string, answer: OperationOutcome): Promise<OperationOutcome> => {
      if (answer.status !== 'pending') return answer;
      const events = await eventsSent();
      const told = events.find(({ subject }) => subject.type === 'operation' && subject.operationId === operationId);
      if (told?.subject.type !== 'operation') throw new Error(`nothing was told of ${operationId}`);
      return told.subject.outcome;
    };

    /** A follow-up, and what it came to. */
    const follow = async (
      kind: 'capture' | 'cancel' | 'refund',
      amount: number,
      providerReference: string,
      options: { key?: string; captureReference?: string } = {},
    ): Promise<OperationOutcome> => {
      const operationId = op(options.key ?? `${kind}${String(amount)}`);
      const { captureReference } = options;
      const request = { operationId, paymentId, amount: usd(amount), providerReference };
      const answer = await world.provider[kind]({
        ...request,
        ...(captureReference === undefined ? {} : { captureReference }),
      });
      return resultOf(operationId, answer);
    };

    const lookup = (operationId: string, kind: 'authorize' | 'capture' | 'refund' = 'authorize', amount = 1000) =>
      world.provider.lookup({
        operationId,
        kind,
        paymentId,
        amount: usd(amount),
        capture: 'manual',
        requestedAt,
      });

    const read = (delivery: RawDelivery, secrets: readonly string[] = [world.secret]) =>
      world.reader.read(delivery, secrets, world.now.getTime());

    const eventsSent = async (): Promise<readonly NormalisedEvent[]> => {
      const events: NormalisedEvent[] = [];
      for (const delivery of await world.deliveries()) {
        const result = await read(delivery);
        if (!result.ok) throw new Error(result.error);
        events.push(...result.value);
      }
      return events;
    };

    const referenceOf = (outcome: OperationOutcome): string => {
      if (outcome.status !== 'succeeded') throw new Error(`not authorized: ${JSON.stringify(outcome)}`);
      return outcome.providerReference;
    };

    describe('authorizing', () => {
      test('answers with the amount that was asked, and acts once however often it is asked', async () => {
        const { success } = world.methods;
        const first = await authorize(success);
        expect(first).toMatchObject({ status: 'succeeded', amount: usd(1000) });
        expect(await authorize(success)).toEqual(first);
        expect(await world.effects(paymentId)).toBe(1);
        if (can('lookup')) expect(await lookup(op('auth'))).toEqual(first);
      });

      test('acts once when asked many times at once', async () => {
        const { success } = world.methods;
        const answers = await Promise.all(Array.from({ length: 5 }, () => authorize(success)));
        expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
        expect(await world.effects(paymentId)).toBe(1);
      });

      test('says why it refuses, in our words', async () => {
        expect(await authorize(world.methods.declined, 1, 'manual', op('a'))).toMatchObject({
          status: 'failed',
          reason: 'declined',
        });
        expect(await authorize(world.methods.insufficientFunds, 1, 'manual', op('b'))).toMatchObject({
          status: 'failed',
          reason: 'insufficient_funds',
        });
        expect(await authorize(world.methods.expiredCard, 1, 'manual', op('c'))).toMatchObject({
          status: 'failed',
          reason: 'expired_card',
        });
        expect(await authorize(world.methods.unknownToken, 1, 'manual', op('d'))).toMatchObject({
          status: 'failed',
          reason: 'invalid_payment_method',
        });
        expect(await world.effects(paymentId)).toBe(0);
      });

      test('hands an amount on that differs from what was asked, and does not smooth it over', async () => {
        const outcome = await authorize(world.methods.wrongAmount);
        expect(outcome.status === 'succeeded' && outcome.amount.amount).not.toBe(1000);
      });

      test('names the page that the customer must visit', async () => {
        const outcome = await authorize(world.methods.requiresAction);
        expect(outcome.status === 'requires_action' && URL.canParse(outcome.redirectUrl)).toBe(true);
        expect(await world.effects(paymentId)).toBe(0);
      });
    });

    describe('without an answer', () => {
      test('does not know whether the provider acted, when it had not', async () => {
        expect(await authorize(world.methods.timeoutBeforeEffect)).toMatchObject({ status: 'unknown' });
        expect(await lookup(op('auth'))).toMatchObject({ status: can('lookup') ? 'absent' : 'unknown' });
        expect(await world.effects(paymentId)).toBe(0);
      });

      test('does not know whether the provider acted, when it had; asking shows it, and repeating does not repeat it', async () => {
        expect(await authorize(world.methods.timeoutAfterEffect)).toMatchObject({ status: 'unknown' });
        expect(await lookup(op('auth'))).toMatchObject(
          can('lookup') ? { status: 'succeeded', amount: usd(1000) } : { status: 'unknown' },
        );
        expect(await authorize(world.methods.timeoutAfterEffect)).toMatchObject({ status: 'succeeded' });
        expect(await world.effects(paymentId)).toBe(1);
      });

      test('knows that nothing happened when nothing could be sent', async () => {
        expect(await world.unreachable.authorize(requestOf(world.methods.success, 1))).toEqual({
          status: 'failed',
          reason: 'provider_unreachable',
        });
        expect(
          await world.unreachable.lookup({
            operationId: op('auth'),
            kind: 'authorize',
            paymentId,
            amount: usd(1),
            capture: 'manual',
            requestedAt,
          }),
        ).toMatchObject({ status: 'unknown' });
        expect(await world.unreachable.check()).toEqual({ ok: false, error: 'provider-unreachable' });
      });

      test('says that credentials are refused, and does nothing with them', async () => {
        expect(await world.revoked.check()).toEqual({ ok: false, error: 'credentials-refused' });
        expect(await world.revoked.authorize(requestOf(world.methods.success))).toMatchObject({ status: 'failed' });
        expect(await world.effects(paymentId)).toBe(0);
      });
    });

    describe('following up', () => {
      test('captures in parts, and no more than was authorized', async () => {
        const reference = referenceOf(await authorize(world.methods.success));
        expect(await follow('capture', 600, reference)).toMatchObject({ status: 'succeeded', amount: usd(600) });
        if (!can('several-captures')) return;
        expect(await follow('capture', 500, reference)).toMatchObject({ status: 'failed' });
        expect(await follow('capture', 400, reference)).toMatchObject({ status: 'succeeded', amount: usd(400) });
        expect(await world.effects(paymentId)).toBe(3);
      });

      test('captures once, however often it is asked', async () => {
        const reference = referenceOf(await authorize(world.methods.success));
        const first = await follow('capture', 1000, reference, { key: 'once' });
        expect(await follow('capture', 1000, reference, { key: 'once' })).toEqual(first);
        expect(await world.effects(paymentId)).toBe(2);
        if (can('lookup')) {
          const found = await world.provider.lookup({
            operationId: op('once'),
            kind: 'capture',
            paymentId,
            amount: usd(1000),
            capture: 'manual',
            requestedAt,
            paymentReference: reference,
          });
          expect(found).toEqual(first);
        }
      });

      test('cancels what is not captured', async () => {
        const reference = referenceOf(await authorize(world.methods.success));
        expect(await follow('cancel', 1000, reference)).toMatchObject({ status: 'succeeded' });
        expect(await follow('capture', 1, reference)).toMatchObject({ status: 'failed' });
      });

      test('refunds in parts, once each, and no more than was captured', async () => {
        const reference = referenceOf(await authorize(world.methods.success, 1000, 'automatic'));
        const refund = (amount: number, key: string) =>
          follow('refund', amount, reference, { key, captureReference: reference });
        expect(await refund(700, 'r1')).toMatchObject({ status: 'succeeded', amount: usd(700) });
        expect(await refund(700, 'r1')).toMatchObject({ status: 'succeeded', amount: usd(700) });
        expect(await refund(301, 'r2')).toMatchObject({ status: 'failed' });
        expect(await refund(300, 'r3')).toMatchObject({ status: 'succeeded', amount: usd(300) });
        expect(await world.effects(paymentId)).toBe(3);
      });
    });

    describe('webhooks', () => {
      test('tell of every operation by our own ids, and agree with its answer', async () => {
        const authorized = await authorize(world.methods.success);
        const reference = referenceOf(authorized);
        const captured = await follow('capture', 1000, reference);
        const captureReference = referenceOf(captured);
        const refunded = await follow('refund', 400, reference, { captureReference });
        const events = await eventsSent();
        const told = events.filter(({ subject }) => subject.type === 'operation');
        expect(told.map(({ subject }) => subject)).toEqual([
          { type: 'operation', paymentId, operationId: op('auth'), kind: 'authorize', outcome: authorized },
          { type: 'operation', paymentId, operationId: op('capture1000'), kind: 'capture', outcome: captured },
          { type: 'operation', paymentId, operationId: op('refund400'), kind: 'refund', outcome: refunded },
        ] satisfies NormalisedEvent['subject'][]);
        // Whatever else a provider tells beside is nothing that moves money a second time: where it arrived is told once for each.
        const others = events.filter((event) => !told.includes(event));
        const kinds = others.map(({ subject }) => subject.type);
        expect(kinds.filter((type) => type !== 'other' && type !== 'settlement')).toEqual([]);
        expect(new Set(events.map(({ eventKey }) => eventKey)).size).toBe(events.length);
        for (const { eventKey, occurredAt } of events) {
          expect(eventKey.length).toBeLessThanOrEqual(128);
          expect(new Date(occurredAt).toISOString()).toBe(occurredAt);
        }
      });

      test('are believed under the current secret and, during a rotation, under the previous one', async () => {
        await authorize(world.methods.success);
        const [delivery] = await world.deliveries();
        const { secret, otherSecret } = world;
        expect((await read(delivery!, [otherSecret, secret])).ok).toBe(true);
        expect((await read(delivery!, [secret, otherSecret])).ok).toBe(true);
        expect(await read(delivery!, [otherSecret])).toEqual({ ok: false, error: 'signature-wrong' });
        expect(await read(delivery!, [])).toEqual({ ok: false, error: 'signature-wrong' });
      });

      test('are refused when a byte of what is signed differs, and nothing else in them is believed', async () => {
        await authorize(world.methods.success);
        const [delivery] = await world.deliveries();
        const genuine = await read(delivery!);
        for (let index = 0; index < delivery!.body.length; index += 1) {
          const body = Uint8Array.from(delivery!.body);
          body[index] = body[index]! ^ 1;
          const mutated = await read({ ...delivery!, body });
          if (mutated.ok) expect(mutated).toEqual(genuine);
        }
      });

      test('are refused when they are cut short', async () => {
        await authorize(world.methods.success);
        const [delivery] = await world.deliveries();
        for (let length = 0; length < delivery!.body.length; length += 1) {
          const body = delivery!.body.slice(0, length);
          expect((await read({ ...delivery!, body })).ok).toBe(false);
        }
      });
    });
  });
}
