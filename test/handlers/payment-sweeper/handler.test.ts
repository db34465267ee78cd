import '../../support/function-env';
import { paymentStream } from '../../../lambdas/domain/payments';
import type { LookupRequest, OperationOutcome } from '../../../lambdas/domain/providers/provider';
import { deriveId } from '../../../lambdas/kernel/ids';
import type { Journal } from '../../../lambdas/kernel/journal';
import { aCommit } from '../../domain/payments/a-payment';
import { aSweptShop, hour, minute } from './a-swept-shop';

type Shop = Awaited<ReturnType<typeof aSweptShop>>;

/** Only the intent stands in the journal, as after a crash of the request. */
async function plantIntent(shop: Shop, seed: string): Promise<{ paymentId: string; operationId: string }> {
  const paymentId = deriveId('payment', [seed]);
  const operationId = deriveId('operation', [seed]);
  const { connectionId, tenant } = shop;
  const amount = { amount: 100, currency: 'USD' } as const;
  const intent = aCommit(1, {
    type: 'PaymentCreated',
    data: { operationId, connectionId, provider: 'sandbox', ...amount, capture: 'automatic' },
  });
  const stream = paymentStream(tenant, paymentId);
  await shop.store.journal.append([
    {
      ...intent,
      commitId: seed,
      at: shop.now().toISOString(),
      stream,
      command: { name: 'payments.create', key: seed },
    },
  ]);
  return { paymentId, operationId };
}

