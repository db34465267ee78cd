import { newDynamoSandboxStore } from '../../lambdas/sandbox/adapters/dynamo-sandbox-store';
import { accountOf } from '../../lambdas/sandbox/account';
import { authorize, complete, followUp } from '../../lambdas/sandbox/service';
import { payOut, payoutLines } from '../../lambdas/sandbox/payouts';
import type { SandboxStore, WebhookOnItsWay } from '../../lambdas/sandbox/store';
import { startDynoxide, type TestDynamo } from '../support/dynoxide';
import { newMemorySandboxStore } from './memory-sandbox';

const account = accountOf('Bearer sk_sandbox_0123456789abcdef')!;

let dynamo: TestDynamo;
let counter = 0;

beforeAll(async () => {
  dynamo = await startDynoxide();
});

afterAll(() => dynamo.stop());

describe.each<[string, () => Promise<SandboxStore>]>([
  ['in memory', async () => newMemorySandboxStore()],
  [
    'in DynamoDB',
    async () => newDynamoSandboxStore({ client: dynamo.client, table: (await dynamo.newTables()).coordinationTable }),
  ],
])('the books of the sandbox %s', (_, newStore) => {
  async function aSandbox() {
    const store = await newStore();
    const sent: WebhookOnItsWay[] = [];
    const ports = {
      store,
      queue: { send: async (webhooks: readonly WebhookOnItsWay[]) => void sent.push(...webhooks) },
      clock: { now: () => new Date('2026-01-31T12:00:00.000Z') },
      requestId: 'req-1',
    };
    counter += 1;
    const paymentId = `pay_${String(counter)}`;
    const request = {
      paymentId,
      amount: 100,
      currency: 'USD',
      token: 'tok_success',
      capture: 'automatic',
      pageBaseUrl: 'https://s.example',
    } as const;
    return { store, sent, ports, paymentId, request };
  }

  test('hold one effect of many concurrent retries of one operation', async () => {
    const { ports, store, request, paymentId } = await aSandbox();
    const reactions = await Promise.all(
      Array.from({ length: 5 }, () => authorize(ports, account, { ...request, operationId: 'op_1' })),
    );
    expect(new Set(reactions.map((reaction) => JSON.stringify(reaction))).size).toBe(1);
    expect((await store.payment(account, paymentId))?.effects).toHaveLength(1);
  });

  test('hold every one of many concurrent refunds that fit, and none that does not', async () => {
    const { ports, store, request, paymentId } = await aSandbox();
    const authorized = await authorize(ports, account, { ...request, operationId: 'op_1' });
    const reference = authorized.result === 'answered' ? authorized.operation.answer.reference : '';
    const refunds = await Promise.all(
      ['a', 'b', 'c'].map((key) =>
        followUp(ports, account, {
          operationId: `op_${key}`,
          paymentId,
          reference,
          kind: 'refund',
          amount: 40,
          currency: 'USD',
        }),
      ),
    );
    const statuses = refunds.map((reaction) => reaction.result === 'answered' && reaction.operation.answer.status);
    expect(statuses.sort()).toEqual(['declined', 'succeeded', 'succeeded']);
    expect(await store.payment(account, paymentId)).toMatchObject({ captured: 100, refunded: 80 });
  });

  test('pay out what is due once, though many ask at once, and nothing of another currency', async () => {
    const { ports, sent, store, request, paymentId } = await aSandbox();
    const ofThis = `a${String(counter).padStart(23, '0')}`;
    await store.register(ofThis, { id: 'e1', url: 'https://a.example', secret: 's' });
    await authorize(ports, ofThis, { ...request, amount: 10_000, operationId: 'op_1' });
    await authorize(ports, ofThis, { ...request, paymentId: `${paymentId}e`, currency: 'EUR', operationId: 'op_2' });
    sent.length = 0;
    const paid = await Promise.all(['a', 'b'].map((key) => payOut(ports, ofThis, { key, currency: 'USD' })));
    expect(paid.map(({ result }) => result).sort()).toEqual(['nothing-due', 'paid-out']);
    const payout = paid.find((each) => each.result === 'paid-out')!.payout;
    // 2.9 % of 10,000 is 290, and 30.
    expect(payout).toMatchObject({ amount: 9_680, currency: 'USD', arrivesOn: '2026-02-01' });
    expect(payout.lines).toMatchObject([{ kind: 'capture', payment: paymentId, gross: 10_000, fee: 320, net: 9_680 }]);
    expect(sent.map(({ event }) => event)).toMatchObject([{ type: 'payout.paid', payout: { id: payout.id } }]);
    for (const key of ['a', 'b']) {
      const again = await payOut(ports, ofThis, { key, currency: 'USD' });
      if (again.result === 'paid-out') expect(again.payout).toEqual(payout);
    }
    expect(await payoutLines(ports, ofThis, payout.id, 0)).toEqual({ lines: payout.lines, next: undefined });
    expect(await payoutLines(ports, account, payout.id, 0)).toBeUndefined();
  });

  test('complete a payment on the page once', async () => {
    const { ports, store, request, paymentId } = await aSandbox();
    await authorize(ports, account, { ...request, token: 'tok_requires_action', operationId: 'op_1' });
    await Promise.all([complete(ports, account, paymentId, true), complete(ports, account, paymentId, true)]);
    expect((await store.payment(account, paymentId))?.effects).toHaveLength(1);
    expect((await store.operation(account, 'op_1'))?.answer.status).toBe('succeeded');
    expect(await complete(ports, account, 'pay_absent', true)).toBeUndefined();
  });

  test('keep an endpoint a URL, the last secret of each', async () => {
    const { store } = await aSandbox();
    for (const secret of ['s1', 's2']) {
      await store.register(account, { id: 'e1', url: 'https://a.example', secret });
    }
    await store.register(account, { id: 'e2', url: 'https://b.example', secret: 's3' });
    expect(await store.endpoints(account)).toEqual([
      { id: 'e1', url: 'https://a.example', secret: 's2' },
      { id: 'e2', url: 'https://b.example', secret: 's3' },
    ]);
    expect(await store.endpoints('another')).toEqual([]);
  });
});
