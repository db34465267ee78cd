import { settlementPosition } from '../../../lambdas/domain/ledger/settlement-position';
import { acknowledgeSettlement, presentSettlement, settlementEntity } from '../../../lambdas/domain/settlements';
import type { SettlementEvent } from '../../../lambdas/domain/settlements';
import { settlement as shape } from '../../../lambdas/routes/settlements';
import { fold } from '../../../lambdas/kernel/entity';
import { aCommit } from '../../support/a-commit';
import { newMemoryStore } from '../../support/memory-journal';
import { aContext, portsOn } from '../payments/a-payment';
import { reported, settlementId, stream, tenant } from './a-settlement';

const imported = (page: number, over: { net?: number; other?: number; next?: string } = {}): SettlementEvent => ({
  type: 'LinesImported',
  data: {
    page,
    matched: 1,
    unmatched: 1,
    net: over.net ?? 0,
    account: { lines: 1, currency: 'USD', fees: 0, returned: 0, carried: 0, other: over.other ?? 0 },
    ...(over.next === undefined ? {} : { next: over.next }),
  },
});

async function aWorld(...events: readonly SettlementEvent[]) {
  const store = newMemoryStore();
  const add = async (...more: readonly SettlementEvent[]): Promise<void> => {
    for (const event of more) {
      const { length } = await store.journal.read(stream);
      await store.journal.append([aCommit(stream, length + 1, { events: [event] })]);
    }
  };
  await add(...events);
  const loaded = async () => fold(settlementEntity, await store.journal.read(stream));
  return {
    store,
    add,
    loaded,
    look: (key: string, over: { note?: string; ifMatch?: number } = {}) =>
      acknowledgeSettlement(portsOn(store.journal), aContext(key, 'f', 'settlements.acknowledge'), {
        tenant,
        settlementId,
        note: 'A reserve',
        ...over,
      }),
    attention: async () => presentSettlement((await loaded()).state!, 1).needsAttention,
  };
}

describe('a payout that somebody has looked at', () => {
  test.each([
    ['is unexplained', [reported('paid'), imported(1)]],
    ['has something in suspense', [reported('paid', 500), imported(1, { other: 500 })]],
    ['failed', [reported('failed', 0), imported(1)]],
    ['was reported with two amounts', [reported('paid', 5), reported('paid', 0), imported(1)]],
    ['was given up', [reported('paid'), { type: 'LinesFailed', data: { reason: 'payout-unknown' } } as const]],
  ])('and that %s needs no attention any more, and stands in the books as before', async (_, events) => {
    const { look, attention, loaded } = await aWorld(...events);
    const before = settlementPosition((await loaded()).state!);
    expect(await attention()).toBe(true);
    expect(await look('k-1')).toMatchObject({ ok: true, value: { replayed: false } });
    expect(await attention()).toBe(false);
    const { state } = await loaded();
    expect(settlementPosition(state!)).toEqual(before);
    expect(shape.parse(presentSettlement(state!, 3)).acknowledged?.note).toBe('A reserve');
    expect(await look('k-1')).toMatchObject({ ok: true, value: { replayed: true } });
    expect(await look('k-2')).toEqual({ ok: false, error: { reason: 'needs-no-attention' } });
  });

  test('needs attention again when what was seen has changed, and can be looked at again', async () => {
    const { look, attention, add } = await aWorld(reported('paid'), imported(1));
    await look('k-1');
    await add({ type: 'ExplainedManually', data: { settlementId: 'set_1', net: 100 } });
    expect(await attention()).toBe(true);
    await look('k-2');
    expect(await attention()).toBe(false);
    await add(reported('failed'));
    expect(await attention()).toBe(true);
  });

  test('is not acknowledged as another than was looked at', async () => {
    const { look, attention } = await aWorld(reported('paid'), imported(1));
    expect(await look('k-1', { ifMatch: 1 })).toMatchObject({ ok: false, error: { reason: 'stale-version' } });
    expect(await attention()).toBe(true);
    expect(await look('k-2', { ifMatch: 2 })).toMatchObject({ ok: true });
  });

  test('keeps no card number that somebody wrote into the note', async () => {
    const { store, look } = await aWorld(reported('paid'), imported(1));
    await look('k-1', { note: 'card 4242424242424242' });
    expect(JSON.stringify(await store.journal.read(stream))).not.toContain('4242424242424242');
  });
});

test('what needs no attention, or is not there, is not acknowledged', async () => {
  const fine = await aWorld(reported('paid'), imported(1, { net: 940 }));
  expect(await fine.look('k-1')).toEqual({ ok: false, error: { reason: 'needs-no-attention' } });
  const awaited = await aWorld(reported('paid'));
  expect(await awaited.look('k-1')).toEqual({ ok: false, error: { reason: 'needs-no-attention' } });
  const absent = await aWorld();
  expect(await absent.look('k-1')).toEqual({ ok: false, error: { reason: 'settlement-not-found' } });
});
