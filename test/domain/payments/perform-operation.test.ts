import { commitToItem, itemBytes, writeUnitBytes } from '../../../lambdas/adapters/dynamodb/commit-codec';
import {
  createPayment,
  decideCapture,
  decideRefund,
  paymentStream,
  presentPayment,
  statusOfPayment,
  totalsOf,
} from '../../../lambdas/domain/payments';
import { deriveOperationId } from '../../../lambdas/domain/payments/create-payment';
import { performOperation } from '../../../lambdas/domain/payments/perform-operation';
import type { OperationOutcome, Provider } from '../../../lambdas/domain/providers/provider';
import type { Journal } from '../../../lambdas/kernel/journal';
import { newMemoryStore } from '../../support/memory-journal';
import {
  aCommit,
  aContext,
  aProvider,
  connectionId,
  eventsOf,
  failed,
  paymentId,
  portsOn,
  recorded,
  succeeded,
  tenant,
  unknown,
} from './a-payment';

const usd = (amount: number) => ({ amount, currency: 'USD' });
const stream = paymentStream(tenant, paymentId);

const request = {
  tenant,
  paymentId,
  connectionId,
  amount: usd(100),
  capture: 'automatic' as const,
  method: { type: 'token' as const, token: 'tok_success' },
};

/** A journal that counts, so that a test can say how often it was asked. */
function counting(journal: Journal) {
  const calls = { read: 0, append: 0 };
  return {
    calls,
    journal: {
      ...journal,
      read: (...given: Parameters<Journal['read']>) => ((calls.read += 1), journal.read(...given)),
      append: (...given: Parameters<Journal['append']>) => ((calls.append += 1), journal.append(...given)),
    },
  };
}

async function aCapturedPayment(amount = 100) {
  const store = newMemoryStore();
  for (const [index, event] of eventsOf({ authorized: amount }).entries()) {
    await store.journal.append([aCommit(index + 1, event)]);
  }
  return store;
}

function refund(ports: ReturnType<typeof portsOn>, provider: Provider, key: string, amount: number) {
  const operationId = deriveOperationId(paymentId, key, 'refund');
  return performOperation(ports, stream, aContext(key, `f-${String(amount)}`, 'payments.refund'), {
    operationId,
    decide: (payment) =>
      decideRefund(payment, { operationId, amount: usd(amount), capabilities: provider.capabilities }),
    call: (payment, operation) =>
      provider.refund({
        operationId,
        paymentId: payment.id,
        amount: usd(operation.amount),
        providerReference: 'auth_1',
      }),
  });
}

