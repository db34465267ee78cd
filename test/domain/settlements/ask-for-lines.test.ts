import {
  askForLines,
  giveUpLines,
  importPayout,
  importsAfter,
  presentSettlement,
  settlementEntity,
} from '../../../lambdas/domain/settlements';
import type { SettlementEvent } from '../../../lambdas/domain/settlements';
import type { PayoutPage, PayoutRefusal, Provider } from '../../../lambdas/domain/providers/provider';
import { fold } from '../../../lambdas/kernel/entity';
import type { Result } from '../../../lambdas/kernel/result';
import { aCommit } from '../../support/a-commit';
import { newMemoryStore } from '../../support/memory-journal';
import { aContext, aProvider, portsOn } from '../payments/a-payment';
import {
  aLine,
  aPaymentId,
  connectionId,
  context,
  plantPayments,
  reported,
  settlementId,
  stream,
  tenant,
} from './a-settlement';

const [a, b] = ['a', 'b'].map(aPaymentId) as [string, string];

const target = { tenant, settlementId };

async function aWorld(...events: readonly SettlementEvent[]) {
  const store = newMemoryStore();
  await plantPayments(store, a, b);
  for (const [index, event] of events.entries()) {
    await store.journal.append([aCommit(stream, index + 1, { events: [event] })]);
  }
  const ports = portsOn(store.journal);
  return {
    ask: (key = 'k-ask') => askForLines(ports, aContext(key, 'f', 'settlements.importLines'), target),
    giveUp: () => giveUpLines(ports, context, target, 'credentials-refused'),
    fetch: (listed?: (cursor: string | undefined) => Result<PayoutPage, PayoutRefusal>) => {
      const provider: Provider = {
        ...aProvider(),
        ...(listed === undefined ? {} : { payoutLines: async ({ cursor }) => listed(cursor) }),
      };
      return importPayout({ ...ports, providerOf: async () => provider }, context, target, () => true);
    },
    shown: async () => {
      const { state, version } = fold(settlementEntity, await store.journal.read(stream));
      return presentSettlement(state!, version);
    },
    commits: () => store.journal.read(stream),
  };
}

const all: Result<PayoutPage, PayoutRefusal> = {
  ok: true,
  value: { lines: [aLine(a, 'l1'), aLine(b, 'l2')], next: undefined },
};

describe('the lines of a payout that were given up', () => {
  test('are fetched once more when somebody asks, once a key, and the payout is explained', async () => {
    const { ask, giveUp, fetch, shown, commits } = await aWorld(reported('paid', 1880));
    await giveUp();
    expect(await shown()).toMatchObject({ lines: { state: 'failed' }, needsAttention: true });
    expect(await ask()).toMatchObject({ ok: true, value: { replayed: false } });
    expect(await ask()).toMatchObject({ ok: true, value: { replayed: true } });
    expect((await commits()).flatMap(importsAfter).at(-1)).toEqual({ tenant, settlementId, requestId: 'r-1' });
    expect((await shown()).lines).toEqual({ state: 'awaited', matched: 0, unmatched: 0 });
    expect(await fetch(() => all)).toEqual({ result: 'complete' });
    expect(await shown()).toMatchObject({ lines: { state: 'complete', matched: 2 }, needsAttention: false });
  });

  test('go on with the page that was missing', async () => {
    const { ask, giveUp, fetch, shown } = await aWorld(reported('paid', 1880));
    const first: Result<PayoutPage, PayoutRefusal> = { ok: true, value: { lines: [aLine(a, 'l1')], next: 'p2' } };
    await fetch((cursor) => (cursor === undefined ? first : { ok: false, error: 'provider-unreachable' }));
    await giveUp();
    expect(await shown()).toMatchObject({ lines: { state: 'failed', matched: 1 }, unexplained: { amount: 940 } });
    await ask();
    const rest: Result<PayoutPage, PayoutRefusal> = { ok: true, value: { lines: [aLine(b, 'l2')], next: undefined } };
    const cursors: (string | undefined)[] = [];
    await fetch((cursor) => (cursors.push(cursor), rest));
    expect(cursors).toEqual(['p2']);
    expect(await shown()).toMatchObject({ lines: { state: 'complete', matched: 2 }, unexplained: { amount: 0 } });
  });

  test('call for a person though the payout comes to nothing', async () => {
    const { giveUp, shown } = await aWorld(reported('paid', 0));
    await giveUp();
    expect(await shown()).toMatchObject({ unexplained: { amount: 0 }, needsAttention: true });
  });

  test('are not given up once they are here', async () => {
    const { giveUp, fetch, shown } = await aWorld(reported('paid', 1880));
    await fetch(() => all);
    await giveUp();
    expect((await shown()).lines?.state).toBe('complete');
  });
});

test('lines that the provider had not given are fetched when somebody asks, and may be unavailable again', async () => {
  const { ask, fetch, shown } = await aWorld(reported('paid', 1880));
  await fetch();
  expect((await shown()).lines?.state).toBe('unavailable');
  await ask('k-1');
  expect(await fetch()).toEqual({ result: 'complete' });
  expect((await shown()).lines?.state).toBe('unavailable');
  await ask('k-2');
  await fetch(() => all);
  expect(await shown()).toMatchObject({ lines: { state: 'complete', matched: 2 }, needsAttention: false });
});

describe('nobody has lines fetched', () => {
  const manual: SettlementEvent = {
    type: 'SettledManually',
    data: {
      connectionId,
      currency: 'USD',
      arrivedOn: '2026-01-31',
      items: [{ paymentId: a, amount: 1, fee: 0 }],
      evidence: { kind: 'bank-statement', reference: 'Statement' },
    },
  };
  const explained: SettlementEvent = { type: 'ExplainedManually', data: { settlementId: 'set_1', net: 1 } };
  const unavailable: SettlementEvent = { type: 'LinesUnavailable', data: { reason: 'not-supported' } };
  const complete: SettlementEvent = {
    type: 'LinesImported',
    data: { page: 1, matched: 0, unmatched: 0, net: 0 },
  };

  test.each([
    ['settlement-not-found', []],
    ['not-a-payout', [manual]],
    ['payout-pending', [reported('pending')]],
    ['lines-known', [reported('paid'), complete]],
    ['payout-explained', [reported('paid'), unavailable, explained]],
  ])('for %s', async (reason, events) => {
    const { ask, commits } = await aWorld(...events);
    expect(await ask()).toEqual({ ok: false, error: { reason } });
    expect(await commits()).toHaveLength(events.length);
  });
});