describe('the payment sweeper', () => {
  test('finds that a request which was never answered never arrived: absent twice, the second time after five minutes', async () => {
    const shop = await aSweptShop();
    const created = await shop.create('k1', { paymentMethod: { token: 'tok_timeout_before_effect' } });
    expect([created.status, created.body.status]).toEqual([202, 'processing']);
    await shop.run();
    expect(shop.asked).toEqual([]);

    shop.pass(minute);
    await shop.run();
    expect(await shop.payment(created.body.id)).toMatchObject({ status: 'processing', operations: [{ lookUps: 1 }] });
    shop.pass(3 * minute);
    await shop.run();
    expect(shop.asked).toHaveLength(1);
    shop.pass(minute);
    await shop.run();
    expect(await shop.payment(created.body.id)).toMatchObject({
      status: 'failed',
      failureReason: 'not_received',
      needsAttention: false,
    });

    shop.pass(24 * hour);
    await shop.run();
    expect(shop.asked).toHaveLength(2);
    expect(shop.sandbox.sent).toEqual([]);
  });

  test('finds the success of a request whose answer and webhook were lost, and submits nothing', async () => {
    const shop = await aSweptShop();
    const created = await shop.create('k1', { paymentMethod: { token: 'tok_timeout_after_effect' } });
    expect(created.status).toBe(202);
    const callsBefore = shop.providerCalls();
    shop.pass(minute);
    await shop.run();
    expect(await shop.payment(created.body.id)).toMatchObject({ status: 'captured', needsAttention: false });
    expect(shop.providerCalls() - callsBefore).toBe(1);
    await shop.run();
    expect(shop.asked).toHaveLength(1);
    expect(shop.store.commits.at(-1)).toMatchObject({
      actor: { user: 'payment-sweeper', level: 'system' },
      request: { id: 'run-1', route: 'payment-sweeper' },
    });
  });

  test('settles requests that crashed before the provider was called, and after it', async () => {
    const shop = await aSweptShop();
    const before = await plantIntent(shop, 'crash-before');
    const after = await plantIntent(shop, 'crash-after');
    const provider = shop.sweeperDeps.providers.of('sandbox', [...shop.stored.values()][0]!);
    await provider.authorize({
      ...after,
      amount: { amount: 100, currency: 'USD' },
      method: { type: 'token', token: 'tok_success' },
      capture: 'automatic',
    });
    shop.pass(minute);
    await shop.run();
    shop.pass(4 * minute);
    await shop.run();
    expect((await shop.payment(after.paymentId)).status).toBe('captured');
    expect(await shop.payment(before.paymentId)).toMatchObject({ status: 'failed', failureReason: 'not_received' });
  });

  test('asks a silent provider by the schedule, then marks the payment, counts it once and asks no more', async () => {
    const answer: OperationOutcome = { status: 'unknown', detail: 'silent' };
    const askedAt: number[] = [];
    const shop = await aSweptShop();
    const begunMs = shop.now().getTime();
    shop.sweeperDeps.providers.of = (...args) => ({
      ...shop.deps.providers.of(...args),
      lookup: async () => (askedAt.push((shop.now().getTime() - begunMs) / minute), answer),
    });
    const created = await shop.create('k1', { paymentMethod: { token: 'tok_timeout_before_effect' } });
    for (let at = 0; at < 31; at += 1) {
      shop.pass(minute);
      await shop.run();
    }
    while (shop.now().getTime() - begunMs < 150 * hour) {
      shop.pass(hour / 2);
      await shop.run();
    }
    expect(askedAt.slice(0, 3)).toEqual([1, 5, 30]);
    expect(askedAt.slice(3).map((at) => Math.round(at / 60))).toEqual([2, 12, 36, 60, 84, 108, 132]);
    const [operation] = (await shop.payment(created.body.id)).operations;
    expect(await shop.payment(created.body.id)).toMatchObject({
      status: 'processing',
      needsAttention: true,
      attention: [{ reason: 'outcome-unresolved', operationId: operation!.id }],
    });
    expect(operation).toMatchObject({ lookUps: 10 });
    expect(operation).not.toHaveProperty('nextLookUpAt');
    expect(shop.telemetry.counted.filter((name) => name === 'OperationUnresolved')).toHaveLength(1);
  });

  test('does not make up in a burst for what it was late for', async () => {
    const shop = await aSweptShop();
    shop.sweeperDeps.providers.of = (...args) => ({
      ...shop.deps.providers.of(...args),
      lookup: async ({ operationId }) => (shop.asked.push(operationId), { status: 'unknown', detail: 'silent' }),
    });
    await shop.create('k1', { paymentMethod: { token: 'tok_timeout_before_effect' } });
    shop.pass(3 * hour);
    for (let count = 0; count < 5; count += 1) await shop.run();
    expect(shop.asked).toHaveLength(1);
    shop.pass(9 * hour);
    await shop.run();
    expect(shop.asked).toHaveLength(2);
  });

  test('asks nobody where the provider cannot be asked, waits for the webhook, and gives up at the end alone', async () => {
    const shop = await aSweptShop();
    shop.sweeperDeps.providers.of = (...args) => {
      const real = shop.deps.providers.of(...args);
      return {
        ...real,
        capabilities: real.capabilities.filter((capability) => capability !== 'lookup'),
        lookup: async () => {
          throw new Error('asked');
        },
      };
    };
    const created = await shop.create('k1', { paymentMethod: { token: 'tok_timeout_before_effect' } });
    for (const ms of [minute, 4 * minute, 24 * hour, 24 * hour]) {
      shop.pass(ms);
      await shop.run();
    }
    expect(await shop.payment(created.body.id)).toMatchObject({ needsAttention: false, operations: [{ lookUps: 1 }] });
    shop.pass(100 * hour);
    await shop.run();
    await shop.run();
    expect(await shop.payment(created.body.id)).toMatchObject({ needsAttention: true, operations: [{ lookUps: 2 }] });
    // The long pause made the last run a late one.
    expect(shop.telemetry.counted).toEqual(['OperationUnresolved', 'SweepBehind']);
  });

  test('looks up by all that is known of an operation, at once when the customer has approved', async () => {
    const requests: LookupRequest[] = [];
    const shop = await aSweptShop();
    shop.sweeperDeps.providers.of = (...args) => ({
      ...shop.deps.providers.of(...args),
      lookup: async (request) => {
        requests.push(request);
        return { status: 'succeeded', providerReference: 'auth_1', amount: request.amount };
      },
    });
    const created = await shop.create('k1', {
      paymentMethod: { hostedPage: true },
      returnUrl: 'https://shop.example/',
    });
    expect([created.status, created.body.status]).toEqual([201, 'requires_action']);
    shop.pass(2_000);
    await shop.run();
    expect(requests).toEqual([]);
    const [operation] = created.body.operations;
    const occurredAt = shop.now().toISOString();
    const stream = paymentStream(shop.tenant, created.body.id);
    const approved = aCommit(3, {
      type: 'ApprovalReported',
      data: { operationId: operation.id, reference: 'order_1', occurredAt },
    });
    await shop.store.journal.append([{ ...approved, at: occurredAt, stream }]);
    await shop.run();
    expect(requests).toEqual([
      {
        operationId: operation.id,
        kind: 'authorize',
        paymentId: created.body.id,
        amount: { amount: 100, currency: 'USD' },
        capture: 'automatic',
        requestedAt: operation.createdAt,
        providerReference: expect.stringMatching(/^(auth_|order_1)/),
      },
    ]);
    expect((await shop.payment(created.body.id)).status).toBe('captured');
  });

  test('keeps asking about a customer who never came back, and ends when the provider lets it expire', async () => {
    const shop = await aSweptShop();
    const created = await shop.create('k1', { paymentMethod: { token: 'tok_requires_action' } });
    shop.pass(minute);
    await shop.run();
    expect(await shop.payment(created.body.id)).toMatchObject({
      status: 'requires_action',
      operations: [{ lookUps: 1 }],
    });
    const stream = paymentStream(shop.tenant, created.body.id);
    const version = (await shop.store.journal.read(stream)).length + 1;
    const expired = aCommit(version, { type: 'AuthorizationExpired', data: {} });
    await shop.store.journal.append([{ ...expired, stream }]);
    expect(await shop.payment(created.body.id)).toMatchObject({ status: 'expired', needsAttention: false });
    shop.pass(24 * hour);
    await shop.run();
    expect(shop.asked).toHaveLength(1);
  });

  test('counts one look-up of two runs at the same time, and passes by what a late projection still lists', async () => {
    const shop = await aSweptShop();
    const created = await shop.create('k1', { paymentMethod: { token: 'tok_timeout_before_effect' } });
    shop.pass(minute);
    await shop.project();
    await Promise.all([shop.run({ projected: false }), shop.run({ projected: false })]);
    expect(await shop.payment(created.body.id)).toMatchObject({ operations: [{ lookUps: 1 }] });
    const before = shop.asked.length;
    await shop.run({ projected: false });
    expect(shop.asked).toHaveLength(before);
  });

  test('loses nothing when it cannot write what it was told', async () => {
    const shop = await aSweptShop();
    const { journal } = shop.store;
    const broken: Journal = { ...journal, append: () => Promise.reject(new Error('no capacity')) };
    shop.sweeperDeps.journalOf = () => broken;
    const created = await shop.create('k1', { paymentMethod: { token: 'tok_timeout_after_effect' } });
    shop.pass(minute);
    await shop.run();
    expect((await shop.payment(created.body.id)).status).toBe('processing');
    expect(shop.telemetry.counted).toEqual(['LookupFailed']);
    shop.sweeperDeps.journalOf = () => journal;
    await shop.run();
    expect((await shop.payment(created.body.id)).status).toBe('captured');
  });

  test("does not let one tenant's trouble stop the others, and leaves it alone after a few failures", async () => {
    const shop = await aSweptShop();
    const troubled = deriveId('tenant', ['troubled']);
    const { journal } = shop.store;
    let reached = 0;
    shop.sweeperDeps.journalOf = (tenant) => {
      if (tenant !== troubled) return journal;
      reached += 1;
      throw new Error('no credentials for this tenant');
    };
    for (let count = 0; count < 60; count += 1) {
      await plantIntent({ ...shop, tenant: troubled }, `troubled-${String(count)}`);
    }
    shop.pass(1);
    const { paymentId } = await plantIntent(shop, 'in order');
    shop.pass(minute);
    await shop.run();
    expect(await shop.payment(paymentId)).toMatchObject({ operations: [{ lookUps: 1 }] });
    expect(reached).toBeLessThan(20);
    expect(shop.telemetry.counted.every((name) => name === 'LookupFailed')).toBe(true);
  });

  test('begins nothing for which there is no time', async () => {
    const shop = await aSweptShop();
    await shop.create('k1', { paymentMethod: { token: 'tok_timeout_before_effect' } });
    shop.pass(minute);
    await shop.run({ remainingMs: 10_000 });
    expect(shop.asked).toEqual([]);
    await shop.run();
    expect(shop.asked).toHaveLength(1);
  });

  test('says when it comes to a payment a quarter of an hour late, and not when it is on time', async () => {
    const shop = await aSweptShop();
    await plantIntent(shop, 'late');
    shop.pass(minute);
    await shop.run({ remainingMs: 10_000 });
    expect(shop.telemetry.counted).toEqual([]);
    shop.pass(16 * minute);
    await shop.run();
    expect(shop.telemetry.counted).toEqual(['SweepBehind']);
    await shop.run();
    expect(shop.telemetry.counted).toEqual(['SweepBehind']);
  });

  test('says in no log what it was told in', async () => {
    const shop = await aSweptShop();
    await shop.create('k1', { paymentMethod: { token: 'tok_timeout_before_effect' } });
    shop.pass(minute);
    await shop.run();
    const text = JSON.stringify(shop.telemetry.lines);
    for (const { credentials } of shop.stored.values()) expect(text).not.toContain(credentials.apiKey);
  });
});
