import '../../support/function-env';
import type { PayoutPage, PayoutRefusal, Provider } from '../../../lambdas/domain/providers/provider';
import { paymentEntity, paymentStream } from '../../../lambdas/domain/payments';
import { presentSettlement, settleManually, settlementEntity } from '../../../lambdas/domain/settlements';
import { newPayoutImporter } from '../../../lambdas/handlers/payout-importer/handler';
import { fold } from '../../../lambdas/kernel/entity';
import type { Result } from '../../../lambdas/kernel/result';
import { aCommit } from '../../support/a-commit';
import { newMemoryStore } from '../../support/memory-journal';
import { newMemoryTelemetry } from '../../support/memory-telemetry';
import { aContext, aProvider, portsOn } from '../../domain/payments/a-payment';
import {
  aLine,
  aPaymentId,
  connectionId,
  plantPayments,
  reported,
  settlementId,
  stream,
  tenant,
} from '../../domain/settlements/a-settlement';

const asked = JSON.stringify({ tenant, settlementId, requestId: 'r-1' });

async function aWorld(
  page: Result<PayoutPage, PayoutRefusal> | (() => Result<PayoutPage, PayoutRefusal>) = {
    ok: true,
    value: { lines: [aLine(aPaymentId('a'), 'l1')], next: undefined },
  },
  given: { connected?: boolean; clockStepMs?: number } = {},
) {
  const store = newMemoryStore();
  await plantPayments(store, aPaymentId('a'));
  await store.journal.append([aCommit(stream, 1, { events: [reported('paid')] })]);
  const telemetry = newMemoryTelemetry();
  const delayed: { receipt: string; seconds: number }[] = [];
  const provider: Provider = { ...aProvider(), payoutLines: async () => (typeof page === 'function' ? page() : page) };
  const ports = portsOn(store.journal);
  const slot = { version: 1, data: { provider: 'sandbox', status: 'active', displayName: 'Sandbox' } };
  const run = newPayoutImporter({
    ...ports,
    ...telemetry,
    clock: { now: () => (ports.advance(given.clockStepMs ?? 0), ports.clock.now()) },
    forTenant: () => ({
      journal: store.journal,
      views: { slots: async () => (given.connected === false ? {} : { [`connection#${connectionId}`]: slot }) },
    }),
    secrets: { read: async () => ({ credentials: { apiKey: 'k' } }) },
    providers: { of: () => provider },
    maxReceiveCount: 12,
    visibility: { comeBackIn: async (receipt, seconds) => void delayed.push({ receipt, seconds }) },
  });
  const receive = (body: string, attempt = 1) =>
    run({
      Records: [
        { messageId: 'm1', receiptHandle: 'h1', body, attributes: { ApproximateReceiveCount: String(attempt) } },
      ],
    });
  const shown = async () => {
    const { state, version } = fold(settlementEntity, await store.journal.read(stream));
    return presentSettlement(state!, version);
  };
  const lines = async () => (await shown()).lines?.state;
  return { receive, shown, lines, delayed, telemetry, store, ports };
}

const done = { batchItemFailures: [] };
const again = { batchItemFailures: [{ itemIdentifier: 'm1' }] };

describe('the importer of payouts', () => {
  test('is done with a payout whose lines are recorded, and with one that was', async () => {
    const { receive, lines, delayed } = await aWorld();
    expect(await receive(asked)).toEqual(done);
    expect(await receive(asked)).toEqual(done);
    expect(await lines()).toBe('complete');
    expect(delayed).toEqual([]);
  });

  test('asks again later, and ever later, what the provider cannot say yet', async () => {
    const { receive, delayed } = await aWorld({ ok: false, error: 'payout-not-ready' });
    expect(await receive(asked, 1)).toEqual(again);
    expect(await receive(asked, 5)).toEqual(again);
    expect(delayed[1]!.seconds).toBeGreaterThan(10 * delayed[0]!.seconds);
  });

  test('goes on at once where its time has ended', async () => {
    const { receive, delayed } = await aWorld(undefined, { clockStepMs: 100_000 });
    expect(await receive(asked)).toEqual(again);
    expect(delayed).toEqual([{ receipt: 'h1', seconds: 0 }]);
  });

  test('tries again while no connection can be found', async () => {
    const { receive, lines } = await aWorld(undefined, { connected: false });
    expect(await receive(asked)).toEqual(again);
    expect(await lines()).toBe('awaited');
  });

  test('says on the settlement that it gives up, when the queue will not deliver again', async () => {
    const { receive, shown } = await aWorld({ ok: false, error: 'credentials-refused' });
    expect(await receive(asked, 11)).toEqual(again);
    expect(await shown()).toMatchObject({ lines: { state: 'awaited' }, needsAttention: false });
    // In the dead-letter queue somebody sees it, too.
    expect(await receive(asked, 12)).toEqual(again);
    expect(await shown()).toMatchObject({
      lines: { state: 'failed', reason: 'credentials-refused', matched: 0 },
      unexplained: { amount: 940 },
      needsAttention: true,
    });
  });

  test('says so of a fault of ours as well, and of pages that time never sufficed for', async () => {
    const broken = await aWorld({ ok: true, value: { lines: [], next: undefined, batches: [null as never] } });
    expect(await broken.receive(asked, 12)).toEqual(again);
    expect((await broken.shown()).lines).toMatchObject({ state: 'failed', reason: 'internal-error' });
    const slow = await aWorld(undefined, { clockStepMs: 100_000 });
    expect(await slow.receive(asked, 12)).toEqual(again);
    expect((await slow.shown()).lines).toMatchObject({ state: 'failed', reason: 'unfinished' });
  });

  test('takes up what it gave up when the message is put back into the queue, and not what people have explained', async () => {
    let page: Result<PayoutPage, PayoutRefusal> = { ok: false, error: 'provider-unreachable' };
    const given = async () => {
      page = { ok: false, error: 'provider-unreachable' };
      const world = await aWorld(() => page);
      await world.receive(asked, 12);
      page = { ok: true, value: { lines: [aLine(aPaymentId('a'), 'l1')], next: undefined } };
      return world;
    };
    const resumed = await given();
    expect(await resumed.receive(asked, 1)).toEqual(done);
    expect(await resumed.shown()).toMatchObject({ lines: { state: 'complete', matched: 1 }, needsAttention: false });

    const { store, ports, receive, shown } = await given();
    const explained = await settleManually(ports, aContext('k-m', 'f', 'settlements.create'), {
      tenant,
      settlementId: 'set_0000000000000000000m',
      provider: 'stripe',
      connectionId,
      currency: 'USD',
      arrivedOn: '2026-01-31',
      items: [{ paymentId: aPaymentId('a'), amount: 1000, fee: 60 }],
      explains: settlementId,
      evidence: { kind: 'bank-statement', reference: 'Statement' },
    });
    expect(explained).toMatchObject({ ok: true });
    expect(await receive(asked, 1)).toEqual(done);
    expect(await shown()).toMatchObject({
      lines: { state: 'failed' },
      unexplained: { amount: 0 },
      needsAttention: false,
    });
    const payment = paymentStream(tenant, aPaymentId('a'));
    expect(fold(paymentEntity, await store.journal.read(payment)).state?.settlements).toHaveLength(1);
  });

  test.each(['', '{}', '{"tenant":"ten_1"}'])(
    'counts a message that is none, and lets the queue give it up: %j',
    async (body) => {
      const { receive, telemetry } = await aWorld();
      expect(await receive(body)).toEqual(again);
      expect(telemetry.counted).toEqual(['PayoutImportFailed']);
    },
  );
});