describe('creating a payment', () => {
  test('writes the intent, asks the provider once, writes the outcome, and reads nothing', async () => {
    const { journal, calls } = counting(newMemoryStore().journal);
    const provider = aProvider();
    const result = await createPayment(portsOn(journal), aContext('k1'), request, provider);
    expect(result.ok && presentPayment(result.value.payment, result.value.version)).toMatchObject({
      status: 'captured',
      capturedAmount: usd(100),
      version: 2,
    });
    expect(calls).toEqual({ read: 0, append: 2 });
    expect(provider.calls).toHaveLength(1);
  });

  test('journals the intent before the provider hears of it', async () => {
    const store = newMemoryStore();
    const provider = aProvider(() => {
      expect(store.commits.map(({ events }) => events[0]?.type)).toEqual(['PaymentCreated']);
      return undefined;
    });
    await createPayment(portsOn(store.journal), aContext('k1'), request, provider);
    expect(store.commits.map(({ command }) => command.key)).toEqual(['k1', 'k1']);
    expect.assertions(2);
  });

  test('50 times at once under one key makes one payment and one call to the provider', async () => {
    const store = newMemoryStore();
    const provider = aProvider();
    const ports = portsOn(store.journal);
    const results = await Promise.all(
      Array.from({ length: 50 }, () => createPayment(ports, aContext('k1'), request, provider)),
    );
    expect(provider.calls).toHaveLength(1);
    expect(store.commits).toHaveLength(2);
    const first = results.filter((result) => result.ok && !result.value.replayed);
    const others = results.filter((result) => !result.ok || result.value.replayed);
    expect(first).toHaveLength(1);
    for (const result of others) expect(result.ok || result.error.reason === 'in-progress').toBe(true);
  });

  test('again under its key gives the first result, even after more has happened to the payment', async () => {
    const store = newMemoryStore();
    const ports = portsOn(store.journal);
    const provider = aProvider();
    await createPayment(ports, aContext('k1'), request, provider);
    await refund(ports, provider, 'k2', 100);
    const again = await createPayment(ports, aContext('k1'), request, provider);
    expect(again.ok && { ...again.value, status: statusOfPayment(again.value.payment) }).toMatchObject({
      replayed: true,
      version: 2,
      status: 'captured',
    });
    expect(provider.calls).toHaveLength(2);
  });

  // Found by the simulation (seed 30): the outcome, and a refund, come between the two reads of a second sender.
  test('gives the first result to a second sender who saw the intent before its outcome', async () => {
    const store = newMemoryStore();
    const provider = aProvider();
    const ports = portsOn(store.journal);
    await createPayment(ports, aContext('k1'), request, provider);
    await refund(ports, provider, 'k2', 100);
    let reads = 0;
    const early: Journal = {
      ...store.journal,
      read: async (...given) => {
        reads += 1;
        const commits = await store.journal.read(...given);
        return reads === 1 ? commits.slice(0, 1) : commits;
      },
    };
    const again = await createPayment({ ...ports, journal: early }, aContext('k1'), request, provider);
    expect(reads).toBe(2);
    expect(again.ok && { ...again.value, status: statusOfPayment(again.value.payment) }).toMatchObject({
      replayed: true,
      version: 2,
      status: 'captured',
    });
  });

  test('with another request under the key is refused', async () => {
    const ports = portsOn(newMemoryStore().journal);
    await createPayment(ports, aContext('k1', 'f1'), request, aProvider());
    const other = await createPayment(ports, aContext('k1', 'f2'), request, aProvider());
    expect(other).toEqual({ ok: false, error: { reason: 'idempotency-key-reused' } });
  });

  test('after a crash between intent and outcome is in progress for 30 s, then processing, and never asked for again', async () => {
    const store = newMemoryStore();
    const ports = portsOn(store.journal);
    await store.journal.append([
      { ...aCommit(1, eventsOf()[0]!), command: { name: 'payments.create', key: 'k1', fingerprint: 'f' } },
    ]);
    const provider = aProvider();
    const replay = () =>
      performOperation(ports, stream, aContext('k1'), {
        operationId: 'op_authorize',
        decide: () => ({ ok: true, value: [] }),
        call: (_, operation) =>
          provider.authorize({
            operationId: operation.id,
            paymentId,
            amount: usd(1),
            method: { type: 'token', token: 't' },
            capture: 'automatic',
          }),
      });

    ports.advance(12_000);
    expect(await replay()).toEqual({ ok: false, error: { reason: 'in-progress', retryAfterSeconds: 2 } });
    ports.advance(18_000);
    const later = await replay();
    expect(later.ok && statusOfPayment(later.value.payment)).toBe('processing');

    await store.journal.append([aCommit(2, recorded('op_authorize', succeeded(1000)))]);
    const settled = await replay();
    expect(settled.ok && statusOfPayment(settled.value.payment)).toBe('captured');
    expect(provider.calls).toEqual([]);
  });

  test('whose webhook overtakes the answer keeps both reports and one effect', async () => {
    const store = newMemoryStore();
    const operationId = deriveOperationId(paymentId, 'k1', 'authorize');
    const provider = aProvider();
    const overtaken: Provider = {
      ...provider,
      authorize: async (asked) => {
        await store.journal.append([aCommit(2, recorded(operationId, succeeded(100, 'USD', 'authorize_1')))]);
        return provider.authorize(asked);
      },
    };
    const result = await createPayment(portsOn(store.journal), aContext('k1'), request, overtaken);
    expect(result.ok && presentPayment(result.value.payment, result.value.version)).toMatchObject({
      status: 'captured',
      capturedAmount: usd(100),
      needsAttention: false,
      version: 3,
    });
  });

  test('whose outcome was stored though the answer was lost is not stored twice', async () => {
    const store = newMemoryStore();
    let lost = false;
    const journal: Journal = {
      ...store.journal,
      append: async (commits) => {
        const result = await store.journal.append(commits);
        if (commits[0]?.version !== 2 || lost) return result;
        lost = true;
        return { ok: false, error: { reason: 'version-taken' } };
      },
    };
    const result = await createPayment(portsOn(journal), aContext('k1'), request, aProvider());
    expect(result.ok && result.value.version).toBe(2);
    expect(store.commits).toHaveLength(2);
  });

  test.each<[string, OperationOutcome, object]>([
    ['declined', failed, { status: 'failed', failureReason: 'declined', needsAttention: false }],
    ['without an answer', unknown, { status: 'processing', needsAttention: false }],
    [
      'that needs the customer',
      { status: 'requires_action', providerReference: 'a', redirectUrl: 'https://p.example/1' },
      { status: 'requires_action', nextAction: { type: 'redirect', url: 'https://p.example/1' } },
    ],
    [
      'answered with another amount',
      succeeded(101),
      { status: 'processing', needsAttention: true, capturedAmount: usd(0) },
    ],
    [
      'answered in another currency',
      succeeded(100, 'EUR'),
      { status: 'processing', needsAttention: true, capturedAmount: usd(0) },
    ],
  ])('%s shows it', async (_, outcome, shown) => {
    const result = await createPayment(
      portsOn(newMemoryStore().journal),
      aContext('k1'),
      request,
      aProvider(() => outcome),
    );
    expect(result.ok && presentPayment(result.value.payment, result.value.version)).toMatchObject(shown);
  });

  test('never stores the token of the payment method, nor a card number hidden in the reference', async () => {
    const store = newMemoryStore();
    const pan = '4242 4242 4242 4242';
    await createPayment(
      portsOn(store.journal),
      aContext('k1'),
      { ...request, method: { type: 'token', token: 'tok_planted' }, reference: `for ${pan}` },
      aProvider(),
    );
    expect(JSON.stringify(store.commits)).not.toContain('tok_planted');
    expect(JSON.stringify(store.commits)).not.toContain('4242');
  });

  test('fits one write unit an intent and one an outcome, with ids, agents and addresses of realistic length', async () => {
    const store = newMemoryStore();
    const context = {
      actor: {
        user: '5f1c1e9e-7c1c-4f8e-9f43-0b9f2f1f9a11',
        session: '0f6de8b4-51f0-4d3b-8a53-b6a4f9b1d7c2',
        level: 'owner',
      },
      request: {
        id: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
        ip: '2001:0db8:85a3:0000:0000:8a2e:0370:7334',
        userAgent:
          'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0',
        route: 'payments.create',
      },
      command: { name: 'payments.create', key: 'k'.repeat(26), fingerprint: 'f'.repeat(26) },
    } as const;
    const reference = 'Order 2026-0001234 of the spring sale, second parcel, paid by the main account of the household';
    const url = `https://sandbox.example.lambda-url.eu-central-1.on.aws/pay/0123456789abcdef.${paymentId}`;
    await createPayment(
      portsOn(store.journal),
      context,
      { ...request, amount: usd(1_000_000_000_000), reference },
      aProvider(() => ({
        status: 'requires_action',
        providerReference: 'auth_0123456789abcdefghjk',
        redirectUrl: url,
      })),
    );
    const sizes = store.commits.map((commit) => itemBytes(commitToItem(commit)));
    expect(sizes).toHaveLength(2);
    for (const bytes of sizes) expect(bytes).toBeLessThanOrEqual(writeUnitBytes);
  });
});

