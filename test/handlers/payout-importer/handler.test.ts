import '../../support/function-env';
import type { PayoutPage, PayoutRefusal, Provider } from '../../../lambdas/domain/providers/provider';
import { settlementEntity } from '../../../lambdas/domain/settlements';
import { newPayoutImporter } from '../../../lambdas/handlers/payout-importer/handler';
import { fold } from '../../../lambdas/kernel/entity';
import type { Result } from '../../../lambdas/kernel/result';
import { aCommit } from '../../support/a-commit';
import { newMemoryStore } from '../../support/memory-journal';
import { newMemoryTelemetry } from '../../support/memory-telemetry';
import { aProvider, portsOn } from '../../domain/payments/a-payment';
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
  page: Result<PayoutPage, PayoutRefusal> = {
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
  const provider: Provider = { ...aProvider(), payoutLines: async () => page };
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
    visibility: { comeBackIn: async (receipt, seconds) => void delayed.push({ receipt, seconds }) },
  });
  const receive = (body: string, attempt = 1) =>
    run({
      Records: [
        { messageId: 'm1', receiptHandle: 'h1', body, attributes: { ApproximateReceiveCount: String(attempt) } },
      ],
    });
  const lines = async () => {
    const { state } = fold(settlementEntity, await store.journal.read(stream));
    return state?.source === 'payout' ? state.lines.state : undefined;
  };
  return { receive, lines, delayed, telemetry };
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

  test.each(['', '{}', '{"tenant":"ten_1"}'])(
    'counts a message that is none, and lets the queue give it up: %j',
    async (body) => {
      const { receive, telemetry } = await aWorld();
      expect(await receive(body)).toEqual(again);
      expect(telemetry.counted).toEqual(['PayoutImportFailed']);
    },
  );
});