describe('refunding', () => {
  test('60 twice at once on 100 accepts exactly one', async () => {
    const store = await aCapturedPayment(100);
    const ports = portsOn(store.journal);
    const provider = aProvider();
    const results = await Promise.all([refund(ports, provider, 'a', 60), refund(ports, provider, 'b', 60)]);
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    const refusal = results.find(({ ok }) => !ok);
    expect(refusal).toEqual({ ok: false, error: { reason: 'amount-exceeds-refundable', refundable: usd(40) } });
    expect(provider.calls).toHaveLength(1);
  });

  test('counts a refund of unknown fate as paid back', async () => {
    const ports = portsOn((await aCapturedPayment(100)).journal);
    await refund(
      ports,
      aProvider(() => unknown),
      'a',
      60,
    );
    expect(await refund(ports, aProvider(), 'b', 60)).toMatchObject({ ok: false });
    expect(await refund(ports, aProvider(), 'c', 40)).toMatchObject({ ok: true });
  });

  test('gives the money back to a later refund when the provider refused the first', async () => {
    const ports = portsOn((await aCapturedPayment(100)).journal);
    await refund(
      ports,
      aProvider(() => failed),
      'a',
      60,
    );
    const later = await refund(ports, aProvider(), 'b', 60);
    expect(later.ok && totalsOf(later.value.payment)).toMatchObject({ refunded: 60, refundable: 40 });
  });
});

describe('capturing', () => {
  test('more than authorized is refused with what is left', async () => {
    const store = newMemoryStore();
    for (const [index, event] of eventsOf({ capture: 'manual', authorized: 100 }).entries()) {
      await store.journal.append([aCommit(index + 1, event)]);
    }
    const provider = aProvider();
    const capture = (key: string, amount: number) => {
      const operationId = deriveOperationId(paymentId, key, 'capture');
      return performOperation(portsOn(store.journal), stream, aContext(key), {
        operationId,
        decide: (payment) =>
          decideCapture(payment, { operationId, amount: usd(amount), capabilities: provider.capabilities }),
        call: (_, operation) =>
          provider.capture({ operationId, paymentId, amount: usd(operation.amount), providerReference: 'auth_1' }),
      });
    };
    expect(await capture('a', 70)).toMatchObject({ ok: true });
    expect(await capture('b', 31)).toEqual({
      ok: false,
      error: { reason: 'amount-exceeds-capturable', capturable: usd(30) },
    });
    const rest = await capture('c', 30);
    expect(rest.ok && statusOfPayment(rest.value.payment)).toBe('captured');
  });
});
